"""Which of many rows, written together, an error tells of. It is a guess, to be tried."""

import re

from psycopg2 import Error

# So many rows may be wrong before the error is taken to tell of the one that it fits best.
MOST_TOLD = 3
# What texts are compared by: Chinese is written without spaces.
_WORD = re.compile(r"[0-9a-z_]+|[^\W0-9a-z_]")


def find_told(fault, rows):
    """Find the row whose values the text of an error says, or the database in its detail.

    What all rows have says nothing. Of rows that exclude each other the last one is bad.

    :param Exception fault: what writing them together raised
    :param list rows: values of each row, those of rows in it among them
    :return: index of the row; none if nothing hints at any
    :rtype: list[int]
    """
    text = fault.diag.message_detail if isinstance(fault, Error) else str(fault)
    words = _get_words(text or "")
    told = []  # how many values of each row, and less how many that it says nothing of
    for row in rows:
        values = _list_texts(row)
        count = sum(words.issuperset(_get_words(value)) for value in values)
        told.append((count, count - len(values)))
    least = min(told)
    named = [index for index, told_of_row in enumerate(told) if told_of_row > least]
    if len(named) > MOST_TOLD:
        named = [max(named, key=told.__getitem__)]
    return named[-1:]


def _get_words(text):
    return set(_WORD.findall(text.casefold()))


def _list_texts(values):
    """:return: texts and numbers of a row and of rows in it, as texts"""
    if isinstance(values, dict):
        values = list(values.values())
    if isinstance(values, (list, tuple)):
        return [text for value in values for text in _list_texts(value)]
    return [str(values)] if values and values is not True else []
