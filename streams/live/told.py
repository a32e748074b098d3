"""Figures of a city as `figures.queries` asks for them, from what `analyse` holds: cells, adjustments and subjects.

What it does not hold is no 0: it raises NotLive, with the reason.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

import numpy as np

from figures.periods import Period, rfc3339
from figures.queries import answer, funnels, stock_answer
from figures.queries.clock import CityClock, Reached, closed_before
from figures.queries.places import Key, Places
from figures.queries.stocks import NONE, Level
from figures.queries.sums import Total, Totals
from figures.queries.where import SOURCE, Where
from figures.subjects import Standing, StepSeen, Subject
from schemas.funnel import Funnel
from schemas.lifecycle import Lifecycle
from schemas.stock import Stock
from streams.live.state import CityState, LiveState
from streams.live.state import Places as SeriesPlaces
from streams.live.stocks import added_by, shown_by

MOST_SPANS = 400
"""Spans of one question."""

MOST_SUBJECTS = 20_000
"""Subjects that are walked through for one question: a fifth of a second of work."""


class NotLive(Exception):
    """What the live figures do not have; the text says why."""


class LiveTold:
    """Of one city. Hold the state's lock; each of these may raise NotLive."""

    def __init__(self, state: LiveState, city: CityState) -> None:
        self._state = state
        self._city = city

    def clock(self, topic: str) -> CityClock:
        """How far the figures of a topic are, and before which moment nothing changes any more."""
        city = self._city
        judged = (
            Reached(of, partition, progress.clocks, progress.boundaries)
            for (_, of, partition), progress in self._state.progress.items()
            if of == topic
        )
        return CityClock(city.known_of_topic(topic), closed_before(judged, city.city, city.continues))

    def measured(self, question: answer.Question, clock: CityClock) -> list[answer.ReportRow]:
        """The rows of a report of a measure."""
        return answer.rows_of(question, clock, lambda spans: self.totals(question, clock, spans))

    def totals(self, question: answer.Question, clock: CityClock, spans: Collection[Period]) -> Totals:
        """What each span adds up to, by the dimensions of the question."""
        where, city = question.narrowed(), self._city
        if SOURCE in where.filters:
            raise NotLive("rows of one source are told by the store alone")
        if len(spans) > MOST_SPANS:
            raise NotLive(f"{len(spans)} spans at once; more than {MOST_SPANS} are told by the store alone")
        self._refuse_gone(clock, spans)
        places = city.places(where, question.dimensions)
        return {span: dict(_totals(city, where, places, span)) for span in spans}

    def stood(self, question: stock_answer.StockQuestion, clock: CityClock) -> list[stock_answer.StockRow]:
        """The rows of a report of a stock."""

        def told(moments: Collection[int]) -> Mapping[int, Mapping[Key, Level]]:
            return self._levels(question, clock, moments)

        return stock_answer.rows_of(question, clock, self._city.known_from_start(question.stock), told)

    def came(self, question: funnels.FunnelQuestion, clock: CityClock) -> list[funnels.FunnelRow]:
        """The rows of a report of a funnel."""

        def told(places: Places, ends: Mapping[int, int]) -> Iterator[funnels.Came]:
            life = question.funnel.lifecycle
            self._refuse_left_out(life, min(ends))
            units = sorted(ends.items())
            for subject in self._subjects(life, places.sources):
                if subject.is_cut and subject.steps[-1].time >= units[0][0]:
                    raise NotLive(f"of a subject with that many steps not all are kept: {subject.name}")
                yield from _came(question.funnel, places, units, subject)

        return funnels.rows_of(question, clock, told)

    def _refuse_gone(self, clock: CityClock, spans: Iterable[Period]) -> None:
        """What is before the floor is not held; where nothing of it is known that is nothing."""
        floor, city = self._city.floor, self._city.city
        for span in spans:
            if clock.known.part(span.until(floor)):
                raise NotLive(
                    f"{rfc3339(span.start, city.tz)[:10]} is before what is kept: live figures hold what was since"
                    f" {rfc3339(floor, city.tz)[:10]}"
                )

    def _levels(
        self, question: stock_answer.StockQuestion, clock: CityClock, moments: Collection[int]
    ) -> dict[int, dict[Key, Level]]:
        stock, state, city = question.stock, self._state, self._city.city
        if not state.has_all_steps:
            raise NotLive("not all steps are loaded yet")
        by = question.dimensions
        if set(moments) == {clock.as_of} and not question.where and by in ((), *((name,) for name in shown_by(stock))):
            (moment,) = moments
            kept = state.stocks.level(city, stock, moment)
            if not by:
                return {moment: {(): Level(kept.value, kept.unmatched)}}
            if not kept.unmatched:  # it is kept in all only
                return {moment: {(code,): Level(value) for code, value in kept.by[by[0]].items() if value}}
        self._refuse_left_out(stock.lifecycle, min(moments, default=0))
        places = Places(stock.lifecycle, city, by, question.where)
        found: dict[int, dict[Key, Level]] = {moment: {} for moment in moments}
        for subject in self._subjects(stock.lifecycle, places.sources):
            for moment in moments:
                if subject.is_cut and len(subject.steps) > 1 and subject.steps[1].time >= moment:
                    raise NotLive(f"of a subject with that many steps not all are kept: {subject.name}")
                standing = subject.at(moment - 1)
                if standing is not None and (adds := _adds(stock, places, standing)) is not None:
                    key, level = adds
                    found[moment][key] = found[moment].get(key, NONE) + level
        return {moment: {key: one for key, one in keys.items() if one != NONE} for moment, keys in found.items()}

    def _subjects(self, life: Lifecycle, sources: Collection[str]) -> Iterator[Subject]:
        if not self._state.has_all_steps:
            raise NotLive("not all steps are loaded yet")
        subjects = self._state.subjects
        if (number := sum(subjects.number(life, source) for source in sources)) > MOST_SUBJECTS:
            raise NotLive(f"{number} subjects; more than {MOST_SUBJECTS} are walked through by the store alone")
        for source in sources:
            yield from subjects.of(life, source)

    def _refuse_left_out(self, life: Lifecycle, moment: int) -> None:
        """Subjects that are over for long are not held: what they were then is not known here."""
        left_out = max(
            (self._state.subjects.left_out_to(life, source) for source in self._city.city.sources), default=0
        )
        if moment <= left_out:
            raise NotLive(
                "subjects that were over are not kept so long: those of before"
                f" {rfc3339(left_out, self._city.city.tz)[:10]} are told by the store alone"
            )


def _totals(city: CityState, where: Where, places: SeriesPlaces, span: Period) -> Iterator[tuple[Key, Total]]:
    measure = where.measure
    sums, adjusted = city.sums_once(measure, span)
    columns = [np.bincount(places.places, row[places.series], len(places.labels)) for row in (*sums, adjusted)]
    kept = city.shown[measure.type].columns
    width = len(measure.event.places)
    for label, (count, *numbers, changed) in zip(
        places.labels, np.rint(columns).astype(np.int64).T.tolist(), strict=True
    ):
        if count or changed or any(numbers):
            values = [0] * width
            for column, number in zip(kept, numbers, strict=True):
                values[column] = number
            yield label, Total(count, count, tuple(values), changed)


def _adds(stock: Stock, places: Places, standing: Standing) -> tuple[Key, Level] | None:
    """What a subject adds to a stock, and where."""
    said = {name: str(value) for name, value in standing.said.items()}
    added = added_by(stock, standing, said)
    if added is None:
        return None
    key = places.key([said.get(name, "") for name in places.names])
    return None if key is None else (key, Level(added.amount, added.unmatched))


def _came(
    funnel: Funnel, places: Places, units: Collection[tuple[int, int]], subject: Subject
) -> Iterator[funnels.Came]:
    """A subject in the cohort of the unit in which it began."""
    began = subject.steps[0].time
    within = [(start, until) for start, until in units if start <= began < until]
    first: dict[str, StepSeen] = {}
    said: dict[str, str] = {}
    last = max(until for _, until in units)
    for step in subject.steps:
        if step.time >= last:
            break
        first.setdefault(step.state, step)
        for name, value in step.said.items():
            said.setdefault(name, str(value))
    codes = [said.get(name, "") for name in places.names]
    opened = subject.steps[0].state == funnel.first
    for start, until in within:
        at = [first[name].time if opened and name in first else None for name in funnel.stages]
        came = [None if time is None or time >= until else time for time in at]
        since_first = [[] if time is None else [time - began] for time in came]
        between = [
            [after - before] if after is not None and before is not None and before <= after else []
            for before, after in zip(at, came[1:], strict=False)  # the stage before may have come later
        ]
        yield funnels.Came(start, int(opened), int(not opened), since_first, [since_first[0], *between], codes)
