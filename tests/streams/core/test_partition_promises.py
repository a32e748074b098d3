"""Single promises of a partition, each in a log of a few records."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from itertools import count
from random import Random
from string import ascii_lowercase

import msgspec
import pytest
from msgspec.structs import replace

from schemas.control import MAX_KNOWN, MAX_SOURCES
from schemas.instants import rfc3339
from streams.core.breaker import WINDOW, Limits
from streams.core.decisions import Nameless, Sources
from streams.core.note import Note
from streams.core.partition import Partition, Snapshot
from tests.lives import CALL, declaring
from tests.streams.core.generated import BEGIN, encode, envelope
from tests.streams.core.oracle import Broken, LogRecord

LOG, TOPIC = "log", "citywatch.incidents"
SOURCE = "a/110"
SEED = 64


def traced() -> int:
    """Bytes that the schemas and the core hold of what they asked for since `tracemalloc.start`; ends the tracing.

    Theirs only: clients that other tests left behind ask for memory in threads of their own.
    """
    ours = [tracemalloc.Filter(True, f"*/{package}/*") for package in ("schemas", "streams/core")]
    found = tracemalloc.take_snapshot().filter_traces(ours).statistics("filename")
    tracemalloc.stop()
    return sum(each.size for each in found)


class Tape:
    """A log that is written record by record."""

    def __init__(self) -> None:
        self.records: list[LogRecord] = []
        self.numbers = count()

    def add(self, value: bytes | None, stamp: int | None = None) -> int:
        offset = len(self.records)
        at = BEGIN * 1000 if stamp is None else stamp * 1000
        self.records.append(LogRecord(offset, at, value, Broken("")))
        return offset

    def event(self, time: int, name: str = "", source: str = SOURCE, beat: str = "B01", kind: str = "reported") -> int:
        data = {"beat": beat, "category": "110201"}
        if kind == "arrived":
            data |= dict.fromkeys(("reported_at", "dispatched_at"), rfc3339(BEGIN - 300))
        name = name or f"r-{next(self.numbers)}"
        return self.add(
            encode(envelope(f"incident.{kind}.v1", source, name, rfc3339(BEGIN + time), subject=name, data=data))
        )

    def beat(self, clock: int, source: str = SOURCE, stamp: int | None = None) -> int:
        body = envelope("citywatch.heartbeat.v1", source, f"h-{next(self.numbers)}", rfc3339(BEGIN + clock))
        return self.add(encode(body), BEGIN + clock if stamp is None else stamp)

    def rules(self, *sources: str, lateness: int = 900, ahead: int = 3600) -> int:
        listed = [{"source": name, "lateness": lateness, "max_ahead": ahead} for name in sources]
        name, time = f"rules-{next(self.numbers)}", rfc3339(BEGIN)
        return self.add(encode(envelope("citywatch.rules.v1", "citywatch", name, time, data={"sources": listed})))

    def close(self, boundary: int, source: str = SOURCE) -> int:
        data = {"source": source, "boundary": BEGIN + boundary}
        name = f"close-{next(self.numbers)}"
        return self.add(encode(envelope("citywatch.close.v1", "citywatch", name, rfc3339(BEGIN), data=data)))

    def read(self, partition: Partition | None = None) -> Partition:
        partition = partition or Partition(LOG, TOPIC, 0)
        partition.feed(self.records[partition.next_offset :], len(self.records))
        return partition


@pytest.fixture
def tape() -> Tape:
    return Tape()


def again(snapshot: Snapshot) -> Partition:
    return Partition(LOG, TOPIC, 0, snapshot.position, Note.decode(snapshot.note, LOG))


def counts(partition: Partition) -> tuple[int, int, int, int]:
    found = partition.counts
    return found.counted, found.late, found.duplicates, found.dead


def test_a_dropped_source_stays_closed_after_a_restart_that_reads_the_drop_again(tape: Tape) -> None:
    """Its last pane closed with the drop, so the re-read, which begins behind that pane, does not find it."""
    tape.rules(SOURCE, "b/x")
    tape.event(0)
    needed = tape.event(0, source="b/x")
    tape.rules("b/x")
    snapshot = tape.read().snapshot()
    assert snapshot.position == needed
    tape.rules(SOURCE, "b/x")
    tape.event(10)
    assert counts(tape.read(again(snapshot))) == counts(tape.read()) == (2, 1, 0, 0)


def test_a_re_read_counts_nothing_and_gives_out_nothing(tape: Tape) -> None:
    tape.event(0)
    for _ in range(50):
        tape.event(-50_000)
        tape.add(b"poison")
    tape.beat(0)
    snapshot = tape.read().snapshot()
    assert (snapshot.position, len(snapshot.cells), len(snapshot.dead_letters)) == (0, 2, 50)
    partition = again(snapshot)
    for record in tape.records[:-1]:
        partition.feed([record], record.offset + 1)
        assert counts(partition) == (51, 0, 0, 50)
        assert not partition.has_news
        with pytest.raises(RuntimeError, match="in a re-read up to"):
            partition.snapshot()
    tape.read(partition)
    assert not partition.has_news
    empty = partition.snapshot()
    assert (empty.cells, empty.corrections, empty.dead_letters, empty.steps) == ([], [], [], [])
    assert (empty.position, empty.note, empty.progress) == (snapshot.position, snapshot.note, snapshot.progress)


def test_every_accepted_step_is_given_out_once_with_what_it_tells_of_its_subject(tape: Tape) -> None:
    with declaring(CALL):
        late = tape.beat(9_000) + 1
        tape.event(0, "late")
        tape.event(9_000, "a")
        tape.event(9_000, "a")
        tape.event(99_000, "future")
        tape.event(9_000, "b", kind="arrived")
        partition = tape.read()
        snapshot = partition.snapshot()
        tape.event(9_001, "c")
        goes_on, starts_anew = tape.read(partition).snapshot(), tape.read(again(snapshot)).snapshot()
    assert [(step.offset, step.id, step.subject, step.time - BEGIN) for step in snapshot.steps] == [
        (late, "late", "late", 0), (late + 1, "a", "a", 9_000), (late + 4, "b", "b", 9_000),
    ]  # fmt: skip
    assert [(step.type, step.attributes) for step in snapshot.steps[1:]] == [
        ("incident.reported", {"priority": 0}), ("incident.arrived", {}),
    ]  # fmt: skip
    assert [step.id for step in goes_on.steps] == [step.id for step in starts_anew.steps] == ["c"]


def test_what_is_no_step_is_not_given_out(tape: Tape) -> None:
    tape.event(0)
    assert tape.read().snapshot().steps == []


def test_a_long_re_read_keeps_no_more_than_its_open_panes(tape: Tape) -> None:
    tape.event(0)
    tape.rules(SOURCE, "b/x", lateness=0)
    tape.beat(0, source="b/x")
    for _ in range(20_000):
        tape.event(-900, source="b/x")
    snapshot = tape.read().snapshot()
    assert len(snapshot.corrections) == 20_000
    partition = again(snapshot)
    tracemalloc.start()
    for start in range(0, 20_000, 500):
        partition.feed(tape.records[start : start + 500], start + 500)
    held = traced()
    assert held < 1_000_000


def test_only_heartbeats_move_the_clock(tape: Tape) -> None:
    tape.event(0)
    tape.event(80_000)
    partition = tape.read()
    assert partition.decisions.sources[SOURCE].clock == -1
    tape.beat(0)
    tape.event(3600)
    tape.event(3601)
    tape.event(-900)
    tape.event(-901)
    tape.read(partition)
    assert partition.decisions.sources[SOURCE].clock == BEGIN
    assert counts(partition) == (4, 1, 0, 1)


@pytest.mark.parametrize(("ahead", "moved"), [(3600, True), (3601, False), (10**6, False)])
def test_a_heartbeat_beyond_the_brokers_time_is_dead_and_moves_nothing(tape: Tape, ahead: int, moved: bool) -> None:
    tape.rules(SOURCE)
    tape.beat(ahead, stamp=BEGIN)
    partition = tape.read()
    assert (partition.decisions.sources[SOURCE].clock != -1) is moved
    letters = partition.snapshot().dead_letters
    assert [letter.reason for letter in letters] == ([] if moved else ["future"])
    assert all(letter.control for letter in letters)


def test_a_setting_takes_effect_where_its_record_stands(tape: Tape) -> None:
    tape.rules(SOURCE, lateness=3600)
    tape.beat(0)
    tape.event(-3000, "before")
    tape.rules(SOURCE, lateness=0)
    tape.event(-3000, "after")
    tape.rules(SOURCE, lateness=3600)
    tape.event(-3000, "closed-stays-closed")
    assert counts(tape.read()) == (1, 2, 0, 0)


def test_a_pane_closes_early_and_only_once(tape: Tape) -> None:
    tape.event(0)
    tape.event(300)
    partition = tape.read()
    assert partition.oldest() == (SOURCE, BEGIN)
    tape.close(300)
    tape.event(10)
    tape.close(0)
    tape.event(20)
    tape.read(partition)
    assert counts(partition) == (2, 2, 0, 0)
    assert partition.oldest() == (SOURCE, BEGIN + 300)
    snapshot = partition.snapshot()
    assert [cell.version for cell in snapshot.cells] == [0, 1]
    assert snapshot.position == 1


def test_before_the_first_rules_sources_are_taken_up_to_the_limit(tape: Tape) -> None:
    for number in range(MAX_SOURCES + 2):
        tape.event(0, source=f"s/{number}")
    partition = tape.read()
    assert counts(partition) == (MAX_SOURCES, 0, 0, 2)
    for first in range(0, 5 * MAX_SOURCES, MAX_SOURCES):
        tape.rules(*(f"t/{number}" for number in range(first, first + MAX_SOURCES)))
    letters = tape.read(partition).snapshot().dead_letters
    assert [letter.reason for letter in letters] == ["undeclared_source"] * 2 + ["too_many_sources"] * 4
    assert len(partition.decisions.sources) == MAX_KNOWN


def crowded(tape: Tape, draw: Random) -> Partition:
    """As many sources as a log may know, each with names, rules and clocks of its own, and an open breaker."""
    names = [f"{number:03d}" + "".join(draw.choices(ascii_lowercase, k=37)) for number in range(MAX_KNOWN)]
    for declared in (names[:MAX_SOURCES], names[MAX_SOURCES:]):
        tape.rules(*declared, lateness=604_800, ahead=604_800)
        clocks = {name: draw.randrange(10_000_000) for name in declared}
        for name, clock in clocks.items():
            tape.beat(clock, source=name)
        for name, clock in [*clocks.items()] * 2:
            tape.event(clock + draw.randrange(600_000), source=name)
    good = tape.records[-1].value
    for _ in range(WINDOW):
        tape.add(b"{" if draw.random() < 0.5 else good)
    return tape.read(Partition(LOG, TOPIC, 0, limits=Limits(WINDOW, 0.4)))


def test_the_longest_note_of_a_log_can_be_committed_and_goes_on_exactly(tape: Tape) -> None:
    draw = Random(SEED)
    partition = crowded(tape, draw)
    snapshot = partition.snapshot()
    assert len(snapshot.note.encode()) < 4_096
    note = Note.decode(snapshot.note, LOG)
    assert note is not None
    assert isinstance(note.decisions, Nameless), "the names alone would not fit"
    named = note.decisions.named(snapshot.progress.rules or ())
    assert named is not None
    second = Partition(LOG, TOPIC, 0, snapshot.position, replace(note, decisions=named), Limits(WINDOW, 0.4))
    tape.read(second)
    assert second.stopped == partition.stopped is not None
    assert second.decisions == partition.decisions
    after = second.snapshot()
    assert (after.note, after.position, after.progress) == (snapshot.note, snapshot.position, snapshot.progress)
    assert counts(second) == counts(partition)


def test_open_panes_share_what_did_not_change_between_them(tape: Tape) -> None:
    """Each pane keeps the state of all sources before its first record; a copy each would be sources times panes."""
    sources = [f"s/{number}" for number in range(MAX_SOURCES)]
    tape.rules(*sources)
    for name in sources:
        tape.beat(0, source=name)
    for name in sources:
        tape.event(0, source=name)
    partition = tape.read()
    print(f"\n{MAX_SOURCES} sources: a progress of {len(msgspec.json.encode(partition.snapshot().progress)):,} bytes")
    panes = [pane for feed in partition._feeds.values() for pane in feed.panes.values()]
    assert len(panes) == MAX_SOURCES
    states = {id(state) for pane in panes for state in pane.decisions.sources.values()}
    assert len(states) == 2 * MAX_SOURCES - 1, "each source before and after its event, the last one before it"
    names = [id(found.names) for pane in panes if isinstance(found := pane.decisions.sources, Sources)]
    assert len(names) == MAX_SOURCES
    assert len(set(names)) == 1


def test_a_snapshot_holds_cells_with_a_record_since_the_last_one(tape: Tape) -> None:
    tape.event(0, beat="B01")
    tape.event(0, beat="B02")
    partition = tape.read()
    assert [cell.dims["beat"] for cell in partition.snapshot().cells] == ["B01", "B02"]
    assert not partition.has_news
    tape.event(0, "again", beat="B02")
    tape.event(0, "again", beat="B01")
    tape.read(partition)
    assert partition.has_news
    assert [(cell.dims["beat"], cell.records, cell.version) for cell in partition.snapshot().cells] == [("B02", 2, 2)]
    assert partition.snapshot().cells == []


def test_gaps_in_offsets_move_the_position_along(tape: Tape) -> None:
    partition = Partition(LOG, TOPIC, 0, 700)
    assert partition.snapshot().position == 700
    partition.feed([], 950)
    snapshot = partition.snapshot()
    assert (snapshot.position, snapshot.progress.read) == (950, 950)
    behind = again(snapshot)
    assert (behind.next_offset, behind.has_news) == (950, False)


@pytest.mark.parametrize("long", [False, True])
def test_the_estimate_of_memory_is_near_the_truth_and_not_below(tape: Tape, long: bool) -> None:
    """Early closing rests on it. Few cells with many ids, and many cells with long codes."""

    def write(number: int) -> None:
        if long:
            name, beat = f"{number:064d}".replace("0", "x"), "巡" * 58 + f"{number:06d}"
            tape.event(number % 300, name, beat=beat, kind="arrived")
        else:
            tape.event(number % 300)

    for number in range(3_000 if long else 10_000):
        write(number)
    tracemalloc.start()
    partition = Partition(LOG, TOPIC, 0)
    partition.feed(tape.records, len(tape.records))
    partition.snapshot()
    held = traced()
    print(f"\nestimated {partition.bytes:,}, held {held:,}")
    assert held < 1.1 * partition.bytes < 4 * held


@pytest.mark.parametrize("long", [False, True], ids=["short", "long"])
@pytest.mark.parametrize("what", ["late", "dead", "steps"])
def test_what_waits_to_be_published_counts_as_memory_too(tape: Tape, what: str, long: bool) -> None:
    tape.beat(90_000)
    for number in range(2_000):
        if what == "dead":
            tape.add(("é" * 4_000 if long else "{").encode())
        elif long:
            name, beat = f"{number:064d}".replace("0", "x"), "巡" * 58 + f"{number:06d}"
            tape.event(number % 300, name, beat=beat, kind="arrived")
        else:
            tape.event(number % 300)
    with declaring(*([CALL] if what == "steps" else [])):
        tracemalloc.start()
        partition = Partition(LOG, TOPIC, 0)
        partition.feed(tape.records, len(tape.records))
        held = traced()
    print(f"\nestimated {partition.bytes:,}, held {held:,}")
    assert held < 1.1 * partition.bytes < 4 * held
    partition.snapshot()
    assert partition.bytes == 0


def _at(record: LogRecord) -> int:
    return record.offset


@pytest.mark.parametrize("key", [_at])
def test_any_cut_into_fetches_ends_in_the_same_state(tape: Tape, key: Callable[[LogRecord], int]) -> None:
    tape.rules(SOURCE)
    for number in range(700):
        tape.event(number, beat=f"B{number % 7}")
        if number % 50 == 0:
            tape.beat(number)
            tape.add(b"poison")
    whole = tape.read().snapshot()
    for size in (1, 7, 255, 256, 257):
        partition = Partition(LOG, TOPIC, 0)
        for start in range(0, len(tape.records), size):
            batch = sorted(tape.records[start : start + size], key=key)
            partition.feed(batch, min(start + size, len(tape.records)))
        assert partition.snapshot() == whole


def test_a_pane_whose_source_stands_still_is_overdue_by_the_arrival_of_later_records(tape: Tape) -> None:
    tape.rules(SOURCE, "b/x", lateness=60, ahead=120)
    tape.beat(0)
    tape.event(0)
    partition = tape.read()
    explained = 60 + 120 + 300
    for later in (explained + 99, explained + 100):
        tape.beat(later, source="b/x")
        assert tape.read(partition).overdue(100) is None
    tape.beat(explained + 101, source="b/x")
    assert tape.read(partition).overdue(100) == (SOURCE, BEGIN - BEGIN % 300)
    tape.close(300)
    assert tape.read(partition).overdue(100) is None
