"""Times as files write them, read into UTC seconds and an RFC 3339 text that keeps the local offset."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Moment = tuple[int, str]
"""UTC epoch seconds, and the same as RFC 3339 with the offset of the place."""

Fold = Literal["first", "second"]
_CACHED = 200_000
_SCALES = {"epoch": 1, "epoch_ms": 1000}


def reader(layout: str, zone: ZoneInfo | None, fold: Fold = "first") -> Callable[[str], Moment]:
    """A function from text to Moment; it raises ValueError, in one line, for text that is no such time.

    layout: `iso` (with or without an offset), `epoch`, `epoch_ms`, or a strptime format. Text without an
    offset is local time of `zone`. An hour that the clocks repeat in autumn is read as its first pass, or its
    second where `fold` says so; an hour that they skip in spring is read with the offset before the change.
    Fractions are cut.
    """
    parse = _parser(layout)
    second = int(fold == "second")
    known: dict[str, Moment] = {}

    def read(text: str) -> Moment:
        moment = known.get(text)
        if moment is None:
            if len(known) >= _CACHED:
                known.clear()
            moment = known[text] = _moment(parse(text), zone, second)
        return moment

    return read


def _moment(found: datetime, zone: ZoneInfo | None, second: int) -> Moment:
    if found.tzinfo is None:
        if zone is None:
            raise ValueError("has no offset, and the mapping gives no zone")
        found = found.replace(tzinfo=zone, fold=second)
    elif zone is not None:
        found = found.astimezone(zone)
    found = found.replace(microsecond=0)
    offset = found.utcoffset()
    if offset is not None and offset.seconds % 60:
        found = found.astimezone(UTC)  # RFC 3339 has no seconds in offsets; zones had them until about 1900
    return int(found.timestamp()), found.isoformat()


def _parser(layout: str) -> Callable[[str], datetime]:
    if layout == "iso":
        return _iso
    if scale := _SCALES.get(layout):
        return lambda text: _since_epoch(text, scale)

    def by_format(text: str) -> datetime:
        try:
            return datetime.strptime(text, layout)
        except ValueError:
            raise ValueError(f"is not a time written as {layout}") from None

    return by_format


def _iso(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("is not an ISO time such as 2026-01-31 08:00:00") from None


def _since_epoch(text: str, scale: int) -> datetime:
    try:
        return datetime.fromtimestamp(int(text) // scale, UTC)
    except (ValueError, OverflowError, OSError):
        raise ValueError("is not a number of seconds since 1970") from None


def local_offset(epoch: int, zone: ZoneInfo) -> int:
    """How many seconds the local clock is ahead of UTC then."""
    return int((datetime.fromtimestamp(epoch, zone).utcoffset() or timedelta()).total_seconds())


def midnight(epoch: int, zone: ZoneInfo, days: int = 0) -> int:
    """The local midnight at or before a time, or so many days after that one, in UTC seconds."""
    day = datetime.fromtimestamp(epoch, zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    return int((day + timedelta(days=days)).replace(tzinfo=zone).timestamp())
