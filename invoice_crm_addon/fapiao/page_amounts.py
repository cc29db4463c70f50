"""What arithmetic says of the figures read from a page: figures that contradict are left out.

Cells of a printed table stand close to each other, and what was read of them may be a piece of
one or two in one. Quantity × price and amount × rate tell.
"""

import dataclasses
import re
from decimal import Decimal

from .checks import CENT, LINE_TAX_TOLERANCE
from .document import Doubt, Line, TaxKind
from .facts import Facts
from .lines import is_goods, make_line
from .page_columns import FIGURES, TEXTS
from .page_table import Goods, Table
from .values import parse_decimal

_UNIT_QUANTITY = re.compile(r"(\D*[^\d.\s])\s*(\d+(?:\.\d+)?)")
_ORDER = [*TEXTS, *FIGURES]
_NOTHING = frozenset("*-—/")


def make_lines(table: Table) -> list[tuple[Goods, Line]]:
    """Lines of a printed table; ``doubts`` of each names what could not be read."""
    # Where the sums agree, a tax that its rate does not make is no misreading: of a margin, say.
    is_confirmed = _make_sums(table)
    lines = ((found, _make_line(found.cells, found.unclear, is_confirmed)) for found in table.goods)
    return [(found, line) for found, line in lines if is_goods(line)]


def _make_sums(table: Table) -> bool:
    """Whether amounts and taxes of the lines, as they are printed, make the sums below them."""
    for field in ("amount", "tax_amount"):
        figures = [parse_decimal(found.cells.get(field)) for found in table.goods]
        stated = parse_decimal(table.sums.get(field))
        if stated is None or None in figures or abs(sum(figures) - stated) >= CENT:
            return False
    return True


def check_lines(facts: Facts) -> None:
    """Doubt the lines of an invoice that do not make the sums printed below them."""
    lines = facts.first("lines", ())
    for name, field in (("amount_untaxed", "amount"), ("amount_tax", "tax_amount")):
        stated = facts.first(name)
        amounts = [amount for line in lines if (amount := getattr(line, field)) is not None]
        is_known = stated is not None and (field == "amount" or amounts)
        if is_known and abs(sum(amounts) - stated) >= CENT:
            facts.doubts.append(Doubt("lines"))
            return


def _make_line(cells: dict[str, str], unclear: set[str], is_tax_confirmed: bool) -> Line:
    line = make_line(cells)
    unread = unclear | {name for name in FIGURES if _is_unread(name, cells.get(name, ""), line)}
    unread |= _beside(unread, cells)
    if line.amount is None:
        unread.add("amount")
    if not line.name:
        unread.add("name")
    if line.quantity is None and not (line.unit and cells.get("quantity")):
        line, contradicted = _settle_unit(line, cells)
        unread = (unread - {"quantity"}) | contradicted
    if {"quantity", "unit_price"}.isdisjoint(unread):
        line, contradicted = _settle_price(line, cells)
        unread |= contradicted
    unread -= _confirmed(line)
    if not is_tax_confirmed and not _is_tax_right(line):
        unread |= {"tax_rate", "tax_amount"}
    changes = {name: None for name in unread if name in FIGURES}
    if "tax_rate" in changes:
        changes["tax_kind"] = TaxKind.UNKNOWN
    return dataclasses.replace(line, **changes, doubts=tuple(sorted(unread)))


def _beside(unread: set[str], cells: dict[str, str]) -> set[str]:
    """Empty cells beside those that something runs into: it may be theirs."""
    found: set[str] = set()
    for name in unread:
        index = _ORDER.index(name)
        found |= {name for name in _ORDER[max(index - 1, 0) : index + 2] if not cells.get(name)}
    return found


def _settle_unit(line: Line, cells: dict[str, str]) -> tuple[Line, set[str]]:
    """A unit and the quantity printed behind it without a gap, if the price confirms that."""
    match = _UNIT_QUANTITY.fullmatch(cells.get("quantity") or line.unit)
    if not match:
        return line, {"quantity"} if cells.get("quantity", "").strip("*-—/") else set()
    quantity = Decimal(match[2])
    if line.unit_price is not None and _makes(quantity, line.unit_price, line):
        return dataclasses.replace(line, unit=match[1], quantity=quantity), set()
    return line, {"unit", "quantity"}


def _confirmed(line: Line) -> set[str]:
    """Figures that arithmetic confirms, wherever they were read."""
    fields: set[str] = set()
    if line.amount is None or line.amount.as_tuple().exponent != -2:
        return fields  # its cents may be in the next cell
    if None not in (line.quantity, line.unit_price, line.amount):
        if _makes(line.quantity, line.unit_price, line):
            fields |= {"quantity", "unit_price", "amount"}
    if None not in (line.amount, line.tax_rate, line.tax_amount) and _is_tax_right(line):
        fields |= {"amount", "tax_rate", "tax_amount"}
    return fields


def _is_unread(name: str, text: str, line: Line) -> bool:
    """Whether something is printed for a figure that is none."""
    if not text or _NOTHING.issuperset(text):
        return False
    if name == "tax_rate":
        return line.tax_kind == TaxKind.UNKNOWN
    return getattr(line, name) is None


def _settle_price(line: Line, cells: dict[str, str]) -> tuple[Line, set[str]]:
    """Quantity and price that make the amount, read as one number perhaps; else none."""
    quantity, price = line.quantity, line.unit_price
    if quantity is None and price is None:
        return line, set()
    if quantity is not None and price is not None:
        if _makes(quantity, price, line):
            return line, set()
        text = cells["quantity"] + cells["unit_price"]
    elif line.amount is None:
        return line, set()
    else:
        text = cells.get("unit_price") or cells.get("quantity")
        if abs(price or quantity) == abs(line.amount):
            return line, set()  # the quantity is left out
    found = [pair for pair in _splits(text) if _makes(*pair, line)]
    if len(found) == 1:
        quantity, price = found[0]
        return dataclasses.replace(line, quantity=quantity, unit_price=price), set()
    if price is None and quantity is not None and "." not in text:
        return line, set()  # a quantity alone is no piece of a price
    return line, {"quantity", "unit_price"}


def _splits(text: str) -> list[tuple[Decimal, Decimal]]:
    """Two numbers that are printed as one."""
    pairs = []
    for position in range(1, len(text)):
        first, second = text[:position], text[position:]
        if (
            first.replace(".", "", 1).lstrip("-").isdecimal()
            and second.replace(".", "", 1).isdecimal()
        ):
            if not first.endswith(".") and not second.startswith("."):
                if not (second.startswith("0") and not second.startswith("0.")):
                    pairs.append((Decimal(first), Decimal(second)))
    return pairs


def _makes(quantity: Decimal, price: Decimal, line: Line) -> bool:
    """Whether quantity × price is the amount, before or after tax, within their rounding."""
    if line.amount is None:
        return True
    rounding = CENT + abs(quantity) * _half_unit(price)
    if quantity != quantity.to_integral_value():
        rounding += abs(price) * _half_unit(quantity)
    found = quantity * price
    after_tax = line.amount + (line.tax_amount or 0)
    return abs(found - line.amount) <= rounding or abs(found - after_tax) <= rounding


def _half_unit(number: Decimal) -> Decimal:
    """Half of the last printed place."""
    return Decimal((0, (5,), number.as_tuple().exponent - 1))


def _is_tax_right(line: Line) -> bool:
    if line.tax_kind != TaxKind.TAXED or None in (line.amount, line.tax_rate, line.tax_amount):
        return True
    return abs(line.amount * line.tax_rate - line.tax_amount) <= LINE_TAX_TOLERANCE
