"""The tax bureau's ``EInvoice`` XML of digital invoices (数电票), versions 0.2 to 0.33.

No namespace in real files; the order varies and empty elements are normal. The same names occur
flat in the Ministry of Finance's ``einv`` taxonomy (2023-12-31) and in the tags of some OFD files,
so elements are found by name at any depth.
"""

from lxml import etree

from .errors import FapiaoError
from .facts import Facts
from .labels import find_labels
from .statement import Statement
from .values import clean, compact, parse_date, parse_number
from .xml_tree import index_by_name, local_name, own_text

LINE_GROUP = "IssuItemInformation"
_LINE = {
    "name": "ItemName",
    "specification": "SpecMod",
    "unit": "MeaUnits",
    "quantity": "Quantity",
    "unit_price": "UnPrice",
    "amount": "Amount",
    "tax_rate": "TaxRate",
    "tax_amount": "ComTaxAm",
    "tax_code": "TaxClassificationCode",
}
_FIELDS = {
    "EIid": "number",
    "InvoiceNumber": "number",
    "IssueTime": "issue_date",
    "BuyerName": "buyer.name",
    "BuyerIdNum": "buyer.tax_id",
    "BuyerAddr": "buyer.address",
    "BuyerTelNum": "buyer.phone",
    "BuyerBankName": "buyer.bank_name",
    "BuyerBankAccNum": "buyer.bank_account",
    "SellerName": "seller.name",
    "SellerIdNum": "seller.tax_id",
    "SellerAddr": "seller.address",
    "SellerTelNum": "seller.phone",
    "SellerBankName": "seller.bank_name",
    "SellerBankAccNum": "seller.bank_account",
    "TotalAmWithoutTax": "amount_untaxed",
    "TotalTaxAm": "amount_tax",
    "TotalTax-includedAmount": "amount_total",
    "TotalTax-includedAmountInChinese": "amount_in_words",
    "Drawer": "drawer",
    "Remark": "remark",
    "OriginalInvoiceCode": "red_of_number",  # despite its name: the blue 20-digit number
    "CreditNoteNumber": "red_confirmation_number",
}
# Details of what is documented, by the name that the form prints. Numbers of identity cards are
# left out: nobody needs them here.
_DETAILS = {
    "PlateNumber": "车牌号",
    "VehicleType": "类型",
    "StartDatesOfPassage": "通行日期起",
    "EndDatesOfPassage": "通行日期止",
    "Departure": "出发地",
    "Destination": "到达地",
    "Traveler": "出行人",
    "TravelDate": "出行日期",
    "Grade": "等级",
    "Vehicletype": "交通工具类型",
}
_PRIVATE = frozenset({"ValidIDNumber", "TypeOfPassengerDocument"})
_MAX_DETAILS = 200
_SPECIAL = {"01": "增值税专用发票", "02": "普通发票"}


def recognises(statement: Statement) -> bool:
    """Whether a tree holds the names of a digital invoice."""
    return statement.states("EIid") or (
        statement.states("InvoiceNumber") and statement.states("TotalAmWithoutTax")
    )


def collect(statement: Statement, facts: Facts) -> None:
    """Note what the tree states.

    :raise FapiaoError: ``number_contradiction`` when the two places of the number differ
    """
    _check_number(statement.text("EIid"), statement.text("InvoiceNumber"))
    for name, field in _FIELDS.items():
        facts.add(field, statement.text(name), statement.at(name))
    if "issue_date" not in facts.readings:
        facts.add("issue_date", statement.text("RequestTime"), statement.at("RequestTime"))
    _collect_labels(statement, facts)
    _collect_details(statement, facts)
    statement.collect_lines(facts, LINE_GROUP, _LINE)


def _check_number(header: str, supervision: str) -> None:
    """The number stands in the header and in the supervision part, and must be the same.

    A damaged one is no number any more, but still a contradiction, and so compared as text.
    """
    first, second = (parse_number(text) or compact(text) for text in (header, supervision))
    if first and second and first != second:
        raise FapiaoError(
            "number_contradiction", field="number", first=first[:40], second=second[:40]
        )


def _collect_labels(statement: Statement, facts: Facts) -> None:
    """Kind and colour of the invoice."""
    facts.add_title(_label(statement, "EInvoiceType")[1], statement.at("EInvoiceType"))
    code, title = _label(statement, "GeneralOrSpecialVAT")
    facts.add_title(_SPECIAL.get(code), statement.at("GeneralOrSpecialVAT"))
    facts.add_title(title, statement.at("GeneralOrSpecialVAT/LabelName"))
    colour, _title = _label(statement, "InIssuType")
    facts.add_value("is_red", {"Y": False, "N": True}.get(colour), statement.at("InIssuType"))


def _collect_details(statement: Statement, facts: Facts) -> None:
    """What the invoice documents: by the labels of its head, and by the groups of
    ``SpecificInformation``, one for each vehicle, traveller or building."""
    element = statement.first("SpecificInformation")
    groups = [] if element is None else list(element)[:_MAX_DETAILS]
    names = [own_text(name) for name in statement.all("LabelName")]
    labels = find_labels([*names, *map(local_name, groups)])
    facts.add_value("labels", labels, statement.at("UndefinedLabel"))
    details = tuple(
        (_DETAILS.get(local_name(leaf), local_name(leaf)), _detail(leaf))
        for group in groups
        if local_name(group) != "RedEInvoice"
        for leaf in group
        if own_text(leaf) and local_name(leaf) not in _PRIVATE
    )
    facts.add_value("details", details[:_MAX_DETAILS], statement.at("SpecificInformation"))


def _detail(leaf: etree._Element) -> str:
    text = clean(own_text(leaf))[:200]
    day = parse_date(text) if "Date" in local_name(leaf) else None
    return day.isoformat() if day else text


def _label(statement: Statement, name: str) -> tuple[str, str]:
    """Code and name of a label: ``<X><LabelCode/><LabelName/></X>``, flat as ``<X>code</X>``."""
    element = statement.first(name)
    if element is None:
        return "", ""
    inner = index_by_name(element)
    code, title = (inner.get(part, [element])[0] for part in ("LabelCode", "LabelName"))
    return compact("".join(statement.cells(code))), "".join(statement.cells(title))
