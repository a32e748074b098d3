"""The breaker stops a partition at the same record whoever reads its log, and however often."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from operator import attrgetter
from random import Random

import pytest

from streams.core import breaker
from streams.core.breaker import WINDOW, Limits
from streams.core.note import Note
from streams.core.partition import Partition, Snapshot
from tests.streams.core.generated import BEGIN, encode, envelope, spell
from tests.streams.core.oracle import Broken, LogRecord, Said, Ticked

LOG, TOPIC = "log-b", "citywatch.incidents"
RUN, RATIO = 40, 0.3
LIMITS = Limits(RUN, RATIO)
SEEDS = range(8)
KEPT = Said("a/110", "", 0, ("", "", "", ""))
DEAD = Broken("not_json")


def record(offset: int, rng: Random, *, dead: bool) -> LogRecord:
    """An event in its pane, a late one, a heartbeat; or what is refused."""
    if dead:
        return LogRecord(offset, BEGIN * 1000, rng.choice((b"{", None, b"\xff")), DEAD)
    chance = rng.random()
    if chance < 0.1:
        clock = BEGIN + offset // 4
        beat = envelope("citywatch.heartbeat.v1", "a/110", f"h-{offset}", spell(Random(0), clock))
        return LogRecord(offset, clock * 1000, encode(beat), Ticked("a/110", clock))
    at = BEGIN + offset // 4 - rng.randrange(3000)
    event = envelope("incident.reported.v1", "a/110", f"r-{offset - (chance > 0.95)}", spell(rng, at), subject="i-1",
                     data={"beat": "B01", "category": "110201"})  # fmt: skip
    return LogRecord(offset, BEGIN * 1000, encode(event), KEPT)


def resume(offset: int) -> LogRecord:
    body = envelope("citywatch.resume.v1", "citywatch", f"resume-{offset}", spell(Random(0), BEGIN))
    return LogRecord(offset, BEGIN * 1000, encode(body), KEPT)


def make_log(seed: int, length: int = 2_500) -> list[LogRecord]:
    """Stretches of good and of bad times, with gaps between offsets."""
    rng = Random(seed)
    offset = rng.choice((0, 17))
    records: list[LogRecord] = []
    while len(records) < length:
        share = rng.choice((0.0, 0.02, 0.2, 0.28, 0.32, 0.6, 0.97, 1.0))
        for _ in range(rng.choice((10, RUN - 1, RUN, 300, 1_200))):
            offset += rng.choice((1, 1, 1, 5))
            records.append(record(offset, rng, dead=rng.random() < share))
    return records


def first_stop(records: Sequence[LogRecord]) -> int | None:
    """By the words of the limits: the first offset that is not judged."""
    flags: list[bool] = []
    for each in records:
        flags.append(each.meaning is DEAD)
        in_a_row = len(flags) >= RUN and all(flags[-RUN:])
        if flags[-1] and (in_a_row or sum(flags[-WINDOW:]) > RATIO * WINDOW):
            return each.offset + 1
    return None


class Owner:
    """Reads the log in random cuts, and loses its state now and then; `passes` as a look-out would tell it."""

    def __init__(self, records: Sequence[LogRecord], rng: Random, limits: Limits = LIMITS) -> None:
        self.records, self.rng, self.limits = records, rng, limits
        self.end = records[-1].offset + 1
        self.committed: list[tuple[int, Note]] = []
        self.letters: dict[int, str] = {}
        self.passes = 0
        self.partition = self.begin()

    def begin(self, back: int = 1) -> Partition:
        if len(self.committed) < back:
            return Partition(LOG, TOPIC, 0, 0, None, self.limits, self.passes)
        position, note = self.committed[-back]
        return Partition(LOG, TOPIC, 0, position, note, self.limits, self.passes)

    def commit(self) -> None:
        if self.partition.has_news:
            taken: Snapshot = self.partition.snapshot()
            self.letters |= {letter.offset: letter.reason for letter in taken.dead_letters}
            note = Note.decode(taken.note, LOG)
            assert note is not None
            self.committed.append((taken.position, note))

    def feed(self, most: int) -> None:
        start = self.partition.next_offset
        end = min(self.end, start + self.rng.randint(1, most))
        low, high = (bisect_left(self.records, edge, key=attrgetter("offset")) for edge in (start, end))
        self.partition.feed(self.records[low:high], end)

    def run_to_stop(self, most: int, faults: float) -> int | None:
        """Where it stops for good; None at the end of the log."""
        while self.partition.next_offset < self.end:
            self.feed(most)
            chance = self.rng.random()
            if chance < 0.3 or self.partition.stopped:
                self.commit()
            if self.rng.random() < faults:
                self.partition = self.begin(self.rng.choice((1, 1, 3)))
            elif self.partition.stopped:
                return self.partition.next_offset
        self.commit()
        return None


@pytest.mark.parametrize("seed", SEEDS)
def test_where_it_stops_is_a_function_of_the_log(seed: int) -> None:
    records = make_log(seed)
    first = first_stop(records)
    for cut, (most, faults) in enumerate(((5_000, 0.0), (700, 0.1), (40, 0.02))):
        owner = Owner(records, Random(seed * 100 + cut))
        assert owner.run_to_stop(most, faults) == first, f"seed {seed}, cut {cut}"
        dead = {each.offset for each in records if each.meaning is DEAD and (first is None or each.offset < first)}
        assert owner.letters.keys() == dead, f"seed {seed}, cut {cut}"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_stopped_partition_judges_nothing_more_whatever_comes_and_whoever_reads_it(seed: int) -> None:
    records = [*make_log(seed), *(record(100_000 + n, Random(n), dead=True) for n in range(RUN))]
    owner = Owner(records, Random(seed))
    stop = owner.run_to_stop(500, 0.05)
    assert stop is not None
    counts = owner.partition.counts
    for _ in range(3):
        owner.feed(500)
        assert (owner.partition.next_offset, owner.partition.counts) == (stop, counts)
        assert not owner.partition.has_news
        owner.partition = owner.begin()
        while owner.partition.next_offset < stop:
            owner.feed(500)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_resume_record_lets_all_before_it_pass_and_counts_nothing_twice(seed: int) -> None:
    rng = Random(seed)
    records = make_log(seed)
    middle = len(records) // 2
    passing = records[middle].offset
    records[middle] = resume(passing)
    free = Owner(records, rng, Limits())
    assert free.run_to_stop(1_000, 0.0) is None
    owner = Owner(records, rng)
    while (stop := owner.run_to_stop(400, 0.05)) is not None and stop <= passing:
        owner.passes = passing
        owner.partition = owner.begin()
    undone = stop if stop is not None else owner.end
    assert owner.letters == {offset: reason for offset, reason in free.letters.items() if offset < undone}
    haunted = Owner(records, rng)
    haunted.committed, haunted.passes = owner.committed[: len(owner.committed) // 2], passing
    haunted.partition = haunted.begin()
    assert haunted.run_to_stop(300, 0.02) == stop, "an older worker comes to the same place"


def test_with_limits_of_a_few_records_every_cut_and_restart_comes_to_the_same_stops(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(breaker, "WINDOW", 20)
    tight = Limits(4, 0.4)
    met = 0
    for seed in range(80):
        rng = Random(seed)
        share = rng.choice((0.2, 0.35, 0.5, 1.0))
        records = [record(offset, rng, dead=rng.random() < share) for offset in range(0, 160, 2)]
        passing = rng.choice((0, rng.randrange(80)))
        if passing:
            records[passing] = resume(2 * passing)
        found = set()
        for cut, faults in enumerate((0.0, 0.05, 0.12)):
            owner = Owner(records, Random(seed * 10 + cut), tight)
            while (stop := owner.run_to_stop(12, faults)) is not None and stop <= 2 * passing:
                owner.passes = 2 * passing
                owner.partition = owner.begin()
            found.add(stop)
        assert len(found) == 1, f"seed {seed}: {found}"
        met += found != {None}
    assert 20 < met < 80


def test_a_run_goes_on_where_a_worker_begins_with_nothing_open() -> None:
    rng = Random(0)
    first = Partition(LOG, TOPIC, 0, limits=Limits(4))
    first.feed([record(offset, rng, dead=True) for offset in range(3)], 3)
    taken = first.snapshot()
    assert taken.position == taken.progress.read == 3
    second = Partition(LOG, TOPIC, 0, 3, Note.decode(taken.note, LOG), Limits(4))
    second.feed([record(offset, rng, dead=True) for offset in range(3, 9)], 9)
    assert (second.next_offset, str(second.stopped)) == (4, "4 dead letters in a row, most of them not_json")


def test_what_stands_before_a_resume_record_does_not_count_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breaker, "WINDOW", 40)
    rng = Random(0)
    records = [record(offset, rng, dead=offset % 2 == 0) for offset in range(40)]
    records[20] = resume(20)
    partition = Partition(LOG, TOPIC, 0, limits=Limits(0, 0.25))
    partition.feed(records, 40)
    assert (partition.stopped, partition.next_offset) == (None, 40)


@pytest.mark.parametrize(
    ("limits", "dead", "stops"),
    [
        (Limits(5, 0.0), 4, False),
        (Limits(5, 0.0), 5, True),
        (Limits(0, 0.01), 10, False),
        (Limits(0, 0.01), 11, True),
        (Limits(0, 0.0), 3_000, False),
    ],
    ids=["below the run", "at the run", "at the ratio", "above the ratio", "both switched off"],
)
def test_each_limit_stops_where_its_words_say(limits: Limits, dead: int, stops: bool) -> None:
    partition = Partition(LOG, TOPIC, 0, limits=limits)
    partition.feed([record(offset, Random(0), dead=True) for offset in range(dead)], dead)
    assert (partition.stopped is not None) is stops
    assert partition.counts.dead == dead


def test_a_note_from_before_the_breaker_is_read_as_one_that_is_closed() -> None:
    text = f'{{"log":"{LOG}","read":7,"counted":7,"late":0,"duplicates":0,"dead":0,"decisions":{{}},"form":1}}'
    note = Note.decode(text, LOG)
    assert note is not None
    assert Partition(LOG, TOPIC, 0, 7, note, LIMITS).stopped is None
