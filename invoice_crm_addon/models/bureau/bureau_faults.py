"""What is wrong with workbooks of the tax bureau, in sentences."""

from ...sheets.bureau_columns import BASIC, LINES, SPECIAL
from ..customer.import_faults import get_file_fault


def get_goods_fault(env, error):
    """Why a list of tax classification codes is not read, and how to mend it.

    :param SheetError error: that it was refused with
    :rtype: str
    """
    if error.code == "no_headings":
        return env._(
            "No row of the file has the headings of a list of codes, such as 项目名称 and "
            "商品和服务税收编码. Its first row says: %s. Export 项目信息 from the tax bureau, and "
            "change nothing in it.",
            error.values["headings"] or "–",
        )
    return _get_any_fault(env, error)


def _get_any_fault(env, error):
    if error.code == "too_large":
        return env._(
            "The file, or what it unpacks to, is larger than %s MB. Take the one of the tax "
            "bureau as it came.",
            error.values.get("size"),
        )
    return get_file_fault(env, error)


def get_goods_row_fault(env, fault):
    """Why a row of such a list is left out.

    :param Fault fault: of the reader
    """
    text = fault.text[:40]
    return {
        "no_code": env._("Row %(row)s has no code.", row=fault.row),
        "no_name": env._("Row %(row)s has no name.", row=fault.row),
        "destroyed": env._(
            "Row %(row)s: the spreadsheet cut the last digits of the code (%(text)s). Export the "
            "list again, and do not save it in between.",
            row=fault.row,
            text=text,
        ),
        "digits": env._(
            "Row %(row)s: “%(text)s” is no code of 19 digits.", row=fault.row, text=text
        ),
        "rate": env._("Row %(row)s: “%(text)s” is no tax rate.", row=fault.row, text=text),
    }[fault.code]


def get_template_fault(env, error):
    """Why a workbook is not taken as the tax bureau's template, and how to mend it.

    :param SheetError error: that it was refused with
    """
    if error.code == "no_template":
        return env._(
            "This is not the workbook for bulk issue of the tax bureau (批量开票-导入开票模板): "
            "there is no sheet with 发票流水号, 发票类型 and 购买方名称, or none with 项目名称, "
            "金额 and 税率. It says: %s. Download it from the electronic tax bureau, and change "
            "nothing in it.",
            error.values["headings"] or "–",
        )
    return _get_any_fault(env, error)


def get_problem(env, problem):
    """What the tax bureau would refuse of a ticket, and where to mend it.

    :param Problem problem: of the rules
    :rtype: str
    """
    values = {
        "line": problem.line or "–",
        "text": problem.text[:40],
        "most": problem.most,
        "column": get_heading(problem.name),
        "choices": "、".join(problem.choices[:6]) + "…" * (len(problem.choices) > 6),
    }
    return {
        "no_lines": env._("There is no line."),
        "no_buyer": env._("The title of the buyer is missing."),
        "no_vat": env._("A special VAT fapiao needs the tax number of the buyer."),
        "person": env._("A natural person gets no special VAT fapiao. Choose another type."),
        "vat": env._(
            "The tax number %(text)s of the buyer must have 15, 17, 18 or 20 characters.", **values
        ),
        "no_name": env._("A line has no name."),
        "code": env._("%(line)s: the tax classification code of 19 digits is missing.", **values),
        "rate": env._("%(line)s: the tax bureau knows no rate of %(text)s%%.", **values),
        "negative": env._("%(line)s: the amount must be above zero.", **values),
        "discount": env._(
            "%(line)s: a line below zero goes to the tax bureau as the discount of a line above "
            "it, with the same tax classification and tax rate, and a larger amount. Put it below "
            "that line, or take it off the price.",
            **values,
        ),
        "whole_discount": env._(
            "%(line)s: it takes off all of “%(text)s”, and a discount must leave a part of its "
            "line. Remove both lines, or lower the discount.",
            **values,
        ),
        "no_discount": env._(
            "%(line)s: the template has no column for discounts (折扣金额). Take it off the price.",
            **values,
        ),
        "choice": env._(
            "%(line)s: the template does not know “%(text)s”. Choose one of its own words, such "
            "as %(choices)s.",
            **values,
        ),
        "by_hand": env._(
            "%(line)s: “%(text)s” cannot be imported. Issue it on the page of the tax bureau.",
            **values,
        ),
        "cents": env._(
            "The tax bureau comes to other cents of tax than the ticket, with tax included or "
            "without. Change the price or the quantity of a line."
        ),
        "too_long": env._(
            "%(column)s “%(text)s…” is too long: the tax bureau takes %(most)s characters.",
            **values,
        ),
        "special_missing": env._("The template has no columns for %(text)s.", **values),
        "special_empty": env._("Fill in what the fapiao says of %(text)s.", **values),
        "special_value": env._("Fill in first: %(text)s.", **values),
        "special_unknown": env._(
            "The template demands %(text)s, which is not filled in from here. Issue it on the page "
            "of the tax bureau.",
            **values,
        ),
        "special_column": env._(
            "The template has no column %(line)s for “%(text)s”. Clear it, or issue the fapiao on "
            "the page of the tax bureau.",
            **values,
        ),
        "cross_number": env._(
            "“%(text)s” is the number of a report on tax matters in another region: tick “In "
            "Another City”, or clear it.",
            **values,
        ),
    }[problem.code]


def get_heading(name):
    """What the tax bureau calls a column, without the mark of a required one."""
    for columns in (BASIC, LINES, *SPECIAL.values()):
        if name in columns:
            return columns[name].partition("|")[0]
    return name
