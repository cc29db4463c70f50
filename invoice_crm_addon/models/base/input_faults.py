"""What is wrong with values that somebody sent for fields, in a sentence.

Nothing is read from the database: the transaction may have failed already.
"""

import base64
import functools
import inspect
import math

import psycopg2

from odoo.api import NewId
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.models import BaseModel

#: Whole numbers that a column or the ID of a record can hold.
INT4 = range(-(2**31), 2**31)
#: What Python and PostgreSQL raise on values of a wrong kind.
UNFORESEEN = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ValueError,
    psycopg2.DataError,
    psycopg2.ProgrammingError,
)
#: What PostgreSQL raises on values that cannot be compared with a column.
INCOMPARABLE = (
    psycopg2.errors.CharacterNotInRepertoire,
    psycopg2.errors.DatatypeMismatch,
    psycopg2.errors.DatetimeFieldOverflow,
    psycopg2.errors.InvalidDatetimeFormat,
    psycopg2.errors.InvalidTextRepresentation,
    psycopg2.errors.UndefinedFunction,
)
# A float keeps 15 digits; no amount of money is larger.
_LARGEST = 10**15
_NUMBERS = ("integer", "float", "monetary", "many2one_reference")
_MOST_ROWS_DEEP = 8
MODULE = "invoice_crm_addon"
# Zero is a number, and False an answer.
_NEVER_EMPTY = ("many2one", "char", "text", "html", "date", "datetime", "selection")


def find_unnoticed_fault(records, values):
    """A value that the ORM lets pass, and that does harm later.

    ``NaN`` and ``Infinity`` go through JSON, floats and PostgreSQL without an error, and make
    every sum that they enter worthless. Texts that cannot be stored and IDs that are none are
    refused by the database only, when nobody can say which field they were for.

    :param models.Model records: of the model that the values are for
    :param values: of ``create``, ``write`` or a form: a dict, or a list of them
    :return: a sentence that names the field, or None
    """
    return _walk(records, values, _find_unnoticed_fault)


def find_emptied_field(records, values):
    """A field that is required, and would be emptied.

    The database refuses it as well, but only after all that depends on the field was computed.

    :param models.Model records: of the model that the values are for
    :param values: of ``create`` or ``write``: a dict, or a list of them
    :return: a sentence that names the field, or None
    """
    return _walk(records, values, _find_emptied_field)


def find_fault_in_ids(records):
    """An ID that no record can have.

    :return: a sentence, or None
    """
    env = records.env
    ids = [id_ for id_ in records._ids if not isinstance(id_, NewId)]
    if not all(isinstance(id_, int) and not isinstance(id_, bool) for id_ in ids):
        return env._("Records are named by their IDs, which are whole numbers.")
    if any(id_ <= 0 or id_ not in INT4 for id_ in ids):
        return env._("There is no record of such an ID.")
    if len(set(ids)) < len(ids):
        return env._("A record is named twice.")
    return None


def bind_arguments(records, signature, args, kwargs):
    """Arguments by name.

    :raise UserError: if there are too few, too many or unknown ones
    """
    try:
        return signature.bind(records, *args, **kwargs).arguments
    except TypeError as error:
        raise UserError(records.env._("This is not how the method is called: %s.", error)) from None


def naming_wrong_input(function):
    """Decorate an override of what core's own public methods run on records.

    They take whatever comes as an ID or as an argument, and fail where it is read: with a sentence,
    then.
    """
    signature = inspect.signature(function)

    @functools.wraps(function)
    def call(records, *args, **kwargs):
        try:
            return function(records, *args, **kwargs)
        except UNFORESEEN:
            bind_arguments(records, signature, args, kwargs)
            if fault := find_fault_in_ids(records):
                raise UserError(fault) from None
            raise

    return call


def find_fault_in_values(records, values, is_form=False):
    """A value that its field cannot take.

    :param models.Model records: of the model that the values are for
    :param values: as for :func:`find_unnoticed_fault`
    :param bool is_form: whether they are of a form: a row comes with values of its document
    :return: a sentence that names the field, or None
    """
    many = values if isinstance(values, (list, tuple)) else [values]
    if not all(isinstance(vals, dict) for vals in many):
        return records.env._("Values are an object of field names and values.")
    return _walk(records, many, functools.partial(_find_fault_in_value, is_form=is_form))


def _walk(records, values, find, depth=0):
    """The first fault that ``find`` sees in values, and in the rows among them."""
    for vals in values if isinstance(values, (list, tuple)) else [values]:
        if not isinstance(vals, dict):
            continue
        for name, value in vals.items():
            field = records._fields.get(name) if isinstance(name, str) else None
            if fault := find(records, field, name, value):
                return fault
            if field and field.type in ("one2many", "many2many") and depth < _MOST_ROWS_DEEP:
                rows = _get_rows(field, value)
                if fault := _walk(records.env[field.comodel_name], rows, find, depth + 1):
                    return fault
    return None


def _get_rows(field, value):
    """Values of rows among whatever was sent for an x2many.

    A row does not know its document before that is created: a form sends it as empty.
    """
    if not isinstance(value, (list, tuple)):
        return []
    rows = [c[2] for c in value if isinstance(c, (list, tuple)) and len(c) == 3]
    inverse = field.type == "one2many" and field.inverse_name
    return [
        {name: v for name, v in row.items() if name != inverse}
        for row in rows
        if isinstance(row, dict)
    ]


def _find_emptied_field(records, field, name, value):
    if value or not field or not field.required or field.type not in _NEVER_EMPTY:
        return None
    if not _is_ours(field):
        return None
    return records.env._("“%s” is required.", field._description_string(records.env))


def _find_unnoticed_fault(records, field, name, value):
    if isinstance(value, (dict, list)) and field and field.type in ("char", "text", "html"):
        # Of an empty one too nobody else says anything until the database refuses it.
        return _refuse(records, name, value) if _is_ours(field) else None
    if not value or not field:
        return None
    if isinstance(value, str) and _has_unstorable_text(value):
        return records.env._("“%s” contains characters that cannot be stored.", name)
    if _is_ours(field) and not _is_storable(field, value):
        return _refuse(records, name, value)
    if field.type in _NUMBERS:
        return _find_fault_in_number(records, field, name, value)
    return None


def _is_ours(field):
    """Whether a field is the add-on's: of what core's own forms send, core decides."""
    return MODULE in field._modules


def _is_storable(field, value):
    if field.type == "many2one":
        is_strange = isinstance(value, (str, float, bool, list))
        # A range looks through all its numbers for one that is more than a plain number.
        return not is_strange and (not isinstance(value, int) or int(value) in INT4)
    if field.type == "json":
        return not isinstance(value, float) or math.isfinite(value)
    if field.type in ("properties", "properties_definition"):
        # Python's own callers copy what another record has.
        rows = value if isinstance(value, list) else ()
        return not isinstance(value, (str, float, int)) and all(isinstance(r, dict) for r in rows)
    return True


def _find_fault_in_number(records, field, name, value):
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    except (TypeError, ValueError):
        return None  # the field says so itself
    if math.isnan(number):
        return records.env._("“%s” must be a number.", name)
    if abs(number) >= (_LARGEST if field.type in ("float", "monetary") else INT4.stop):
        return records.env._("The number in “%s” is too large.", name)
    return None


def _refuse(records, name, value):
    return records.env._(
        "“%(value)s” cannot be entered in “%(field)s”.", value=str(value)[:80], field=name
    )


def _find_fault_in_value(records, field, name, value, is_form=False):
    env = records.env
    if not field:
        return env._("There is no field “%s”.", name)
    if _has_unstorable_text(value):
        return env._("“%s” contains characters that cannot be stored.", name)
    if is_form and field.type == "many2one" and isinstance(value, dict):
        return find_fault_in_values(env[field.comodel_name], value, is_form)
    if not _is_of_type(records, field, value):
        return _refuse(records, name, value)
    if field.type == "one2many" and field.comodel_name == "mail.message" and _adds_rows(value):
        # Core looks for the document that a new row does not name.
        return env._("Messages are posted, and not written into “%s”.", name)
    return None


def _adds_rows(value):
    return any(
        isinstance(command, (list, tuple)) and command[:1] in ([Command.CREATE], (Command.CREATE,))
        for command in value or ()
    )


def _has_unstorable_text(value, depth=0):
    """Whether there is a NUL or half a surrogate pair anywhere."""
    if isinstance(value, str):
        return (
            "\0" in value or not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value)
        )
    if depth > _MOST_ROWS_DEEP:
        return True
    if isinstance(value, dict):
        value = [*value, *value.values()]
    return isinstance(value, (list, tuple)) and any(
        _has_unstorable_text(item, depth + 1) for item in value
    )


def _is_of_type(records, field, value):
    if value is None or value is False or isinstance(value, (BaseModel, tuple)):
        return True  # Python's own callers send records as well
    if field.type == "many2one":
        return _is_id(value)
    if field.type in ("one2many", "many2many"):
        return isinstance(value, (list, tuple)) and all(map(_is_command, value))
    if field.type in ("char", "text", "html", "selection", "date", "datetime") and not isinstance(
        value, str
    ):
        # Python's own callers send dates.
        return hasattr(value, "isoformat") or isinstance(value, bytes)
    if field.type in _NUMBERS:
        return _is_number(value)
    if field.type == "binary":
        # A file comes as base64, but for the attachment's own field of bytes.
        return field.name == "raw" or isinstance(value, (str, bytes)) and _is_base64(value)
    if field.type in ("json", "properties", "properties_definition"):
        return isinstance(value, (list, dict, str))
    try:
        field.convert_to_cache(value, records.browse())
    except Exception:  # whatever the field raises on it, it does not take the value
        return False
    return True


def _is_number(value):
    try:
        return math.isfinite(float(value))
    except (TypeError, ValueError, OverflowError):
        return False


def _is_base64(value):
    try:
        base64.b64decode(value)
    except ValueError:
        return False
    return True


def _is_id(value):
    return isinstance(value, int) and not isinstance(value, bool) and value in INT4


def _is_command(command):
    if _is_id(command):
        return True
    if not isinstance(command, (list, tuple)) or not 1 <= len(command) <= 3:
        return False
    code, *rest = command
    if code not in list(Command) or isinstance(code, bool):
        return False
    if code in (Command.CREATE, Command.UPDATE):
        return len(rest) == 2 and isinstance(rest[1], dict) and _is_row_id(rest[0])
    if code == Command.SET:
        return len(rest) == 2 and isinstance(rest[1], (list, tuple)) and all(map(_is_id, rest[1]))
    return code == Command.CLEAR or bool(rest) and _is_row_id(rest[0])


def _is_row_id(value):
    """A new row of a form has a virtual ID, which is a text."""
    return _is_id(value) or isinstance(value, str) or value is None
