"""What the text of a printed invoice states, found by its labels.

The same labels stand on invoices of all producers; blanks inside them vary. Buyer and seller have
the same labels: the left one, or the upper one, is the buyer's.
"""

import re

from .facts import Facts
from .labels import read_page_labels
from .page_glyphs import UNKNOWN
from .page_lines import read_page_lines
from .page_text import Row
from .papers import name_page


def _spaced(label: str) -> str:
    """Pattern of a label whose characters may stand apart."""
    return r"\s*".join(map(re.escape, label))


_COLON = r"\s*[:：]"
_AMOUNT = r"[¥￥Y\ufffd]?\s*(-?[\d,]+\.\d{2}|\*{1,6}|—+|-+)"
_FIELDS = {
    "number": re.compile(_spaced("发票号码") + _COLON + r"?\s*((?:\d\s*){8,20})"),
    "code": re.compile(_spaced("发票代码") + _COLON + r"?\s*((?:\d\s*){10,12})"),
    "check_code": re.compile(
        _spaced("校验码") + _COLON + r"?\s*((?:\d\s*){20}|[0-9A-Fa-f]{5}(?![0-9A-Fa-f]))"
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

# What a label names: the field, and whether it joins two of them.
_PARTY_LABELS = (
    (r"(?:统一社会信用代码\s*[/／]?\s*)?纳\s*税\s*人\s*识\s*别\s*号|统一社会信用代码", "tax_id"),
    (r"名\s*称", "name"),
    (r"地\s*址\s*[、,，]?\s*电\s*话", "address+phone"),
    (r"开\s*户\s*行\s*及\s*[账帐]\s*号", "bank_name+bank_account"),
)
_PARTY = re.compile(
    r"(?P<party>[购销]\s*[买售]?\s*方\s*)?(?:"
    + "|".join(f"(?P<f{index}>{pattern})" for index, (pattern, _f) in enumerate(_PARTY_LABELS))
    + r")"
    + _COLON
)
_TAX_ID = re.compile(r"[0-9A-Za-z*]{6,30}")
_HEAD_LETTER = re.compile(r"\s+[购销买售方密码区信息]$")
_TOTAL = re.compile(r"[(（]\s*小\s*写\s*[)）]")
_FOOT = re.compile(_spaced("开票人") + _COLON)
_HEAD_LETTERS = frozenset("备注购销买售方信息")
_REMARK_HEAD = re.compile(r"^(?:备\s*注|[备注])(?:\s*[:：]|\s)\s*")
_REMARK_LINK = re.compile(
    r"被红冲蓝字.{0,24}?号码[:：]?\d{8,20}|对应正数发票代码[:：]?\d{10,12}号码[:：]?\d{8}"
)
_CONFIRMATION = re.compile(r"(?:信息确认单编号|红字确认单编号|信息表编号)[:：]?\d{12,30}")


def collect_page(rows: list[Row], facts: Facts, source: str) -> None:
    """Note what the rows of a page state.

    :param source: where the page came from, to name it as evidence
    """
    if paper := name_page(row.text for row in rows):
        facts.papers.append(paper)
        return
    text = "\n".join(row.text for row in rows)
    facts.add_value("labels", read_page_labels(rows), f"{source}:labels")
    for name, pattern in _FIELDS.items():
        for match in pattern.finditer(text):
            facts.add(name, match[1], f"{source}:{name}")
    facts.add_title(text, f"{source}:title", whole_page=True)
    _collect_sums(text, facts, source)
    _collect_parties(rows, facts, source)
    facts.add("remark", _read_remark(rows), f"{source}:备注")
    _collect_red_link(text, facts, source)
    _collect_flight(rows, facts, source)
    lines = read_page_lines(rows)
    if lines and "lines" not in facts.readings:
        facts.add_value("lines", lines, f"{source}:lines")


def _collect_sums(text: str, facts: Facts, source: str) -> None:
    if match := _SUMS.search(text):
        facts.add("amount_untaxed", match[1], f"{source}:合计")
        facts.add("amount_tax", match[2], f"{source}:合计")
    if "amount_total" not in facts.readings:
        match = _PLAIN_TOTAL.search(text) or _FARE.search(text)
        facts.add("amount_total", match and match[1], f"{source}:价税合计")
        if match := _PLAIN_TAX.search(text):
            facts.add("amount_tax", match[1], f"{source}:税额")


def _collect_parties(rows: list[Row], facts: Facts, source: str) -> None:
    seen: set[tuple[str, str]] = set()
    for row in rows:
        labels = [(_label_field(match), match) for match in _PARTY.finditer(row.text)]
        ends = [*(match.start() for _field, match in labels[1:]), None]
        for (field, match), end in zip(labels, ends, strict=False):
            party = _name_party(field, match, labels, seen)
            if party:
                seen.add((party, field))
                value = row.value_after(match.end(), end)
                _add_party_value(f"{party}.{field}", value, facts, f"{source}:{party}")


def _label_field(match: re.Match) -> str:
    """Field that a label names."""
    return next(field for index, (_p, field) in enumerate(_PARTY_LABELS) if match[f"f{index}"])


def _name_party(field: str, match: re.Match, labels: list, seen: set) -> str | None:
    """Buyer or seller: as the row says, else left and right, else the upper one first."""
    same = [other for other_field, other in labels if other_field == field]
    stated = match["party"] or (
        len(same) == 1 and next((other["party"] for _f, other in labels if other["party"]), None)
    )
    if stated:
        return "buyer" if stated.startswith("购") else "seller"
    if len(same) == 2:
        return ("buyer", "seller")[same.index(match)]
    return next((party for party in ("buyer", "seller") if (party, field) not in seen), None)


def _add_party_value(name: str, value: str, facts: Facts, source: str) -> None:
    if UNKNOWN in value:
        return  # half a name would be another name
    if "+" in name:
        facts.add_joined(name, value, source)
    elif name.endswith("tax_id"):
        match = _TAX_ID.match(value)
        facts.add(name, match and match[0], source)
    else:
        # A head that is written downwards, such as 销售方信息, may stand beside it.
        facts.add(name, _HEAD_LETTER.sub("", value), source)


def _read_remark(rows: list[Row]) -> str:
    """What is printed below the total, beside the data of the seller if those stand there."""
    start = next((i for i, row in enumerate(rows) if _TOTAL.search(row.text)), None)
    if start is None:
        return ""
    texts = []
    for row in rows[start + 1 :]:
        if _FOOT.search(row.text):
            break
        words = row.words()
        if _PARTY.search(row.text):
            words = [word for word in words if word.start > _PARTY.search(row.text).end() + 1]
            words = words[1:] if _stands_apart(row) else words
        text = " ".join(word.text for word in words if word.text not in _HEAD_LETTERS)
        texts.append(_REMARK_HEAD.sub("", text))
    return "".join(texts)


def _stands_apart(row: Row) -> bool:
    """Whether a wide gap stands between the label of a party and its value."""
    end = _PARTY.search(row.text).end()
    return any(row.gaps[end : end + 2])


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
