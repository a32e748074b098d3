"""Spans of seconds as people say them."""


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
