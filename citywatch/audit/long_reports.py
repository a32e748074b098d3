"""The log against `report` of campaigns, of nights as one figure, and of streaks; with a calendar of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from citywatch.audit.compare import Comparison
from citywatch.audit.measured import Measured, percent
from citywatch.commandline.asked_time import TimeOptions, asked_time
from figures.periods import Period
from figures.queries.answer import Question, answers, as_json
from figures.queries.clock import CityClock, measure_clock
from figures.queries.streaked import streaks
from sinks.store import Store

Span = tuple[int, int]

NIGHTS = 3
"""The last nights that are asked for as one figure."""

_EVENING, _MORNING, _DUTY = timedelta(hours=18), timedelta(hours=30), timedelta(hours=8)


def compare_long_reports(store: Store, measured: Measured, last_day: str, score: Comparison) -> None:
    """Ask `report` of one measure of a city, whose last event is of that local day. Blocks on the store."""
    clock = measure_clock(store, measured.city, measured.measure)
    if clock.as_of is None:
        return
    asked = [*_campaigns(measured, clock), *_nights(measured, date.fromisoformat(last_day), clock)]
    questions = [(_question(measured, each.options, clock), clock) for each in asked]
    for each, (question, _), rows in zip(asked, questions, answers(store, questions), strict=True):
        (row,) = as_json(question, rows, clock)["rows"]
        _compare(measured, each, row, score)
    _compare_streak(store, measured, clock, score)


class _Asked(NamedTuple):
    """`counted`: the spans of the figure; `previous`: those that it is compared with."""

    options: TimeOptions
    counted: list[Span]
    previous: list[Span]


def _campaigns(measured: Measured, clock: CityClock) -> Iterator[_Asked]:
    """Those that have begun."""
    for name, campaign in measured.city.campaigns.items():
        cut = timedelta() if campaign.day == "day" else _DUTY
        start = _epoch(measured, _midnight(campaign.first) + cut)
        if clock.as_of is not None and start < clock.as_of:
            end = _epoch(measured, _midnight(campaign.last) + timedelta(days=1) + cut)
            now = start, min(end, clock.as_of)
            yield _Asked(TimeOptions(campaign=name), [now], [_just_before(measured, now)])


def _nights(measured: Measured, last: date, clock: CityClock) -> Iterator[_Asked]:
    """The last ones, as one figure, where one of them has begun."""
    first = last - timedelta(days=NIGHTS - 1)
    nights = [_night(measured, first + timedelta(days=nth), clock) for nth in range(NIGHTS)]
    begun = [night for night in nights if night[0] < night[1]]
    if begun:
        previous = [_earlier(measured, night, len(begun)) for night in begun]
        yield _Asked(TimeOptions(nights=f"{first}..{last}"), begun, previous)


def _question(measured: Measured, options: TimeOptions, clock: CityClock) -> Question:
    measure, city = measured.measure, measured.city
    when = asked_time(options, None, city, city.tz, clock.as_of)
    return Question(measure, city, city.tz, when.span, compare=("previous",), stretches=when.stretches)


def _compare(measured: Measured, asked: _Asked, row: dict[str, Any], score: Comparison) -> None:
    kind = f"report {measured.measure.name}"
    where = f"of {asked.options.campaign or f'nights {asked.options.nights}'} in {measured.city.name}"
    _compare_side(measured, kind, where, asked.counted, row, score)
    _compare_side(measured, kind, f"previous {where}", asked.previous, row["previous"], score)
    score.check(kind, f"previous {where}: span", _edges(asked.previous), _edges([_span(row["previous"])]))
    whole = all(measured.vouched.is_whole(*span) for span in (*asked.counted, *asked.previous))
    values = _value(measured, asked.counted), _value(measured, asked.previous)
    change = percent(*values, measured.measure.scale) if whole else None
    score.check(f"known {measured.measure.name}", f"{where}: percent", change, row["previous"]["percent"])


def _compare_side(
    measured: Measured, kind: str, where: str, spans: list[Span], shown: dict[str, Any], score: Comparison
) -> None:
    vouched = measured.vouched
    seconds = sum(end - start for start, end in spans)
    share = 10_000 * sum(vouched.known_seconds(*span) for span in spans) // seconds / 10_000
    value = measured.shown(_value(measured, spans)) if share or measured.over(spans).records else None
    score.check(kind, where, value, shown["value"])
    score.check(f"known {measured.measure.name}", f"{where}: coverage", share, shown["coverage"])


def _compare_streak(store: Store, measured: Measured, clock: CityClock, score: Comparison) -> None:
    """How many complete months in a row it was below its month a year earlier."""
    as_of = clock.as_of or 0
    months = [*_months(measured, as_of)]
    if not months:
        return
    tz = measured.city.tz
    asked = months[0][0], months[-1][1]
    question = Question(measured.measure, measured.city, tz, Period(*asked), "month", compare=("year",))
    (found,) = streaks(store, question, clock, "falling")
    length: int | None = 0
    for month in reversed(months):
        before = _year_before(measured, month)
        if not (measured.vouched.is_whole(*month) and measured.vouched.is_whole(*before)):
            length = length or None
            break
        if _value(measured, [month]) >= _value(measured, [before]):
            break
        length = (length or 0) + 1
    where = f"months in a row in {measured.city.name}"
    score.check(f"report {measured.measure.name}", where, length, found.found.streak)


def _value(measured: Measured, spans: Sequence[Span]) -> int:
    return measured.value(measured.over(spans))


def _months(measured: Measured, as_of: int) -> Iterator[Span]:
    """The complete months since the first event."""
    if measured.first is None:
        return
    at = _local(measured, measured.first).replace(day=1, hour=0, minute=0, second=0)
    while True:
        after = (at + timedelta(days=31)).replace(day=1)
        if _epoch(measured, after) > as_of:
            return
        yield _epoch(measured, at), _epoch(measured, after)
        at = after


def _year_before(measured: Measured, month: Span) -> Span:
    start, end = (_local(measured, at) for at in month)
    return _epoch(measured, start.replace(year=start.year - 1)), _epoch(measured, end.replace(year=end.year - 1))


def _night(measured: Measured, day: date, clock: CityClock) -> Span:
    """That begins on the day, as far as it is over; empty where it has not begun."""
    start, end = (_epoch(measured, _midnight(day) + cut) for cut in (_EVENING, _MORNING))
    as_of = clock.as_of or 0
    return start, max(start, min(end, as_of))


def _earlier(measured: Measured, night: Span, days: int) -> Span:
    start, end = (_epoch(measured, _local(measured, at) - timedelta(days=days)) for at in night)
    return start, end


def _just_before(measured: Measured, span: Span) -> Span:
    """As long, in local time."""
    start, end = (_local(measured, at) for at in span)
    return _epoch(measured, start - (end - start)), span[0]


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)


def _local(measured: Measured, at: int) -> datetime:
    return datetime.fromtimestamp(at, measured.zone).replace(tzinfo=None)


def _epoch(measured: Measured, local: datetime) -> int:
    return int(local.replace(tzinfo=measured.zone).timestamp())


def _span(shown: dict[str, Any]) -> Span:
    start, end = (int(datetime.fromisoformat(shown[edge]).timestamp()) for edge in ("from", "to"))
    return start, end


def _edges(spans: Sequence[Span]) -> Span:
    return spans[0][0], spans[-1][1]
