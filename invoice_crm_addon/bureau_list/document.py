"""What a list says: plain values, amounts in yuan as Decimal."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

#: What the bureau says of a fapiao, and the kinds of which there are ticket types.
STATUSES = ("normal", "voided", "red_full", "red_part")
KINDS = ("digital_special", "digital_ordinary", "special", "ordinary", "other")


@dataclass(frozen=True)
class Fault:
    """Something in a list that cannot be taken as it stands.

    :param str code: what is wrong, see ``invoice.bureau.list``
    :param str sheet: name of the sheet
    :param int row: as the spreadsheet counts them, 0 for the sheet as a whole
    :param str column: heading of the column, as it stands there, or nothing
    :param str value: what stands there, or what else the sentence names
    """

    code: str
    sheet: str = ""
    row: int = 0
    column: str = ""
    value: str = ""


@dataclass(frozen=True)
class Rate:
    """What of a fapiao was sold at one rate.

    :param str rate: ``13`` for 13 %, ``exempt``, ``not_taxable``, or ``""`` if it does not say
    """

    rate: str
    amount_untaxed: Decimal
    amount_tax: Decimal


@dataclass(frozen=True)
class Issued:
    """One fapiao of ours as the bureau lists it.

    :param str number: 20 digits of a digital fapiao, else 8
    :param str code: 10 or 12 digits, or nothing for a digital one
    :param str kind: one of ``KINDS``; ``kind_text`` as it stands there
    :param bool is_paper: whether its number is one of a roll or book of forms
    :param str red_number: of the fapiao that this red one takes back, if the remark says it
    :param lines: sums by rate, where the list has a sheet of lines that adds up
    """

    sheet: str
    row: int
    number: str
    code: str
    seller_vat: str
    buyer_vat: str
    buyer_name: str
    issue_date: date
    amount_untaxed: Decimal
    amount_tax: Decimal
    amount_total: Decimal
    kind: str
    kind_text: str
    is_paper: bool
    status: str
    is_red: bool
    risk: str = ""
    source: str = ""
    issuer: str = ""
    remark: str = ""
    red_number: str = ""
    red_code: str = ""
    red_confirmation: str = ""
    lines: tuple[Rate, ...] = ()

    @property
    def key(self):
        """What is unique among the fapiao of a company."""
        return self.code, self.number


@dataclass
class Summary:
    """How a list was read.

    :param int rows: rows of the sheet of fapiao, or fapiao of that of lines
    :param int ours: fapiao that our companies issued
    :param int incoming: fapiao of other sellers, which are left alone
    :param int double: rows that say the same as one before them
    :param int faulty: fapiao that could not be taken
    :param int destroyed: of these, those whose number a spreadsheet destroyed
    :param faults: the first of them, and of what else is wrong
    """

    rows: int = 0
    ours: int = 0
    incoming: int = 0
    double: int = 0
    faulty: int = 0
    destroyed: int = 0
    has_lines: bool = False
    faults: list[Fault] = field(default_factory=list)
