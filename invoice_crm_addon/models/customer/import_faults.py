"""What is wrong with a file of customers as a whole, in sentences."""

from ..base.words import words


def get_warning(env, table):
    parts = []
    if table.unknown:
        parts.append(
            words(env)._(
                "These headings are not known, and their columns are ignored: %s.",
                ", ".join(text[:40] for text in table.unknown[:20]),
            )
        )
    if table.double:
        parts.append(
            words(env)._(
                "These columns are ignored, since another one says the same: %s.",
                ", ".join(text[:40] for text in table.double[:20]),
            )
        )
    return words(env).join(" ", parts) if parts else False


def get_file_fault(env, error):
    values = error.values
    if error.code == "no_headings":
        return env._(
            "No row of the file has the headings of customers, such as 客户名称 and 税号. Its "
            "first row says: %s. Take the headings of the template.",
            values["headings"] or "–",
        )
    return _get_faults(env, values)[error.code]


def _get_faults(env, values):
    return {
        "empty": env._("The file is empty."),
        "too_large": env._(
            "The file, or what it unpacks to, is larger than %s MB. Split it, or save only the "
            "table of customers.",
            values.get("size"),
        ),
        "too_many_rows": env._("The file has more than %s rows. Split it.", values.get("rows")),
        "old_excel": env._(
            "This is an Excel file of the old format (xls), or one with a password. Save it "
            "in Excel as “Excel Workbook (xlsx)” without a password."
        ),
        "not_a_table": env._(
            "This is neither an Excel file (xlsx) nor a CSV text. Save it as one of them."
        ),
        "damaged": env._("The Excel file is damaged. Open it in Excel and save it again as xlsx."),
        "encoding": env._(
            "The text is neither in UTF-8 nor in GB18030. Save it in Excel as “CSV UTF-8”, or "
            "as xlsx."
        ),
        "quotes": env._(
            "A cell near row %s of the CSV text never ends: a quotation mark is missing.",
            values.get("row"),
        ),
    }
