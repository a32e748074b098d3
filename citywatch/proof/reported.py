"""The log against `report`: every declared measure, in several groupings, with its comparisons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import cache, partial
from typing import Any
from zoneinfo import ZoneInfo

from citywatch.proof.compare import Comparison
from citywatch.proof.expected import Expected, Sum
from citywatch.proof.measured import Dims, Measured, date_name
from citywatch.questions.answer import WITHIN, Question, answer, as_json
from citywatch.questions.clock import measure_clock
from citywatch.questions.spans import asked_span
from schemas.cities import Cities, City
from schemas.measures import MEASURES, Measure
from sinks.store import Store

Grouping = tuple[str | None, tuple[str, ...], tuple[str, ...]]
"""Time unit, dimensions and comparisons."""

SumsOf = Callable[[int, int], Mapping[tuple[str, Dims], Sum]]
"""The log's sums of a span, by the dimensions that are asked for."""

EACH: tuple[Grouping, ...] = (("month", ("class",), ("previous", "year")),)
FURTHER: tuple[Grouping, ...] = (
    ("hour", (), ()),
    ("day", (), ()),
    ("duty_day", (), ()),
    ("night", (), ("previous",)),
    ("week", ("sector", "category"), ()),
    (None, ("beat",), ()),
)
"""What every measure is asked by, and what the first measure of a city is asked by as well."""


def compare_reports(store: Store, expected: Expected, known: Cities, score: Comparison) -> None:
    """Ask `report` for every measure of every city that has events. Blocks on the store."""
    for city in known.by_name.values():
        days = _days(expected, city)
        if days is None:
            continue
        types = {key.type for key in expected.figures if key.source in city.sources}
        asked = [measure for measure in MEASURES.values() if measure.type in types]
        for measure in asked:
            measured = Measured(expected, measure, city, city.tz)
            for unit, dims, compare in (*EACH, *FURTHER) if measure is asked[0] else EACH:
                _compare(store, measured, _question(measure, city, days, unit, dims, compare), score)


def _days(expected: Expected, city: City) -> tuple[str, str] | None:
    """First and last local day of the city's events, from the first of the month to its last."""
    panes = [key.pane for key in expected.figures if key.source in city.sources]
    if not panes:
        return None
    zone = ZoneInfo(city.tz)
    first, last = (datetime.fromtimestamp(pane, zone).date() for pane in (min(panes), max(panes)))
    return first.replace(day=1).isoformat(), last.isoformat()


def _question(
    measure: Measure,
    city: City,
    days: tuple[str, str],
    unit: str | None,
    dims: tuple[str, ...],
    compare: tuple[str, ...],
) -> Question:
    return Question(measure, city, city.tz, asked_span(*days, city.tz, unit, None), unit, dims, compare)


def _compare(store: Store, measured: Measured, question: Question, score: Comparison) -> None:
    clock = measure_clock(store, question.city, question.measure)
    asked = as_json(question, answer(store, question, clock), clock)
    said = measured.by(question.unit, question.dimensions, question.span.start, question.span.end)
    found = {(_name(row, question.unit), tuple(row["by"].values())): row for row in asked["rows"]}
    kind = f"report {question.measure.name}"
    by = ",".join((*([question.unit] if question.unit else []), *question.dimensions)) or "total"
    for key in said.keys() | found.keys():
        row = found.get(key)
        if row is None or row["value"] or key in said:
            score.check(
                kind,
                f"by {by} {_key(key)} in {question.city.name}",
                _shown(measured, said.get(key)),
                _found(row),
            )
    earlier = cache(partial(measured.by, None, question.dimensions))
    for row in asked["rows"]:
        _compare_earlier(measured, earlier, question, row, score)


def _compare_earlier(
    measured: Measured, sums: SumsOf, question: Question, row: dict[str, Any], score: Comparison
) -> None:
    """The earlier spans that the row names: they are the right ones, and hold what the log says."""
    for name in question.compare:
        other = row[name]
        start, end = (int(datetime.fromisoformat(other[side]).timestamp()) for side in ("from", "to"))
        where = f"{name} of {row['from'][:10]} {' '.join(row['by'].values())} in {question.city.name}"
        begins = _begins(question.unit, date.fromisoformat(row["from"][:10]), name)
        if begins is not None:
            score.check(f"report {question.measure.name}", f"{where}: begins", begins, other["from"][: len(begins)])
        total = sums(start, end).get(("", tuple(row["by"].values())))
        score.check(f"report {question.measure.name}", where, _shown(measured, total), _found(other))


def _begins(unit: str | None, day: date, name: str) -> str | None:
    """How the start of the earlier span is written; None of units that are not compared here."""
    if unit == "month":
        return _earlier_month(day, name)
    # nights are asked beside the night before only
    return f"{day - timedelta(days=1)}T18:00" if unit == "night" else None


def _earlier_month(day: date, name: str) -> str:
    if name == "year":
        return date_name(day.replace(year=day.year - 1, day=1), "month")
    return date_name(date(day.year - (day.month == 1), (day.month - 2) % 12 + 1, 1), "month")


def _name(row: dict[str, Any], unit: str | None) -> str:
    if unit is None:
        return ""
    start = datetime.fromisoformat(row["from"])
    return start.strftime("%Y-%m-%dT%H%z") if unit == "hour" else date_name(start.date(), unit)


def _shown(measured: Measured, total: Sum | None) -> tuple[int, ...]:
    """The value; of a phase also how many took 1, 3 and 5 minutes at most."""
    edges = WITHIN if measured.measure.is_phase else ()
    return (measured.value(total), *(measured.within(total, edge) for edge in edges))


def _found(row: dict[str, Any] | None) -> tuple[int, ...] | None:
    if row is None:
        return None
    return (row["value"], *(within["n"] for within in row.get("within", {}).values()))


def _key(key: tuple[str, Iterable[str]]) -> str:
    return " ".join((key[0], *key[1])).strip()
