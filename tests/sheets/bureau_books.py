"""Workbooks as the tax bureau hands them out, and a tax bureau that reads them back.

Both are written from what the workbooks of three years look like, without the code of the add-on.
"""

import functools
import io
import re
from decimal import ROUND_HALF_UP, Decimal

import openpyxl
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

BUYER_2023 = "证件类型|购买方纳税人识别号|购买方地址|购买方电话|购买方开户银行|购买方银行账号|备注"
BUYER_2025 = (
    "购买方纳税人识别号|购买方证件类型|购买方证件号码|购买方国籍（或地区）|购买方地址"
    "|购买方所在地区（报废产品收购必填）|购买方电话|购买方开户银行|购买方银行账号"
    "|是否展示购买方地址电话银行账号"
)
TAIL = (
    "购买方邮箱|购买方经办人姓名|购买方经办人证件类型|购买方经办人证件号码|经办人国籍(地区)"
    "|经办人自然人纳税人识别号|放弃享受减按1%征收率\n原因|收款人|复核人"
)
FIRST = "发票流水号*|发票类型*|特定业务类型|是否含税*|受票方自然人标识|购买方名称*"
HEADINGS = {
    2023: f"{FIRST}|{BUYER_2023}|是否展示购买方银行账号|销售方开户行|销售方银行账号"
    f"|是否展示销售方银行账号|{TAIL}",
    2025: f"{FIRST}|{BUYER_2025}|备注|销售方开户行|销售方银行账号"
    f"|是否展示销售方地址电话银行账号|{TAIL}",
    2026: f"{FIRST}|{BUYER_2025}|是否开具涉税专业服务发票品目|涉税专业服务协议编号|备注"
    "|报废产品销售类型|每千克煤炭发热量|干基全硫|干燥无灰基挥发分|销售方开户行|销售方银行账号"
    f"|是否展示销售方地址电话银行账号|{TAIL}",
}
LINE_HEADINGS = (
    "发票流水号*|项目名称*|商品和服务税收编码*|规格型号|单位|数量|单价|金额*|税率*|折扣金额"
    "|是否使用优惠政策|优惠政策类型|即征即退类型"
)
SPECIAL_HEADINGS = (
    "发票流水号*|建筑服务发生地|详细地址|建筑项目名称|跨地市标志|土地增值税项目编号"
    "|跨区域涉税事项报验管理编号|起运地|到达地|运输工具种类|运输工具牌号|运输货物名称"
    "|不动产地址|详细地址|租赁期起|租赁期止|跨地市标志|房屋产权证书/不动产权证号码|面积单位"
    "|出行人|出行日期|出行人证件类型|出行人身份证件号码|出行地|到达地|交通工具类型|等级"
)
GROUPS = {1: "建筑服务", 7: "货物运输服务", 12: "不动产经营租赁服务", 19: "旅客运输服务"}
RULES = {
    "购买方名称*": "必填(限100字符)",
    "备注": "选填(限230字符)",
    "发票流水号*": "必填(限20字符)",
}
VERSIONS = {2023: "pt:20231201", 2025: "pt:20251101", 2026: "pt:20260401"}


@functools.lru_cache
def make_workbook(year, with_groups=True, filled=False, rename=()):
    """A workbook of a year.

    :param bool filled: whether somebody left rows of an example in it
    :param tuple rename: pairs of a heading and another one
    """
    book = openpyxl.Workbook()
    sheets = [
        ("1-发票基本信息", HEADINGS[year], {}),
        ("2-发票明细信息", LINE_HEADINGS + ("|煤炭种类" if year == 2026 else ""), {}),
        ("3-特定业务信息", SPECIAL_HEADINGS, GROUPS if with_groups else {}),
        ("4-附加要素信息", "发票流水号*|附加要素名称*|附加要素内容*", {}),
    ]
    for number, (title, headings, groups) in enumerate(sheets):
        sheet = book.active if not number else book.create_sheet()
        sheet.title = title
        headings = [dict(rename).get(text, text) for text in headings.split("|")]
        sheet.append(["填写说明：请勿修改表头"])
        sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(headings))
        sheet.append([groups.get(p) or RULES.get(text, "选填") for p, text in enumerate(headings)])
        sheet.append(headings)
        for cell in sheet[3]:
            cell.font = Font(bold=True, color="FF0000")
        for row in sheet.iter_rows(min_row=4, max_row=30, max_col=len(headings)):
            for cell in row:
                cell.number_format = "@"
                cell.fill = PatternFill("solid", fgColor="FFFFEE")
                if filled:
                    cell.value = "示例"
    kinds = DataValidation(type="list", formula1='"增值税专用发票,普通发票"')
    kinds.add("B4:B2000")
    book["1-发票基本信息"].add_data_validation(kinds)
    version = book.create_sheet("excelVersion")
    version.sheet_state = "hidden"
    version["A4"] = VERSIONS[year]
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


# As workbooks of 2025 have them: groups by long texts above, rules below, and lists to choose from.
OFFICIAL_SPECIAL = (
    ("", "发票流水号", "必填\n（限20字符)"),
    (
        "建筑服务：\n1、建筑服务发生地：按行政区划名称填写",
        "建筑服务发生地",
        "必填\n合计（限120字符)",
    ),
    ("", "发生地详细地址", ""),
    ("", "建筑项目名称", "必填\n（限80字符)"),
    ("", "土地增值税项目编号", "非必填\n（限20字符)"),
    ("", "跨地市标志", "必填(是/否)\n（限2字符)"),
    ("", "跨区域涉税事项报验管理编号", "非必填\n（限50字符)"),
    ("货物运输服务\n1、起运地：请按行政区划名称填写", "起运地", "必填\n（限80字符)"),
    ("", "到达地", "必填\n（限80字符)"),
    ("", "运输工具种类", "必填\n（限40字符)"),
    ("", "运输工具牌号", "必填\n（限40字符)"),
    ("", "运输货物名称", "必填\n（限80字符)"),
    (
        "不动产销售\n1、不动产地址：按行政区划名称填写",
        "产权证书/不动产权证号码",
        "非必填\n（限40字符)",
    ),
    ("", "不动产地址", "必填\n合计（限120字符)"),
    ("", "不动产详细地址", ""),
    ("", "不动产单元代码/网签合同备案编码", "非必填\n（限28字符)"),
    ("", "土地增值税项目编号", "非必填\n（限20字符)"),
    ("", "核定计税价格", "非必填\n（限20字符)"),
    ("", "实际成交含税金额", "必填\n（限20字符)"),
    ("", "跨地市标志", "必填(是/否)\n（限2字符)"),
    ("", "面积单位", "必填\n（限12字符)"),
    (
        "不动产租赁\n1、不动产地址：按行政区划名称填写",
        "产权证书/不动产权证号码",
        "必填\n（限40字符)",
    ),
    ("", "不动产地址", "必填\n合计（限120字符)"),
    ("", "不动产详细地址", "必填\n合计（限120字符)"),
    ("", "租赁期起", "必填\n（限12字符)"),
    ("", "租赁期止", "必填\n（限12字符)"),
    ("", "跨地市标志", "必填(是/否)\n（限2字符)"),
    ("", "面积单位", "必填\n（限20字符）"),
    ("", "车牌号", "非必填\n（限20字符)"),
    ("保险机构代收车船税\n1、税款所属期起：精确到月", "保险单号", "必填\n（限40字符)"),
    ("", "车牌号/船舶登记号", "必填\n（限40字符)"),
    ("旅客运输服务\n1、出发地：按行政区划名称填写", "出行人", "必填\n（限20字符)"),
    ("", "出行人证件类型", "必填\n（限20字符)"),
    ("", "出行人证件号码", "必填\n（限20字符)"),
    ("", "出行日期", "必填\n（限40字符)"),
    ("", "出发地", "必填\n（限80字符)"),
    ("", "到达地", "必填\n（限80字符)"),
    ("", "交通工具类型", "必填\n（限20字符)"),
    ("", "等级", "必填\n（限8字符)"),
    ("拖拉机和联合收割机:\n1、当填写为“是”时", "是否用于办理登记", "必填(是/否)\n（限2字符)"),
)
PLACES = ("北京市海淀区", "上海市浦东新区", "浙江省杭州市西湖区")
LISTS = {
    "运输工具种类": '"铁路运输,公路运输,水路运输,航空运输,管道运输,其他运输工具"',
    "交通工具类型": '"飞机,火车,长途汽车,公共交通,出租车,汽车,船舶,其他"',
    "面积单位": '"平方米,亩,㎡,平方千米,公顷,米(铁路线与管道等使用)"',
    "跨地市标志": '"是,否"',
    "出行人证件类型": "sfzjlx!$A$1:$A$3",
    **dict.fromkeys(
        ("建筑服务发生地", "不动产地址", "起运地", "到达地", "出发地"), "xzqhdm!$A$1:$A$3"
    ),
}


@functools.lru_cache
def make_official(more=()):
    """The workbook of 2025 with its sheet of special business as it is.

    :param tuple more: further columns of that sheet
    """
    book = openpyxl.load_workbook(io.BytesIO(make_workbook(2025)))
    old = book["3-特定业务信息"]
    sheet = book.create_sheet("new", book.index(old))
    book.remove(old)
    sheet.title = "3-特定业务信息"
    for position, texts in enumerate((*OFFICIAL_SPECIAL, *more), start=1):
        for row, text in enumerate((texts[0], texts[2], texts[1]), start=1):
            sheet.cell(row, position, text or None)
        if formula := LISTS.get(texts[1]):
            choices = DataValidation(type="list", formula1=formula)
            letter = openpyxl.utils.get_column_letter(position)
            choices.add(f"{letter}4:{letter}1001")
            sheet.add_data_validation(choices)
    for title, texts in (
        ("xzqhdm", PLACES),
        ("sfzjlx", ("居民身份证", "外国护照", "军官证")),
    ):
        hidden = book.create_sheet(title)
        hidden.sheet_state = "hidden"
        for text in texts:
            hidden.append([text])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


class Bureau:
    """Reads a workbook that is uploaded: issues what is right and refuses the rest."""

    CENT = Decimal("0.01")

    def __init__(self, content, year):
        self.book = openpyxl.load_workbook(io.BytesIO(content))
        assert self.book["excelVersion"]["A4"].value == VERSIONS[year]
        assert self.book["excelVersion"].sheet_state == "hidden"
        self.basic = self._read("1-发票基本信息")
        self.lines = self._read("2-发票明细信息")
        self.specials = self._read("3-特定业务信息")
        self.extras = self._read("4-附加要素信息")

    def _read(self, title):
        """Rows by heading, and by place where a heading comes twice. Only texts are taken."""
        rows = list(self.book[title].iter_rows(min_row=3))
        headings = [str(cell.value or "").rstrip("*") for cell in rows[0]]
        found = []
        for row in rows[1:]:
            assert all(cell.value is None or isinstance(cell.value, str) for cell in row)
            if any(cell.value for cell in row):
                values = {}
                for position, cell in enumerate(row):
                    name = headings[position]
                    name = f"{name}@{position}" if headings.count(name) > 1 else name
                    values[name] = cell.value or ""
                found.append(values)
        return found

    def issue(self):
        """What becomes of each row.

        :return: totals by serial, and reasons by serial of what is refused
        """
        issued, refused = {}, {}
        for row in self.basic:
            serial = row["发票流水号"]
            lines = [line for line in self.lines if line["发票流水号"] == serial]
            try:
                issued[serial] = self._issue(row, lines)
            except ValueError as error:
                refused[serial] = str(error)
        return issued, refused

    def _issue(self, row, lines):
        self._demand(0 < len(row["发票流水号"]) <= 20, "流水号")
        self._demand(row["发票类型"] in ("增值税专用发票", "普通发票"), "类型")
        self._demand(row["是否含税"] in ("是", "否"), "含税")
        self._demand(0 < len(row["购买方名称"]) <= 100, "名称")
        vat = row["购买方纳税人识别号"]
        self._demand(row["发票类型"] == "普通发票" or 15 <= len(vat) <= 20, "税号")
        self._demand(len(row["备注"]) <= 230, "备注")
        if row["受票方自然人标识"] == "是":
            self._demand(not vat and row["发票类型"] == "普通发票", "自然人")
        self._demand(bool(lines), "明细")
        totals = [self._sum(line, row["是否含税"] == "是") for line in lines]
        special = row["特定业务类型"]
        rows = [r for r in self.specials if r["发票流水号"] == row["发票流水号"]]
        self._demand(bool(special) == bool(rows), "特定业务")
        return tuple(map(sum, zip(*totals, strict=True)))

    def _sum(self, line, tax_included):
        self._demand(bool(re.fullmatch(r"\d{19}", line["商品和服务税收编码"])), "编码")
        self._demand(bool(re.fullmatch(r"\d+\.\d\d", line["金额"])), "金额")
        amount, rate = Decimal(line["金额"]), Decimal(line["税率"])
        self._demand(rate in [Decimal(n) / 100 for n in (0, 1, 3, 5, 6, 9, 13)], "税率")
        self._demand(amount > 0, "金额")
        if line["数量"] or line["单价"]:
            self._demand(max(len(line["数量"]), len(line["单价"])) <= 16, "位数")
            gap = Decimal(line["数量"]) * Decimal(line["单价"]) - amount
            self._demand(abs(gap) <= self.CENT, "数量×单价")
        if line["优惠政策类型"]:
            self._demand(line["是否使用优惠政策"] == "是", "优惠")
        discount = Decimal(line["折扣金额"] or 0)
        self._demand(0 <= discount < amount, "折扣")
        # A discount becomes a line of its own, whose tax is worked out by itself.
        parts = [self._tax(part, rate, tax_included) for part in (amount, discount)]
        (untaxed, tax), (untaxed_off, tax_off) = parts
        return untaxed - untaxed_off, tax - tax_off

    def _tax(self, amount, rate, tax_included):
        tax = amount * rate / (1 + rate) if tax_included else amount * rate
        tax = tax.quantize(self.CENT, ROUND_HALF_UP)
        return (amount - tax if tax_included else amount), tax

    def _demand(self, is_right, reason):
        if not is_right:
            raise ValueError(reason)
