"""The log against `report`: every declared measure, in several groupings, with what is known and its comparisons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from citywatch.audit.compare import Comparison
from citywatch.audit.expected import Sum
from citywatch.audit.in_city import Dims, InCity
from citywatch.audit.long_reports import compare_long_reports
from citywatch.audit.measured import Measured, date_name, percent
from citywatch.commandline.arguments import asked_span
from figures.queries.answer import Question, answers, as_json
from figures.queries.clock import city_clock
from schemas.cities import City
from schemas.measure import LISTED
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
"""What every measure is asked by, beside what only its type has, and what the first measure of a city is asked by as
well."""


def compare_reports(store: Store, cities: Iterable[InCity], score: Comparison) -> None:
    """Ask `report` for every measure of every city that has events, all of a city at once. Blocks on the store."""
    for place in cities:
        if place.panes is None:
            continue
        days = _days(place.panes, place.zone)
        asked = [measure for measure in MEASURES.values() if measure.type in place.types]
        questions = [
            _Asked(Measured(place, measure), _question(measure, place.city, days, *grouping))
            for measure in asked
            for grouping in _groupings(measure, with_further=measure is asked[0])
        ]
        clocks = {topic: city_clock(store, place.city, [topic]) for topic in {measure.topic for measure in asked}}
        together = [(each.question, clocks[each.question.measure.topic]) for each in questions]
        for each, (question, clock), rows in zip(questions, together, answers(store, together), strict=True):
            _compare(each.measured, question, as_json(question, rows, clock), score)
        if asked:
            compare_long_reports(store, questions[0].measured, days[1], score)


class _Asked(NamedTuple):
    """A question, and what the log has on its measure."""

    measured: Measured
    question: Question


def _groupings(measure: Measure, *, with_further: bool) -> Iterator[Grouping]:
    """None by a dimension that the measure's type has not."""
    for unit, dims, compare in (*EACH, *FURTHER) if with_further else EACH:
        yield unit, tuple(name for name in dims if name in measure.dimensions), compare
    own = tuple(name for name in measure.dimensions if name not in LISTED)
    if own:
        yield None, own, ()


def _days(panes: tuple[int, int], zone: ZoneInfo) -> tuple[str, str]:
    """First and last local day of events, from the first of the month to its last."""
    first, last = (datetime.fromtimestamp(pane, zone).date() for pane in panes)
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


def _compare(measured: Measured, question: Question, asked: dict[str, Any], score: Comparison) -> None:
    _compare_known(measured, question, asked, score)
    sums = measured.told if question.compare else measured.by
    said = sums(question.unit, question.dimensions, question.span.start, question.span.end)
    found = {(_name(row, question.unit), tuple(row["by"].values())): row for row in asked["rows"]}
    kind = f"report {question.measure.name}"
    by = ",".join((*([question.unit] if question.unit else []), *question.dimensions)) or "total"
    for key in said.keys() | found.keys():
        row = found.get(key)
        known = 1.0 if row is None else measured.vouched.coverage(*_counted(measured, row))
        where = f"by {by} {_key(key)} in {question.city.name}"
        score.check(kind, where, _shown(measured, said.get(key), known), _found(row))
    earlier = partial(measured.by, None, question.dimensions)
    for row in asked["rows"]:
        _compare_row(measured, question, row, score)
        _compare_earlier(measured, earlier, question, row, score)


def _compare_known(measured: Measured, question: Question, asked: dict[str, Any], score: Comparison) -> None:
    vouched, span = measured.vouched, question.span
    kind, where = f"known {question.measure.name}", f"in {question.city.name}"
    score.check(kind, f"{where}: as_of", vouched.as_of, asked["as_of"] and _epoch(asked["as_of"]))
    still = [(each["source"], _epoch(each["since"])) for each in asked["without"]]
    score.check(kind, f"{where}: without", vouched.absent, still)
    score.check(kind, f"{where}: known", vouched.within(span.start, span.end), [*map(_span, asked["known"])])


def _compare_row(measured: Measured, question: Question, row: dict[str, Any], score: Comparison) -> None:
    """How much of a row is known, and what follows from that."""
    vouched, counted = measured.vouched, _counted(measured, row)
    kind, where = f"known {question.measure.name}", _place(question, row)
    score.check(kind, f"{where}: coverage", vouched.coverage(*counted), row["coverage"])
    score.check(kind, f"{where}: incomplete", not vouched.is_whole(*counted), row["status"] == "incomplete")
    runs = counted != _span(row)
    score.check(kind, f"{where}: partial", (runs, counted[1] if runs else None), _partial(row))


def _compare_earlier(
    measured: Measured, sums: SumsOf, question: Question, row: dict[str, Any], score: Comparison
) -> None:
    """The earlier spans that the row names: they are the right ones, hold what the log says, and are compared where
    both sides are known."""
    vouched, counted = measured.vouched, _counted(measured, row)
    now = sums(*counted).get(("", tuple(row["by"].values())))
    for name in question.compare:
        other = row[name]
        span = _span(other)
        where = f"{name} of {_place(question, row)}"
        kind = f"report {question.measure.name}"
        edges = _edges(measured, question.unit, counted, name)
        if edges is not None:
            score.check(kind, f"{where}: span", edges, (other["from"][:16], other["to"][:16]))
        total = sums(*span).get(("", tuple(row["by"].values())))
        share = vouched.coverage(*span)
        score.check(kind, where, _shown(measured, total, share), _found(other))
        kind = f"known {question.measure.name}"
        score.check(kind, f"{where}: coverage", share, other["coverage"])
        alike = vouched.is_whole(*counted) and vouched.is_whole(*span)
        change = percent(measured.value(now), measured.value(total), measured.measure.scale) if alike else None
        score.check(kind, f"{where}: percent", change, other["percent"])
        score.check(kind, f"{where}: reason", change is None, "reason" in other)


def _counted(measured: Measured, row: dict[str, Any]) -> tuple[int, int]:
    """The part of a row's unit that is over by the measure's clock; of a unit that has not begun, all."""
    start, end = _span(row)
    as_of = measured.vouched.as_of
    return (start, as_of) if as_of is not None and start < as_of < end else (start, end)


def _partial(row: dict[str, Any]) -> tuple[bool, int | None]:
    return row.get("partial", False), _epoch(row["as_of"]) if "as_of" in row else None


def _edges(measured: Measured, unit: str | None, counted: tuple[int, int], name: str) -> tuple[str, str] | None:
    """How the edges of the earlier span are written; None of units that are not compared here."""
    start, end = (datetime.fromtimestamp(at, measured.zone).replace(tzinfo=None) for at in counted)
    if unit == "night":  # asked beside the night before only
        return _written(start - timedelta(days=1)), _written(end - timedelta(days=1))
    if unit != "month":
        return None
    if name == "year":
        leap = (end.month, end.day) == (2, 29)
        last = datetime(end.year - 1, 3, 1) if leap else end.replace(year=end.year - 1)
        return _written(start.replace(year=start.year - 1)), _written(last)
    first = (start - timedelta(days=1)).replace(day=1)
    carried = start if end.month != start.month else first + (end - start)
    return _written(first), _written(min(carried, start))


def _written(local: datetime) -> str:
    return local.isoformat(timespec="minutes")


def _epoch(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def _span(shown: dict[str, Any]) -> tuple[int, int]:
    return _epoch(shown["from"]), _epoch(shown["to"])


def _place(question: Question, row: dict[str, Any]) -> str:
    by = " ".join((question.unit or "total", *question.dimensions, "of", row["from"][:16], *row["by"].values()))
    return f"{by} in {question.city.name}"


def _name(row: dict[str, Any], unit: str | None) -> str:
    if unit is None:
        return ""
    start = datetime.fromisoformat(row["from"])
    return start.strftime("%Y-%m-%dT%H%z") if unit == "hour" else date_name(start.date(), unit)


def _shown(measured: Measured, total: Sum | None, share: float) -> tuple[int | str | None, ...]:
    """The value; of a phase also how many took at most as long as each edge. Where nothing came and nothing is known
    there is none of them."""
    if not share and (total is None or not total.records):
        return None, *(None for _ in measured.edges)
    return measured.shown(measured.value(total)), *(measured.within(total, edge) for edge in measured.edges)


def _found(row: dict[str, Any] | None) -> tuple[int | str | None, ...] | None:
    if row is None:
        return None
    return (row["value"], *(within["n"] for within in row.get("within", {}).values()))


def _key(key: tuple[str, Iterable[str]]) -> str:
    return " ".join((key[0], *key[1])).strip()
