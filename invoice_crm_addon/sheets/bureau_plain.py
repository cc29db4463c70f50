"""Workbooks of our own for the tax bureau: a layout for those who have not its own yet, and lists
of red letters to enter there."""

import io

from .bureau_columns import BASIC, EXTRA, LIMITS, LINES, SPECIAL, SPECIALS
from .writer import open_book

NOTE = (
    "本表不是税务局的模板，电子税务局不能导入。"
    "请从电子税务局下载“批量开票-导入开票模板”，在设置中上传后重新生成。"
)
SHEETS = {
    "basic": ("1-发票基本信息", BASIC),
    "lines": ("2-发票明细信息", LINES),
    "extra": ("4-附加要素信息", EXTRA),
}
_REQUIRED = {
    "basic": ("serial", "kind", "tax_included", "buyer_name"),
    "lines": ("serial", "name", "code", "amount", "rate"),
    "extra": ("serial",),
}
RED_HEADINGS = (
    "序号",
    "票据编号",
    "原发票号码",
    "原开票日期",
    "购买方名称",
    "购买方纳税人识别号",
    "红冲原因",
    "红字确认单编号",
    "金额",
    "税额",
    "价税合计",
)
RED_LINE_HEADINGS = ("票据编号", "项目名称", "税收分类编码", "数量", "金额", "税率", "税额")


def make_plain_template():
    """A workbook with the headings of the tax bureau's one, marked as not being it.

    It has no sheet ``excelVersion``: nobody takes it for one that can be uploaded.

    :rtype: bytes
    """
    output = io.BytesIO()
    with open_book(output) as book:
        note = book.add_format({"bold": True, "font_color": "#b00020"})
        head = book.add_format({"bold": True, "bottom": 1})
        _write_sheet(book, "basic", note, head)
        _write_sheet(book, "lines", note, head)
        sheet = book.add_worksheet("3-特定业务信息")
        sheet.write_string(0, 0, NOTE, note)
        sheet.write_string(2, 0, "发票流水号*", head)
        position = 1
        for group, columns in SPECIAL.items():
            sheet.write_string(1, position, SPECIALS[group], head)
            for headings in columns.values():
                sheet.write_string(2, position, headings.partition("|")[0], head)
                position += 1
        sheet.set_column(0, position, 16)
        _write_sheet(book, "extra", note, head)
    return output.getvalue()


def _write_sheet(book, kind, note, head):
    title, columns = SHEETS[kind]
    sheet = book.add_worksheet(title)
    sheet.write_string(0, 0, NOTE, note)
    for position, (name, headings) in enumerate(columns.items()):
        mark = "*" if name in _REQUIRED[kind] else ""
        if most := LIMITS[kind].get(name):
            sheet.write_string(1, position, f"限{most}字符")
        sheet.write_string(2, position, headings.partition("|")[0] + mark, head)
    sheet.set_column(0, len(columns), 18)


def make_red_list(letters, lines):
    """A workbook that lists red letters for whoever enters them in the tax bureau.

    :param letters: rows of texts and amounts below ``RED_HEADINGS``, the number of the row apart
    :param lines: the same below ``RED_LINE_HEADINGS``
    :rtype: bytes
    """
    output = io.BytesIO()
    with open_book(output) as book:
        head = book.add_format({"bold": True, "bottom": 1})
        money = book.add_format({"num_format": "#,##0.00"})
        numbered = [(number, *letter) for number, letter in enumerate(letters, start=1)]
        for title, headings, rows in (
            ("红字发票", RED_HEADINGS, numbered),
            ("明细", RED_LINE_HEADINGS, lines),
        ):
            sheet = book.add_worksheet(title)
            for position, heading in enumerate(headings):
                sheet.write_string(0, position, heading, head)
            for number, row in enumerate(rows, start=1):
                for position, value in enumerate(row):
                    if isinstance(value, str):
                        sheet.write_string(number, position, value)
                    else:
                        form = money if isinstance(value, float) else None
                        sheet.write_number(number, position, value, form)
            sheet.set_column(0, len(headings) - 1, 20)
            sheet.freeze_panes(1, 0)
    return output.getvalue()
