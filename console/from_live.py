"""A figure of the screen from a row of `/live`: what is known of its spans decides what it is compared with."""

from __future__ import annotations

from console.view import Against, Figure
from schemas import live


def figure(row: live.LiveRow, coverage: live.Coverage) -> Figure:
    """The three counts of a row."""
    return Figure(row.value, row.previous.value, row.year.value, _unlike(coverage))


def nothing_came(coverage: live.Coverage) -> Figure:
    """The figure of a class that analyse does not list: 0 where anything is known."""
    now, previous, year = (0 if share else None for share in (coverage.current, coverage.previous, coverage.year))
    return Figure(now, previous, year, _unlike(coverage))


def _unlike(coverage: live.Coverage) -> frozenset[Against]:
    sides: dict[Against, float] = {"previous": coverage.previous, "year": coverage.year}
    return frozenset(side for side, share in sides.items() if min(share, coverage.current) < 1)
