"""The file's clock: every row has its place under it, and what is foretold of the rows is what the core judges."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from figures.known import Facts
from schemas.accept import accept
from schemas.control import PANE, Heartbeat
from schemas.families.incidents import INCIDENTS
from sources.feed import Feed
from sources.fileclock import NO_TIME, SourceRule, file_clock
from sources.mapping import load_mapping
from sources.rows import RowMapper
from sources.run import Run
from sources.summary import Summary
from streams.core.partition import Partition
from tests.sources.filelog import CITIES, MAPPING, SOURCE, ZONE, Log, Verdicts, send

BEGIN = 1_451_606_400
"""2016-01-01, UTC."""
DAY = 86_400
USUAL = SourceRule(900, 3_600)

RULES = st.builds(SourceRule, st.integers(0, 7_200), st.one_of(st.integers(0, 120), st.integers(0, 86_400)))
ORDERS = st.lists(st.integers(BEGIN, BEGIN + 6 * DAY), min_size=1, max_size=60)
ANY = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@ANY
@given(ORDERS, RULES)
def test_in_any_order_no_row_is_dead_and_each_verdict_is_foretold(
    tmp_path: Path, times: list[int], rule: SourceRule
) -> None:
    sent = send(tmp_path, times, rule)
    assert sent.judged == Verdicts(len(times) - sent.found.late, sent.found.late, 0, 0)
    assert sent.found.dead == 0


@ANY
@given(ORDERS, RULES)
def test_no_clock_under_which_none_is_dead_has_fewer_late_rows(
    tmp_path: Path, times: list[int], rule: SourceRule
) -> None:
    sent = send(tmp_path, times, rule)
    least, latest = 0, 0
    for at in times:
        latest = max(latest, at)
        least += at // PANE < (latest - rule.max_ahead + rule.slack - rule.lateness) // PANE
    assert sent.found.late <= least


@ANY
@given(st.lists(st.integers(BEGIN, BEGIN + 60 * DAY), min_size=1, max_size=60).map(sorted), RULES)
def test_a_file_in_order_is_in_time_and_its_clock_is_that_of_its_rows(
    tmp_path: Path, times: list[int], rule: SourceRule
) -> None:
    sent = send(tmp_path, times, rule)
    assert list(sent.clock.clock) == times
    assert sent.clock.ended == times[-1] + 1
    assert sent.judged == Verdicts(len(times), 0, 0, 0)


@ANY
@given(st.lists(st.integers(0, 4_500), min_size=2, max_size=80), st.randoms(use_true_random=False))
def test_rows_within_what_the_rule_allows_are_never_late(tmp_path: Path, steps: list[int], draw: Random) -> None:
    """Each row is displaced by at most lateness and max_ahead together."""
    ordered = [BEGIN + 60 * number for number in range(len(steps))]
    times = sorted(ordered, key=lambda at: at + draw.randrange(USUAL.lateness + USUAL.max_ahead - USUAL.slack))
    sent = send(tmp_path, times, USUAL)
    assert sent.judged == Verdicts(len(times), 0, 0, 0)


def heartbeats(values: list[bytes]) -> list[Heartbeat]:
    return [event for event in map(accept, values) if isinstance(event, Heartbeat)]


def month(step: int = 6 * 3_600) -> list[int]:
    return list(range(BEGIN, BEGIN + 31 * DAY, step))


@pytest.mark.parametrize("place", [0, 1, 60, 119, 123, 124])
@pytest.mark.parametrize("ahead", [366 * DAY, 5 * 366 * DAY, 60 * 366 * DAY])
def test_a_mistyped_year_moves_the_clock_nowhere_in_the_file(tmp_path: Path, place: int, ahead: int) -> None:
    times = month()
    honest = file_clock(times, None, USUAL, ZONE)
    times.insert(place, times[min(place, len(times) - 1)] + ahead)
    sent = send(tmp_path, times, USUAL)
    assert (sent.clock.started, sent.clock.ended) == (honest.started, honest.ended)
    assert (sent.found.dead, sent.found.dead_lines, sent.found.late) == (1, [place + 2], 0)
    assert sent.judged == Verdicts(124, 0, 0, 1)


@pytest.mark.parametrize("place", [0, 60, 124])
def test_a_mistyped_year_of_long_ago_is_late_and_moves_the_clock_nowhere(tmp_path: Path, place: int) -> None:
    times = month()
    honest = file_clock(times, None, USUAL, ZONE)
    times.insert(place, BEGIN - 3_000 * DAY)
    sent = send(tmp_path, times, USUAL)
    assert (sent.clock.started, sent.clock.ended) == (honest.started, honest.ended)
    assert sent.clock.silences == []
    assert sent.judged == Verdicts(124, 1, 0, 0)


def test_behind_a_file_whose_last_row_has_a_mistyped_year_the_next_one_is_in_time(tmp_path: Path) -> None:
    times = month()
    times[-1] += 5 * 366 * DAY
    first = send(tmp_path, times, USUAL).clock
    assert first.ended is not None
    assert first.ended < BEGIN + 31 * DAY


def test_a_row_ahead_of_its_neighbours_waits_for_the_clock_and_makes_none_late(tmp_path: Path) -> None:
    times = month()
    times[40] += 5 * DAY
    times[90] += 3 * DAY
    sent = send(tmp_path, times, USUAL)
    assert sent.judged == Verdicts(124, 0, 0, 0)
    assert [place for place, waits in enumerate(sent.clock.waits) if waits] == [40, 90]


def test_the_last_row_of_a_file_may_be_days_behind_the_others(tmp_path: Path) -> None:
    times = [*range(BEGIN, BEGIN + 8 * 3_600, 60), BEGIN + 3 * DAY]
    sent = send(tmp_path, times, USUAL)
    assert sent.clock.ended == times[-1] + 1
    assert sent.judged == Verdicts(len(times), 0, 0, 0)


def test_a_file_of_some_rows_a_year_apart_is_believed(tmp_path: Path) -> None:
    times = [BEGIN + number * 3_600 for number in range(6)] + [BEGIN + 366 * DAY]
    assert send(tmp_path, times, USUAL).judged == Verdicts(7, 0, 0, 0)


def test_no_clock_goes_ahead_of_the_latest_that_may_be() -> None:
    times = month()
    found = file_clock(times, None, USUAL, ZONE, latest=times[100])
    assert max(found.clock) == found.ended == times[100]
    assert list(found.clock)[:100] == times[:100]


def test_a_file_without_a_time_has_no_clock(tmp_path: Path) -> None:
    found = file_clock([NO_TIME, NO_TIME], None, USUAL, ZONE)
    assert (list(found.clock), found.started, found.ended) == ([NO_TIME, NO_TIME], None, None)
    assert file_clock([], None, USUAL, ZONE).ended is None


def test_rows_whose_time_cannot_be_read_leave_the_clock_where_it_is() -> None:
    found = file_clock([NO_TIME, BEGIN, NO_TIME, BEGIN + 60, NO_TIME], None, USUAL, ZONE)
    assert list(found.clock) == [BEGIN, BEGIN, BEGIN, BEGIN + 60, BEGIN + 60]


def test_a_file_that_knows_the_day_stands_at_its_start_and_ends_at_its_end(tmp_path: Path) -> None:
    times = [BEGIN + day * DAY for day in range(10) for _ in range(4)]
    sent = send(tmp_path, times, USUAL, days_only=True)
    assert list(sent.clock.clock) == times
    assert (sent.clock.started, sent.clock.ended) == (BEGIN, BEGIN + 10 * DAY)
    assert sent.judged == Verdicts(40, 0, 0, 0)


def test_arrivals_in_order_are_the_clock_and_late_rows_are_late_as_they_were() -> None:
    times = [BEGIN, BEGIN + 60, BEGIN - 9_000, BEGIN + 120]
    arrivals = [at + 30 for at in (BEGIN, BEGIN + 60, BEGIN + 90, BEGIN + 120)]
    assert list(file_clock(times, arrivals, USUAL, ZONE).clock) == arrivals


@pytest.mark.parametrize("place", [50, 123])
def test_a_mistyped_arrival_moves_the_clock_nowhere(place: int) -> None:
    times = month()
    arrivals = [at + 60 for at in times]
    honest = file_clock(times, arrivals, USUAL, ZONE)
    arrivals[place] += 5 * 366 * DAY
    found = file_clock(times, arrivals, USUAL, ZONE)
    assert found.ended == (honest.ended if place < 123 else times[-1] + 1)
    assert [at for number, at in enumerate(found.clock) if number != place] == [
        at for number, at in enumerate(honest.clock) if number != place
    ]


def test_a_row_that_happened_after_it_arrived_waits_for_the_clock(tmp_path: Path) -> None:
    times = month()
    arrivals = [at + 60 for at in times]
    times[50] += 2 * DAY
    found = file_clock(times, arrivals, USUAL, ZONE)
    assert [place for place, waits in enumerate(found.waits) if waits] == [50]
    assert list(found.clock) == arrivals


def test_what_a_heartbeat_vouches_for_begins_anew_behind_a_silence(tmp_path: Path) -> None:
    times = [BEGIN + 600 * number for number in range(1_000)]
    times = [at for at in times if not BEGIN + 2 * DAY < at < BEGIN + 5 * DAY]
    sent = send(tmp_path, times, USUAL)
    (gap,) = sent.clock.silences
    assert (gap.start, gap.end) == (BEGIN + 2 * DAY + 600, BEGIN + 5 * DAY)
    for records in sent.log.records:
        told = [(beat.epoch, beat.data.since) for beat in heartbeats([record.value for record in records])]
        assert {since for at, since in told if at <= gap.start} == {"2016-01-01T00:00:00Z"}
        assert {since for at, since in told if at >= gap.end} == {"2016-01-06T00:00:00Z"}
        assert not [at for at, _ in told if gap.start < at < gap.end]
        assert gap.start in [at for at, _ in told]
    assert sent.judged == Verdicts(len(times), 0, 0, 0)


def test_a_day_that_is_not_over_is_not_vouched_for() -> None:
    times = [BEGIN + day * DAY for day in range(20) for _ in range(10)]
    afternoon = BEGIN + 19 * DAY + 15 * 3_600
    assert file_clock(times, None, USUAL, ZONE, days_only=True, latest=afternoon).ended == BEGIN + 19 * DAY
    tomorrow = BEGIN + 20 * DAY
    assert file_clock(times, None, USUAL, ZONE, days_only=True, latest=tomorrow).ended == tomorrow


LIFE = (
    MAPPING
    + """
[[event]]
type = "incident.closed"
time = "done"
id = { prefix = "c", join = ["no"] }
when = { column = "done", filled = true }
[event.data]
beat = { column = "beat" }
category = { column = "title" }
reported_at = { column = "at" }
"""
)


def test_a_close_behind_the_end_of_the_file_counts_and_vouches_for_no_call_of_then(tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text(LIFE, "utf-8")
    mapping = load_mapping(tmp_path / "map.toml", CITIES)
    mapper = RowMapper(mapping, ["no", "at", "done", "beat", "title"])
    times = [BEGIN + 600 * number for number in range(1_000)]
    clock, log = file_clock(times, None, USUAL, ZONE), Log(USUAL)
    run = Run(Feed(log, SOURCE, (INCIDENTS,)), clock, Summary(mapping.city, USUAL).add)
    closed = times[-1] + 20 * DAY
    for place, at in enumerate(times):
        run.reach(clock.clock[place])
        done = str(closed) if place == 990 else ""
        run.take(place + 2, mapper.events([str(place), str(at), done, "AMBLER", "EMS: FEVER"]), False)
    run.finish()
    facts, counted = Facts(), 0
    for number, records in enumerate(log.records):
        partition = Partition("log", INCIDENTS, number)
        partition.feed(records, len(records))
        counted += partition.counts.counted
        taken = partition.snapshot()
        for gap in taken.gaps:
            facts.take(gap)
        facts.take(taken.progress)
    assert counted == 1_001
    known = facts.known(SOURCE, INCIDENTS).spans
    assert known[0].start == BEGIN
    assert known[0].end <= times[-1] + PANE
    assert all(span.start >= closed - PANE for span in known[1:])
