"""What a method needs that looks for findings."""

from datetime import date
from typing import NamedTuple

from odoo.models import BaseModel
from odoo.tools import SQL


class Scope(NamedTuple):
    """What a check looks at.

    :param company: whose data
    :param int days: limit of the check for this company, 0 if it has none
    :param today: day of the company
    """

    company: BaseModel
    days: int
    today: date


def data_check(method):
    """Mark a private method as one that a check may call.

    The mark is what makes naming a method in a record harmless: nothing else is ever called.

    :param method: takes a :class:`Scope`, and returns ``SQL`` that selects ``res_id`` and
        ``detail``, or an iterable of lists of such pairs; see :func:`make_detail`. A record comes
        once; where it comes several times, one of its rows counts
    """
    method._is_data_check = True
    return method


def make_detail(**values):
    """The facts of a finding as one column: what its sentence names.

    They stay the same while the fault does: the day since when something waits, not how long.

    :param values: SQL expressions by the name that the sentence gives them
    :rtype: SQL
    """
    pairs = [SQL("%s, %s", SQL("%s::text", name), value) for name, value in values.items()]
    return SQL("jsonb_build_object(%s)", SQL(", ").join(pairs))


def say_amount(amount, currency):
    """An amount of money as the reader's language says it.

    :param SQL amount: expression
    :param SQL currency: expression that gives its id
    """
    return SQL("jsonb_build_object('amount', (%s)::text, 'currency', %s)", amount, currency)


def say_date(day):
    """:param SQL day: expression that gives a day or a moment"""
    return SQL("jsonb_build_object('date', (%s)::date::text)", day)


def say_choice(model, fname, key):
    """Label of one of the choices of a field.

    :param SQL key: expression
    """
    return SQL(
        "jsonb_build_object('choice', jsonb_build_array(%s::text, %s::text, %s))", model, fname, key
    )


def say_record(model, id_, name):
    """Name of a record, in the language of the reader if it is translated.

    :param SQL id_: expression
    :param SQL name: expression; its name in English
    """
    return SQL(
        "jsonb_build_object('record', jsonb_build_array(%s::text, %s), 'name', %s)",
        model,
        id_,
        name,
    )
