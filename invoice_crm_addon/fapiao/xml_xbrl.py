"""Electronic vouchers in XBRL by the Ministry of Finance's taxonomies.

``inv`` (2021, older VAT invoices), ``rai`` (rail), ``atr`` (air) and ``einv`` (digital invoices,
names of the bureau's XML). Facts stand flat under ``xbrl``; goods are tuples. Recognised by the
names of the facts, since prefix and year of the namespace change with every edition.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from .facts import Facts
from .statement import Statement
from .values import clean, parse_decimal
from .xml_tree import local_name

LINE_GROUP = "InformationOfTaxableGoodsOrServicesDetailItemsTuple"

_PARTIES = {
    "NameOfPurchaser": "buyer.name",
    "UnifiedSocialCreditCodeOfPurchaser": "buyer.tax_id",
    "NameOfSeller": "seller.name",
    "UnifiedSocialCreditCodeOfSeller": "seller.tax_id",
    "Remarks": "remark",
    "Issuer": "drawer",
}


_JOINED = {
    "AddressPhoneNumberOfPurchaser": "buyer.address+phone",
    "DepositBankAndAccountNumberOfPurchaser": "buyer.bank_name+bank_account",
    "AddressPhoneNumberOfSeller": "seller.address+phone",
    "DepositBankAndAccountNumberOfSeller": "seller.bank_name+bank_account",
}


@dataclass(frozen=True)
class Taxonomy:
    """Names of one kind of voucher.

    :param markers: names of its number, one of which recognises it
    :param fields: further names and the fields they state
    :param base: names whose sum is the amount before tax, where no name states it
    :param other: names whose sum is outside of amount and tax
    :param details: further names and the words that the form prints for them
    :param title: title where the voucher names none
    """

    markers: tuple[str, ...]
    fields: dict[str, str]
    line: dict[str, str] = field(default_factory=dict)
    base: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    details: dict[str, str] = field(default_factory=dict)
    title: str = ""


_TAXONOMIES = (
    Taxonomy(
        markers=("NumberOfInvoice",),
        fields=_PARTIES
        | {
            "CodeOfInvoice": "code",
            "IdentifyingCode": "check_code",
            "DateOfIssue": "issue_date",
            "TotalAmountExcludingTax": "amount_untaxed",
            "TotalTaxAmount": "amount_tax",
            "TaxIncludedAmountInFigures": "amount_total",
            "TaxIncludedAmountInWords": "amount_in_words",
            "TaxpayerIdentificationNumberUnifiedSocialCreditCodeOfPurchaser": "buyer.tax_id",
            "TaxpayerIdentificationNumberUnifiedSocialCreditCodeOfSeller": "seller.tax_id",
        },
        line={
            "name": "NameOfTaxableGoodsOrServices",
            "unit_price": "UnitPriceOfGoodsOrServices",
            "amount": "AmountExcludingTax",
            "tax_rate": "TaxRate",
            "tax_amount": "TaxAmount",
            "tax_code": "TaxClassificationCode",
        },
    ),
    Taxonomy(
        markers=("ElectronicInvoiceRailwayETicketNumber",),
        fields=_PARTIES
        | {
            "DateOfIssue": "issue_date",
            "TotalAmountExcludingTax": "amount_untaxed",
            "TaxAmount": "amount_tax",
            "Fare": "amount_total",
        },
        details={
            "TypeOfBusiness": "业务类型",
            "TravelDate": "乘车日期",
            "TrainNumber": "车次",
            "DepartureStation": "出发站",
            "DestinationStation": "到达站",
            "SeatLevel": "席别",
        },
        title="铁路电子客票",
    ),
    Taxonomy(
        markers=(
            "ElectronicInvoiceAirTransportReceiptNumber",
            "NumberOfAirTransportElectronicTicketItinerary",
        ),
        fields=_PARTIES
        | {"IssueDate": "issue_date", "VatTaxAmount": "amount_tax", "TotalAmount": "amount_total"},
        base=("Fare", "FuelSurcharge"),
        other=("CivilAviationDevelopmentFund", "OtherTaxes"),
        title="航空运输电子客票行程单",
    ),
)


def recognises(statement: Statement) -> bool:
    """Whether a tree is an XBRL instance of a taxonomy known here."""
    return local_name(statement.root) == "xbrl" and _taxonomy(statement) is not None


def _taxonomy(statement: Statement) -> Taxonomy | None:
    return next((known for known in _TAXONOMIES if statement.states(*known.markers)), None)


def collect(statement: Statement, facts: Facts) -> None:
    """Note what the instance states."""
    taxonomy = _taxonomy(statement)
    for name in taxonomy.markers:
        facts.add("number", statement.text(name), statement.at(name))
    for name, target in taxonomy.fields.items():
        facts.add(target, statement.text(name), statement.at(name))
    for name, target in _JOINED.items():
        facts.add_joined(target, statement.text(name), statement.at(name))
    for target, names in (("amount_untaxed", taxonomy.base), ("amount_other", taxonomy.other)):
        facts.add_value(target, _sum(statement, names), statement.at(" + ".join(names)))
    if taxonomy.line:
        statement.collect_lines(facts, LINE_GROUP, taxonomy.line)
    for name in ("TypeOfVoucher", "TypeOfInvoice"):
        facts.add_title(statement.text(name), statement.at(name))
    facts.add_title(taxonomy.title, statement.source)
    texts = [(label, clean(statement.text(name))) for name, label in taxonomy.details.items()]
    details = tuple((label, text) for label, text in texts if text)
    facts.add_value("details", details, statement.source)


def _sum(statement: Statement, names: tuple[str, ...]) -> Decimal | None:
    amounts = [parse_decimal(statement.text(name)) for name in names]
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None
