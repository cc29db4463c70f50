"""Lines of goods on a printed invoice: columns by the heads that they stand under."""

import re
from dataclasses import dataclass

from .document import Line
from .lines import is_goods, make_line
from .page_text import Row, Word
from .values import parse_decimal

_HEADS = {
    "name": r"项\s*目\s*名\s*称|货\s*物\s*或\s*应\s*税\s*劳\s*务\s*[、,，]?\s*服\s*务\s*名\s*称",
    "specification": r"规\s*格\s*型\s*号",
    "unit": r"单\s*位",
    "quantity": r"数\s*量",
    "unit_price": r"单\s*价",
    "amount": r"金\s*额",
    "tax_rate": r"税\s*率(?:\s*[/／]\s*征\s*收\s*率)?",
    "tax_amount": r"税\s*额",
}
_END = re.compile(r"^\s*(?:\S\s+)?合\s*计\s*[¥￥*—-]|价\s*税\s*合\s*计|小\s*计\s*[¥￥]")
_TEXTS = ("name", "specification", "unit")


@dataclass(frozen=True)
class _Column:
    field: str
    x0: float
    x1: float

    def distance(self, word: Word) -> float:
        """Points between a word and the head; below zero where they overlap."""
        return max(word.x0 - self.x1, self.x0 - word.x1)


def read_page_lines(rows: list[Row]) -> tuple[Line, ...]:
    """Lines between the heads of the columns and the sums."""
    for index, row in enumerate(rows):
        if columns := _find_columns(row):
            return _read_rows(columns, rows[index + 1 :])
    return ()


def _find_columns(row: Row) -> list[_Column]:
    """Columns of a row of heads; none unless it names goods and amounts."""
    columns = []
    for field, pattern in _HEADS.items():
        if match := re.search(pattern, row.text):
            columns.append(
                _Column(field, row.places[match.start()].x0, row.places[match.end() - 1].x1)
            )
    fields = {column.field for column in columns}
    return sorted(columns, key=lambda c: c.x0) if {"name", "amount"} <= fields else []


def _read_rows(columns: list[_Column], rows: list[Row]) -> tuple[Line, ...]:
    goods: list[dict[str, str]] = []
    for row in rows:
        if _END.search(row.text):
            break
        cells = _read_cells(columns, row)
        if parse_decimal(cells.get("amount")) is not None:
            goods.append(cells)
        elif goods:
            # A text too long for its column goes on below.
            for field in _TEXTS:
                goods[-1][field] = goods[-1].get(field, "") + cells.get(field, "")
    lines = (make_line(cells) for cells in goods)
    return tuple(line for line in lines if is_goods(line))


def _read_cells(columns: list[_Column], row: Row) -> dict[str, str]:
    """Words of a row by the column that they stand under."""
    cells: dict[str, str] = {}
    for word in row.words():
        column = min(columns, key=lambda c: c.distance(word))
        cells[column.field] = (
            f"{cells[column.field]} {word.text}" if column.field in cells else (word.text)
        )
    return cells
