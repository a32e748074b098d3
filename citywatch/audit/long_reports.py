"""The log against `report` of campaigns, of nights as one figure, and of streaks; with a calendar of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from citywatch.audit.compare import Comparison
from citywatch.audit.measured import Measured, percent
from citywatch.commandline.asked_time import TimeOptions, asked_time
from figures.periods import Period
from figures.queries.answer import Question, answer, as_json
from figures.queries.clock import CityClock, measure_clock
from figures.queries.streaked import streaks
from sinks.store import Store

Span = tuple[int, int]

NIGHTS = 3
"""The last nights that are asked for as one figure."""

_EVENING, _MORNING, _DUTY = timedelta(hours=18), timedelta(hours=30), timedelta(hours=8)


def compare_long_reports(store: Store, measured: Measured, last_day: str, score: Comparison) -> None:
    """Ask `report` of one measure of a city, whose last event is of that local day. Blocks on the store."""
    measure, city = measured.measure, measured.city
    clock = measure_clock(store, city, measure)
    if clock.as_of is None:
        return
    for name, campaign in city.campaigns.items():
        cut = timedelta() if campaign.day == "day" else _DUTY
        start = _epoch(measured, _midnight(campaign.first) + cut)
        if start < clock.as_of:
            whole = start, _epoch(measured, _midnight(campaign.last) + timedelta(days=1) + cut)
            now = whole[0], min(whole[1], clock.as_of)
            said = {"": [now], "previous": [_just_before(measured, now)]}
            _compare(store, measured, TimeOptions(campaign=name), said, clock, score)
    last = date.fromisoformat(last_day)
    first = last - timedelta(days=NIGHTS - 1)
    nights = [_night(measured, first + timedelta(days=nth), clock) for nth in range(NIGHTS)]
    begun = [night for night in nights if night[0] < night[1]]
    if begun:
        said = {"": begun, "previous": [_earlier(measured, night, len(begun)) for night in begun]}
        _compare(store, measured, TimeOptions(nights=f"{first}..{last}"), said, clock, score)
    _compare_streak(store, measured, clock, score)


def _compare(
    store: Store,
    measured: Measured,
    options: TimeOptions,
    said: dict[str, list[Span]],
    clock: CityClock,
    score: Comparison,
) -> None:
    """`said`: the spans of the figure, and of what it is compared with."""
    when = asked_time(options, None, measured.city, measured.city.tz, clock.as_of)
    question = Question(
        measured.measure, measured.city, measured.city.tz, when.span, compare=("previous",), stretches=when.stretches
    )
    (row,) = as_json(question, answer(store, question, clock), clock)["rows"]
    kind = f"report {measured.measure.name}"
    where = f"of {options.campaign or f'nights {options.nights}'} in {measured.city.name}"
    _compare_side(measured, kind, where, said[""], row, score)
    _compare_side(measured, kind, f"previous {where}", said["previous"], row["previous"], score)
    score.check(kind, f"previous {where}: span", _edges(said["previous"]), _edges([_span(row["previous"])]))
    whole = all(measured.vouched.is_whole(*span) for spans in said.values() for span in spans)
    change = percent(_value(measured, said[""]), _value(measured, said["previous"])) if whole else None
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
    if not measured.lines:
        return
    at = _local(measured, measured.lines[0][0]).replace(day=1, hour=0, minute=0, second=0)
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
