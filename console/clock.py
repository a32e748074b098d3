"""Spans of seconds, and moments, as people say them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from console.words import Language, word


def span(seconds: float, language: Language = "en") -> str:
    """`3 s`, `12 min`, `5 h`, `40 d`, `10.3 y`: one unit, small enough to be read at a glance."""
    if seconds < 90:
        return f"{seconds:.0f} {word('unit s', language)}"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} {word('unit min', language)}"
    if seconds < 48 * 3600:
        return f"{seconds / 3600:.0f} {word('unit h', language)}"
    if seconds < 730 * 86400:
        return f"{seconds / 86400:.0f} {word('unit d', language)}"
    return f"{seconds / (365.25 * 86400):.1f} {word('unit y', language)}"


def stamp(epoch: float, tz: str, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    """Local time with its offset, `2026-11-21 22:14:08 +08:00`: the letters of a zone, CST, mean more than one."""
    local = datetime.fromtimestamp(epoch, ZoneInfo(tz))
    return f"{local:{form}} {_offset(local)}"


def day(epoch: int, tz: str) -> str:
    """The local date."""
    return f"{datetime.fromtimestamp(epoch, ZoneInfo(tz)):%Y-%m-%d}"


def moment(epoch: int, beside: int | None, tz: str) -> str:
    """Local time to the minute: `21:40` on the day of `beside`, else with its date, `11-20 21:40`, and its year. With
    its offset where `beside` does not tell it: there is none, or it has another one."""
    zone = ZoneInfo(tz)
    local = datetime.fromtimestamp(epoch, zone)
    if beside is None:
        return stamp(epoch, tz, "%Y-%m-%d %H:%M")
    other = datetime.fromtimestamp(beside, zone)
    form = "%Y-%m-%d %H:%M" if local.year != other.year else "%m-%d %H:%M"
    if local.date() == other.date():
        form = "%H:%M"
    return f"{local:{form}}" if local.utcoffset() == other.utcoffset() else stamp(epoch, tz, form)


def _offset(local: datetime) -> str:
    written = f"{local:%z}"
    return f"{written[:3]}:{written[3:5]}"
