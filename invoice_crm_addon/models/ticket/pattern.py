"""Texts with placeholders such as ``{contract number}``: pure Python, no Odoo inside.

An empty value takes its label, its brackets and the punctuation around it along:
``合同编号：{contract number}，{month}月服务费`` becomes ``11月服务费`` without a contract.
"""

import re

# What a placeholder is called, in English and Chinese; the first name stands in messages.
PLACEHOLDERS = {
    "contract_number": ("contract number", "合同编号", "合同号"),
    "contract": ("contract", "合同", "合同名称"),
    "customer": ("customer", "客户", "客户名称"),
    "order": ("order", "订单", "订单号"),
    "period": ("period", "期间", "月份期间"),
    "year": ("year", "年", "年份"),
    "month": ("month", "月", "月份"),
    "date": ("date", "日期"),
    "salesperson": ("salesperson", "负责人", "业务员"),
}
_KEY_OF = {name: key for key, names in PLACEHOLDERS.items() for name in names}

_PLACEHOLDER = re.compile(r"\{([^{}\n]*)\}")
_LOOSE_BRACE = re.compile(r"[{}]")
_BRACKETS = re.compile(
    r"（[^（）()\n]*）|\([^（）()\n]*\)|\[[^\[\]\n]*\]|【[^【】\n]*】|《[^《》\n]*》|“[^“”\n]*”"
)
# Stands for an empty value until the text around it is tidied.
_GAP = "\x00"
_STOPS = r"，,、;；·|/\-–—。"
_LABELLED = re.compile(rf"[^{_STOPS}:：\n{_GAP}（(\[【《“]*[:：][ \t]*{_GAP}")
_AROUND = re.compile(rf"([ \t{_STOPS}]*){_GAP}(?:[ \t{_STOPS}]*{_GAP})*([ \t{_STOPS}]*)")


def find_unknown(pattern):
    """First placeholder of a pattern that is none, as it was typed, or an empty text.

    :param str pattern: maybe empty
    """
    for match in _PLACEHOLDER.finditer(pattern or ""):
        if _get_key(match[1]) is None:
            return match[0]
    loose = _LOOSE_BRACE.search(_PLACEHOLDER.sub("", pattern or ""))
    return loose[0] if loose else ""


def fill(pattern, values):
    """A pattern with values in place of its placeholders.

    :param str pattern: maybe empty
    :param dict values: text by key of ``PLACEHOLDERS``, maybe empty
    :rtype: str
    """
    texts = {key: str(value or "").replace(_GAP, "").strip() for key, value in values.items()}
    pattern = (pattern or "").replace(_GAP, "")

    def get(match):
        return texts.get(_get_key(match[1]) or "", "")

    def drop_if_empty(match):
        inner = [get(m) for m in _PLACEHOLDER.finditer(match[0])]
        return _GAP if inner and not any(inner) else match[0]

    lines = []
    for line in pattern.split("\n"):
        drawn = _BRACKETS.sub(drop_if_empty, line)
        drawn = _PLACEHOLDER.sub(lambda m: m[0] if get(m) else _GAP, drawn)
        drawn = _LABELLED.sub(_GAP, drawn)
        has_gap = _GAP in drawn
        # Values go in last: what they contain is not tidied.
        drawn = _PLACEHOLDER.sub(get, _AROUND.sub(_close_gap, drawn))
        if drawn.strip() or not has_gap:
            lines.append(drawn.strip() if has_gap else drawn)
    return "\n".join(lines)


def _get_key(name):
    return _KEY_OF.get(" ".join(name.replace("_", " ").split()).casefold())


def _close_gap(match):
    """What stands between two texts once the empty value between them is gone."""
    if match.start() == 0:
        return ""
    if match.end() == len(match.string):
        return "。" if match[2].strip() == "。" else ""
    for side in (match[2], match[1]):
        if side.strip():
            return side
    return " " if match[1] or match[2] else ""
