"""The ``eInvoice`` schema of older electronic invoices (2020), prefix ``fp``.

Namespace ``http://www.edrm.org.cn/schema/e-invoice/2019`` (2016 and none occur). It comes as the
attachment ``original_invoice.xml`` of an OFD file and, with the same names, as its tags.
"""

from .facts import Facts
from .statement import Statement

LINE_GROUP = "GoodsInfo"
_LINE = {
    "name": "Item",
    "specification": "Specification",
    "unit": "MeasurementDimension",
    "quantity": "Quantity",
    "unit_price": "Price",
    "amount": "Amount",
    "tax_rate": "TaxScheme",
    "tax_amount": "TaxAmount",
    "tax_code": "Code",
}
_FIELDS = {
    "InvoiceNo": "number",
    "InvoiceCode": "code",
    "InvoiceCheckCode": "check_code",
    "IssueDate": "issue_date",
    "BuyerName": "buyer.name",
    "BuyerTaxID": "buyer.tax_id",
    "SellerName": "seller.name",
    "SellerTaxID": "seller.tax_id",
    "TaxExclusiveTotalAmount": "amount_untaxed",
    "TaxTotalAmount": "amount_tax",
    "TaxInclusiveTotalAmount": "amount_total",
    "TaxInclusiveTotalAmountWithWords": "amount_in_words",
    "Note": "remark",
    "InvoiceClerk": "drawer",
    "OriginalInvoiceNo": "red_of_number",
    "OriginalInvoiceCode": "red_of_code",
}
_JOINED = {
    "BuyerAddrTel": "buyer.address+phone",
    "BuyerFinancialAccount": "buyer.bank_name+bank_account",
    "SellerAddrTel": "seller.address+phone",
    "SellerFinancialAccount": "seller.bank_name+bank_account",
}


def recognises(statement: Statement) -> bool:
    """Whether a tree holds the names of this schema."""
    return statement.states("InvoiceNo", "InvoiceCode")


def collect(statement: Statement, facts: Facts) -> None:
    """Note what the tree states."""
    for name, field in _FIELDS.items():
        facts.add(field, statement.text(name), statement.at(name))
    for name, field in _JOINED.items():
        facts.add_joined(field, statement.text(name), statement.at(name))
    statement.collect_lines(facts, LINE_GROUP, _LINE)
    # A text, or the picture of the code as base64.
    facts.add_qr(statement.text("GraphCode"), statement.at("GraphCode"))
