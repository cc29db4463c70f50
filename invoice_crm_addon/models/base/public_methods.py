"""Public methods answer whatever they are given: with a result, or with a sentence.

Any user can call them over RPC, with arguments of any kind. Of the methods that the add-on's
models define, overrides of the ORM among them, the outermost one of a call looks at what came in:

* arguments whose type is annotated must have it;
* values that nobody else would refuse in time are refused: infinite numbers, IDs that are none;
* if the call fails in a way that nobody foresaw, what came in is searched for the fault. If there
  is one the answer names it; if there is none, the error is ours and goes on as it is.

Calls within a call are our own, and cost nothing. Only defaults of the context are the caller's
there as well: what fails on them is told in their words.
"""

import functools
import inspect
import logging
import threading
import types
import typing
from collections.abc import Iterable

from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.models import MetaModel

from .input_faults import (
    INCOMPARABLE,
    INT4,
    UNFORESEEN,
    bind_arguments,
    find_emptied_field,
    find_fault_in_ids,
    find_fault_in_values,
    find_unnoticed_fault,
)

_logger = logging.getLogger(__name__)

#: A text, a record, or records, that a caller may leave out.
Text, Id, Ids = str | None, int | None, list[int] | None

# Methods of core that we override: its own callers send more than their names say.
_CORES = (
    "default_get",
    "onchange",
    "message_new",
    "message_subscribe",
    "copy_data",
    "name_search",
)
# Those that take values of fields from the context as they are.
_WITH_DEFAULTS = ("create", "default_get", "onchange", "copy_data")
# Parameters of the ORM that hold values of fields, and those of them that are stored.
_VALUES = ("vals", "vals_list", "values", "default")
_STORED = ("vals", "vals_list")
# And those that name fields.
_FIELD_NAMES = ("fields_spec", "specification", "field_names")
# And those that count rows.
_COUNTS = ("limit", "offset")


class _Running(threading.local):
    is_inside = False


_running = _Running()


def answer_any_input(module):
    """Have the public methods that a module's models define answer any input.

    :param str module: name of an add-on whose models are imported
    """
    for model_class in MetaModel._module_to_models__[module]:
        for name, function in list(vars(model_class).items()):
            if isinstance(function, types.FunctionType) and not name.startswith("_"):
                setattr(model_class, name, _answering(function))


def _answering(function):
    signature = inspect.signature(function)
    hints = typing.get_type_hints(function)

    @functools.wraps(function)
    def call(self, *args, **kwargs):
        if _running.is_inside:
            return _call_inside(function, self, args, kwargs)
        _running.is_inside = True
        try:
            _check_arguments(self, function.__name__, signature, hints, args, kwargs)
            return function(self, *args, **kwargs)
        except UNFORESEEN as error:
            if fault := _find_fault(self, signature, hints, args, kwargs, error):
                # Should it be ours after all, the log tells where.
                _logger.info("%s.%s: %s", self._name, function.__name__, fault, exc_info=True)
                raise UserError(fault) from None
            raise
        finally:
            _running.is_inside = False

    return call


def _call_inside(function, records, args, kwargs):
    """Call a method for one of ours. What is the caller's even there is the context.

    :raise UserError: if it fails on a default in the context
    """
    try:
        return function(records, *args, **kwargs)
    except UNFORESEEN:
        if fault := find_fault_in_values(records, _get_defaults(records)):
            raise UserError(fault) from None
        raise


def _check_arguments(records, method, signature, hints, args, kwargs):
    """:raise UserError: if an argument is not of its type, or a value is of no use"""
    arguments = bind_arguments(records, signature, args, kwargs)
    if fault := method not in _CORES and _find_misfit(records, hints, arguments):
        raise UserError(fault)
    for name, value in arguments.items():
        if name in _VALUES and (fault := find_unnoticed_fault(records, value)):
            raise UserError(fault)
        if name in _STORED and (fault := find_emptied_field(records, value)):
            raise UserError(fault)
    if method in _WITH_DEFAULTS:
        if fault := find_unnoticed_fault(records, _get_defaults(records)):
            raise UserError(fault)


def _find_misfit(records, hints, arguments):
    """An argument that is not of its type, in a sentence, or None."""
    for name, value in arguments.items():
        if name in hints and not _fits(value, hints[name]):
            return records.env._(
                "“%(argument)s” must be %(type)s.",
                argument=name,
                type=_describe(records.env, hints[name]),
            )
    return None


def _fits(value, hint):
    """Whether a value is of an annotated type. An empty text or record may come as False."""
    if isinstance(hint, types.UnionType):
        return any(_fits(value, part) for part in typing.get_args(hint))
    if hint is types.NoneType:
        return value is None or value is False
    origin = typing.get_origin(hint) or hint
    if origin is list:
        [part] = typing.get_args(hint) or (object,)
        is_many = isinstance(value, Iterable) and not isinstance(value, (str, bytes, dict))
        return is_many and all(_fits(item, part) for item in value)
    if origin in (int, float) and isinstance(value, bool):
        return False
    if origin is int:
        return isinstance(value, int) and value in INT4
    if origin is float:
        return isinstance(value, (int, float)) and abs(value) <= INT4.stop
    return isinstance(value, origin)


def _describe(env, hint):
    """An annotated type in words."""
    hints = [part for part in typing.get_args(hint) if part is not types.NoneType]
    if isinstance(hint, types.UnionType):
        return _describe(env, hints[0])
    words = {
        str: env._("a text"),
        int: env._("a whole number, such as the ID of a record"),
        float: env._("a number"),
        dict: env._("an object of names and values"),
        list: env._("a list"),
    }
    if typing.get_origin(hint) is list:
        return env._("a list, each item of it %s", words[typing.get_origin(hints[0]) or hints[0]])
    return words[typing.get_origin(hint) or hint]


def _find_fault(records, signature, hints, args, kwargs, error):
    """What is wrong with a call that failed.

    :return: a sentence; None if the fault is not the caller's
    """
    env = records.env
    if records._abstract:
        return env._("“%s” holds no records; call the method of a document.", records._name)
    if fault := find_fault_in_ids(records):
        return fault
    if len(records) != 1 and "Expected singleton" in str(error):
        return env._("Choose one record: this is done for one at a time.")
    arguments = bind_arguments(records, signature, args, kwargs)
    if fault := _find_misfit(records, hints, arguments):
        return fault
    for name in _VALUES:
        if name not in arguments or name == "default" and not arguments[name]:
            continue
        value = arguments[name]
        # Only rows that are created come as a list.
        rows = value if name == "vals_list" else [value]
        if fault := find_fault_in_values(records, rows, is_form="fields_spec" in arguments):
            return fault
    named = (arguments.get(name) or () for name in _FIELD_NAMES)
    if unknown := set().union(*named) - set(records._fields):
        return env._("There is no field “%s”.", ", ".join(sorted(map(str, unknown))))
    if fault := _find_fault_in_search(records, arguments, error):
        return fault
    if "values" in arguments and (
        unknown := set(arguments.get("field_names") or ()) - set(arguments["values"])
    ):
        return env._("“%s” is said to have changed, and has no value.", ", ".join(sorted(unknown)))
    if "fields_spec" in arguments:
        values = arguments.get("values") or {}
        # A row comes with its document, for which the form does not ask.
        named = {name for name, value in values.items() if not isinstance(value, dict)}
        if unknown := named - set(arguments["fields_spec"]):
            return env._(
                "“%s” has a value, and is not among the fields of the form.",
                ", ".join(sorted(unknown)),
            )
    # Whatever the method is called, it may create.
    return find_fault_in_values(records, _get_defaults(records))


def _find_fault_in_search(records, arguments, error):
    """What is wrong with the arguments of a search, in a sentence, or None."""
    env = records.env
    for name in _COUNTS:
        count = arguments.get(name) or 0
        if not _fits(count, int) or count < 0:
            return env._("“%s” must be a whole number, and not negative.", name)
    domain = arguments.get("domain")
    if domain and (isinstance(error, INCOMPARABLE) or not _can_search(records, domain)):
        return env._("“%s” is no condition.", domain)
    if "order" in arguments and not _can_search(records, order=arguments["order"]):
        return env._("“%s” is no order: name fields that are stored.", arguments["order"])
    try:
        Domain("id", arguments.get("operator") or "in", False)
    except (ValueError, TypeError):
        return env._(
            "“%s” compares nothing: no condition has such an operator.", arguments["operator"]
        )
    return None


def _can_search(records, domain=None, order=None):
    """Whether a domain, with all its values, and an order can be put into SQL.

    The database is not asked.
    """
    try:
        # sudo: what the user may find does not matter, nor is it found
        query = records.sudo()._search(Domain(domain or Domain.TRUE), order=order or None)
        records.env.cr.mogrify(query.select())
    except UNFORESEEN:
        return False
    return True


def _get_defaults(records):
    """Values for fields that come in the context."""
    return {
        key.removeprefix("default_"): value
        for key, value in records.env.context.items()
        if key.startswith("default_") and key.removeprefix("default_") in records._fields
    }
