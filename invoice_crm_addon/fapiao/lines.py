"""Lines of goods out of XML groups, or out of columns of page text."""

from collections.abc import Callable, Iterable

from lxml import etree

from .document import Line
from .values import clean, parse_decimal, parse_number, parse_tax_rate
from .xml_tree import index_by_name

_SUMS = frozenset({"小计", "合计", "详见销货清单", "详见清单"})


def read_lines(
    groups: Iterable[etree._Element], names: dict[str, str], cells: Callable
) -> tuple[Line, ...]:
    """Lines of the groups, without the sums and references that a page prints among them.

    :param names: element name of each :class:`~.document.Line` field
    :param cells: texts of an element, see :class:`~.statement.Statement`
    """
    lines = []
    for group in groups:
        index = index_by_name(group)
        columns = {
            field: [cell for element in index.get(name, ()) for cell in cells(element)]
            for field, name in names.items()
        }
        lines += (make_line(row) for row in _rows(columns))
    return tuple(line for line in lines if is_goods(line))


def _rows(columns: dict[str, list[str]]) -> list[dict[str, str]]:
    """Rows of the columns of one group.

    A group with one amount is one line, whatever pieces its texts came in (``¥`` and the figure
    are separate objects, long names wrap). With several amounts the group holds whole columns:
    each is cut into rows, and left out where its number of cells does not fit.
    """
    if all(len(found) <= 1 for found in columns.values()):
        return [{field: found[0] for field, found in columns.items() if found}]
    count = sum(parse_decimal(cell) is not None for cell in columns["amount"])
    if count <= 1:
        return [{field: "".join(found) for field, found in columns.items()}]
    columns["amount"] = [cell for cell in columns["amount"] if parse_decimal(cell) is not None]
    columns["name"] = _join_wrapped(columns["name"], count)
    if not columns["name"]:
        return []
    return [
        {field: found[row] for field, found in columns.items() if len(found) == count}
        for row in range(count)
    ]


def _join_wrapped(names: list[str], count: int) -> list[str]:
    """Names of ``count`` goods; a name begins with ``*``, what does not continues the last."""
    if len(names) == count:
        return names
    joined: list[str] = []
    for name in names:
        if name.lstrip().startswith("*") or not joined:
            joined.append(name)
        else:
            joined[-1] += name
    return joined if len(joined) == count else []


def make_line(row: dict[str, str]) -> Line:
    """A line of the texts of its fields."""
    kind, rate = parse_tax_rate(row.get("tax_rate"))
    tax_code = parse_number(row.get("tax_code"))
    return Line(
        name=clean(row.get("name")),
        specification=clean(row.get("specification")),
        unit=clean(row.get("unit")),
        quantity=parse_decimal(row.get("quantity")),
        unit_price=parse_decimal(row.get("unit_price")),
        amount=parse_decimal(row.get("amount")),
        tax_rate=rate,
        tax_kind=kind,
        tax_amount=parse_decimal(row.get("tax_amount")),
        tax_code=tax_code if len(tax_code) == 19 else "",
    )


def is_goods(line: Line) -> bool:
    """Whether a line is one, and no sum or reference printed among them."""
    name = line.name.replace(" ", "").strip("()（）")
    return bool(name or line.amount is not None) and name not in _SUMS
