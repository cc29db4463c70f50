"""Documents as plain JSON values, to hand them from one process to another.

Unlike a pickle, what comes back can only be one of the values of :mod:`~.document`: the process
that sent it may have been taken over by the file that it read.
"""

import dataclasses
from datetime import date
from decimal import Decimal
from enum import Enum

from .document import Doubt, FapiaoDocument, Line, Party, Reading, TaxKind, Unread
from .errors import Problem
from .kinds import Kind

_CLASSES = {
    cls.__name__: cls for cls in (Doubt, FapiaoDocument, Line, Party, Problem, Reading, Unread)
}
_SCALARS = {
    "Decimal": Decimal,
    "date": date.fromisoformat,
    "Kind": Kind,
    "TaxKind": TaxKind,
}
_TYPE = "type"


def to_plain(value: object) -> object:
    """A value of a document as JSON can hold it."""
    if dataclasses.is_dataclass(value):
        fields = {f.name: to_plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {_TYPE: type(value).__name__, "fields": fields}
    if isinstance(value, Enum):
        return {_TYPE: type(value).__name__, "text": value.value}
    if isinstance(value, Decimal | date):
        return {_TYPE: type(value).__name__, "text": str(value)}
    if isinstance(value, dict):
        return {_TYPE: "dict", "fields": {key: to_plain(item) for key, item in value.items()}}
    if isinstance(value, tuple | list):
        return [to_plain(item) for item in value]
    return value


def from_plain(plain: object) -> object:
    """The value that :func:`to_plain` was given; lists come back as tuples.

    :raise ValueError: anything else than that
    """
    if isinstance(plain, list):
        return tuple(from_plain(item) for item in plain)
    if not isinstance(plain, dict):
        return plain
    try:
        name = plain[_TYPE]
        if name in _SCALARS:
            return _SCALARS[name](plain["text"])
        fields = {key: from_plain(item) for key, item in plain["fields"].items()}
        return fields if name == "dict" else _CLASSES[name](**fields)
    except (KeyError, TypeError, AttributeError, ArithmeticError) as error:
        raise ValueError("no value of a document") from error
