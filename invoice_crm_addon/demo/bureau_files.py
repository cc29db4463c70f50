"""Lists of all fapiao, as the tax bureau exports them."""

import io
from dataclasses import dataclass
from datetime import date, datetime, time

from ..sheets import open_book

KINDS = {
    "digital_special": "数电票（增值税专用发票）",
    "digital_ordinary": "数电票（普通发票）",
    "special": "增值税专用发票",
    "ordinary": "增值税普通发票",
}
HEAD = (
    "序号 发票代码 发票号码 数电发票号码 销方识别号 销方名称 购方识别号 购买方名称 开票日期 "
    "金额 税额 价税合计 发票来源 发票票种 发票状态 是否正数发票 发票风险等级 开票人 备注"
).split()
LINE = (*HEAD[:9], "货物或应税劳务名称", "税率", *HEAD[9:])


@dataclass
class Listed:
    """A fapiao as the bureau lists it; ``lines`` are name, rate in percent, amount and tax."""

    number: str
    day: date
    buyer_name: str
    buyer_vat: str
    kind: str
    lines: tuple
    code: str = ""
    status: str = "正常"
    remark: str = ""

    @property
    def untaxed(self):
        return sum(line[2] for line in self.lines)

    @property
    def tax(self):
        return sum(line[3] for line in self.lines)


def write_list(company, listed):
    """The workbook with both sheets.

    :param res.company company: the seller
    :param listed: its fapiao
    :rtype: bytes
    """
    output = io.BytesIO()
    with open_book(output) as book:
        heads = [_prepare_head(company, n, one) for n, one in enumerate(listed, start=1)]
        _write_sheet(book, "发票基础信息", HEAD, heads)
        lines = [
            {
                **head,
                "货物或应税劳务名称": name,
                "税率": f"{rate:g}%",
                "金额": untaxed,
                "税额": tax,
                "价税合计": untaxed + tax,
            }
            for head, one in zip(heads, listed, strict=True)
            for name, rate, untaxed, tax in one.lines
        ]
        _write_sheet(book, "信息汇总表", LINE, lines)
    return output.getvalue()


def _write_sheet(book, title, headings, rows):
    sheet = book.add_worksheet(title)
    for place, heading in enumerate(headings):
        sheet.write_string(0, place, heading)
    for number, row in enumerate(rows, start=1):
        for place, heading in enumerate(headings):
            value = row[heading]
            if isinstance(value, str):
                sheet.write_string(number, place, value)
            else:
                sheet.write_number(number, place, round(value, 2))


def _prepare_head(company, number, one):
    moment = datetime.combine(one.day, time(15, 20 + number % 40, number % 60))
    return {
        "序号": str(number),
        "发票代码": one.code,
        "发票号码": one.number if one.code else "",
        "数电发票号码": "" if one.code else one.number,
        "销方识别号": company.vat,
        "销方名称": company.name,
        "购方识别号": one.buyer_vat,
        "购买方名称": one.buyer_name,
        "开票日期": f"{moment}",
        "金额": one.untaxed,
        "税额": one.tax,
        "价税合计": one.untaxed + one.tax,
        "发票来源": "增值税发票管理系统" if one.code else "电子发票服务平台",
        "发票票种": KINDS[one.kind],
        "发票状态": one.status,
        "是否正数发票": "是" if one.untaxed > 0 else "否",
        "发票风险等级": "正常",
        "开票人": "刘慧",
        "备注": one.remark,
    }
