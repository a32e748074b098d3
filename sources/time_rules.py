"""What a mapping says of times: which columns hold one, how it is written, and what stands for none."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, timedelta, timezone, tzinfo
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, Struct

from schemas.instants import FIRST, LAST
from sources.civil import Fold, Span
from sources.layouts import has_offset, parser

_OFFSET = re.compile(r"([+-])([01]\d|2[0-3]):([0-5]\d)", re.ASCII)

Columns = str | Annotated[list[str], Meta(min_length=1)]
"""One column, or several whose texts are joined by a space: a date and its time of day."""


class TimeRule(Struct, forbid_unknown_fields=True, frozen=True):
    """How the file writes times; a column may have another `format`, `zone` or `none_of` of its own."""

    format: str = "iso"
    zone: str | None = None
    fold: Fold = "first"
    zones: dict[str, str] = msgspec.field(default_factory=dict)
    none_of: list[str] = msgspec.field(default_factory=list)
    since: str | None = msgspec.field(name="from", default=None)
    until: str | None = msgspec.field(name="to", default=None)
    resolution: Literal["day"] | None = None


class TimeTake(Struct, forbid_unknown_fields=True, frozen=True):
    """A time that is written in a way of its own."""

    column: Columns
    format: str | None = None
    zone: str | None = None
    none_of: list[str] = msgspec.field(default_factory=list)
    table: dict[str, str] = msgspec.field(default_factory=dict)


@dataclass(frozen=True)
class ColumnTime:
    """A time of each row: its columns, and all that is needed to read it."""

    columns: tuple[str, ...]
    layout: str
    zone: str | None
    none_of: frozenset[str]
    """Texts that stand for no time, as an empty cell does."""
    table: tuple[tuple[str, str], ...]
    """Texts and what is read in their place; none of those that stand for no time."""

    @property
    def label(self) -> str:
        """The columns as a refusal names them."""
        return " + ".join(self.columns)


@dataclass(frozen=True)
class TimeFile:
    """What holds for all times of a file."""

    fold: Fold
    zones: dict[str, tzinfo]
    span: Span
    none_of: frozenset[str]
    is_by_day: bool
    """The times know the day only, though they may be written with an hour."""


class WrongTime(ValueError):
    """A mistake in what the mapping says of times; `key` is the word under its table, empty for the table itself."""

    def __init__(self, key: str, what: str) -> None:
        super().__init__(what)
        self.key = key


def time_file(rule: TimeRule) -> TimeFile:
    """What `[time]` says for all columns. Raises WrongTime."""
    zones = {name: _named_zone(name, zone) for name, zone in rule.zones.items()}
    place = _zone("zone", rule.zone) if rule.zone else UTC
    since = None if rule.since is None else _bound("from", rule.since, place, timedelta())
    until = None if rule.until is None else _bound("to", rule.until, place, timedelta(days=1))
    if (FIRST if since is None else since) >= (LAST if until is None else until):
        raise WrongTime("to", "nothing lies between `from` and `to`: `to` must be the later one")
    return TimeFile(rule.fold, zones, Span(since, until), frozenset(rule.none_of), rule.resolution == "day")


def column_time(rule: TimeRule, take: TimeTake) -> ColumnTime:
    """A column's time under `[time]`. Raises WrongTime."""
    layout, zone = take.format or rule.format, take.zone or rule.zone
    if zone is not None:
        _zone("zone", zone)
    check_layout(rule, layout)
    if zone is None and has_offset(layout) is False:
        raise WrongTime("zone", f"times written as {layout} have no offset: give their zone, such as Asia/Shanghai")
    columns = (take.column,) if isinstance(take.column, str) else tuple(take.column)
    if len(set(columns)) < len(columns):
        raise WrongTime("column", f"{', '.join(columns)}: a column stands there twice")
    texts = {text: meant.strip() for text, meant in take.table.items()}
    absent = {*rule.none_of, *take.none_of, *(text for text, meant in texts.items() if not meant)}
    absent |= {text for text, meant in texts.items() if meant in absent}
    table = tuple((text, meant) for text, meant in texts.items() if text not in absent)
    return ColumnTime(columns, layout, zone, frozenset(absent), table)


def check_layout(rule: TimeRule, layout: str) -> None:
    """Raises WrongTime for a layout that cannot be read strictly."""
    try:
        parser(layout, rule.zones)
    except ValueError as wrong:
        raise WrongTime("format", str(wrong)) from None


def check_use(rule: TimeRule, layouts: Iterable[str]) -> None:
    """Raises WrongTime where the names of zones are given and no format takes them."""
    if rule.zones and not any("%Z" in layout for layout in layouts):
        raise WrongTime("zones", "no format has %Z, so that the names would be ignored: add %Z, or leave them out")


def _zone(key: str, name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise WrongTime(key, f"no time zone {name!r}; use a name such as Asia/Shanghai") from None


def _named_zone(name: str, zone: str) -> tzinfo:
    if not name.strip() or name != name.strip():
        raise WrongTime("zones", f"{name!r} is no name of a zone: write it as the file does, without spaces around it")
    if found := _OFFSET.fullmatch(zone):
        sign, hours, minutes = found.groups()
        ahead = timedelta(hours=int(hours), minutes=int(minutes))
        return timezone(ahead if sign == "+" else -ahead)
    try:
        return _zone("zones", zone)
    except WrongTime:
        raise WrongTime(
            f"zones.{name}", f"no time zone {zone!r}; use a name such as America/Chicago, or an offset such as -05:00"
        ) from None


def _bound(key: str, text: str, place: tzinfo, whole_day: timedelta) -> int:
    """A date, or a date and time of day; the date that ends a range is in it."""
    try:
        at = parser("iso")(text).at
    except ValueError as wrong:
        raise WrongTime(key, f"{text!r} {wrong}") from None
    if "T" not in text and " " not in text:
        at += whole_day
    epoch = int((at if at.tzinfo else at.replace(tzinfo=place)).astimezone(UTC).timestamp())
    if not FIRST <= epoch <= LAST:
        raise WrongTime(key, f"{text!r} is not between 1970 and 2100")
    return epoch
