"""Parameters of SQL: one way of writing them for every engine, whatever their text holds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

_PLACE = re.compile(r"%\((\w+)\)s")
_ESCAPES = str.maketrans(
    {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0", "\b": "\\b", "\f": "\\f"}
)


def bind(sql: str, params: Mapping[str, Any] | None) -> str:
    """The statement with each `%(name)s` written out. Raises KeyError for a name without a value."""
    if params is None:
        return sql
    return _PLACE.sub(lambda place: literal(params[place.group(1)]), sql)


def literal(value: object) -> str:
    """A value as ClickHouse reads it. Raises TypeError for what has no exact form."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return f"'{value.translate(_ESCAPES)}'"
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError(f"{value} has no time zone")
        return f"toDateTime({int(value.timestamp())}, 'UTC')"
    if isinstance(value, (list, tuple, set, frozenset)):
        return f"({', '.join(literal(item) for item in value)})" if value else "(NULL)"
    raise TypeError(f"{type(value).__name__} is no parameter")
