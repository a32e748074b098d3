"""What a mapping file may say, as it is written: tables and keys of its TOML."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from sources.time_rules import Columns, TimeRule, TimeTake


class FileRule(Struct, forbid_unknown_fields=True, frozen=True):
    encoding: str = "utf-8"
    delimiter: Annotated[str, Meta(min_length=1, max_length=1)] = ","


class IdRule(Struct, forbid_unknown_fields=True, frozen=True):
    """An id made of columns: their digest (`hash`), or their values as they are (`join`), after a prefix.

    With `ordinal` the second row of the file that is alike in them ends in 2, the third in 3, and so on.
    """

    hash: list[str] = msgspec.field(default_factory=list)
    join: list[str] = msgspec.field(default_factory=list)
    prefix: Annotated[str, Meta(max_length=16, pattern=r"^([A-Za-z0-9][A-Za-z0-9._:/+-]*)?$")] = ""
    between: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:/+-]*$")] = "-"
    ordinal: bool = False

    @property
    def columns(self) -> list[str]:
        return self.hash or self.join


class Pattern(Struct, forbid_unknown_fields=True, frozen=True):
    match: str
    code: str


class Take(Struct, forbid_unknown_fields=True, frozen=True):
    """A column's value: through the table, else the first pattern found, else `otherwise`, else as it is.

    decimals: of a number so many decimal places become part of the integer: 2 makes 12.5 yuan 1,250 fen.
    """

    column: str
    table: dict[str, str] = msgspec.field(default_factory=dict)
    patterns: list[Pattern] = msgspec.field(default_factory=list)
    otherwise: str | None = None
    decimals: Annotated[int, Meta(ge=0, le=9)] = 0


class PointTake(Struct, forbid_unknown_fields=True, frozen=True):
    """Two columns with a point in degrees: what the city's geometry makes of it. The point itself goes nowhere."""

    longitude: str
    latitude: str
    datum: Literal["wgs-84", "gcj-02"] = "wgs-84"


class When(Struct, forbid_unknown_fields=True, frozen=True):
    """Which rows give this event: all conditions that are named must hold."""

    column: str
    one_of: list[str] | None = None
    none_of: list[str] | None = None
    match: str | None = None
    filled: bool | None = None


class EventRule(Struct, forbid_unknown_fields=True, frozen=True):
    type: str
    time: Columns | TimeTake
    id: IdRule
    subject: IdRule | None = None
    when: When | None = None
    data: dict[str, Any] = msgspec.field(default_factory=dict)


class Document(Struct, forbid_unknown_fields=True, frozen=True):
    city: str
    source: str
    event: Annotated[list[EventRule], Meta(min_length=1)]
    file: FileRule = FileRule()
    time: TimeRule = TimeRule()
    clock: TimeTake | None = None
    """When a row arrived."""
    skip: list[When] = msgspec.field(default_factory=list)
    """Rows that are no events and are not meant to be."""
