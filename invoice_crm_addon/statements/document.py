"""What a bank statement says."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


class StatementError(Exception):
    """A file cannot be read, or contradicts itself.

    :param str code: a code of :class:`~..sheets.SheetError`, ``no_statement``, ``no_entries``,
        ``no_direction``, ``currencies``, ``accounts``, ``rows``, ``total`` or ``closing``
    :param values: what a sentence about it names; ``problems`` is a list of :class:`Problem`
    """

    def __init__(self, code, **values):
        super().__init__(code)
        self.code = code
        self.values = values


@dataclass(frozen=True)
class Problem:
    """What is wrong with a row.

    :param int row: as Excel counts rows; of an OFX file the number of the transaction
    :param str code: ``date``, ``amount``, ``no_amount``, ``two_amounts``, ``direction``,
        ``currency``, ``too_long``, ``balance``, or ``account``: its last digits are lost
    :param str text: what stands there
    """

    row: int
    code: str
    text: str = ""


@dataclass
class Entry:
    """A line of a statement.

    :param Decimal amount: positive came in, negative went out
    :param str name: of whoever paid or was paid, as the bank says
    :param str account: their account number, without blanks
    :param str text: what the payment is for
    :param str serial: the bank's own number of the transaction
    """

    row: int
    date: date
    amount: Decimal
    name: str = ""
    account: str = ""
    text: str = ""
    serial: str = ""
    balance: Decimal | None = None


@dataclass
class Statement:
    """A statement, its entries in the order of time.

    :param str account: the own account number; "" if the file does not say
    :param str currency: code of ISO 4217; "" if the file does not say
    :param Decimal opening: balance before the first entry, if it is known
    :param Decimal closing: balance after the last one
    :param list warnings: a :class:`Problem` for each doubt that does not make the file useless
    """

    account: str = ""
    currency: str = ""
    opening: Decimal | None = None
    closing: Decimal | None = None
    entries: list[Entry] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    @property
    def total(self):
        return sum((entry.amount for entry in self.entries), Decimal())
