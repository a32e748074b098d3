"""Spans of seconds, and moments, as people say them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo


def span(seconds: float) -> str:
    """`3 s`, `12 min`, `5 h`, `40 d`, `10.3 y`: one unit, small enough to be read at a glance."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    if seconds < 48 * 3600:
        return f"{seconds / 3600:.0f} h"
    if seconds < 730 * 86400:
        return f"{seconds / 86400:.0f} d"
    return f"{seconds / (365.25 * 86400):.1f} y"


def moment(epoch: int, beside: int | None, tz: str) -> str:
    """Local time to the minute: `21:40` on the day of `beside`, else with its date, `11-20 21:40`, and its year."""
    zone = ZoneInfo(tz)
    local = datetime.fromtimestamp(epoch, zone)
    other = None if beside is None else datetime.fromtimestamp(beside, zone)
    if other is not None and local.date() == other.date():
        return f"{local:%H:%M}"
    return f"{local:%m-%d %H:%M}" if other is not None and local.year == other.year else f"{local:%Y-%m-%d %H:%M}"
