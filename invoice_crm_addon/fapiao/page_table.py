"""The table of goods on a printed invoice: its lines, and the sums below them."""

import re
from dataclasses import dataclass, field

from .page_columns import (
    FIGURES,
    TEXTS,
    Column,
    Line,
    Token,
    is_figure,
    part_texts,
    place_tokens,
    rule_columns,
    split_tokens,
)
from .page_form import Form
from .page_text import Char, Row, build_rows, join_rows
from .values import parse_decimal

_HEADS = {
    "name": r"(?<![\u4e00-\u9fff])(?:项\s*目\s*名\s*称"
    r"|货\s*物\s*(?:或\s*(?:应\s*税\s*)?劳\s*务|[(（]\s*劳\s*务\s*[)）])\s*[、,，]?\s*(?:服\s*务\s*)?名\s*称"
    r"|(?:货\s*物|商\s*品|服\s*务)\s*名\s*称)",
    "specification": r"规\s*格\s*(?:型\s*号)?|车\s*牌\s*号(?:\s*码)?",
    "unit": r"(?<![\u4e00-\u9fff])(?:面\s*积\s*)?单\s*位|(?<![\u4e00-\u9fff])类\s*型",
    "quantity": r"数\s*量",
    "unit_price": r"单\s*价",
    "amount": r"金\s*额",
    "tax_rate": r"税\s*率(?:\s*[/／]\s*征\s*收\s*率)?|征\s*收\s*率",
    "tax_amount": r"税\s*额",
}
_HEAD = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _HEADS.items()))
_ANCHOR = re.compile(_HEADS["amount"])
_SUM = re.compile(
    r"(?<!税)(?<!税\s)(?<![\u4e00-\u9fff])(?P<word>[合小总]\s*计)(?!\s*[\u4e00-\u9fff])"
)
_HEAD_FIELD = re.compile(r"发\s*票\s*号\s*码|开\s*票\s*日\s*期")
_TOTAL = re.compile(r"价\s*税\s*合\s*计")
_MONEY = re.compile(r"[¥￥Y\ufffd羊]?(-?[\d,]+(?:\.\d{1,2})?|\*{1,6}|[-—]{1,4})")
_SUM_SHAPE, _RATE_SHAPE = r"(-?[\d,]+\.\d{2})", r"(\d{1,2}(?:\.\d+)?%|免税|不征税|\*{1,6})"
#: Two figures that can be told from each other without a gap between them.
_RUN_TOGETHER = (
    (re.compile(_SUM_SHAPE + _RATE_SHAPE), ("amount", "tax_rate")),
    (re.compile(_RATE_SHAPE + _SUM_SHAPE), ("tax_rate", "tax_amount")),
)
#: Figures that only a line of goods has.
_PAYMENT = frozenset(("amount", "tax_rate", "tax_amount", "unit_price"))
_SIGN = "¥￥Y\ufffd羊"


@dataclass
class Goods:
    """A line of goods as it is printed.

    :param middle: of the row that its amount stands in
    :param cells: text by field
    :param unclear: fields whose texts may run into each other
    :param chars: of the row
    """

    middle: float
    cells: dict[str, str]
    unclear: set[str] = field(default_factory=set)
    chars: list[Char] = field(default_factory=list)


@dataclass
class Table:
    """A table of goods.

    :param goods: its lines, none where they need not be read
    :param sums: texts of amount and tax below the lines, unless they are those of a page alone
    :param has_sums: whether the sums of the invoice are named below the lines
    :param top: upper edge of the row of heads
    """

    goods: list[Goods]
    sums: dict[str, str]
    has_sums: bool
    top: float


@dataclass
class Head:
    """Heads of the columns, which stand beside each other."""

    columns: list[Column]
    middle: float
    size: float

    @property
    def top(self) -> float:
        """Where the table begins."""
        return self.middle - self.size


def read_table(form: Form, head: Head, with_goods: bool = True) -> Table:
    """The table of goods below its heads."""
    columns, sheet = head.columns, form.sheet
    below = head.middle + 1.5 * head.size
    lines = rule_columns(sheet, columns, below)
    left = sheet.cell_at(columns[0].center, below).x0
    right = sheet.cell_at(columns[-1].center, below).x1
    sums = [(word, y, size) for word, y, size in _find_sums(form) if y > head.middle]
    total = _find_total(form, head.middle) or sheet.cell_at(columns[0].center, below).bottom
    label = min(sums, key=lambda found: found[1], default=None)
    chars = [
        char
        for char in form.chars
        if left - 1 < char.center < right + 1
        and head.middle + 0.6 * head.size < char.middle < total
    ]
    figures = [char for char in chars if char.center > columns[0].x1]
    money = _find_money(sums, figures, lines)
    goods: list[Goods] = []
    if with_goods:
        taken = {id(char) for _word, tokens in money for token in tokens for char in token.chars}
        end = label[1] - 0.5 * label[2] if label else total
        body = [char for char in chars if char.middle < end and id(char) not in taken]
        goods = _read_goods(columns, _char_rows(body), lines)
    has_sums = any(word != "小计" for word, _y, _size in sums)
    return Table(goods, _read_sums(columns, money), has_sums, head.top)


def _char_rows(chars: list[Char]) -> list[list[Char]]:
    """Characters of each row, blanks included."""
    return [row.chars for row in build_rows(chars)]


def find_head(form: Form) -> Head | None:
    """Heads of the columns: those beside 金额, if they name goods and taxes."""
    rows = [row for zone in form.zones for row in zone.rows]
    for anchor in rows:
        if not _ANCHOR.search(anchor.text) or _HEAD_FIELD.search(anchor.text):
            continue  # where everything stands in one row, there is no table
        beside = [
            (match.lastgroup, row, match.start(), match.end())
            for row in rows
            if abs(row.middle - anchor.middle) < 0.8 * anchor.size
            for match in _HEAD.finditer(row.text)
        ]
        fields = {item[0] for item in beside}
        if "name" in fields and fields & {"tax_rate", "tax_amount"}:
            return Head(_make_columns(form, beside, anchor), anchor.middle, anchor.size)
    return None


def _make_columns(form: Form, beside: list, anchor: Row) -> list[Column]:
    columns: dict[str, Column] = {}
    known = set()
    for name, row, start, end in beside:
        places = row.places[start:end]
        known |= {id(char) for char in places}
        columns.setdefault(name, Column(name, places[0].x0, places[-1].x1))
    others = []
    for zone in form.zones:
        for row in zone.rows:
            if abs(row.middle - anchor.middle) < 0.8 * anchor.size:
                chars = [char for char in row.chars if id(char) not in known]
                for token in split_tokens(chars, []):
                    others.append(Column("", token.x0, token.x1))
    first = min(column.x0 for column in columns.values())
    last = max(column.x1 for column in columns.values())
    inside = [column for column in others if first - 60 < column.x0 < last + 60]
    return sorted([*columns.values(), *inside], key=lambda column: column.center)


def _find_sums(form: Form) -> list[tuple[str, float, float]]:
    """The words 合计, 小计 and 总计, each with its place and size."""
    return [
        ("".join(match["word"].split()), row.places[match.start()].middle, row.size)
        for zone in form.zones
        for row in zone.rows
        for match in _SUM.finditer(row.text)
        if match.start() < 3
    ]


def _find_total(form: Form, head: float) -> float | None:
    """Upper edge of the row 价税合计 below the heads."""
    found = [
        row.places[match.start()].top
        for zone in form.zones
        for row in zone.rows
        if row.middle > head
        for match in _TOTAL.finditer(row.text)
    ]
    return min(found, default=None)


def _find_money(sums, chars: list[Char], lines: list[Line]) -> list[tuple[str, list[Token]]]:
    """Sums near the words that name them: they carry a sign, or stand beside the word."""
    money = []
    for word, y, size in sums:
        near = [char for char in chars if abs(char.middle - y) < 1.2 * size]
        rows = [split_tokens(row, lines) for row in _char_rows(near)]
        rows = [_join_signs(row) for row in rows]
        signed = [row for row in rows if any(token.text[0] in _SIGN for token in row)]
        beside = [
            row
            for row in rows
            if abs(row[0].chars[0].middle - y) < 0.7 * size
            and all(_match_money(token.text) for token in row)
        ]
        for row in signed or beside:
            money.append((word, [token for token in row if _match_money(token.text)]))
    return money


def _match_money(text: str) -> re.Match | None:
    """A sum with or without its sign; a negative one may have its minus before the sign."""
    return _MONEY.fullmatch(re.sub(r"^-([¥￥])", r"\1-", text))


def _join_signs(tokens: list[Token]) -> list[Token]:
    """A sign of the currency may stand apart from its figure."""
    joined: list[Token] = []
    for token in tokens:
        if joined and joined[-1].text in _SIGN and joined[-1].text:
            joined[-1] = Token([*joined[-1].chars, *token.chars])
        else:
            joined.append(token)
    return joined


def _read_sums(columns: list[Column], money: list) -> dict[str, str]:
    """Texts of the sums by field."""
    known = [column for column in columns if column.field in ("amount", "tax_amount")]
    texts: dict[str, str] = {}
    for word, tokens in money:
        for token in tokens if word != "小计" else ():
            nearest = min(known, key=lambda column: _misfit(column, token))
            texts.setdefault(nearest.field, _match_money(token.text)[1])
    return texts


def _misfit(column: Column, token: Token) -> float:
    edges = (token.x0 - column.x0, token.center - column.center, token.x1 - column.x1)
    if column.left is not None and column.right is not None:
        return 0 if column.left < token.center < column.right else 1000
    return min(map(abs, edges))


def _read_goods(columns: list[Column], rows: list[list[Char]], lines: list[Line]) -> list[Goods]:
    tokens = [split_tokens(row, lines) for row in rows]
    pairs = [(row, found) for row, found in zip(rows, tokens, strict=True) if found]
    is_clear = part_texts(columns, [found for _row, found in pairs])
    printed = [_print_row(columns, row, found) for row, found in pairs]
    goods = _start_goods(printed)
    if goods:
        _add_texts(goods, printed)
    if not is_clear:
        for found in goods:
            found.unclear |= {"name", "specification"}
    return goods


@dataclass
class _PrintedRow:
    """A row of the table, by columns."""

    chars: list[Char]
    cells: dict[str, list[Token]]
    unclear: set[str]

    def __post_init__(self):
        self.middle = sum(char.middle for char in self.chars) / len(self.chars)
        self.size = max(char.size for char in self.chars)
        self.figures = _unglue(
            {
                name: "".join(token.text for token in self.cells[name])
                for name in FIGURES
                if name in self.cells
            }
        )

    def row_of(self, name: str) -> Row:
        """Words of a column of texts, with the blanks between and beside them."""
        own = [char for token in self.cells[name] for char in token.chars]
        edge = 0.8 * own[0].size
        blanks = [
            char
            for char in self.chars
            if not char.text.strip() and own[0].x0 - edge < char.center < own[-1].x1 + edge
        ]
        return Row(own + blanks)


def _unglue(figures: dict[str, str]) -> dict[str, str]:
    """Part an amount and its rate, or a rate and its tax, that are printed without a gap."""
    for pattern, fields in _RUN_TOGETHER:
        for name, other in (fields, fields[::-1]):
            match = pattern.fullmatch(figures.get(name, ""))
            if match and other not in figures:
                figures |= dict(zip(fields, match.groups(), strict=True))
    return figures


def _print_row(columns: list[Column], chars: list[Char], tokens: list[Token]) -> _PrintedRow:
    """A row by columns, with the fields whose words run over a line, or stand beside their head."""
    cells: dict[str, list[Token]] = {}
    unclear: set[str] = set()
    for index, own in place_tokens(columns, tokens).items():
        name = columns[index].field
        if not name:
            continue
        cells.setdefault(name, []).extend(own)
        if any(token.is_over for token in own):
            around = columns[max(index - 1, 0) : index + 2]
            unclear |= {column.field for column in around if column.field}
        if name == "unit" and not all(map(columns[index].is_aligned, own)):
            unclear |= {"unit", "specification"}
    return _PrintedRow(chars, cells, unclear)


def _start_goods(printed: list[_PrintedRow]) -> list[Goods]:
    """A line for each row with an amount; other figures of a line may stand a little off."""
    goods = [
        Goods(row.middle, row.figures, chars=row.chars)
        for row in printed
        if parse_decimal(row.figures.get("amount")) is not None
    ]
    own = {found.middle for found in goods}
    for row in printed:
        if not row.figures or row.middle in own:
            continue
        near = [found for found in goods if abs(found.middle - row.middle) < 0.7 * row.size]
        if near:
            nearest = min(near, key=lambda found: abs(found.middle - row.middle))
            nearest.cells = row.figures | nearest.cells
        elif any(name in _PAYMENT and is_figure(name, text) for name, text in row.figures.items()):
            goods.append(Goods(row.middle, row.figures, chars=row.chars))
    return sorted(goods, key=lambda found: found.middle)


def _add_texts(goods: list[Goods], printed: list[_PrintedRow]) -> None:
    """Texts of the lines, whose rows may be several."""
    size = printed[0].size
    edges = [found.middle - 0.6 * size for found in goods]
    for name in TEXTS:
        rows = [row.row_of(name) for row in printed if name in row.cells]
        if not rows:
            continue
        if name == "name":
            # A name begins with its category: *运输服务*客运服务费.
            starts = [row.middle for row in rows if row.text.startswith("*")]
            if len(starts) == len(goods) and rows[0].text.startswith("*"):
                edges = [start - 0.5 * size for start in starts]
        for index, found in enumerate(goods):
            end = edges[index + 1] if index + 1 < len(edges) else float("inf")
            start = edges[index] if index else float("-inf")
            own = [row for row in rows if start <= row.middle < end]
            if own:
                found.cells[name] = join_rows(own)
    for row in printed:
        before = [found for found, edge in zip(goods, edges, strict=True) if edge <= row.middle]
        (before or goods)[-1 if before else 0].unclear |= row.unclear
