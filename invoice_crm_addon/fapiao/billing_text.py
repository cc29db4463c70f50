"""Pasted billing data (开票信息) to the six fields.

There is no published form of this text: people copy it from chat, mail and cards. Labels are
recognised wherever they stand with a colon, or at the start of a line; lines without a label by
what they look like.
"""

import re

from .document import Party
from .joined import is_phone, split_address_phone, split_bank_account
from .tax_id import is_id_card, is_uscc, normalize_tax_id
from .values import compact, half_width, parse_text

_MAX_TEXT = 5000
_MAX_NAME = 200
_OTHER = "other"
_JOINED_ADDRESS = "address+phone"
_JOINED_BANK = "bank_name+bank_account"
_WHO = r"(?:公司|单位|企业|购买方|购方|客户|开票|发票|注册|联系|办公|经营|银行|基本户|对公)*"
_NUMBER = r"(?:id|no\.?|number|code)"
_COLON = r"(?=[ \t]*(?:[:=]|$))"
# Joined labels first, so that 地址电话 is not taken for 地址.
_LABELS = (
    (
        _OTHER,
        r"(?:收件|邮寄|快递|收票|寄送|收货|邮递|寄票)(?:信息|地址|电话|人|方式)*"
        r"|联系人|电子邮[箱件]|邮箱|邮编|备注|金额|(?:发票)?类型|(?:联)?行号|项目|内容|数量",
    ),
    (_JOINED_ADDRESS, r"地址[、,/和及 ]*(?:联系)?电话"),
    (_JOINED_BANK, r"开户(?:银)?行(?:名称)?[、,/和及 ]*[账帐][号户]"),
    ("bank_name", r"开户(?:银)?行(?:名称)?|开户银行(?:名称)?|银行名称"),
    ("bank_account", r"(?:银行|开户)?[账帐](?:号|户)(?:号码)?|卡号"),
    ("tax_id", r"纳税人?识别号?码?|统一社会信用代码|社会信用代码|信用代码|税务登记证?号|税号"),
    ("phone", r"电话(?:号码)?|手机(?:号码?)?|座机"),
    ("address", r"地址"),
    ("name", r"(?:公司|单位|企业)?(?:名称|抬头|全称)|抬头|户名"),
    # A word like “Bank” starts names too: in English only a colon makes it a label.
    ("tax_id", rf"(?i:tax(?:payer)?[ ]*{_NUMBER}|vat[ ]*(?:{_NUMBER})?|uscc){_COLON}"),
    ("bank_account", rf"(?i:(?:bank[ ]*)?(?:account|a/c|acct\.?)[ ]*(?:{_NUMBER})?){_COLON}"),
    ("bank_name", rf"(?i:(?:opening[ ]*)?bank(?:[ ]*name)?){_COLON}"),
    ("address", rf"(?i:(?:company[ ]*|registered[ ]*)?addr(?:ess|\.)?){_COLON}"),
    ("phone", rf"(?i:tel(?:ephone|\.)?|phone[ ]*(?:{_NUMBER})?|mobile){_COLON}"),
    ("name", rf"(?i:company|(?:company[ ]*|invoice[ ]*)?(?:name|title)){_COLON}"),
)
_GROUPS = {f"label{position}": field for position, (field, _pattern) in enumerate(_LABELS)}
_ANY_LABEL = "|".join(
    f"(?P<label{position}>{pattern})" for position, (_field, pattern) in enumerate(_LABELS)
)
# 统一社会信用代码/纳税人识别号: two labels for one value.
_LABEL = re.compile(
    rf"(?:(?<![^\s,;。|])|(?<=[\d)])|(?=[【\[]))[【\[(]?{_WHO}(?:{_ANY_LABEL})"
    r"(?:[/(][^:\n]{1,20}?)?[】\])]?(?:[ \t]*[:=][ \t]*|(?<=[】\]])[ \t]*|[ \t]+(?=\S)|[ \t]*$)",
    re.MULTILINE,
)
_HEADING = re.compile(r".{0,12}(?:信息|资料|抬头)(?:如下)?[:：]?")
# How people number and mark the lines of a list, and what a table has between its cells.
_MARKS = re.compile(
    r"^[\s>#*•·●▪◆■★☆✅-]*(?:[(（]?(?:\d{1,2}|[一二三四五六七八九十]{1,2})(?:[)）.．](?!\d)|、)"
    r"|[\u2460-\u2473])?[ \t]*(?:(?![【\[{(（+])[^\w\s])?[ \t]*",
    re.MULTILINE,
)
_SPACED_LABEL = re.compile(
    r"(?<!\w)(?:(名|抬|税|地|电|账|帐|手)[ \t\u3000]+(称|头|号|址|话|户|机)"
    r"|开[ \t\u3000]+户[ \t\u3000]*(行))(?=[ \t\u3000]*[:：=＝ \t\u3000])"
)
_CHAT = re.compile(
    r"[你您]好|谢谢|感谢|麻烦|辛苦|请|开一下|[专普]票|发票|如下|收到|^[^\W\d_]{2,8}[:：]|[:：]$"
)
_TOKENS = re.compile(r"[\s,;，；、|/]+")
_BANK = re.compile(r"银行|信用社|支行|分行|农商行|营业部")
_ADDRESS = re.compile(r"[省市区县旗镇乡村路街道巷弄号楼栋幢室层座]|大厦")
_COMPANY = re.compile(r"(?:公司|厂|中心|事务所|合作社|学校|大学|医院|协会|委员会|经营部|店)$")


def split_billing_text(text: str) -> Party:
    """The six fields of a pasted text; what cannot be told is "".

    ``名称：… 税号：… 地址电话：…`` in one line or many, with or without labels. Values with a
    label win over guessed ones.
    """
    segments = _segments(_tidy(text[:_MAX_TEXT]))
    found: dict[str, str] = {}
    for field, value in sorted(segments, key=lambda segment: segment[0] is None):
        for name, part in _parts(field, parse_text(value).strip(",;。，； "), found).items():
            if part:
                found.setdefault(name, part)
    found["tax_id"] = normalize_tax_id(found.get("tax_id"))
    found["bank_account"] = re.sub(r"(?<=\d)-(?=\d)", "", compact(found.get("bank_account")))
    found["phone"] = half_width(found.get("phone", ""))
    return Party(**found)


def _tidy(text: str) -> str:
    """The text without the marks of lists, tables and Markdown; a cell is a line."""
    text = re.sub(r"[*_`]{2,}", "", text.replace("\r", "\n"))
    text = re.sub(r"[|\t｜│]", "\n", text)
    return _SPACED_LABEL.sub(_close_up, _MARKS.sub("", text))


def _close_up(match: re.Match) -> str:
    return "开户行" if match[3] else match[1] + match[2]


def _segments(text: str) -> list[tuple[str | None, str]]:
    """(field or None, value) in the order of the text; a value may stand below its label."""
    segments: list[tuple[str | None, str]] = []
    field, start = None, 0
    for match in _LABEL.finditer(half_width(text)):
        segments += _lines(field, text[start : match.start()])
        field, start = _GROUPS[match.lastgroup], match.end()
    return segments + _lines(field, text[start:])


def _lines(field: str | None, value: str) -> list[tuple[str | None, str]]:
    """The first line belongs to the label, further ones stand for themselves."""
    lines = [line.strip() for line in value.split("\n") if line.strip()]
    return [(field if position == 0 else None, line) for position, line in enumerate(lines)]


def _parts(field: str | None, value: str, found: dict[str, str]) -> dict[str, str]:
    """Fields that one value gives."""
    if field is None:
        return _guess_tokens(value, found) or _guess(value, found)
    if field == _OTHER:
        return {}
    if field in (_JOINED_ADDRESS, "address"):
        address, phone = split_address_phone(value)
        return {"address": address, "phone": phone}
    if field in (_JOINED_BANK, "bank_name"):
        bank, account = split_bank_account(value)
        return {"bank_name": bank, "bank_account": account}
    return {field: value}


def _guess_tokens(value: str, found: dict[str, str]) -> dict[str, str]:
    """Fields of a line that holds several of them beside a tax number; else nothing."""
    tokens = [token for token in _TOKENS.split(value) if token]
    numbers = [token for token in tokens if _is_tax_id(normalize_tax_id(token))]
    if len(tokens) < 2 or not numbers:
        return {}
    parts = {"tax_id": numbers[0]}
    for token in tokens:
        if token in numbers:
            continue
        if parts.get("bank_account") and token.isdecimal() and not is_phone(token):
            parts["bank_account"] += token
            continue
        guessed = _guess(token, {**found, **parts})
        for name, part in guessed.items():
            if part and name in ("phone", "address") and parts.get(name):
                parts[name] += ("/" if name == "phone" else " ") + part
            elif part:
                parts.setdefault(name, part)
    return parts


def _guess(value: str, found: dict[str, str]) -> dict[str, str]:
    """Fields that a line without label gives, by its look."""
    if _HEADING.fullmatch(value):
        return {}
    tax_id = normalize_tax_id(value)
    if "tax_id" not in found and _is_tax_id(tax_id):
        return {"tax_id": tax_id}
    if is_phone(value):
        return {"phone": value}
    if re.fullmatch(r"\d[\d -]{7,38}\d", half_width(value)):
        return {"bank_account": value}
    if "name" not in found and _COMPANY.search(value):
        return {"name": value}
    if _BANK.search(value):
        bank, account = split_bank_account(value)
        return {"bank_name": bank, "bank_account": account}
    if _CHAT.search(value):
        return {}
    if "name" not in found and len(value) <= _MAX_NAME and re.search(r"[^\W\d_]", value):
        return {"name": value}
    address, phone = split_address_phone(value)
    return {"address": address if _ADDRESS.search(address) else "", "phone": phone}


def _is_tax_id(tax_id: str) -> bool:
    return is_uscc(tax_id) or is_id_card(tax_id) or _mixed_id(tax_id)


def _mixed_id(tax_id: str) -> bool:
    """Digits with letters among them in a length of tax numbers: no account looks like that."""
    return bool(re.fullmatch(r"(?=.*[A-Z])\d[0-9A-Z]{14}|(?=.*[A-Z])\d[0-9A-Z]{17}", tax_id))
