"""What the tax bureau's workbook demands of a ticket, and the rows that say a ticket there."""

import re
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from .bureau_columns import SPECIAL, SPECIAL_REQUIRED, SPECIALS

CENT = Decimal("0.01")
#: Tax rates and levy rates that a fapiao shows.
RATES = {Decimal(text) for text in ("0", "0.01", "0.03", "0.05", "0.06", "0.09", "0.13")}
_CODE = re.compile(r"[0-9]{19}")
_VAT = re.compile(r"[0-9A-Z]{15}|[0-9A-Z]{17,18}|[0-9A-Z]{20}")
# What only the pages of the tax bureau can issue.
_BY_HAND = ("减按", "差额")
POLICIES = {"exempt": "免税", "not_taxable": "不征税"}
KINDS = {True: "增值税专用发票", False: "普通发票"}
# Digits of quantity and price, the point included.
_DIGITS = 16


@dataclass(frozen=True)
class Line:
    """A line of a ticket, in the ticket's own sense of prices: with tax or without.

    :param Decimal rate: a fraction: 0.13
    :param str treatment: ``taxed``, ``zero``, ``exempt`` or ``not_taxable``
    :param Decimal untaxed: and ``tax``: to the cent, as the ticket says
    """

    name: str
    code: str
    quantity: Decimal
    price: Decimal
    untaxed: Decimal
    tax: Decimal
    rate: Decimal
    treatment: str = "taxed"
    policy: str = ""
    specification: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Ticket:
    """A ticket to be issued.

    :param str serial: its own number
    :param bool is_special: whether the buyer can deduct the tax
    :param str special: kind of special business, see ``SPECIALS``
    :param tuple rows: values of special business by name, a dict each
    :param tuple extras: names and texts for the sheet 附加要素信息
    """

    serial: str
    is_special: bool
    tax_included: bool
    buyer: dict[str, str]
    lines: tuple[Line, ...]
    is_person: bool = False
    special: str = ""
    rows: tuple[dict, ...] = ()
    remark: str = ""
    seller: dict[str, str] = field(default_factory=dict)
    extras: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Problem:
    """What a ticket lacks.

    :param str code: what is wrong
    :param str name: column
    :param str line: name of the line, if it is about one
    """

    code: str
    name: str = ""
    line: str = ""
    text: str = ""
    most: int = 0


# === CHECK === #


def check(ticket, template):
    """What the workbook would refuse of a ticket.

    :rtype: list[Problem]
    """
    problems = [*_check_buyer(ticket), *_check_special(ticket, template)]
    if not ticket.lines:
        problems.append(Problem("no_lines"))
    for line in ticket.lines:
        problems += _check_line(line)
    if not problems and _choose_mode(ticket) is None:
        problems.append(Problem("cents"))
    if not problems:
        problems += _check_lengths(ticket, template)
    return problems


def _check_buyer(ticket):
    vat = ticket.buyer.get("vat", "")
    if not ticket.buyer.get("name"):
        yield Problem("no_buyer", "buyer_name")
    if ticket.is_special and not vat:
        yield Problem("no_vat", "buyer_vat")
    if ticket.is_special and ticket.is_person and not vat:
        yield Problem("person", "is_person")
    if vat and not _VAT.fullmatch(vat):
        yield Problem("vat", "buyer_vat", text=vat)


def _check_line(line):
    if not line.name:
        yield Problem("no_name", "name")
    if not _CODE.fullmatch(line.code):
        yield Problem("code", "code", line.name, line.code)
    if line.rate not in RATES:
        yield Problem("rate", "rate", line.name, _plain(line.rate * 100))
    if line.untaxed <= 0 or line.tax < 0:
        yield Problem("negative", "amount", line.name)
    if any(word in line.policy for word in _BY_HAND):
        yield Problem("by_hand", "policy", line.name, line.policy)


def _check_special(ticket, template):
    if not ticket.special:
        return
    if not template.has("basic", "special") or not any(
        isinstance(name, tuple) and name[0] == ticket.special
        for name in (template.sheets["special"].columns if "special" in template.sheets else ())
    ):
        yield Problem("special_missing", "special", text=SPECIALS[ticket.special])
        return
    if not ticket.rows:
        yield Problem("special_empty", "special", text=SPECIALS[ticket.special])
    for row in ticket.rows:
        for name in SPECIAL_REQUIRED[ticket.special]:
            if not row.get(name):
                heading = SPECIAL[ticket.special][name].partition("|")[0]
                yield Problem("special_value", name, text=heading)


def _check_lengths(ticket, template):
    for kind, rows in make_rows([ticket], template).items():
        for row in rows:
            for name, text in row.items():
                most = template.limit(kind, name)
                if most and len(text) > most:
                    line = row.get("name", "") if kind == "lines" else ""
                    yield Problem(
                        "too_long", name if isinstance(name, str) else name[1], line, text, most
                    )


# === AMOUNTS === #


def _round(amount):
    return amount.quantize(CENT, ROUND_HALF_UP)


def _plain(number):
    number = number.normalize()
    return format(number.quantize(1) if number == number.to_integral() else number, "f")


def _choose_mode(ticket):
    """Whether amounts are given with tax, so that the tax bureau comes to those of the ticket.

    It works the tax out itself. Where a ticket has a cent of tax more or less, as agreed with an
    order, the other way of giving prices may come to the same.

    :rtype: bool | None
    """
    for mode in (ticket.tax_included, not ticket.tax_included):
        if all(_work_out(line, mode) == line.tax for line in ticket.lines):
            return mode
    return None


def _work_out(line, tax_included):
    """Tax of a line as the tax bureau works it out from its amount."""
    if tax_included:
        return _round((line.untaxed + line.tax) * line.rate / (1 + line.rate))
    return _round(line.untaxed * line.rate)


def _get_price(line, is_own_mode, amount):
    """Quantity and unit price, both empty where none comes to the amount."""
    quantity = _plain(line.quantity)
    if not line.quantity or line.quantity < 0 or len(quantity) > _DIGITS:
        return "", ""
    price = line.price if is_own_mode else amount / line.quantity
    text = _plain(price)
    if len(text) > _DIGITS:
        places = max(_DIGITS - 1 - len(text.partition(".")[0]), 0)
        text = _plain(price.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))
    if len(text) > _DIGITS or abs(line.quantity * Decimal(text) - amount) > CENT:
        return "", ""
    return quantity, text


# === ROWS === #


def make_rows(tickets, template):
    """The rows that say tickets in the workbook.

    :return: for each sheet a list of rows, each a text by column
    """
    rows = {"basic": [], "lines": [], "special": [], "extra": []}
    for ticket in tickets:
        mode = _choose_mode(ticket)
        mode = ticket.tax_included if mode is None else mode
        rows["basic"].append(_make_basic(ticket, mode, template))
        rows["lines"] += [_make_line(ticket, line, mode) for line in ticket.lines]
        rows["special"] += [_make_special(ticket, values) for values in ticket.rows]
        rows["extra"] += [
            {"serial": ticket.serial, "name": name, "value": value} for name, value in ticket.extras
        ]
    return {kind: found for kind, found in rows.items() if found}


def _make_basic(ticket, mode, template):
    buyer, seller = ticket.buyer, ticket.seller
    row = {
        "serial": ticket.serial,
        "kind": KINDS[ticket.is_special],
        "special": SPECIALS.get(ticket.special, ""),
        "tax_included": "是" if mode else "否",
        "is_person": "是" if ticket.is_person and not buyer.get("vat") else "否",
        "buyer_name": buyer.get("name", ""),
        "buyer_vat": buyer.get("vat", ""),
        "buyer_address": buyer.get("address", ""),
        "buyer_phone": buyer.get("phone", ""),
        "buyer_bank": buyer.get("bank", ""),
        "buyer_account": buyer.get("account", ""),
        "email": buyer.get("email", ""),
        "remark": ticket.remark,
        "seller_bank": seller.get("bank", ""),
        "seller_account": seller.get("account", ""),
    }
    for side, values in (("buyer", buyer), ("seller", seller)):
        row[f"show_{side}"] = _say_shown(values)
        # Older workbooks ask for the account alone, with yes or no.
        row[f"show_{side}_account"] = "是" if values.get("account") else "否"
    return {name: text for name, text in row.items() if template.has("basic", name)}


def _say_shown(values):
    contact = values.get("address") or values.get("phone")
    bank = values.get("bank") or values.get("account")
    if contact and bank:
        return "展示地址、电话、开户银行及银行账号"
    if contact:
        return "展示地址、电话"
    return "展示开户银行、银行账号" if bank else ""


def _make_line(ticket, line, mode):
    amount = line.untaxed + line.tax if mode else line.untaxed
    quantity, price = _get_price(line, mode == ticket.tax_included, amount)
    policy = POLICIES.get(line.treatment) or line.policy
    return {
        "serial": ticket.serial,
        "name": line.name,
        "code": line.code,
        "specification": line.specification,
        "unit": line.unit,
        "quantity": quantity,
        "price": price,
        "amount": format(amount.quantize(CENT), "f"),
        "rate": _plain(line.rate),
        "has_policy": "是" if policy else "否",
        "policy": policy,
    }


def _make_special(ticket, values):
    row = {(ticket.special, name): text for name, text in values.items() if text}
    return {"serial": ticket.serial, **row}
