"""What a reader returns: plain values, no reference to the file they came from.

Amounts are Chinese yuan as :class:`~decimal.Decimal`, never float; unknown is ``None``, unknown
text is ``""``. Nothing here is computed unless ``source`` says ``derived``.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum

from .errors import Problem
from .kinds import Kind


class TaxKind(str, Enum):
    """How a line is taxed; the rate is only known for ``TAXED``."""

    TAXED = "taxed"  # 6%, also 0 %
    EXEMPT = "exempt"  # 免税
    NOT_TAXABLE = "not_taxable"  # 不征税
    UNKNOWN = "unknown"  # *** or nothing: the document does not say

    __str__ = str.__str__


@dataclass(frozen=True)
class Party:
    """Buyer or seller: the six billing fields (开票信息).

    ``tax_id`` is normalised (half-width, upper case, no spaces) but not checked; an individual
    (个人) has none.
    """

    name: str = ""
    tax_id: str = ""
    address: str = ""
    phone: str = ""
    bank_name: str = ""
    bank_account: str = ""


@dataclass(frozen=True)
class Line:
    """One line of goods or services; a discount is a negative line without quantity.

    :param unit_price: before tax
    :param amount: before tax, as printed (2 decimals)
    :param tax_rate: fraction (0.06 for 6 %), ``None`` unless ``tax_kind`` is taxed
    :param tax_code: tax classification code (税收分类编码), 19 digits
    :param doubts: names of those of these fields that something is printed for, but could not be
        read for certain: they are left out
    """

    name: str = ""
    specification: str = ""
    unit: str = ""
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    amount: Decimal | None = None
    tax_rate: Decimal | None = None
    tax_kind: TaxKind = TaxKind.UNKNOWN
    tax_amount: Decimal | None = None
    tax_code: str = ""
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """One value that the file states for a field, and where (``xml:InvoiceNumber``)."""

    source: str
    value: object


@dataclass(frozen=True)
class Doubt:
    """Something that is printed, and was not read for certain: its field is left out.

    :param field: name of the field; ``lines.3.quantity`` is of the third line, ``lines`` of all
    :param text: what stands there, as far as it can be read
    :param page: of the file, from 1 on; 0 where the file has no pages
    :param box: where on that page, held upright: left, top, right and bottom as parts of its width
        and height, or nothing
    """

    field: str
    text: str = ""
    page: int = 0
    box: tuple[float, ...] = ()


@dataclass(frozen=True)
class Unread:
    """A part of a file that shows an invoice which cannot be read.

    :param pages: of a file with pages, from 1 on
    :param code: why, a key of :data:`~.errors.ERRORS`
    :param params: the named values of its sentence
    :param name: path in an archive
    """

    pages: tuple[int, ...]
    code: str
    params: dict[str, str] = field(default_factory=dict)
    name: str = ""


@dataclass(frozen=True)
class FapiaoDocument:
    """An invoice as its file states it.

    :param number: 20 digits (digital, 数电票), else 8
    :param code: 10 or 12 digits, ``""`` for a digital invoice
    :param check_code: 校验码 of older invoices, without its spaces
    :param amount_untaxed: 合计金额
    :param amount_tax: 合计税额
    :param amount_total: 价税合计
    :param amount_other: charges in the total but outside amount and tax (airport fees)
    :param amount_in_words: 大写 as printed
    :param qr: text of the QR code where the file holds it as text
    :param is_red: whether the document cancels another one (红字)
    :param red_of_number: number of the cancelled (blue) invoice, with ``red_of_code`` when old
    :param red_confirmation_number: 红字确认单编号 or, before it existed, 信息表编号
    :param labels: what the form says it documents (通行费, 建筑服务, 差额征税), see :mod:`~.labels`
    :param details: what it says of that besides, as pairs of the printed name and the value
    :param readings: every value read, by field name (``buyer.name``), the one taken first
    :param notes: what of the file could not be read: a witness less
    :param doubts: what is printed and was not read for certain, lines included; nobody should take
        such a document without a look at them
    :param pages: of the file, from 1 on, where it is one of several or the file has pages
    """

    number: str
    kind: Kind = Kind.OTHER
    code: str = ""
    check_code: str = ""
    issue_date: date | None = None
    buyer: Party = Party()
    seller: Party = Party()
    lines: tuple[Line, ...] = ()
    amount_untaxed: Decimal | None = None
    amount_tax: Decimal | None = None
    amount_total: Decimal | None = None
    amount_other: Decimal | None = None
    amount_in_words: str = ""
    qr: str = ""
    remark: str = ""
    drawer: str = ""
    is_red: bool = False
    red_of_number: str = ""
    red_of_code: str = ""
    red_confirmation_number: str = ""
    labels: tuple[str, ...] = ()
    details: tuple[tuple[str, str], ...] = ()
    readings: dict[str, tuple[Reading, ...]] = field(default_factory=dict, repr=False)
    notes: tuple[Problem, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    pages: tuple[int, ...] = field(default=(), compare=False)

    @property
    def source(self) -> dict[str, str]:
        """Where the value of each known field came from."""
        return {name: readings[0].source for name, readings in self.readings.items()}

    @property
    def is_digital(self) -> bool:
        """Whether this is a 数电票: no code, never voided, only red-lettered."""
        return len(self.number) == 20

    @property
    def is_identified(self) -> bool:
        """Whether it can make a ticket: an older invoice is known by its code and number, and a
        QR code that is an address has the number only, by which a ticket can be found."""
        return bool(self.code) or len(self.number) != 8

    @property
    def identity(self) -> tuple[str, str]:
        """(code, number): unique among all invoices of the country."""
        return self.code, self.number
