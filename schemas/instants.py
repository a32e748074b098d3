"""RFC 3339 date-times to UTC epoch seconds, fast for streams whose times lie close together."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from schemas.person import find_person

FIRST, LAST = 0, 4_102_444_800
"""Event times from 1970 up to 2100: what every store in use can hold."""

_SHAPE = re.compile(
    r"(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[Tt](?:[01]\d|2[0-3]):[0-5]\d)"
    r":([0-5]\d|60)(?:\.(\d+))?(?:[Zz]|([+-])((?:[01]\d|2[0-3])):([0-5]\d))"
)
_CACHED = 65_536
_LONGEST_CACHED = 40
"""Fractions may be of any length."""
_LONG_FRACTION = 11
"""Digits of the shortest number of a person."""
_dates: dict[str, int] = {}
_minutes: dict[str, int] = {}
_tails: dict[str, int] = {}


class PersonInFraction(ValueError):
    """The fraction of a second has the digits of a person's number."""


class _Whole(dict[str, int]):
    def __missing__(self, text: str) -> int:
        seconds = epoch(text)
        if len(text) <= _LONGEST_CACHED:
            if len(self) >= _CACHED:
                self.clear()
            self[text] = seconds
        return seconds


_whole = _Whole()


known_epoch = _whole.__getitem__
"""`epoch` of a text that comes several times: its whole is looked up, in place of its parts."""


def epochs(texts: list[str]) -> list[int]:
    """`epoch` of each text. Quickest where many events share their second. Raises ValueError as `epoch` does."""
    return list(map(known_epoch, texts))


def epoch(text: str) -> int:
    """Whole UTC seconds of an RFC 3339 date-time (fractions cut off). Raises ValueError for anything else.

    One whose fraction is a person's number, of 11 or 18 digits, raises PersonInFraction.
    """
    try:
        # Each part repeats: the date, the minute of the day, and the second with its offset.
        return _dates[text[:10]] + _minutes[text[10:16]] + _tails[text[16:]]
    except KeyError:
        return _parse(text)


def _parse(text: str) -> int:
    found = _SHAPE.fullmatch(text)
    if found is None or not text.isascii():
        raise ValueError(f"{text[:40]!r} is not an RFC 3339 date-time with an offset")
    minute, second, fraction, sign, hours, minutes = found.groups()
    if fraction and len(fraction) >= _LONG_FRACTION and find_person(fraction):
        raise PersonInFraction("the fraction of a second looks like a person")
    start = int(datetime.fromisoformat(minute).replace(tzinfo=UTC).timestamp())
    offset = 0 if sign is None else (int(hours) * 3600 + int(minutes) * 60) * (1 if sign == "+" else -1)
    tail = int(second) - offset
    if not FIRST <= start + tail < LAST:
        raise ValueError(f"{text!r} is outside 1970 to 2100")
    # Near the limits a cached part could be joined with others to a time outside of them.
    if FIRST + 2 * 86_400 <= start < LAST - 2 * 86_400 and len(text) <= 25:
        for cache in (_dates, _tails):
            if len(cache) >= _CACHED:
                cache.clear()
        of_day = start % 86_400
        _dates[text[:10]], _minutes[text[10:16]], _tails[text[16:]] = start - of_day, of_day, tail
    return start + tail


def rfc3339(seconds: int) -> str:
    """The UTC date-time of epoch seconds, as `2026-01-01T00:00:00Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()[:19] + "Z"
