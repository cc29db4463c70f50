"""Documents as shops, restaurants and drivers issue them, whose figures agree."""

import dataclasses
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from fapiao import FapiaoDocument, Kind, Line, Party, TaxKind
from fapiao_builders import CENT, discount_line, random_uscc

HAN = "安邦昌成德丰福光海恒华吉佳建金景康丽隆明宁鹏庆瑞盛泰通祥新兴永裕元远泽振正志中州"
RATES = ("0.13", "0.09", "0.06", "0.03", "0.01")
REMARKS = (
    "购方开户银行:吉祥银行永安支行; 银行账号:622202000011112222;",
    "销方开户行及账号：佳美银行中路支行 1234567890123456",
    "名称：新址  地址、电话：光明路1号 010-12345678",
    "合计 ¥12.00 开票人：甲",
    "发票号码：12345678 校验码后六位123456",
)


def _han(rng, low, high):
    return "".join(rng.choice(HAN) for _ in range(rng.randrange(low, high + 1)))


def street_party(rng, old, filled):
    """A party as invoices print it; fields stay empty now and then."""
    name = rng.choice(("{}有限公司", "{}（{}）有限公司", "{}({})科技股份有限公司", "{}大学{}学院"))
    name = name.format(_han(rng, 2, 12), _han(rng, 2, 3))
    party = Party(name=name, tax_id=random_uscc(rng))
    if not filled and rng.random() < 0.2:
        return Party(name=_han(rng, 2, 4))
    if old and (filled or rng.random() < 0.5):
        address = (
            f"{_han(rng, 2, 3)}市{_han(rng, 2, 3)}区{_han(rng, 2, 5)}路{rng.randrange(1, 2000)}号"
        )
        if rng.random() < 0.5:
            address += f"{_han(rng, 2, 6)}中心{rng.randrange(1, 40)}层{rng.randrange(100, 4000)}室"
        phone = rng.choice(("0{0}-{1}", "0{0}{1}", "1380{1}")).format(
            rng.randrange(10, 1000), rng.randrange(10**7, 10**8 - 1)
        )
        party = dataclasses.replace(
            party, address=address, phone=phone[:12] if phone[0] == "1" else phone
        )
        if party.phone.startswith("1"):
            party = dataclasses.replace(party, phone=party.phone[:11])
    if old and (filled or rng.random() < 0.5):
        party = dataclasses.replace(
            party,
            bank_name=f"{_han(rng, 2, 4)}银行{_han(rng, 2, 6)}支行",
            bank_account=f"{rng.randrange(10**11, 10**19)}",
        )
    return party


def street_line(rng, kind):
    """A line whose figures agree; the price has as many places as software gives it."""
    quantity = rng.choice((Decimal(1), Decimal(1), Decimal(rng.randrange(2, 300)), None))
    amount = (Decimal(rng.randrange(100, 10 ** rng.randrange(3, 9))) / 100).quantize(CENT)
    price = None
    if quantity:
        places = rng.choice((2, 4, 8, 10, 13))
        price = (amount / quantity).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        amount = (quantity * price).quantize(CENT, ROUND_HALF_UP)
    rate = Decimal(rng.choice(RATES)) if kind == TaxKind.TAXED else None
    name = f"*{_han(rng, 2, 6)}*{_han(rng, 2, 10)}"
    name += rng.choice(
        ("", "", f" {rng.randrange(10, 999)}型", "（红色）AB-12C", f"{_han(rng, 5, 20)}")
    )
    return Line(
        name=name,
        specification=rng.choice(
            ("", "无", f"{rng.randrange(1000, 10**7)}", "JTY-GD", _han(rng, 2, 3))
        ),
        unit=rng.choice(("", "个", "次", "套", "PCS")),
        quantity=quantity,
        unit_price=price,
        amount=amount,
        tax_rate=rate,
        tax_kind=kind,
        tax_amount=(amount * rate).quantize(CENT, ROUND_HALF_UP) if rate else None,
    )


def street_document(rng, digital):
    """A document as shops, restaurants and drivers issue it."""
    kind = rng.choice((TaxKind.TAXED, TaxKind.TAXED, TaxKind.TAXED, TaxKind.EXEMPT))
    lines = []
    for _ in range(rng.choice((1, 1, 1, 2, 3, 4))):
        lines.append(street_line(rng, kind))
        if rng.random() < 0.25:
            lines.append(discount_line(lines[-1], rng.randrange(1, 60)))
    untaxed = sum(line.amount for line in lines)
    tax = sum(line.tax_amount for line in lines) if kind == TaxKind.TAXED else None
    remark = rng.choice(
        (
            *REMARKS,
            "",
            "",
            f"订单号:{rng.randrange(10**11)}",
            f"{_han(rng, 20, 60)}:{rng.randrange(10**9)}",
        )
    )
    return FapiaoDocument(
        number=f"{rng.randrange(10**19, 10**20) if digital else rng.randrange(10**7, 10**8)}",
        kind=rng.choice((Kind.DIGITAL_ORDINARY, Kind.DIGITAL_SPECIAL))
        if digital
        else Kind.ELECTRONIC_ORDINARY,
        code="" if digital else f"0{rng.randrange(10**8, 10**9)}11",
        check_code="" if digital else f"{rng.randrange(10**19, 10**20)}",
        issue_date=date(2017, 1, 1) + timedelta(days=rng.randrange(3200)),
        buyer=street_party(rng, not digital, False),
        seller=street_party(rng, not digital, True),
        lines=tuple(lines),
        amount_untaxed=untaxed,
        amount_tax=tax,
        amount_total=untaxed + (tax or 0),
        remark=remark,
        drawer=_han(rng, 2, 3),
    )
