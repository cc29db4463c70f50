"""Labels of pasted billing data (开票信息), and the text made ready to look for them.

A label stands with a separator (a colon, a dash, an arrow, 是 …), in brackets, in a line of its
own, or close to its value, 税号91…, where the value cannot be taken for a longer word.
"""

import json
import re
from dataclasses import dataclass

from .values import half_width

_WHO = (
    r"(?:公司|单位|企业|购买方|购货|购方|客户|开票|发票|注册|登记|联系|办公|经营|基本户?|收票|受票"
    r"|付款|对公|人民币)*"
)
_NUMBER = r"(?:id|no\.?|number|code)"
_COLON = r"(?=[ \t]*(?:[:=]|$))"
#: Fields of a label beside those of a party.
OTHER = "other"
JOINED_ADDRESS = "address+phone"
JOINED_BANK = "bank_name+bank_account"
_BANK = r"开户(?:银)?(?:支)?行(?:[及和与]支行)?(?:名称|全称)?"
# Joined labels first, so that 地址电话 is not taken for 地址.
_LABELS = (
    (
        OTHER,
        r"(?:收件|邮寄|快递|收票|寄送|收货|邮递|寄票)(?:信息|地址|电话|人|方式)+"
        r"|联系人|电子邮[箱件]|邮箱|邮编|备注|金额|(?:开户(?:银)?行|银行)(?:地址|电话)|(?:发票)?类型|(?:联)?行号|项目|内容|数量",
    ),
    (JOINED_ADDRESS, r"地址[、,/和及与 ]*(?:联系)?电话"),
    (JOINED_BANK, rf"(?:{_BANK}|银行)[、,/和及与 ]*(?:银行)?[账帐][号户]"),
    ("bank_name", rf"{_BANK}|开户银行(?:名称)?|银行名称"),
    ("bank_account", r"(?:银行|开户)?[账帐](?:号|户)(?:号码)?|卡号"),
    (
        "tax_id",
        r"纳税人?(?:识别|登记)号?码?|统一社会信用代码|社会统一信用代码|社会信用代码"
        r"|统一信用代码|信用代码|税务(?:登记|识别)?证?号码?|识别号码?|税号"
        r"|(?:居民)?身份证(?:件?号码?)?",
    ),
    ("phone", r"电话(?:号码)?|手机(?:号码?)?|座机"),
    ("address", r"地址"),
    ("name", r"(?:公司|单位|企业)?(?:名称|抬头|全称)|抬头|户名|姓名"),
    # A word like “Bank” or 单位 starts names too: only a colon makes it a label.
    ("name", rf"(?:(?:购买|购货|收票|受票|付款|开票)?(?:单位|方)|公司){_COLON}"),
    ("tax_id", rf"(?i:tax(?:payer)?[ ]*{_NUMBER}|vat[ ]*(?:{_NUMBER})?|uscc){_COLON}"),
    ("bank_account", rf"(?i:(?:bank[ ]*)?(?:account|a/c|acct\.?)[ ]*(?:{_NUMBER})?){_COLON}"),
    ("bank_name", rf"(?i:(?:opening[ ]*)?bank(?:[ ]*name)?){_COLON}"),
    ("address", rf"(?i:(?:company[ ]*|registered[ ]*)?addr(?:ess|\.)?){_COLON}"),
    ("phone", rf"(?i:tel(?:ephone|\.)?|phone[ ]*(?:{_NUMBER})?|mobile){_COLON}"),
    ("name", rf"(?i:company|(?:company[ ]*|invoice[ ]*)?(?:name|title)){_COLON}"),
)
# What follows a label that touches its value; nothing else follows one without a separator.
_CLOSE = {
    "tax_id": r"(?=[0-9A-Za-z]{2})",
    "bank_account": r"(?=\d{4})",
    "phone": r"(?=[(+]?\d{3})",
    **dict.fromkeys(
        ("name", "address", "bank_name", JOINED_ADDRESS, JOINED_BANK),
        r"(?=[\u3400-\u9fffA-Za-z(])"
        r"(?!信息|资料|如下|[和及与或]|是否|不[对变]|有误|没|变[了更]|错|请|[账帐]|电话|税号)",
    ),
}
_GROUPS = {f"label{position}": field for position, (field, _pattern) in enumerate(_LABELS)}
_GROUPS |= {f"close{position}": field for position, (field, _pattern) in enumerate(_LABELS)}
_ANY_LABEL = "|".join(
    f"(?P<label{position}>{pattern})" for position, (_field, pattern) in enumerate(_LABELS)
)
_ANY_CLOSE = "|".join(
    f"(?P<close{position}>{pattern}){_CLOSE[field]}"
    for position, (field, pattern) in enumerate(_LABELS)
    if field in _CLOSE and not pattern.endswith(_COLON)
)
_ITEM = r"(?:[(]?\d{1,2}[).、][ \t]*)?"
_SEPARATOR = (
    r"[ \t]*(?:[是为]?[ \t]*[:=]+>?|[→➔➜➡⇒]|-+>?|~+|\.{2,}|…+|、|是(?!否)|为)[ \t]*"
    r"|(?<=[】\]])[ \t]*|(?P<bare>[ \t]+)(?=\S)|[ \t]*$"
)
_QUOTES = "“”‘’「」『』\"'"
# 统一社会信用代码/纳税人识别号: two labels for one value.
_LABEL = re.compile(
    rf"(?:(?=[(]\d{{1,2}}[)])|(?<![^\s,;:。|、/{_QUOTES}])|(?<=[\d)])|(?=[【\[])){_ITEM}"
    rf"(?:[【\[({_QUOTES}]?{_WHO}(?:{_ANY_LABEL})(?:[/(][^:\n]{{1,20}}?)?[】\]){_QUOTES}]?"
    rf"(?:{_SEPARATOR})"
    rf"|(?<!:){_WHO}(?:{_ANY_CLOSE}))",
    re.MULTILINE,
)
# What a value starts with, or has, where but a blank stands before it, in the midst of a line.
_NOTHING = r"[ \t]*(?:无|没有|[/*-]+[ \t]*(?:$|\s))"
_FITS = {
    field: re.compile(rf"{pattern}|{_NOTHING}")
    for field, pattern in (
        ("tax_id", r"[0-9A-Za-z]"),
        ("bank_account", r"\d"),
        ("phone", r"[(+]?\d"),
        ("bank_name", r".*(?:银行|信用社|行|农商|财务公司|营业部)"),
        (JOINED_BANK, r".*\d"),
    )
}
# Words that names have as well.
_WORDS = re.compile(r"(?<!\d )(?:项目|内容|类型|数量|金额)[ \t]*")
_ONLY_LABEL = re.compile(rf"{_WHO}(?:{_ANY_LABEL})(?:\([^()]{{1,20}}\))?[ :]*")
# How people number and mark the lines of a list, and what a table has between its cells.
_MARKS = re.compile(
    r"^(?:[\s>#•·●▪◆■★☆✅-]|\*(?!ST))*"
    r"(?:[(（]?(?:\d{1,2}|[一二三四五六七八九十]{1,2})(?:[)）](?!\d)|、)"
    r"|[一二三四五六七八九十]{1,2}[.．]|(?P<item>\d{1,2})[.．](?![\dA-Za-z])"
    r"|\d{1,2}[.．](?=[0-9A-Z]{15}|\d{8}|0\d{2,3}-)|[\u2460-\u2473]|\d\ufe0f?\u20e3)?"
    # Companies in danger of delisting have a star before their name.
    r"[ \t]*(?:(?!\*ST|[【\[{(（+“‘「『\"'])[^\w\s])?[ \t]*",
    re.MULTILINE,
)
_ITEM_NUMBERS = re.compile(r"^[ \t]*(\d{1,2})[.．]", re.MULTILINE)
# Markdown stands around words. Stars between digits hide others.
_FENCES = re.compile(r"^[ \t]*`{3,}\w*[ \t]*$", re.MULTILINE)
_EMPHASIS = re.compile(
    r"(?<![\w*])(?<!\d )(?P<mark>\*{2,3}|_{2,3}|`{2})(?=[^\s*_`])"
    r"(?P<words>[^\n]{0,200}?[^\s*_`])(?P=mark)(?![*_`])(?! ?\d)"
    # 税号：**91…**, and **税号：**91….
    r"|(?<![\w*])\*\*(?=[^\s*])(?P<label>[^\n*]{0,40}?[^\s*\d])\*\*(?!\*)"
)
_MASKED = re.compile(
    r"(?<![0-9A-Za-z])(?:\d{4}[ -]){0,8}[0-9A-Za-z]{0,40}\d[ -]*[*＊]{2,}(?:[ -]+[*＊]{2,})*"
    r"(?:[ -]*[0-9A-Za-z]*\d[0-9A-Za-z]*)+"
)
_HIDDEN = "***"
_SPACED_LABEL = re.compile(
    r"(?<!\w)(?:(名|抬|税|地|电|账|帐|手)[ \t\u3000]+(称|头|号|址|话|户|机)"
    r"|开[ \t\u3000]+户[ \t\u3000]*(行))(?=[ \t\u3000]*[:：=＝ \t\u3000])"
)
_REGISTERED = re.compile(r"注册|登记|开票")
_ELSEWHERE = re.compile(r"办公|联系|经营|邮寄|收件")
_COLONS = str.maketrans("﹕∶︰꞉", "：：：：")
_TAGS = re.compile(r"</?[A-Za-z][^<>]{0,200}>")
_CELLS = re.compile(r"[|\t｜│]")
# Borders of cells as well, where a label follows: names have them too.
_SYMBOLS = re.compile(r"[★☆●◆■◇※](?=[ \t]*(\S)?)")
_BLANKS = re.compile(r"\s+")
_COLUMNS = re.compile(r"[|\t｜│,，;；]")
# Labels as they are written in Taiwan and Hong Kong.
_TRADITIONAL = str.maketrans(
    "稱稅號電話開戶帳銀統會納識別碼單購買頭", "称税号电话开户帐银统会纳识别码单购买头"
)
_FEWEST_COLUMNS = 3


@dataclass(frozen=True)
class Label:
    """A label of a text.

    :param field: what it names: a field of a party, two of them joined, or ``OTHER``
    :param start: where it starts
    :param end: where its value starts
    :param rank: of several values for one field that of the lowest rank counts: a registered
        address rather than one of an office
    """

    field: str
    start: int
    end: int
    rank: int


def find_labels(text: str) -> list[Label]:
    """The labels of a text, in its order."""
    text = half_width(text).translate(_TRADITIONAL)
    labels = []
    for found in _LABEL.finditer(text):
        groups = found.groupdict()
        [field] = {_GROUPS[name] for name in _GROUPS.keys() & groups if groups[name] is not None}
        if found["bare"] is None or _stands_alone(field, text, found):
            labels.append(Label(field, found.start(), found.end(), _rank(found[0])))
    return labels


def _stands_alone(field: str, text: str, found: re.Match) -> bool:
    """Whether a word with but a blank behind it is a label, and no part of a value.

    At the start of a line it is; elsewhere, 地址：… 手机 大厦, what follows says whether.
    """
    if not text[text.rfind("\n", 0, found.start()) + 1 : found.start()].strip():
        return True
    if field == OTHER and _WORDS.match(text, found.start()):
        return False
    return field not in _FITS or bool(_FITS[field].match(text, found.end()))


def _rank(label: str) -> int:
    return -1 if _REGISTERED.search(label) else 1 if _ELSEWHERE.search(label) else 0


def tidy(text: str) -> str:
    """The text without the marks of lists, tables, web pages and Markdown; a cell is a line."""
    text = _read_json(text) or _TAGS.sub("\n", text)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _MASKED.sub(_HIDDEN, _FENCES.sub("", text))
    text = _EMPHASIS.sub(lambda found: found["words"] or found["label"], text)
    text = _turn_tables(text.translate(_COLONS))
    text = _part_cells(_CELLS.sub("\n", text))
    return _SPACED_LABEL.sub(_close_up, _drop_marks(text))


def _part_cells(text: str) -> str:
    """A line for each cell that a symbol stands before; in a name it stays."""
    parted = _SYMBOLS.sub("\n", text)
    if parted == text:
        return text
    starts = {label.start for label in find_labels(parted)}
    return _SYMBOLS.sub(
        lambda found: "\n" if found[1] and found.start(1) in starts else found[0], text
    )


def _drop_marks(text: str) -> str:
    """Lines without their marks; a number and a dot, 58.同城, only where they count lines."""
    numbers = {int(number) for number in _ITEM_NUMBERS.findall(text)}
    labels = {label.start for label in find_labels(text)}

    def drop(found: re.Match) -> str:
        if not (item := found["item"]):
            return ""
        is_counted = numbers & {int(item) - 1, int(item) + 1}
        is_label = not labels.isdisjoint((found.start("item"), found.end()))
        is_apart = text[found.end("item") + 1 : found.end("item") + 2].isspace()
        return "" if is_counted or is_label or is_apart else found[0]

    return _MARKS.sub(drop, text)


def _close_up(match: re.Match) -> str:
    return "开户行" if match[3] else match[1] + match[2]


def _read_json(text: str) -> str:
    """Lines of a label and a value from an object of JSON, "" where the text is none."""
    if not text.strip().startswith("{"):
        return ""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    return "\n".join(
        f"{key}：{value}" for key, value in found.items() if isinstance(value, str | int)
    )


def _turn_tables(text: str) -> str:
    """The text with lines of a label and a value for each row of labels above one of values."""
    lines = text.split("\n")
    turned: list[str] = []
    while lines:
        line = lines.pop(0)
        below = next((n for n, row in enumerate(lines) if row.strip("|:- \t")), None)
        if below is not None and (pairs := _pair_cells(line, lines[below])):
            turned += pairs
            del lines[: below + 1]
        else:
            turned.append(line)
    return "\n".join(turned)


def _pair_cells(labels: str, values: str) -> list[str]:
    """Lines of a label and a value where one row has labels only, else none."""
    labels = half_width(labels).translate(_TRADITIONAL)
    for border in (_COLUMNS, _BLANKS):
        names = [name.strip() for name in border.split(labels.strip(" "))]
        cells = [cell.strip() for cell in border.split(values.strip(" "))]
        known = [name for name in names if name]
        if (
            len(known) >= _FEWEST_COLUMNS
            and len(names) == len(cells)
            and all(map(_is_label, known))
            and not all(_is_label(half_width(cell)) for cell in cells if cell)
        ):
            pairs = zip(names, cells, strict=True)
            return [f"{name}：{cell}" for name, cell in pairs if name and cell]
    return []


def _is_label(name: str) -> bool:
    return bool(_ONLY_LABEL.fullmatch(name[:40]))
