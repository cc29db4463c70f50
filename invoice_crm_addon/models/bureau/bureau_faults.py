"""What is wrong with workbooks of the tax bureau, in sentences."""

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
