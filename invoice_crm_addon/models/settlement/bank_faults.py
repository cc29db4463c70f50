"""What is wrong with a file of a bank, in sentences."""


def get_statement_fault(env, error):
    """Why a file is not imported, and how to mend it.

    :param StatementError error: that it was refused with
    :rtype: str
    """
    values = error.values
    if error.code == "rows":
        lines = [get_row_fault(env, problem) for problem in values["problems"]]
        return "\n".join([env._("Nothing is imported, since rows cannot be read:"), *lines])
    return _get_faults(env, values)[error.code]


def get_row_fault(env, problem):
    """What is wrong with a row of a file."""
    text = problem.text or "–"
    faults = {
        "date": env._("Row %(row)s: “%(text)s” is no date.", row=problem.row, text=text),
        "amount": env._("Row %(row)s: “%(text)s” is no amount.", row=problem.row, text=text),
        "no_amount": env._("Row %(row)s: there is no amount.", row=problem.row),
        "two_amounts": env._(
            "Row %(row)s: something came in and went out at once: %(text)s.",
            row=problem.row,
            text=text,
        ),
        "direction": env._(
            "Row %(row)s: “%(text)s” says neither in (贷) nor out (借).", row=problem.row, text=text
        ),
        "currency": env._("Row %(row)s: “%(text)s” is no currency.", row=problem.row, text=text),
        "too_long": env._("Row %(row)s: “%(text)s…” is too long.", row=problem.row, text=text),
        "account": env._(
            "Row %(row)s: the spreadsheet cut the last digits of an account number (%(text)s).",
            row=problem.row,
            text=text,
        ),
        "balance": env._(
            "Row %(row)s: the balance %(text)s does not follow from the row before. Rows may be "
            "missing.",
            row=problem.row,
            text=text,
        ),
    }
    return faults[problem.code]


def _get_faults(env, values):
    return {
        "empty": env._("The file is empty."),
        "too_large": env._(
            "The file, or what it unpacks to, is larger than %s MB. Export a shorter period.",
            values.get("size"),
        ),
        "too_many_rows": env._(
            "The file has more than %s rows. Export a shorter period.", values.get("rows")
        ),
        "old_excel": env._(
            "This is an Excel file of the old format (xls), or one with a password. Save it "
            "in Excel as “Excel Workbook (xlsx)” without a password."
        ),
        "not_a_table": env._(
            "This is no statement: neither Excel (xlsx), CSV nor OFX. Export it again from the "
            "bank's website as one of them."
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
        "no_statement": env._(
            "No row of the file has the headings of a bank statement, such as 交易日期 and "
            "收入. Its first row says: %s. Export the list of transactions from the website of "
            "the bank.",
            values.get("headings") or "–",
        ),
        "no_entries": env._("There is no transaction in the file. Export a longer period."),
        "no_direction": env._(
            "The amounts do not say what came in and what went out. Export the file with 收入 and "
            "支出 in two columns, with 借贷标志, or with a minus before what went out."
        ),
        "currencies": env._(
            "The file holds several currencies, or one that is unknown: %s. Export one file for "
            "each.",
            values.get("currencies"),
        ),
        "accounts": env._("The file holds several accounts. Export one file for each."),
        "total": env._(
            "The file says that its rows come to %(said)s, and they come to %(found)s. Export it "
            "again, and change nothing in it.",
            said=values.get("said"),
            found=values.get("found"),
        ),
        "closing": env._(
            "The file says that the balance is %(said)s, and by its rows it is %(found)s. Export "
            "it again, and change nothing in it.",
            said=values.get("said"),
            found=values.get("found"),
        ),
    }
