"""Pasted billing data (开票信息) to the six fields.

There is no published form of this text: people copy it from chat, mail, cards, tables and web
pages. What has a label is told by it, see ``billing_labels``, what has none by what it looks like.
"""

import re

from .billing_labels import JOINED_ADDRESS, JOINED_BANK, OTHER, find_labels, tidy
from .document import Party
from .joined import is_phone, split_address_phone, split_bank_account
from .tax_id import correct_tax_id, is_id_card, is_spreadsheet_number, is_uscc
from .values import compact, half_width, parse_text

_MAX_TEXT = 5000
_MAX_NAME = 200
_SHORTEST_ACCOUNT = 12
_GROUP = 4
_HEADING = re.compile(r".{0,12}(?:信息|资料|抬头)(?:如下)?[:：]?")
_CHAT = re.compile(
    r"[你您]好|谢谢|感谢|麻烦|辛苦|请|开一下|[专普]票|发票|如下|收到|^[^\W\d_]{2,8}[:：]|[:：]$"
    # Who wrote, and when: 王经理 10:32.
    r"|\d{1,2}[:：]\d{2}(?:[:：]\d{2})?$"
)
_TOKENS = re.compile(r"[\s,;，；、|/]+")
_BANK = re.compile(r"银行|信用社|支行|分行|农商行|营业部")
_ADDRESS = re.compile(r"[省市区县旗镇乡村路街道巷弄号楼栋幢室层座]|大厦")
_COMPANY = re.compile(r"(?:公司|厂|中心|事务所|合作社|学校|大学|医院|协会|委员会|经营部|店)$")
_BRANCH = re.compile(r"^\D{0,40}(?:支行|分行|营业部|分理处)")
_PLACE_FIRST = re.compile(r"^.{2,8}?(?:省|市|自治[区州])")
_EDGES = ",;。，；、/ "
_QUOTES = "“”‘’「」『』\"' "
_POSTAL_CODE = re.compile(r"^\d{6}[ ,，]+(?=\D)")
_HIDDEN_LAST = re.compile(r"[ ,，、;；/]*\*{3}$")
_NOTE_LAST = re.compile(r"(?<=\d)[ ]*[(（][^\d()（）]*[)）]$")
_BANK_AND_BRACKETS = re.compile(r"(\D+)[(（]([\d -]{9,40})[)）]")
_ACCOUNT_AND_BRACKETS = re.compile(r"([\d -]{9,40})[(（](\D+)[)）]")
# Values that people add a word to: 税号91…，谢谢.
_NOTED = {
    "tax_id": re.compile(r"([0-9A-Za-z０-９Ａ-Ｚａ-ｚ -]{15,40})[^\s0-9A-Za-z０-９Ａ-Ｚａ-ｚ-]"),
    "bank_account": re.compile(r"([\d０-９ -]{8,40})[,，;；。(（]"),
    "phone": re.compile(r"([\d+ /、,()（）转-]{7,60}\d)[ ]*[(（][^\d()（）]*[)）]$"),
}
_ASKED = re.compile(
    r"^(?=.{3})(?:请|麻烦|帮忙?|我们?|公司|单位|[您你]好|的|名称|开票?|开?具|发票|[,，])*[给叫是为到](?=.{4})"
)
# A line that may be a name where nothing else is.
_UNSURE_NAME = "unsure name"


def split_billing_text(text: str) -> Party:
    """The six fields of a pasted text; what cannot be told is "".

    ``名称：… 税号：… 地址电话：…`` in one line or many, with or without labels. Values with a
    label win over guessed ones.
    """
    segments = _segments(tidy(text[:_MAX_TEXT]))
    found: dict[str, str] = {}
    for field, value in segments:
        for name, part in _parts(field, _strip(value), found).items():
            if part:
                found.setdefault(name, part)
    _place_unsure_name(found)
    if not is_spreadsheet_number(found.get("tax_id")):
        found["tax_id"] = correct_tax_id(found.get("tax_id"))
    found["bank_account"] = re.sub(r"(?<=\d)-(?=\d)", "", compact(found.get("bank_account")))
    found["phone"] = half_width(found.get("phone", ""))
    for field in ("tax_id", "bank_account", "phone"):
        if "*" in half_width(found[field]):
            found[field] = ""  # Some of it is hidden, and the rest is no number.
    return Party(**{field: _HIDDEN_LAST.sub("", value) for field, value in found.items()})


def _strip(value: str) -> str:
    """A value without what separated it from others, and the quotation marks around it."""
    value = parse_text(parse_text(value).strip(_EDGES))
    return value.strip(_QUOTES) if value[:1] in _QUOTES and value[-1:] in _QUOTES else value


def _place_unsure_name(found: dict[str, str]) -> None:
    """A line that looks like nothing is the name, or the address if there is a name."""
    unsure = found.pop(_UNSURE_NAME, "")
    if unsure and found.setdefault("name", unsure) != unsure and _ADDRESS.search(unsure):
        address, phone = split_address_phone(unsure)
        found.setdefault("address", address)
        found.setdefault("phone", phone)


def _segments(text: str) -> list[tuple[str | None, str]]:
    """(field or None, value), what counts most first; a value may stand below its label."""
    segments: list[tuple[int, str | None, str]] = []
    field, start, rank = None, 0, 0
    for label in find_labels(text):
        segments += [(rank, *line) for line in _lines(field, text[start : label.start])]
        field, start, rank = label.field, label.end, label.rank
    segments += [(rank, *line) for line in _lines(field, text[start:])]
    segments.sort(key=lambda segment: (segment[1] is None, segment[1] is not None and segment[0]))
    return [segment[1:] for segment in segments]


def _lines(field: str | None, value: str) -> list[tuple[str | None, str]]:
    """The first line belongs to the label, with what goes on there; others stand for themselves."""
    lines = [line.strip() for line in value.split("\n") if line.strip()]
    if field:
        while len(lines) > 1 and _goes_on(field, *lines[:2]):
            lines[:2] = [lines[0] + lines[1]]
    return [(field if position == 0 else None, line) for position, line in enumerate(lines)]


def _goes_on(field: str, line: str, following: str) -> bool:
    """Whether a line is the rest of the one above, which was too long for the page."""
    if field in ("bank_name", JOINED_BANK):
        return bool(_BRANCH.search(following)) and not re.search(
            r"\d$|(?:支行|营业部|分理处)$", line
        )
    return (
        field == "address"
        and bool(_ADDRESS.search(following))
        and not (_COMPANY.search(following) or _BANK.search(following) or _CHAT.search(following))
        and not _PLACE_FIRST.search(following)
        and not _guess_tokens(following, {})
    )


def _parts(field: str | None, value: str, found: dict[str, str]) -> dict[str, str]:
    """Fields that one value gives."""
    if field is None:
        return _guess_tokens(value, found) or _guess(value, found)
    if field == OTHER:
        return {}
    if field in (JOINED_ADDRESS, "address"):
        address, phone = split_address_phone(_POSTAL_CODE.sub("", value))
        return {"address": address, "phone": phone}
    if field == JOINED_BANK:
        value = _NOTE_LAST.sub("", value)
    if field in (JOINED_BANK, "bank_name", "bank_account") and (
        match := _BANK_AND_BRACKETS.fullmatch(value)
    ):
        value = f"{match[1]} {match[2]}"
    elif field == "bank_account" and (match := _ACCOUNT_AND_BRACKETS.fullmatch(value)):
        return {"bank_account": match[1], "bank_name": match[2] if _BANK.search(match[2]) else ""}
    if field in (JOINED_BANK, "bank_name"):
        bank, account = split_bank_account(value)
        return {"bank_name": bank, "bank_account": account}
    if field in _NOTED and (match := _NOTED[field].match(value)):
        value = match[1]
    return {field: value}


def _guess_tokens(value: str, found: dict[str, str]) -> dict[str, str]:
    """Fields of a line that holds several of them beside a tax number; else nothing."""
    tokens = [token for token in _TOKENS.split(value) if token]
    numbers = [token for token in tokens if _is_tax_id(correct_tax_id(token))]
    if len(tokens) < 2 or not numbers:
        return {}
    parts = {"tax_id": numbers[0]}
    groups: list[str] = []
    for token in tokens:
        if token in numbers:
            continue
        if token.isdecimal() and not is_phone(token):
            if not groups and (account := parts.get("bank_account")):
                groups = [account]
            if (groups and _is_account_open(groups)) or (
                not groups and len(token) == _GROUP and parts.get("bank_name")
            ):
                groups.append(token)
            if groups:
                parts["bank_account"] = "".join(groups)
                continue
        guessed = _guess(token, {**found, **parts})
        for name, part in guessed.items():
            if part and name in ("phone", "address") and parts.get(name):
                parts[name] += ("/" if name == "phone" else " ") + part
            elif part:
                parts.setdefault(name, part)
    return parts


def _is_account_open(groups: list[str]) -> bool:
    """Whether another group of digits belongs to an account: behind a whole one stands a postal
    code, unless the account is written in fours."""
    is_in_fours = all(len(group) == _GROUP for group in groups)
    return is_in_fours or sum(map(len, groups)) < _SHORTEST_ACCOUNT


def _guess(value: str, found: dict[str, str]) -> dict[str, str]:
    """Fields that a line without label gives, by its look."""
    if _HEADING.fullmatch(value):
        return {}
    tax_id = correct_tax_id(value)
    if "tax_id" not in found and _is_tax_id(tax_id):
        return {"tax_id": tax_id}
    if is_phone(value):
        return {"phone": value}
    if re.fullmatch(r"\d[\d -]{7,38}\d", half_width(value)):
        return {"bank_account": value}
    if "name" not in found and _COMPANY.search(value):
        return {"name": _ASKED.sub("", value)}
    if _BANK.search(value):
        bank, account = split_bank_account(value)
        return {"bank_name": bank, "bank_account": account}
    if _CHAT.search(value):
        return {}
    first, _blank, last = value.rpartition(" ")
    if first and is_phone(last) and not _ADDRESS.search(first):
        return {_UNSURE_NAME: first, "phone": last}
    known = "name" in found or _UNSURE_NAME in found
    if not known and len(value) <= _MAX_NAME and re.search(r"[^\W\d_]", value):
        return {_UNSURE_NAME: value}
    address, phone = split_address_phone(value)
    return {"address": address if _ADDRESS.search(address) else "", "phone": phone}


def _is_tax_id(tax_id: str) -> bool:
    return is_uscc(tax_id) or is_id_card(tax_id) or _mixed_id(tax_id)


def _mixed_id(tax_id: str) -> bool:
    """Digits with letters among them in a length of tax numbers: no account looks like that."""
    return bool(re.fullmatch(r"(?=.*[A-Z])\d[0-9A-Z]{14}|(?=.*[A-Z])\d[0-9A-Z]{17}", tax_id))
