"""OFX files: 1.x in SGML, whose tags of values are not closed, and 2.x in XML.

After the Open Financial Exchange specifications 1.6 and 2.2, chapters 2 and 11: a bank statement
is a ``STMTRS`` with ``CURDEF``, ``BANKACCTFROM``, ``BANKTRANLIST`` of ``STMTTRN`` and
``LEDGERBAL``; a card statement a ``CCSTMTRS``. Tags are read one after the other, no entity but
those of HTML is known, and nothing is fetched: a file can do no more than hold values.
"""

import html
import re

from ..sheets import Limits
from .document import Entry, Problem, Statement, StatementError
from .values import normalize, parse_account, parse_amount, parse_currency, parse_day

_TAG = re.compile(r"<(/?)([A-Za-z0-9_.]+)\s*/?>([^<]*)")
_START = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*(?:OFXHEADER|<\?xml[^>]*>|<\?OFX|<OFX>)", re.I)
_STATEMENTS = ("STMTRS", "CCSTMTRS")
_NAMES = ("NAME", "PAYEE")


def is_ofx(content):
    """Whether the first bytes are those of an OFX file."""
    return bool(_START.match(content[:200])) and b"<OFX>" in content[:20000].upper()


def read_ofx(content, limits=None):
    """:raise StatementError: if it holds no statement, or several accounts"""
    limits = limits or Limits()
    if len(content) > limits.size:
        raise StatementError("too_large", size=limits.size // 2**20)
    statement, row, inside, values = None, 0, [], {}
    problems = []
    for closing, tag, value in _iterate(_decode(content)):
        if not closing and tag in _STATEMENTS:
            if statement is not None:
                raise StatementError("accounts", count=2)
            statement = Statement()
        elif statement is None:
            continue
        elif tag == "STMTTRN" and not closing:
            row, values, inside = row + 1, {}, ["STMTTRN"]
            if row > limits.rows:
                raise StatementError("too_many_rows", rows=limits.rows)
        elif tag == "STMTTRN":
            _add_entry(statement, row, values, problems)
            values, inside = {}, []
        elif tag in ("BANKACCTTO", "LEDGERBAL", "BANKACCTFROM", "CCACCTFROM", "BANKTRANLIST"):
            _note_balance(statement, tag, closing, values)
            inside = inside[:1] if closing else [*inside[:1], tag]
        elif value and not closing:
            _note_value(statement, inside, values, tag, value)
    if problems:
        raise StatementError("rows", problems=problems[:20])
    if statement is None:
        raise StatementError("no_statement", headings="")
    if not statement.entries:
        raise StatementError("no_entries")
    statement.entries.sort(key=lambda entry: entry.date)
    return statement


def _decode(content):
    """The text in the encoding that its header names, else in the one that fits."""
    head = content[:1000].decode("latin-1").upper()
    named = ["gb18030"] if re.search(r"CHARSET:(?:936|GB)|ENCODING=[\"']GB", head) else []
    for encoding in [*named, "utf-8-sig", "gb18030", "latin-1"]:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise StatementError("encoding")


def _iterate(text):
    for match in _TAG.finditer(text):
        yield match[1] == "/", match[2].upper(), html.unescape(match[3]).strip()


def _note_value(statement, inside, values, tag, value):
    place = inside[-1] if inside else ""
    if place == "BANKACCTTO" and tag == "ACCTID":
        values["ACCTTO"] = value
    elif place in ("BANKACCTFROM", "CCACCTFROM") and tag == "ACCTID" and len(inside) == 1:
        statement.account = parse_account(value)
    elif place == "LEDGERBAL" or inside[:1] == ["STMTTRN"]:
        values.setdefault(tag, value)
    elif tag == "CURDEF":
        statement.currency = _read_currency(value)


def _read_currency(value):
    try:
        return parse_currency(value)
    except ValueError:
        raise StatementError("currencies", currencies=value[:20]) from None


def _note_balance(statement, tag, closing, values):
    if tag == "LEDGERBAL":
        if closing:
            try:
                statement.closing = parse_amount(values.get("BALAMT", ""))
            except ValueError:
                statement.closing = None
        values.clear()


def _add_entry(statement, row, values, problems):
    day = amount = None
    try:
        day = parse_day(values.get("DTPOSTED", ""))
    except ValueError:
        problems.append(Problem(row, "date", values.get("DTPOSTED", "")[:40]))
    try:
        amount = _read_amount(values.get("TRNAMT", ""))
    except ValueError:
        problems.append(Problem(row, "amount", values.get("TRNAMT", "")[:40]))
    if not amount and not problems:
        problems.append(Problem(row, "no_amount"))
    if day is None or not amount:
        return
    statement.entries.append(
        Entry(
            row=row,
            date=day,
            amount=amount,
            name=next((values[tag][:500] for tag in _NAMES if values.get(tag)), ""),
            account=parse_account(values.get("ACCTTO", "")),
            text=values.get("MEMO", "")[:500],
            serial=normalize(values.get("FITID") or values.get("REFNUM") or "")[:64],
        )
    )


def _read_amount(text):
    # Some banks write a comma before the cents.
    if re.fullmatch(r"[+-]?\d+,\d{1,2}", text):
        text = text.replace(",", ".")
    return parse_amount(text)
