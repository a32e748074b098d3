"""Figures and counters of the screen from `/live`: what is known of a span decides what is compared with it."""

from __future__ import annotations

from console.view import Against, CounterRow, Figure
from schemas import live
from schemas.measures import MEASURES


def figure(row: live.LiveRow, coverage: live.Coverage) -> Figure:
    """The three counts of a row."""
    return Figure(row.value, row.previous.value, row.year.value, _unlike(coverage))


def counter(measure: live.MeasureView, figures: dict[str, Figure]) -> CounterRow:
    """The row of a measure."""
    declared = MEASURES.get(measure.measure)
    counts = declared is None or declared.value == "count"
    zh, en = in_unit(measure.zh, measure.en, measure.unit)
    return CounterRow(measure.measure, zh, en, figures, counts, measure.scale)


def in_unit(zh: str, en: str, unit: str) -> tuple[str, str]:
    """The names of a figure, with its unit where it is no number of what they name."""
    if unit == "CNY":
        return f"{zh} 元", f"{en} CNY"
    return (f"{zh} 分钟", en) if unit == "minutes" else (zh, en)


def nothing_came(coverage: live.Coverage) -> Figure:
    """The figure of a class that analyse does not list: 0 where anything is known."""
    now, previous, year = (0 if share else None for share in (coverage.current, coverage.previous, coverage.year))
    return Figure(now, previous, year, _unlike(coverage))


def _unlike(coverage: live.Coverage) -> frozenset[Against]:
    sides: dict[Against, float] = {"previous": coverage.previous, "year": coverage.year}
    return frozenset(side for side, share in sides.items() if min(share, coverage.current) < 1)
