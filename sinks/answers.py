"""Rows on their way out of chDB: JSON lines with names and types, and back to Python values exactly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from sinks.store import Columns, ResultRow

FORMAT = "JSONCompactEachRowWithNamesAndTypes"
SETTINGS = (
    "output_format_json_quote_64bit_integers = 0, output_format_json_quote_decimals = 1, "
    "output_format_json_escape_forward_slashes = 0, date_time_output_format = 'simple'"
)
"""What makes the format exact: integers and decimals keep every digit."""

Turn = Callable[[Any], Any]

_lines = msgspec.json.Decoder(list[Any])


def read_rows(answer: bytes) -> list[ResultRow]:
    """The rows of an answer in `FORMAT`; an empty answer has none."""
    if not answer:
        return []
    _, types, *rows = _lines.decode_lines(answer)
    turns = [_turn(kind) for kind in types]
    if not any(turns):
        return list(map(tuple, rows))
    columns = list(zip(*rows, strict=True))
    turned = [column if turn is None else list(map(turn, column)) for turn, column in zip(turns, columns, strict=False)]
    return list(zip(*turned, strict=True))


def columns_as_json(data: Columns) -> bytes:
    """Columns as one JSON array of arrays, which the engine reads as `JSONCompactColumns`."""
    return msgspec.json.encode(data)


def _turn(kind: str) -> Turn | None:
    """What makes the JSON form of a type a Python value; None where it is one already."""
    name, _, rest = kind.partition("(")
    inside = rest.removesuffix(")")
    if name == "DateTime":
        return lambda text: datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    if name == "Date":
        return date.fromisoformat
    if name == "Decimal":
        return Decimal
    if name == "Nullable":
        return _or_none(_turn(inside))
    if name in ("Array", "LowCardinality"):
        turn = _turn(inside)
        return turn if name == "LowCardinality" or turn is None else (lambda items: list(map(turn, items)))
    if name == "Tuple":
        return _tuple([_turn(part) for part in _split(inside)])
    return None


def _or_none(turn: Turn | None) -> Turn | None:
    return None if turn is None else lambda value: None if value is None else turn(value)


def _tuple(turns: Sequence[Turn | None]) -> Turn:
    return lambda items: tuple(item if turn is None else turn(item) for turn, item in zip(turns, items, strict=True))


def _split(text: str) -> list[str]:
    """The comma-separated types of a tuple, at its own level, without their names."""
    parts, depth = [""], 0
    for char in text:
        depth += (char == "(") - (char == ")")
        if char == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return [part.strip().split(" ")[-1] if "(" not in part else part.strip() for part in parts]
