"""What is known of a source and of a figure: what a partition says of its clocks, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, cast

import msgspec
import pytest
from msgspec.structs import replace

from figures.known import Absent, Facts, Known, awaited, city_known, figure_known, in_units
from figures.periods import Period
from figures.queries import facts as queried
from schemas.cities import Source, load_cities
from schemas.control import PANE
from schemas.instants import rfc3339
from schemas.records import SourceGap
from sinks.store import Store
from streams.core.decisions import SourceState
from streams.core.note import Note
from streams.core.panes import SourcePanes
from streams.core.partition import Partition

SOURCE, TOPIC = "xincheng/110", "citywatch.incidents"
DAY = 1_767_225_600
"""2026-01-01T00:00:00Z."""
HOUR = 3600


def beat(clock: int, since: int | None = None, source: str = SOURCE) -> dict[str, object]:
    data = {} if since is None else {"since": rfc3339(since)}
    return {
        "type": "citywatch.heartbeat.v1",
        "source": source,
        "id": f"h-{clock}",
        "time": rfc3339(clock),
        "data": data,
    }


def call(at: int, source: str = SOURCE) -> dict[str, object]:
    data = {"beat": "B01", "category": "110201"}
    return {
        "type": "incident.reported.v1", "source": source, "id": f"i-{at}", "time": rfc3339(at), "subject": f"i-{at}",
        "data": data,
    }  # fmt: skip


def word(start: int, end: int, *, filled: bool, source: str = SOURCE) -> dict[str, object]:
    data = {"source": source, "from": start, "to": end, "filled": filled, "why": "the line was cut"}
    return {
        "type": "citywatch.gap.v1", "source": "citywatch", "id": f"g-{start}-{filled}", "time": rfc3339(end),
        "data": data,
    }  # fmt: skip


@dataclass(frozen=True)
class Record:
    offset: int
    timestamp: int
    value: bytes


def records(bodies: Iterable[dict[str, object]], first: int = 0) -> list[Record]:
    arrived = (DAY + 365 * 86_400) * 1000
    return [
        Record(first + place, arrived + place, msgspec.json.encode({"specversion": "1.0", **body}))
        for place, body in enumerate(bodies)
    ]


def facts_of(*logs: Iterable[dict[str, object]]) -> Facts:
    """From the outputs of one partition for each list of records."""
    facts = Facts()
    for number, bodies in enumerate(logs):
        partition = Partition("log", TOPIC, number)
        log = records(bodies)
        partition.feed(log, len(log))
        taken = partition.snapshot()
        assert not taken.dead_letters
        for gap in taken.gaps:
            facts.take(gap)
        facts.take(taken.progress)
    return facts


def spans_of(*logs: Iterable[dict[str, object]]) -> list[tuple[int, int]]:
    """What is known of the source, in minutes since midnight."""
    return [((span.start - DAY) // 60, (span.end - DAY) // 60) for span in facts_of(*logs).known(SOURCE, TOPIC).spans]


def steps(*minutes: int) -> list[dict[str, object]]:
    return [beat(DAY + 60 * minute) for minute in minutes]


def test_a_clock_that_moves_step_by_step_vouches_for_what_it_passes() -> None:
    assert spans_of(steps(0, 10, 25, 40)) == [(0, 40)]


def test_before_the_first_step_and_after_the_last_nothing_is_known() -> None:
    assert spans_of(steps(10)) == []
    assert spans_of(steps(7, 20, 32)) == [(10, 35)]


def test_a_jump_is_not_known_and_its_panes_are_not_known_in_part() -> None:
    assert spans_of(steps(0, 12, 58, 70)) == [(0, 10), (60, 70)]


def test_events_that_came_before_the_jump_vouch_as_steps_do() -> None:
    events = [call(DAY + 60 * minute) for minute in (20, 31, 42)]
    assert spans_of([*steps(10), *events, *steps(55)]) == [(10, 55)]
    assert (
        spans_of([*steps(10), *steps(55), *events]) == [(10, 10), (55, 55)]
        or spans_of([*steps(10), *steps(55), *events]) == []
    )


def test_one_stray_event_ahead_does_not_vouch_for_the_hour_before_it() -> None:
    assert spans_of([*steps(0, 10), call(DAY + 60 * 60), *steps(65)]) == [(0, 10), (60, 65)]


def test_a_source_that_says_since_when_vouches_for_itself() -> None:
    assert spans_of([beat(DAY, DAY), beat(DAY + 5 * HOUR, DAY)]) == [(0, 300)]
    assert spans_of([beat(DAY, DAY), beat(DAY + 5 * HOUR, DAY + 4 * HOUR)]) == [(240, 300)]
    assert spans_of([beat(DAY + HOUR, DAY)]) == [(0, 60)]


def test_what_one_partition_went_over_is_not_known_whatever_the_others_saw() -> None:
    assert spans_of(steps(0, 15, 30, 45, 60), steps(0, 15, 60)) == [(0, 15)]


def test_a_partition_that_begins_later_takes_nothing_away() -> None:
    assert spans_of(steps(0, 15, 30, 45), steps(30, 45)) == [(0, 45)]


def test_a_partition_that_is_behind_limits_what_is_known() -> None:
    assert spans_of(steps(0, 15, 30, 45), steps(0, 15)) == [(0, 15)]


def test_the_last_word_of_an_operator_rules() -> None:
    clock = steps(*range(0, 130, 10))
    hole, mend = word(DAY + HOUR, DAY + 2 * HOUR, filled=False), word(DAY + 70 * 60, DAY + 80 * 60, filled=True)
    assert spans_of([*clock, hole]) == [(0, 60)]
    assert spans_of([*clock, hole, mend]) == [(0, 60), (70, 80)]
    assert spans_of([*clock, mend, hole]) == [(0, 60)]


def test_late_rows_fill_a_jump_only_when_an_operator_says_so() -> None:
    jump = steps(0, 60)
    late = [call(DAY + 60 * minute) for minute in range(0, 60, 5)]
    assert spans_of([*jump, *late]) == []
    assert spans_of([*jump, *late, word(DAY, DAY + HOUR, filled=True)]) == [(0, 60)]


def test_a_word_on_a_source_that_nobody_knows_is_a_dead_letter() -> None:
    partition = Partition("log", TOPIC, 0)
    log = records([word(DAY, DAY + HOUR, filled=True, source="nobody/110")])
    partition.feed(log, 1)
    taken = partition.snapshot()
    assert [letter.reason for letter in taken.dead_letters] == ["undeclared_source"]
    assert not taken.gaps


def test_it_follows_from_the_log_wherever_judging_goes_on() -> None:
    """A worker that takes over at any committed position gives out the same gaps as one that read all at once."""
    bodies = [
        *steps(0, 10),
        call(DAY + 25 * 60),
        call(DAY + 36 * 60),
        *steps(50),
        call(DAY + 61 * 60),
        *steps(130, 140),
    ]
    log = records(bodies)
    whole = Partition("log", TOPIC, 0)
    whole.feed(log, len(log))
    expected = {(gap.offset, gap.since, gap.until) for gap in whole.snapshot().gaps}
    assert len(expected) > 1
    for cut in range(1, len(log)):
        first = Partition("log", TOPIC, 0)
        first.feed(log[:cut], cut)
        taken = first.snapshot()
        note = Note.decode(taken.note, "log")
        second = Partition("log", TOPIC, 0, taken.position, note)
        second.feed(log[taken.position :], len(log))
        found = {(gap.offset, gap.since, gap.until) for gap in (*taken.gaps, *second.snapshot().gaps)}
        assert found == expected, f"cut at {cut}"


def test_the_declared_step_counts() -> None:
    feed = SourcePanes(SourceState(max_step=HOUR))
    feed.tick(DAY)
    assert feed.tick(DAY + HOUR) == []
    assert feed.tick(DAY + 2 * HOUR + 1) == [("jump", DAY + HOUR, DAY + 2 * HOUR + PANE)]


# --- figures


def source_facts(*clocked: tuple[str, int]) -> dict[str, list[object]]:
    return {name: [facts_of(_of(name, steps(*range(0, until + 1, 10)))).known(name, TOPIC)] for name, until in clocked}


def _of(source: str, bodies: list[dict[str, object]]) -> list[dict[str, object]]:
    return [{**body, "source": source} for body in bodies]


def known(*clocked: tuple[str, int]) -> Known:
    return figure_known(source_facts(*clocked), {name: 900 for name, _ in clocked})  # type: ignore[arg-type]


def test_a_figure_goes_up_to_the_slowest_of_its_sources() -> None:
    found = known(("a/1", 60), ("a/2", 50))
    assert found.as_of == DAY + 50 * 60
    assert found.absent == ()
    assert found.covers(Period(DAY, DAY + 50 * 60))


def test_a_source_that_stands_still_is_left_out_named_and_not_known() -> None:
    found = known(("a/1", 120), ("a/2", 50))
    assert found.as_of == DAY + 120 * 60
    assert found.absent == (Absent("a/2", DAY + 50 * 60),)
    assert found.coverage(Period(DAY, DAY + 100 * 60)) == 0.5
    assert not found.covers(Period(DAY, DAY + 120 * 60))


def test_a_source_alone_goes_up_to_its_own_clock_however_far_others_of_the_city_are() -> None:
    assert known(("a/1", 50)).as_of == DAY + 50 * 60


CITY = replace(
    load_cities().by_name["xincheng"],
    sources={"a/before": Source([TOPIC]), "a/110": Source([TOPIC], continues="a/before")},
)


def of_two(before: Iterable[int], now: Iterable[int]) -> Facts:
    """What is said of a source and of the one that goes on from it, by the minutes of their heartbeats."""
    return facts_of([*_of("a/before", steps(*before)), *_of("a/110", steps(*now))])


def test_a_source_that_continues_another_is_known_where_either_is_and_goes_up_to_its_own_clock() -> None:
    facts = of_two(range(0, 61, 10), range(60, 121, 10))
    found = city_known(facts, CITY, [TOPIC])
    assert found == Known(DAY + 2 * HOUR, (Period(DAY, DAY + 2 * HOUR),))
    assert awaited(facts, CITY, "a/before", TOPIC) == Period(DAY + HOUR, DAY + HOUR)
    assert awaited(facts, CITY, "a/110", TOPIC) is None


def test_history_that_comes_after_the_present_holds_no_figure_back_and_what_has_not_come_is_not_known() -> None:
    facts = of_two(range(0, 31, 10), range(60, 121, 10))
    found = city_known(facts, CITY, [TOPIC])
    assert (found.as_of, found.absent) == (DAY + 2 * HOUR, ())
    assert found.coverage(Period(DAY, DAY + HOUR)) == 0.5
    assert not found.covers(Period(DAY, DAY + 2 * HOUR))
    assert awaited(facts, CITY, "a/before", TOPIC) == Period(DAY + HOUR // 2, DAY + HOUR)


def test_a_source_goes_on_alone_until_the_one_that_continues_it_has_a_clock() -> None:
    facts = of_two(range(0, 31, 10), ())
    assert city_known(facts, CITY, [TOPIC]).as_of == DAY + HOUR // 2
    assert awaited(facts, CITY, "a/before", TOPIC) is None


def test_without_any_heartbeat_nothing_is_known() -> None:
    assert figure_known({"a/1": []}, {"a/1": 900}) == Known()
    assert not Known().covers(Period(0, PANE))


def test_coverage_is_never_rounded_up_to_all() -> None:
    found = Known(DAY, (Period(0, 86_400 * 365 - PANE),))
    assert found.coverage(Period(0, 86_400 * 365)) < 1


@pytest.mark.parametrize(
    ("seconds", "said"), [(11 * 86_400 + 50_000, (11.5, "days")), (7_300, (2.0, "hours")), (300, (5.0, "minutes"))]
)
def test_amounts_are_said_as_people_say_them(seconds: int, said: tuple[float, str]) -> None:
    assert in_units(seconds) == said


def test_a_topic_that_was_made_anew_leaves_what_the_old_log_vouched_for() -> None:
    facts = facts_of(steps(0, 10, 20))
    facts.take(
        SourceGap(
            log="newer",
            topic=TOPIC,
            partition=0,
            offset=0,
            source=SOURCE,
            since=0,
            until=DAY + HOUR,
            cause="start",
            at=1,
        )
    )
    facts.tick(SOURCE, TOPIC, ("newer", 0), DAY + 2 * HOUR)
    found = facts.known(SOURCE, TOPIC)
    assert found.spans == (Period(DAY, DAY + 20 * 60), Period(DAY + HOUR, DAY + 2 * HOUR))
    assert found.clocks == (DAY + 2 * HOUR,)


def test_after_a_note_of_a_version_that_told_no_start_all_is_known_from_its_clock_on() -> None:
    state = SourceState(clock=DAY + 7 * 60)
    assert msgspec.json.decode(msgspec.json.encode(state)[:-4] + b"]", type=SourceState) == state
    feed = SourcePanes(state)
    assert feed.tick(DAY + 12 * 60) == [("start", 0, DAY + 600)]
    assert feed.tick(DAY + 20 * 60) == []
    assert feed.state.ahead == 0


def test_as_known_then_a_source_that_was_not_heard_yet_feeds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two that feed a figure the second is first heard later, and an operator says that nothing is missing."""

    def said(source: str, cause: Literal["start", "filled"], until: int) -> SourceGap:
        return SourceGap(
            log="log", topic=TOPIC, partition=0, offset=0, source=source, since=0, until=until, cause=cause, at=until
        )

    now, (one, other) = Facts(), ("xincheng/110", "xincheng/second")
    for source, begun in ((one, DAY), (other, DAY + 40 * 24 * HOUR)):
        now.take(said(source, "start", begun))
        now.tick(source, TOPIC, ("log", 0), DAY + 50 * 24 * HOUR)
    now.take(said(other, "filled", DAY + 41 * 24 * HOUR))
    monkeypatch.setattr(queried, "facts", lambda store: now)
    then = queried.facts_at(cast(Store, None), DAY + 30 * 24 * HOUR)
    steps = {one: HOUR, other: HOUR}
    june = Period(DAY, DAY + 29 * 24 * HOUR)
    for found in (now, then):
        known = figure_known({source: [found.known(source, TOPIC)] for source in steps}, steps)
        assert known.coverage(june) == 1.0
