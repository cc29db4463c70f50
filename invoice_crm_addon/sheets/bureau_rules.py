"""What the tax bureau's workbook demands of a ticket, and the rows that say a ticket there."""

import re
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal

from .bureau_columns import SPECIAL, SPECIAL_REQUIRED, SPECIALS

CENT = Decimal("0.01")
#: Tax rates and levy rates that a fapiao shows.
RATES = {Decimal(text) for text in ("0", "0.01", "0.03", "0.05", "0.06", "0.09", "0.13")}
_CODE = re.compile(r"[0-9]{19}")
_VAT = re.compile(r"[0-9A-Z]{15}|[0-9A-Z]{17,18}|[0-9A-Z]{20}")
# Parking: its lease is told by the minute.
_PARKING = "3040502020200000000"
# Journeys by these have a class.
_CLASSED = ("火车", "飞机", "船舶")
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
    :param Decimal untaxed: and ``tax``: to the cent, as the ticket says; below zero in a line
        that is a discount of the one above it
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
    :param tuple choices: what the column takes
    """

    code: str
    name: str = ""
    line: str = ""
    text: str = ""
    most: int = 0
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Goods:
    """A line with the discounts that belong to it, as the workbook says both in one row."""

    line: Line
    untaxed: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)

    @property
    def rest(self):
        """What the discounts leave of the line, without tax."""
        return self.line.untaxed + self.untaxed

    def takes(self, discount):
        """Whether a line below zero is a discount of this one."""
        return self.fits(discount) and self.rest + discount.untaxed > 0

    def fits(self, discount):
        """Whether a line below zero is of the same kind."""
        line = self.line
        return (
            (discount.rate, discount.treatment) == (line.rate, line.treatment)
            and discount.code in ("", line.code)
            and discount.policy in ("", line.policy)
        )


# === CHECK === #


def check(ticket, template):
    """What the workbook would refuse of a ticket.

    :rtype: list[Problem]
    """
    problems = [*_check_buyer(ticket), *_check_special(ticket, template)]
    if not ticket.lines:
        problems.append(Problem("no_lines"))
    goods, homeless = fold(ticket.lines)
    for one in goods:
        problems += _check_line(one.line, template)
    problems += [_refuse_discount(line, goods, ticket.lines) for line in homeless]
    if not template.has("lines", "discount"):
        problems += [
            Problem("no_discount", "discount", one.line.name) for one in goods if one.untaxed
        ]
    if not problems and _choose_mode(ticket) is None:
        problems.append(Problem("cents"))
    if not problems:
        problems += _check_lengths(ticket, template)
    return problems


def fold(lines):
    """Put discounts to the lines that they belong to: the nearest one above of the same kind.

    :return: the lines with their discounts, and discounts that belong to none
    :rtype: tuple[list[Goods], list[Line]]
    """
    goods, homeless = [], []
    for line in lines:
        if line.untaxed >= 0 or line.tax > 0:
            goods.append(Goods(line))
            continue
        for place in reversed(range(len(goods))):
            one = goods[place]
            if one.takes(line):
                goods[place] = replace(
                    one, untaxed=one.untaxed + line.untaxed, tax=one.tax + line.tax
                )
                break
        else:
            homeless.append(line)
    return goods, homeless


def _refuse_discount(line, goods, lines):
    """Why a line below zero is the discount of no line above it."""
    above = [one for one in goods if lines.index(one.line) < lines.index(line)]
    whole = [one for one in above if one.fits(line) and one.rest + line.untaxed == 0]
    if whole:
        return Problem("whole_discount", "discount", line.name, whole[-1].line.name)
    return Problem("discount", "discount", line.name)


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


def _check_line(line, template):
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
    elif template.choose("lines", "policy", line.policy) is None:
        choices = template.get_choices("lines", "policy")
        yield Problem("choice", "policy", line.name, line.policy, choices=choices)


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
    group = ticket.special
    sheet = template.sheets["special"]
    for heading in (heading for of, heading in sheet.unknown if of == group):
        yield Problem("special_unknown", "special", text=heading)
    required = [name for of, name in filter(_is_pair, sheet.required) if of == group]
    for row in ticket.rows:
        needed = dict.fromkeys((*SPECIAL_REQUIRED[group], *required))
        if row.get("is_cross_region") == "是" and group == "construction":
            needed["cross_number"] = None
        if group == "passenger" and row.get("vehicle") in _CLASSED:
            needed["grade"] = None
        for name in needed:
            if not row.get(name):
                yield Problem("special_value", name, text=_get_special_heading(group, name))
        # Both together have the room of one.
        where = row.get("place", "") + row.get("address", "")
        most = template.limit("special", (group, "place"))
        if most and len(where) > most:
            yield Problem("too_long", "address", text=where, most=most)
        if row.get("cross_number") and row.get("is_cross_region") != "是":
            yield Problem("cross_number", "cross_number", text=row["cross_number"])
        for name, text in row.items():
            if text and not template.has("special", (group, name)):
                if name != "is_cross_region":
                    heading = _get_special_heading(group, name)
                    yield Problem("special_column", name, line=heading, text=text)
            elif template.choose("special", (group, name), text) is None:
                heading = _get_special_heading(group, name)
                choices = template.get_choices("special", (group, name))
                yield Problem("choice", name, heading, text, choices=choices)


def _is_pair(name):
    return isinstance(name, tuple)


def _get_special_heading(group, name):
    return SPECIAL[group][name].partition("|")[0]


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
    goods, _homeless = fold(ticket.lines)
    for mode in (ticket.tax_included, not ticket.tax_included):
        if all(
            _work_out(part, one.line.rate, mode) == part.tax
            for one in goods
            for part in (one.line, one)
        ):
            return mode
    return None


def _work_out(part, rate, tax_included):
    """Tax of a line, or of its discount, as the tax bureau works it out from the amount."""
    if tax_included:
        return _round((part.untaxed + part.tax) * rate / (1 + rate))
    return _round(part.untaxed * rate)


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
        goods, _homeless = fold(ticket.lines)
        rows["lines"] += [_make_line(ticket, one, mode) for one in goods]
        rows["special"] += [_make_special(ticket, values, template) for values in ticket.rows]
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


def _make_line(ticket, goods, mode):
    line = goods.line
    # The tax bureau makes a line below zero of the discount.
    discount = -(goods.untaxed + goods.tax if mode else goods.untaxed)
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
        "discount": format(discount.quantize(CENT), "f") if discount else "",
        "has_policy": "是" if policy else "否",
        "policy": policy,
    }


def _make_special(ticket, values, template):
    row = {"serial": ticket.serial}
    is_parking = any(line.code == _PARKING for line in ticket.lines)
    for name, text in values.items():
        if name in ("date_from", "date_to"):
            text = text.replace("-", "")
            if text and is_parking and ticket.special == "estate_lease":
                text += "0000" if name == "date_from" else "2359"
        if name == "cross_number" and values.get("is_cross_region") != "是":
            continue
        if text:
            column = ticket.special, name
            row[column] = template.choose("special", column, text) or text
    return row
