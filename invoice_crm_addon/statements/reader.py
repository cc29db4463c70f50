"""A file of a bank, to a statement whose balances agree with its entries, or are marked."""

from .document import Problem, StatementError
from .ofx import is_ofx, read_ofx
from .table import read_table_statement

_MOST_WARNINGS = 20


def read_statement(content, filename="", limits=None):
    """Read a table of a bank (xlsx, CSV in UTF-8, UTF-16 or GB18030) or an OFX file.

    :param bytes content: the file
    :param str filename: not trusted: what a file is, its bytes say
    :param Limits limits: how large it may be, see :class:`~..sheets.Limits`
    :return: entries in the order of time
    :rtype: Statement
    :raise StatementError: if it cannot be read, or its balances or totals contradict its entries
    """
    is_table = not is_ofx(content)
    statement = (read_table_statement if is_table else read_ofx)(content, limits)
    _put_in_order(statement)
    _check_closing(statement)
    return statement


def _put_in_order(statement):
    """Oldest first. Banks list them up or down; the balances behind them say which."""
    entries = statement.entries
    upwards, downwards = _find_gaps(entries), _find_gaps(entries[::-1])
    days = [entry.date for entry in entries]
    falls = days != sorted(days) and days == sorted(days, reverse=True)
    if len(downwards) < len(upwards) or (len(downwards) == len(upwards) and falls):
        entries.reverse()
        upwards = downwards
    # Rows that were left out, or a balance that is wrong: people see where.
    statement.warnings += [
        Problem(entry.row, "balance", str(entry.balance)) for entry in upwards[:_MOST_WARNINGS]
    ]
    balances = all(entry.balance is not None for entry in entries)
    if balances and not upwards:
        first, last = entries[0], entries[-1]
        _agree(statement, "opening", first.balance - first.amount)
        _agree(statement, "closing", last.balance)
    else:
        entries.sort(key=lambda entry: entry.date)


def _find_gaps(entries):
    """Entries whose balance is not that of the one before and their amount."""
    return [
        entry
        for before, entry in zip(entries, entries[1:], strict=False)
        if entry.balance is not None
        and before.balance is not None
        and before.balance + entry.amount != entry.balance
    ]


def _agree(statement, name, value):
    """:raise StatementError: if the file says another balance than its rows do"""
    said = getattr(statement, name)
    if said is not None and said != value:
        raise StatementError("closing", said=str(said), found=str(value))
    setattr(statement, name, value)


def _check_closing(statement):
    if statement.opening is not None and statement.closing is not None:
        if statement.opening + statement.total != statement.closing:
            raise StatementError(
                "closing",
                said=str(statement.closing),
                found=str(statement.opening + statement.total),
            )
