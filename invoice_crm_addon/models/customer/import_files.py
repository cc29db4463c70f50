"""Excel files that an import of customers hands out: the template, and the rows to correct."""

import io

from ...fapiao import uscc_check_digit
from ...sheets import COLUMNS, IGNORED, PROBLEM, open_book

WIDTHS = {
    "name": 30,
    "title": 30,
    "vat": 24,
    "address": 40,
    "bank": 34,
    "account": 26,
    "remark": 30,
}
WIDTH = 16
# Two columns in one are for files that people have already.
NOT_OFFERED = ("address_phone", "bank_account", PROBLEM, IGNORED)
REQUIRED = ("name",)


def make_template(env):
    """A workbook with the headings in the user's language, and a guide on its second sheet.

    Its cells are texts, so that a spreadsheet cuts no number.

    :rtype: bytes
    """
    names = [name for name in COLUMNS if name not in NOT_OFFERED]
    headings = [_label(env, name) for name in names]
    output, book = _open()
    text = book.add_format({"num_format": "@"})
    head = book.add_format({"bold": True, "bg_color": "#D9E7FD", "border": 1, "num_format": "@"})
    required = book.add_format(
        {"bold": True, "bg_color": "#FDE2D9", "border": 1, "num_format": "@"}
    )
    sheet = book.add_worksheet(env._("Customers"))
    for position, (name, heading) in enumerate(zip(names, headings, strict=True)):
        sheet.set_column(position, position, WIDTHS.get(name, WIDTH), text)
        sheet.write_string(0, position, heading, required if name in REQUIRED else head)
    sheet.freeze_panes(1, 1)
    _write_guide(env, book, names)
    book.close()
    return output.getvalue()


def make_problems(env, headings, rows):
    """The rows that were not imported, as they came, and what is wrong with each.

    :param dict headings: heading by column, as the file had them
    :param list rows: pairs of cells and a sentence
    :rtype: bytes
    """
    output, book = _open()
    text = book.add_format({"num_format": "@"})
    head = book.add_format({"bold": True, "bg_color": "#D9E7FD", "border": 1, "num_format": "@"})
    problem = book.add_format({"font_color": "#B00020", "num_format": "@", "text_wrap": True})
    sheet = book.add_worksheet(env._("Customers"))
    names = list(headings)
    for position, name in enumerate(names):
        sheet.set_column(position, position, WIDTHS.get(name, WIDTH), text)
        sheet.write_string(0, position, headings[name], head)
    sheet.set_column(len(names), len(names), 80, problem)
    sheet.write_string(0, len(names), _label(env, PROBLEM), head)
    for number, (cells, sentence) in enumerate(rows, start=1):
        for position, name in enumerate(names):
            if cells.get(name):
                sheet.write_string(number, position, cells[name], text)
        sheet.write_string(number, len(names), sentence, problem)
    sheet.freeze_panes(1, 1)
    book.close()
    return output.getvalue()


def _open():
    output = io.BytesIO()
    return output, open_book(output)


def _label(env, name):
    column = COLUMNS[name]
    return column.zh if (env.lang or "").startswith("zh") else column.en


def _write_guide(env, book, names):
    """What belongs into each column, and two examples: they are not on the sheet that is read."""
    bold = book.add_format({"bold": True})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    sheet = book.add_worksheet(env._("Guide"))
    sheet.set_column(0, 0, 22, wrapped)
    sheet.set_column(1, 1, 70, wrapped)
    sheet.set_column(2, 3, 34, text)
    titles = [env._("Column"), env._("What belongs there"), env._("Example"), env._("Example")]
    for position, title in enumerate(titles):
        sheet.write_string(2, position, title, bold)
    sheet.write_string(
        0, 0, env._("One row is one customer. Fill in the first sheet; this one is not read.")
    )
    hints, examples = _get_hints(env), _get_examples()
    for number, name in enumerate(names, start=3):
        sheet.write_string(number, 0, _label(env, name), wrapped)
        sheet.write_string(number, 1, hints[name], wrapped)
        for position, example in enumerate(examples):
            sheet.write_string(number, 2 + position, example.get(name, ""), text)


def _get_hints(env):
    return {
        "name": env._("Required. A customer that has no tax number is found again by it."),
        "kind": env._("公司 (company) or 个人 (individual); empty is a company."),
        "title": env._("As the tax bureau registered it; empty is the name."),
        "vat": env._(
            "15, 17, 18 or 20 digits and letters; abroad any. The customer that has the number is "
            "changed. Format the cell as text."
        ),
        "address": env._("Registered address, for special VAT invoices."),
        "phone": env._("Registered phone, for special VAT invoices."),
        "bank": env._("Bank with its branch."),
        "account": env._("Account number. Format the cell as text, else its last digits are lost."),
        "cnaps": env._("12 digits."),
        "contact": env._("A person there; the mobile number is hers then."),
        "email": env._("Where invoices are sent."),
        "mobile": env._("Of the contact person, else of the customer."),
        "street": env._("Where parcels go, if it is not the registered address."),
        "country": env._("Name or code; empty is the country of the company, for new customers."),
        "level": env._("Name of a customer level. Only finance gives customers a level."),
        "salesperson": env._("Name or login of a user."),
        "tags": env._("Several with a comma between them."),
        "remark": env._("Shown on the customer only."),
    }


def _get_examples():
    number = "91110108MA00EXA0"
    number = f"{number}1{uscc_check_digit(number + '1')}"
    return (
        {
            "name": "北京示例贸易有限公司",
            "kind": "公司",
            "title": "北京示例贸易有限公司",
            "vat": number,
            "address": "北京市海淀区示例路1号",
            "phone": "010-60000001",
            "bank": "示例银行北京海淀支行",
            "account": "0200000000000000001",
            "contact": "王示例",
            "email": "fapiao@example.com",
            "mobile": "13000000001",
            "street": "北京市海淀区示例路1号501室",
            "tags": "重点, 华北",
        },
        {"name": "李示例", "kind": "个人", "email": "li@example.com", "mobile": "13000000002"},
    )
