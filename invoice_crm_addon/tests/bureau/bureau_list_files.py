"""Lists as the tax bureau exports them, of random months whose truth is known. No Odoo inside."""

import io
import random
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

import xlsxwriter

CENT = Decimal("0.01")
RATES = ("13%", "9%", "6%", "3%", "1%", "免税", "不征税")
KINDS = {
    "digital_special": "数电票（增值税专用发票）",
    "digital_ordinary": "数电票（普通发票）",
    "special": "增值税专用发票",
    "ordinary": "增值税普通发票",
}
STATUSES = {
    "normal": "正常",
    "voided": "已作废",
    "red_full": "已红冲-全额",
    "red_part": "已红冲-部分",
}
HEAD = (
    "序号 发票代码 发票号码 数电发票号码 销方识别号 销方名称 购方识别号 购买方名称 开票日期 "
    "金额 税额 价税合计 发票来源 发票票种 发票状态 是否正数发票 发票风险等级 开票人 备注"
).split()
LINES = (
    "序号 发票代码 发票号码 数电发票号码 销方识别号 销方名称 购方识别号 购买方名称 开票日期 "
    "税收分类编码 特定业务类型 货物或应税劳务名称 规格型号 单位 数量 单价 "
    "金额 税率 税额 价税合计 发票来源 发票票种 发票状态 是否正数发票 发票风险等级 开票人 备注"
).split()
RENAMED = {
    "数电发票号码": ("数电发票号码", "全电发票号码", "数电票号码"),
    "购买方名称": ("购买方名称", "购方名称"),
    "货物或应税劳务名称": ("货物或应税劳务名称", "项目名称"),
}
BUYERS = [(f"9111010{n:011d}", f"北京客户{n}有限公司") for n in range(40)] + [("", "张三")]


@dataclass(frozen=True)
class Fapiao:
    """One fapiao of the truth; ``lines`` are rate, amount and tax."""

    number: str
    seller: tuple[str, str]
    buyer: tuple[str, str]
    day: date
    lines: tuple[tuple[str, Decimal, Decimal], ...]
    code: str = ""
    kind: str = "digital_special"
    status: str = "normal"
    red_of: str = ""
    remark: str = ""
    risk: str = "正常"

    @property
    def untaxed(self):
        return sum((line[1] for line in self.lines), Decimal(0))

    @property
    def tax(self):
        return sum((line[2] for line in self.lines), Decimal(0))

    @property
    def total(self):
        return self.untaxed + self.tax

    @property
    def is_red(self):
        return self.total < 0


def make_line(untaxed, rate="13%"):
    """A line of an amount without tax."""
    untaxed = Decimal(untaxed).quantize(CENT)
    percent = Decimal(rate.rstrip("%")) if rate.endswith("%") else Decimal(0)
    return rate, untaxed, (untaxed * percent / 100).quantize(CENT, ROUND_HALF_UP)


def make_month(rng, count, seller, first=date(2026, 7, 1), digital=0.7):
    """Random fapiao of a month: red letters and voids among them.

    :rtype: list[Fapiao]
    """
    found = []
    for n in range(count):
        buyer = rng.choice(BUYERS)
        is_digital = rng.random() < digital
        kind = rng.choice(("digital_special", "digital_ordinary"))
        if not is_digital:
            kind = rng.choice(("special", "ordinary"))
        lines = tuple(
            make_line(Decimal(rng.randrange(1, 10**7)) / 100, rng.choice(RATES))
            for _ in range(rng.choice((1, 1, 2, 3)))
        )
        found.append(
            Fapiao(
                number=f"26110000{first.month:02d}{n:010d}" if is_digital else f"{n + 1:08d}",
                code="" if is_digital else "011002600111",
                seller=seller,
                buyer=buyer,
                day=first + timedelta(days=rng.randrange(28)),
                lines=lines,
                kind=kind,
            )
        )
    for n in rng.sample(range(count), count // 10):
        blue = found[n]
        if not blue.code:
            negative = tuple((rate, -untaxed, -tax) for rate, untaxed, tax in blue.lines)
            found[n] = replace(blue, status="red_full")
            remark = (
                f"被红冲蓝字数电票号码：{blue.number} 红字发票信息确认单编号：{'1' * 12}{n:08d}"
            )
            number = f"26119999{first.month:02d}{n:010d}"
            red = replace(blue, number=number, lines=negative, red_of=blue.number, remark=remark)
            found.append(red)
        else:
            found[n] = replace(blue, status="voided")
    return found


@dataclass
class Layout:
    """How a list is written."""

    titles: int = 0
    days: str = "text"  # slash, cell
    amounts: str = "number"  # text
    names: dict = field(default_factory=dict)
    sheets: str = "both"  # head, lines
    coded_as_numbers: bool = False
    without: tuple[str, ...] = ()
    rates: str = "percent"  # fraction

    @classmethod
    def random(cls, rng, sheets=("both", "both", "head", "lines")):
        return cls(
            titles=rng.choice((0, 0, 1, 3)),
            days=rng.choice(("text", "slash", "cell")),
            amounts=rng.choice(("number", "text")),
            names={name: rng.choice(names) for name, names in RENAMED.items()},
            sheets=rng.choice(sheets),
            coded_as_numbers=rng.random() < 0.3,
            rates=rng.choice(("percent", "fraction")),
        )


def write_list(fapiao, layout=None, destroyed=()):
    """A workbook that lists fapiao.

    :param destroyed: numbers that a spreadsheet destroyed
    :rtype: bytes
    """
    layout, output = layout or Layout(), io.BytesIO()
    with xlsxwriter.Workbook(output, {"in_memory": True}) as book:
        day_format = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        if layout.sheets != "lines":
            rows = (_make_head(n, f, layout, destroyed) for n, f in enumerate(fapiao, 1))
            _write_sheet(book, "发票基础信息", HEAD, rows, layout, day_format)
        if layout.sheets != "head":
            rows = (
                _make_line(n, f, line, layout, destroyed)
                for n, f in enumerate(fapiao, 1)
                for line in f.lines
            )
            _write_sheet(book, "信息汇总表", LINES, rows, layout, day_format)
        if layout.sheets == "both":
            # Sheets of special businesses repeat what the others say.
            rows = (_make_line(n, f, f.lines[0], layout, ()) for n, f in enumerate(fapiao[:3], 1))
            _write_sheet(book, "建筑服务", LINES, rows, layout, day_format)
    return output.getvalue()


def write_files(rng, fapiao, most=3):
    """The same in several files, each of its own layout.

    :rtype: list[bytes]
    """
    parts = [[] for _ in range(rng.randrange(1, most + 1))]
    for one in fapiao:
        rng.choice(parts).append(one)
    return [write_list(part, Layout.random(rng)) for part in parts if part]


def _write_sheet(book, title, headings, rows, layout, day_format):
    sheet = book.add_worksheet(title)
    for n in range(layout.titles):
        sheet.write_string(n, 0, ("全量发票查询导出结果", "查询期间：2026-07", "单位：元")[n])
    headings = [name for name in headings if name not in layout.without]
    for place, name in enumerate(headings):
        sheet.write_string(layout.titles, place, layout.names.get(name, name))
    for number, values in enumerate(rows, layout.titles + 1):
        for place, name in enumerate(headings):
            value = values.get(name, "")
            if isinstance(value, datetime):
                sheet.write_datetime(number, place, value, day_format)
            elif isinstance(value, str):
                sheet.write_string(number, place, value)
            else:
                sheet.write_number(number, place, value)


def _make_head(number, fapiao, layout, destroyed):
    def amount(value):
        return float(value) if layout.amounts == "number" else f"{value:,.2f}"

    moment = datetime.combine(fapiao.day, time(21, 38, number % 60))
    day = {"text": f"{moment}", "slash": f"{fapiao.day:%Y/%m/%d}", "cell": moment}[layout.days]
    values = {
        "序号": str(number),
        "销方识别号": fapiao.seller[0],
        "销方名称": fapiao.seller[1],
        "购方识别号": fapiao.buyer[0],
        "购买方名称": fapiao.buyer[1],
        "开票日期": day,
        "金额": amount(fapiao.untaxed),
        "税额": amount(fapiao.tax),
        "价税合计": amount(fapiao.total),
        "发票来源": "增值税发票管理系统" if fapiao.code else "电子发票服务平台",
        "发票票种": KINDS[fapiao.kind],
        "发票状态": STATUSES[fapiao.status],
        "是否正数发票": "否" if fapiao.is_red else "是",
        "发票风险等级": fapiao.risk,
        "开票人": "王会计",
        "备注": fapiao.remark,
    }
    if not fapiao.code:
        values["数电发票号码"] = fapiao.number
        if fapiao.number in destroyed:
            values["数电发票号码"] = float(fapiao.number)
    elif layout.coded_as_numbers:
        values.update({"发票代码": float(fapiao.code), "发票号码": float(fapiao.number)})
    else:
        values.update({"发票代码": fapiao.code, "发票号码": fapiao.number})
    return values


def _make_line(number, fapiao, line, layout, destroyed):
    rate, untaxed, tax = line
    values = _make_head(number, fapiao, layout, destroyed)
    for name, value in (("金额", untaxed), ("税额", tax), ("价税合计", untaxed + tax)):
        values[name] = float(value) if layout.amounts == "number" else f"{value:,.2f}"
    if layout.rates == "fraction" and rate.endswith("%"):
        rate = str(Decimal(rate.rstrip("%")) / 100)
    values.update({"货物或应税劳务名称": "*信息技术服务*咨询", "税率": rate, "数量": "1"})
    return values


def make_random(seed):
    """A generator that gives the same again."""
    return random.Random(seed)
