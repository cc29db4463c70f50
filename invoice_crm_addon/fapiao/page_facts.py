"""What a printed page of an invoice states: values beside their labels, each in its own cell.

The same labels stand on invoices of all producers; blanks inside them vary.
"""

import re

from .document import Doubt
from .facts import Facts
from .joined import is_run_together
from .labels import read_page_labels
from .page_amounts import make_lines
from .page_form import FOOT_ROW, Form
from .page_glyphs import UNKNOWN
from .page_parties import TAX_ID, find_parties
from .page_table import Table, find_head, read_table
from .page_text import Box, Char, Row, Sheet, build_rows, join_rows, rows_above
from .papers import name_page
from .values import compact


def _spaced(label: str) -> str:
    """Pattern of a label whose characters may stand apart."""
    return r"\s*".join(map(re.escape, label))


_COLON = r"\s*[:：]"
_AMOUNT = r"[¥￥Y\ufffd]?\s*(-?[\d,]+(?:\.\d{1,2})?|\*{1,6}|—+|-+)"
_GAP = r"[^\S\n]*"
_FIELDS = {
    "number": re.compile(_spaced("发票号码") + _COLON + rf"?\s*((?:\d{_GAP}){{8,20}})"),
    "code": re.compile(_spaced("发票代码") + _COLON + rf"?\s*((?:\d{_GAP}){{10,12}})"),
    "check_code": re.compile(
        _spaced("校验码") + _COLON + rf"?\s*((?:\d{_GAP}){{20}}|[0-9A-Fa-f]{{5}}(?![0-9A-Fa-f]))"
    ),
    "issue_date": re.compile(
        f"(?:{_spaced('开票日期')}|{_spaced('填开日期')})"
        + _COLON
        + r"?\s*(\d{4}\s*[年./-]\s*\d{1,2}\s*[月./-]\s*\d{1,2})"
    ),
    "amount_total": re.compile(r"[(（]\s*小\s*写\s*[)）]\s*[:：]?\s*" + _AMOUNT),
    "amount_in_words": re.compile(
        r"[(（]\s*大\s*写\s*[)）]\s*[:：]?[\s⊗ⓧ]*"
        r"((?:[(（]\s*负\s*数?\s*[)）]\s*)?[零〇壹贰貳叁參肆伍陆陸柒捌玖拾佰仟万萬亿億圆元圓角分整正]+)"
    ),
    "drawer": re.compile(_spaced("开票人") + _COLON + r"\s*([^\s:：]{1,40})"),
}
_SUMS = re.compile(r"(?<![税价])\s*合\s*计\s*" + _AMOUNT + r"\s*" + _AMOUNT)
_FARE = re.compile(r"(?:票\s*价|[退改]\s*[票签]\s*费)\s*[:：]\s*[¥￥]?\s*(-?[\d,]+\.\d{2})")
_PLAIN_TOTAL = re.compile(r"价\s*税\s*合\s*计\s*[:：]\s*" + _AMOUNT)
_PLAIN_TAX = re.compile(r"(?<!合计)税\s*额\s*[:：]\s*" + _AMOUNT)
_TOTAL_LABEL = re.compile(r"价\s*税\s*合\s*计")
_HEAD_FIELDS = ("number", "code", "check_code", "issue_date")
_LIST_CODE = re.compile(
    r"发\s*票\s*代\s*码\s*[:：]?\s*(\d{10,12})\s*(?:发\s*票\s*)?号\s*码\s*[:：]?\s*(\d{8,20})"
)
_REMARK_HEAD = re.compile(r"^\s*备\s*注\s*[:：]?\s*")
_REMARK_LINK = re.compile(
    r"被红冲蓝字.{0,24}?号码[:：]?\d{8,20}|对应正数发票代码[:：]?\d{10,12}号码[:：]?\d{8}"
)
#: Parts of a character's size: no blank inside a value is wider.
_WIDE_GAP = 4.0
#: Points: no value has room in a narrower cell.
_NARROW = 15.0
_NARROW_REMARK = 60.0
#: What names the seller's values, without blanks.
_SELLER_WORDS = re.compile(
    r"销售方信息|销售方|[销售方]|名称|统一社会信用代码/?|纳税人识别号|地址、?电话|开户行及[账帐]号|[:：/]"
)
_CONFIRMATION = re.compile(r"(?:信息确认单编号|红字确认单编号|信息表编号)[:：]?\d{12,30}")


def collect_page(
    sheet: Sheet, facts: Facts, page: int, source: str, known: Facts | None = None
) -> None:
    """Note what a page states.

    :param page: its number, from 1 on
    :param source: where it came from, to name it as evidence
    :param known: what data beside the pages state: lines of the same invoice are not read again
    """
    form = Form(sheet)
    if paper := name_page(row.text for row in form.rows):
        facts.papers.append(paper)
        return
    facts.add_value("labels", read_page_labels(form.rows), f"{source}:labels")
    _Page(form, facts, page, source, known or Facts()).collect()


class _Page:
    """A page whose values are noted."""

    def __init__(self, form: Form, facts: Facts, page: int, source: str, known: Facts):
        self.facts, self.page, self.source, self.known = facts, page, source, known
        self.form, self.sheet, self.rows = form, form.sheet, form.rows
        self.text = "\n".join(row.text for row in self.rows)
        self.table: Table | None = None
        self.total_label: Char | None = None

    def collect(self) -> None:
        head = find_head(self.form)
        parties = find_parties(self.form, head.top if head else None)
        self._collect_parties(parties)
        self.seller = next((block for block in parties if block.party == "seller"), None)
        self._collect_head(head.top if head else self.sheet.height)
        if head:
            self.table = read_table(self.form, head, with_goods=not self._knows_lines())
        self._collect_sums()
        self._collect_total()
        self.facts.add("remark", self._read_remark(), f"{self.source}:备注")
        _collect_red_link(self.text, self.facts, self.source)
        _collect_flight(self.rows, self.facts, self.source)
        if self.table:
            self._collect_lines()
            self._note_missing()

    def _knows_lines(self) -> bool:
        is_same = self.facts.first("number") == self.known.first("number")
        return is_same and "lines" in self.known.readings

    def _collect_head(self, bottom: float) -> None:
        """What stands above the goods: other numbers may stand in a remark."""
        rows = rows_above(self.rows, bottom)
        chars = [char for row in rows for char in row.chars]
        text = "\n".join(row.text for row in rows)
        for name in _HEAD_FIELDS:
            for match in _FIELDS[name].finditer(text):
                self.facts.add(name, match[1], f"{self.source}:{name}")
        if match := _LIST_CODE.search(text):
            for name, value in (("code", match[1]), ("number", match[2])):
                if name not in self.facts.readings:
                    self.facts.add(name, value, f"{self.source}:{name}")
        largest = max((char.size for char in chars), default=0)
        title = "\n".join(
            row.text for row in build_rows(char for char in chars if char.size > 0.8 * largest)
        )
        for found in (title, text):
            if "kind" not in self.facts.readings:
                self.facts.add_title(found, f"{self.source}:title", whole_page=True)
        # In a remark it may stand once more.
        found = [m[1] for row in self.rows if (m := _FIELDS["drawer"].search(row.text))]
        self.facts.add("drawer", found[-1] if found else "", f"{self.source}:drawer")

    def _collect_sums(self) -> None:
        if self.table:
            for field, name in (("amount", "amount_untaxed"), ("tax_amount", "amount_tax")):
                self.facts.add(name, self.table.sums.get(field), f"{self.source}:合计")
            return
        if match := _SUMS.search(self.text):
            self.facts.add("amount_untaxed", match[1], f"{self.source}:合计")
            self.facts.add("amount_tax", match[2], f"{self.source}:合计")

    def _collect_total(self) -> None:
        label = next(
            (
                row.places[match.start()]
                for row in self.rows
                if (match := _TOTAL_LABEL.search(row.text))
            ),
            None,
        )
        band = self.text
        self.total_label = label
        if label and self.table:
            near = [c for c in self.form.chars if abs(c.middle - label.middle) < 1.3 * label.size]
            band = _order_band(near)
        for name in ("amount_total", "amount_in_words"):
            for match in _FIELDS[name].finditer(band):
                self.facts.add(name, match[1], f"{self.source}:{name}")
        if "amount_total" not in self.facts.readings:
            match = _PLAIN_TOTAL.search(self.text) or _FARE.search(self.text)
            self.facts.add("amount_total", match and match[1], f"{self.source}:价税合计")
            if match := _PLAIN_TAX.search(self.text):
                self.facts.add("amount_tax", match[1], f"{self.source}:税额")

    def _collect_parties(self, blocks) -> None:
        for block in blocks:
            for field, rows in block.values():
                if not rows:
                    continue
                name = f"{block.party}.{field}"
                if block.is_open and _stands_apart(rows):
                    # No line says where the block ends: what stands apart may be another's.
                    self._doubt(name, join_rows(rows), rows)
                else:
                    self._add_party_value(name, rows, block.box.x1)

    def _add_party_value(self, name: str, rows: list[Row], right: float) -> None:
        source = f"{self.source}:{name.partition('.')[0]}"
        right = min(right, max(row.x1 for row in rows) + rows[0].size)
        value = join_rows(rows, right, numbers_go_on="+" in name)
        if UNKNOWN in value:
            # Half a name would be another name.
            self._doubt(name, value, rows)
        elif name.endswith("phone") and is_run_together(value):
            self._doubt(name, value, rows)
        elif "+" in name:
            self.facts.add_joined(name, value, source)
        elif name.endswith("tax_id"):
            number = "".join(value.split())
            if TAX_ID.fullmatch(number):
                self.facts.add(name, number, source)
            else:
                self._doubt(name, value, rows)
        else:
            self.facts.add(name, value, source)

    def _collect_lines(self) -> None:
        self.facts.has_table = True
        made = make_lines(self.table)
        lines = tuple(line for _found, line in made)
        self.facts.add_value("lines", lines, f"{self.source}:lines")
        for number, (found, line) in enumerate(made, start=1):
            box = self._box(found.chars)
            for field in line.doubts:
                text = found.cells.get(field, "")
                self.facts.doubts.append(Doubt(f"lines.{number}.{field}", text, self.page, box))

    def _note_missing(self) -> None:
        """Doubts of what a whole form prints, and was not found."""
        expected = ["issue_date", "buyer.name", "seller.name"] if self.total_label else []
        if self.total_label:
            expected.append("amount_total")
        if self.total_label or self.table.has_sums:
            expected.append("amount_untaxed")
            if "tax_amount" not in self.table.sums:
                expected.append("amount_tax")
        for name in expected:
            if name not in self.facts.readings:
                self.facts.doubts.append(Doubt(name, "", self.page))

    def _doubt(self, name: str, text: str, rows: list[Row]) -> None:
        box = self._box([char for row in rows for char in row.places])
        party, dot, fields = name.partition(".")
        for field in fields.split("+"):
            self.facts.doubts.append(Doubt(f"{party}{dot}{field}", text, self.page, box))

    def _box(self, chars: list[Char]) -> tuple[float, ...]:
        width, height = self.sheet.width, self.sheet.height
        return (
            round(min(char.x0 for char in chars) / width, 4),
            round(min(char.top for char in chars) / height, 4),
            round(max(char.x1 for char in chars) / width, 4),
            round(max(char.bottom for char in chars) / height, 4),
        )

    def _read_remark(self) -> str:
        """What stands in the cell beside the word 备注."""
        cells = []
        for stack in self.form.stacks_of("remark"):
            cell = self._cell_beside(stack.box.x1, (stack.box.top + stack.box.bottom) / 2)
            top, bottom = max(cell.top, stack.box.top), min(cell.bottom, stack.box.bottom)
            cells.append(Box(cell.x0, top, cell.x1, bottom))
        for zone in self.form.zones:
            rows = zone.rows
            if rows and _REMARK_HEAD.match(rows[0].text):
                if _REMARK_HEAD.sub("", rows[0].text) or len(rows) > 1:
                    return _REMARK_HEAD.sub("", join_rows(rows, zone.box.x1))
                cells.append(self._cell_beside(zone.box.x1, rows[0].middle))
        if not cells and self.total_label and self.table:
            cells += self._cells_of_drawn_word()
            rows = [] if cells else self._rows_below_total()
            if rows:
                self._doubt("remark", join_rows(rows), rows)
            elif not cells and any(d.field.startswith("seller.") for d in self.facts.doubts):
                # It may stand in what was not read of the seller.
                self.facts.doubts.append(Doubt("remark", "", self.page))
        for cell in cells:
            chars = [
                char
                for zone in self.form.zones
                if zone.box.x1 > cell.x0 + 1 and zone.box.x0 < cell.x1 - 1
                for char in zone.chars
                if cell.x0 < char.center < cell.x1 and cell.top < char.middle < cell.bottom
            ]
            if rows := build_rows(chars):
                return join_rows(rows, cell.x1)
        return ""

    def _rows_below_total(self) -> list[Row]:
        """What is printed between the total and the foot, and is no value of the seller."""
        label = self.total_label
        fields = self.seller.values() if self.seller else ()
        values = [row for _field, rows in fields for row in rows]
        known = {id(char) for row in values for char in row.places}
        rows = build_rows(c for c in self.form.chars if c.middle > label.middle + label.size)
        foot = next((i for i, row in enumerate(rows) if FOOT_ROW.search(row.text)), len(rows))
        left = build_rows(c for row in rows[:foot] for c in row.chars if id(c) not in known)
        return [row for row in left if _SELLER_WORDS.sub("", compact(row.text))]

    def _cells_of_drawn_word(self) -> list[Box]:
        """Where the remark stands if the word 备注 is drawn, and no text: in the cell beside the
        seller or, where both parties stand above the goods, in that below the total."""
        label = self.total_label
        total = self.sheet.cell_at(label.center, label.middle)
        first = self.seller.labels[0] if self.seller else None
        if first and first.middle > label.middle:
            cell = self._cell_beside(self.seller.zone.box.x1, first.middle, _NARROW_REMARK)
        else:
            cell = self._cell_beside(0, total.bottom + label.size, _NARROW_REMARK)
        is_ruled = total.bottom - 2 < cell.top < total.bottom + 4 and cell.x0 > 0
        return [cell] if is_ruled and cell.bottom < self.sheet.height else []

    def _cell_beside(self, x: float, y: float, narrow: float = _NARROW) -> Box:
        """The next cell to the right that has room for a value."""
        cell = self.sheet.cell_at(x + 0.6, y)
        while cell.x1 - cell.x0 < narrow and cell.x1 < self.sheet.width:
            cell = self.sheet.cell_at(cell.x1 + 0.6, y)
        return cell


def _stands_apart(rows: list[Row]) -> bool:
    """Whether a part of a value stands far to the right of another."""
    gaps = [row.x0 - rows[0].x0 for row in rows]
    for row in rows:
        pairs = zip(row.places, row.places[1:], strict=False)
        gaps += (after.x0 - before.x1 for before, after in pairs)
    return max(gaps) > _WIDE_GAP * rows[0].size or min(gaps) < -_WIDE_GAP * rows[0].size


def _order_band(chars: list[Char]) -> str:
    """Texts of a band in which label and value may stand on rows of their own, left to right."""
    words = [word for row in build_rows(chars) for word in row.words()]
    text = " ".join(word.text for word in sorted(words, key=lambda word: word.x0))
    return re.sub(r"-\s*([¥￥])", r"\1-", text)


def _collect_red_link(text: str, facts: Facts, source: str) -> None:
    """The invoice that a red one cancels stands in its remark."""
    flat = re.sub(r"\s", "", text)
    found = [m[0] for m in (_REMARK_LINK.search(flat), _CONFIRMATION.search(flat)) if m]
    if found and "remark" not in facts.readings:
        facts.add("remark", " ".join(found), f"{source}:remark")


# An air transport receipt (航空运输电子客票行程单) prints its amounts in one row.
_FLIGHT_LABELS = (
    "票价",
    "燃油附加费",
    "增值税税率",
    "增值税税额",
    "民航发展基金",
    "其他税费",
    "合计",
)
_FLIGHT_VALUE = re.compile(r"(?:CNY\s*)?(-?[\d,]+(?:\.\d+)?%?)")


def _collect_flight(rows: list[Row], facts: Facts, source: str) -> None:
    for labels, values in zip(rows, rows[1:], strict=False):
        text = re.sub(r"\s", "", labels.text)
        if all(label in text for label in _FLIGHT_LABELS):
            figures = _FLIGHT_VALUE.findall(values.text)
            if len(figures) != len(_FLIGHT_LABELS):
                return
            parts = Facts()
            for label, figure in zip(_FLIGHT_LABELS, figures, strict=True):
                if not figure.endswith("%"):
                    parts.add("amount_total", figure, label)
            fare, fuel, tax, fund, other, total = (
                reading.value for reading in parts.readings["amount_total"]
            )
            facts.add_value("amount_untaxed", fare + fuel, f"{source}:票价+燃油附加费")
            facts.add_value("amount_tax", tax, f"{source}:增值税税额")
            facts.add_value("amount_other", fund + other, f"{source}:民航发展基金+其他税费")
            facts.add_value("amount_total", total, f"{source}:合计")
