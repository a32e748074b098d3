"""The store's rows and the topic's steps make one map, wherever the one ends and the other begins."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random

import msgspec
import pytest

from figures.subjects import Subject
from runtime.log import Place, Record
from runtime.settings import Settings
from schemas.cities import load_cities
from schemas.families import LIFECYCLES
from schemas.families.hazards import HAZARDS
from schemas.instants import rfc3339
from schemas.reading import pane_record
from schemas.records import PaneRecord, Seam, Step
from schemas.topics import CORRECTIONS, DEAD_LETTERS, PANES
from sinks.batch import InsertBatch
from sinks.positions import positions
from sinks.store import Store
from sinks.writer import write
from streams.core.partition import Partition
from streams.live import history, subject_history, subjects
from streams.live.state import LiveState
from streams.live.subject_history import load_again, load_subjects
from streams.live.subjects import KEPT
from tests.deployments import SERVER_UNLESS_FULL
from tests.migrated import open_migrated

SOURCE = "xincheng/hazard"
BEGIN = 1_767_225_600
LIVES = [LIFECYCLES[name] for name in ("hazard", "notice")]


@pytest.fixture
def store(store_url: str, tmp_path: Path) -> Iterator[Store]:
    settings = Settings(clickhouse=store_url, data=tmp_path)
    opened = open_migrated(settings)
    yield opened
    opened.close()


def world(seed: int, number: int, partitions: int) -> dict[int, list[Record]]:
    """Hazards and what becomes of them: out of order, late, repeated, repeated with other content, cancelled, dead."""
    rng = Random(seed)
    logs: dict[int, list[Record]] = {partition: [] for partition in range(partitions)}

    def write(partition: int, at: int, kind: str, id: str, subject: str, time: int, data: dict[str, object]) -> None:
        envelope = {"specversion": "1.0", "type": f"{kind}.v1", "source": SOURCE, "id": id, "time": rfc3339(time)}
        value = json.dumps({**envelope, **({"subject": subject} if subject else {}), "data": data}).encode()
        logs[partition].append(Record(len(logs[partition]), at * 1000, value))

    for index in range(number):
        now = BEGIN + 60 * index
        if index % 10 == 0:
            for partition in logs:
                write(partition, now, "citywatch.heartbeat", f"h-{index}", "", now, {})
        subject, partition = f"h-{rng.randrange(number // 4)}", rng.randrange(partitions)
        time = now - rng.choice((0, 0, 0, 30, 600, 20_000, -7_200 if index > 50 else 0))
        kind = rng.choice(("opened", "opened", "notice_issued", "notice_met", "closed", "withdrawn"))
        data: dict[str, object] = {"beat": rng.choice(("B01", "B02"))}
        if kind != "withdrawn":
            data["kind"] = rng.choice(("fire", "traffic"))
        if kind in ("closed", "withdrawn"):
            data["opened_at"] = rfc3339(min(time, now) - 86_400)
        if kind.startswith("notice"):
            data["notice"] = f"N-{rng.randrange(number // 8)}"
            data |= (
                {"due": rfc3339(now + 86_400)} if kind == "notice_issued" else {"issued_at": rfc3339(BEGIN - 86_400)}
            )
        id = f"e-{index if rng.random() < 0.85 else rng.randrange(index + 1)}"
        write(partition, now, f"hazard.{kind}", id, subject, time, data)
    return logs


class Sink:
    """Stores what stands below a cut of each topic."""

    def __init__(self, store: Store, topics: dict[Place, Sequence[Record]]) -> None:
        self.store = store
        self.topics = topics
        self.at = dict.fromkeys(topics, 0)

    def store_to(self, cuts: dict[Place, int]) -> None:
        batch = InsertBatch()
        for place, cut in cuts.items():
            batch.take(place, [record for record in self.topics[place] if self.at[place] <= record.offset < cut], cut)
            self.at[place] = cut
        write(self.store, batch)


def judged(logs: dict[int, list[Record]], rng: Random) -> tuple[dict[Place, Sequence[Record]], list[PaneRecord]]:
    """The topics that come of it, and all that stands on the panes topic."""
    topics: dict[Place, Sequence[Record]] = {}
    panes: list[PaneRecord] = []
    for partition, records in logs.items():
        core = Partition("in", HAZARDS, partition)
        said: dict[str, list[msgspec.Struct]] = {PANES: [], CORRECTIONS: [], DEAD_LETTERS: []}
        at = 0
        while at < len(records):
            end = min(len(records), at + rng.randint(1, 40))
            core.feed(records[at:end], end)
            taken = core.snapshot()
            said[PANES] += [*taken.gaps, *taken.cells, *taken.steps, taken.progress]
            said[CORRECTIONS] += taken.corrections
            said[DEAD_LETTERS] += taken.dead_letters
            at = end
        topics[Place("in", HAZARDS, partition)] = records
        for topic, values in said.items():
            topics[Place("out", topic, partition)] = [
                Record(offset, 0, msgspec.json.encode(value)) for offset, value in enumerate(values)
            ]
        panes += said[PANES]  # type: ignore[arg-type]
    return topics, panes


def hazard(offset: int, at: int, kind: str, subject: str = "h-1") -> Record:
    """A step of one hazard, or that it was withdrawn."""
    data = {"beat": "B01"} | ({"opened_at": rfc3339(BEGIN)} if kind in ("closed", "withdrawn") else {})
    if kind == "notice_issued":
        data |= {"notice": "N-1", "due": rfc3339(at + 86_400)}
    value = {"type": f"hazard.{kind}.v1", "id": f"e-{offset}", "subject": subject, "data": data}
    return _record(offset, at, value)


def heartbeat(offset: int, at: int) -> Record:
    return _record(offset, at, {"type": "citywatch.heartbeat.v1", "id": f"e-{offset}"})


def _record(offset: int, at: int, value: Mapping[str, object]) -> Record:
    envelope = {"specversion": "1.0", "source": SOURCE, "time": rfc3339(at)}
    return Record(offset, at * 1000, json.dumps({**envelope, **value}).encode())


def subjects_of(state: LiveState) -> dict[tuple[str, str], Subject]:
    return {(life.name, subject.name): subject for life in LIVES for subject in state.subjects.of(life, SOURCE)}


def loaded(store: Store, state: LiveState) -> None:
    """What analyse does at its start, and whenever the sink has got on."""
    stored = positions(store)
    for progress in history.progress(store):
        state.take_progress(progress)
    load_subjects(store, state, stored)


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.full)])
def test_wherever_the_store_ends_the_map_is_that_of_all_steps_once_it_says_so(store: Store, seed: int) -> None:
    rng = Random(seed)
    topics, panes = judged(world(seed, 400, 2), rng)
    expected = LiveState.of(load_cities())
    expected.take(panes)
    assert len(subjects_of(expected)) > 50
    sink = Sink(store, topics)
    sink.store_to({place: rng.randrange(len(records) + 1) for place, records in topics.items()})
    state = LiveState.of(load_cities())
    begun = positions(store)
    for place in topics:
        if place.topic == PANES:
            state.handover.begun[place] = begun[place]
    loaded(store, state)
    state.history_loaded = True
    for of_panes, at in state.handover.begun.items():
        state.take([pane_record(record.value or b"") for record in topics[Place(*of_panes)][at:]])
    if state.has_all_steps:
        assert subjects_of(state) == subjects_of(expected)
    sink.store_to({place: len(records) for place, records in topics.items()})
    loaded(store, state)
    assert state.has_all_steps
    assert subjects_of(state) == subjects_of(expected)


def test_a_subject_that_was_left_out_and_goes_on_is_loaded_again_with_all_of_its_steps(store: Store) -> None:
    logs = {0: [hazard(0, BEGIN, "opened"), hazard(1, BEGIN + 60, "closed"), heartbeat(2, BEGIN + 2 * KEPT)]}
    topics, panes = judged(logs, Random(0))
    Sink(store, topics).store_to({place: len(records) for place, records in topics.items()})
    state = LiveState.of(load_cities())
    state.take(panes)
    state.subjects.forget()
    assert subjects_of(state) == {}
    _, more = judged({0: [*logs[0], hazard(3, BEGIN + 2 * KEPT, "notice_issued")]}, Random(0))
    state.take([record for record in more if isinstance(record, Step) and record.offset == 3])
    unsure = state.subjects.unsure()
    assert unsure == {("hazard", SOURCE, "h-1")}
    load_again(store, state, positions(store), unsure)
    assert [step.state for step in subjects_of(state)["hazard", "h-1"].steps] == ["opened", "closed", "notice_issued"]


def test_what_is_loaded_again_for_one_subject_is_no_step_of_another_that_is_over(store: Store) -> None:
    """The notice of a hazard that goes on was met long ago: with its first step alone it would seem to be open."""
    issued = hazard(1, BEGIN + 60, "notice_issued", "h-2")
    met = {"type": "hazard.notice_met.v1", "id": "e-2", "subject": "h-2"}
    data = {"beat": "B01", "notice": "N-1", "issued_at": rfc3339(BEGIN + 60)}
    logs = [
        hazard(0, BEGIN, "opened", "h-2"), issued, _record(2, BEGIN + 120, {**met, "data": data}),
        hazard(3, BEGIN + 180, "closed", "h-2"), heartbeat(4, BEGIN + 2 * KEPT),
    ]  # fmt: skip
    topics, panes = judged({0: logs}, Random(0))
    Sink(store, topics).store_to({place: len(records) for place, records in topics.items()})
    state = LiveState.of(load_cities())
    state.take(panes)
    state.subjects.forget()
    load_again(store, state, positions(store), {("hazard", SOURCE, "h-2")})
    held = subjects_of(state)
    assert [step.state for step in held["hazard", "h-2"].steps] == ["opened", "notice_issued", "closed"]
    assert ("notice", "N-1") not in held


def test_rows_that_count_nowhere_take_the_place_of_none_that_count(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of one subject and type the last rows are read: repeats of an id that are newer do not push others out."""
    monkeypatch.setattr(subject_history, "_MOST", 2)
    met = [hazard(offset, BEGIN + 60 * offset, "closed") for offset in (1, 2)]
    repeats = [
        Record(offset, at.timestamp, (at.value or b"").replace(b"e-%d" % offset, b"e-2"))
        for offset in range(3, 9)
        for at in [hazard(offset, BEGIN + 60 * offset, "closed")]
    ]
    topics, panes = judged({0: [hazard(0, BEGIN, "opened"), *met, *repeats]}, Random(0))
    Sink(store, topics).store_to({place: len(records) for place, records in topics.items()})
    expected, state = LiveState.of(load_cities()), LiveState.of(load_cities())
    expected.take(panes)
    load_subjects(store, state, positions(store))
    held = subjects_of(state)["hazard", "h-1"].steps
    assert [step.id for step in held] == ["e-0", "e-1", "e-2"]
    assert subjects_of(state) == subjects_of(expected)


@pytest.mark.parametrize(
    ("uncounted", "lost"),
    [
        (0, 0),
        (3, 40),
        pytest.param(0, 40, marks=pytest.mark.full),
        pytest.param(3, 0, marks=pytest.mark.full),
    ],
)
def test_of_a_subject_with_very_many_steps_the_first_and_the_last_are_read_and_none_between(
    store: Store, monkeypatch: pytest.MonkeyPatch, uncounted: int, lost: int
) -> None:
    monkeypatch.setattr(subjects, "MOST_UNSEEN", 20)
    monkeypatch.setattr(subject_history, "_MOST", 40)
    panes = very_many(store, uncounted, lost)
    expected, state = LiveState.of(load_cities()), LiveState.of(load_cities())
    expected.take(panes)
    taken = steps_read(store, state, monkeypatch)
    assert subjects_of(state) == subjects_of(expected)
    assert all(subject.is_cut and len(subject.steps) == 20 for subject in subjects_of(state).values())
    assert 2 * 40 < len(taken) < 2 * 60


def test_what_is_loaded_again_of_a_subject_with_very_many_steps_has_its_first_one(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subjects, "MOST_UNSEEN", 20)
    monkeypatch.setattr(subject_history, "_MOST", 40)
    panes = very_many(store)
    expected, state = LiveState.of(load_cities()), LiveState.of(load_cities())
    expected.take(panes)
    for progress in history.progress(store):
        state.take_progress(progress)
    load_again(store, state, positions(store), {("hazard", SOURCE, name) for name in ("h-0", "h-1")})
    assert subjects_of(state) == subjects_of(expected)


def test_what_is_loaded_again_after_a_look_is_what_would_have_stayed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gap between the first and the last steps that nothing marks would be a silence, and an alarm."""
    monkeypatch.setattr(subjects, "MOST_STEPS", 20)
    monkeypatch.setattr(subject_history, "_MOST", 40)
    closed = [hazard(offset, BEGIN + 60 * offset, "closed") for offset in range(1, 150)]
    repeat = Record(150, closed[-1].timestamp, closed[0].value)
    logs = [hazard(0, BEGIN, "opened"), *closed, repeat, heartbeat(151, BEGIN + 2 * KEPT)]
    late = [hazard(152 + each, BEGIN + 60 * (each + 100) + 30, "closed") for each in range(2)]
    topics, panes = judged({0: logs}, Random(0))
    Sink(store, topics).store_to({place: len(records) for place, records in topics.items()})
    _, more = judged({0: [*logs, *late]}, Random(0))
    steps = [record for record in more if isinstance(record, Step) and record.offset > 151]
    assert len(steps) == 2
    stayed, state = LiveState.of(load_cities()), LiveState.of(load_cities())
    for each in (stayed, state):
        each.take(panes)
        each.subjects.looked(LIFECYCLES["hazard"], SOURCE, BEGIN + 2 * KEPT)
    state.subjects.forget()
    for each in (stayed, state):
        each.take(steps)
    load_again(store, state, positions(store), state.subjects.unsure())
    assert len(subjects_of(state)["hazard", "h-1"].steps) == 1 + 1 + 50 + 2, "with the last end before them"
    assert subjects_of(state) == subjects_of(stayed)


@SERVER_UNLESS_FULL
@pytest.mark.parametrize("has_looked", [True, False])
def test_steps_between_are_left_out_only_before_the_first_look(
    store: Store, monkeypatch: pytest.MonkeyPatch, has_looked: bool
) -> None:
    monkeypatch.setattr(subject_history, "_MOST", 40)
    very_many(store)
    state = LiveState.of(load_cities())
    if has_looked:
        state.subjects.looked(LIFECYCLES["hazard"], SOURCE, BEGIN)
    taken = steps_read(store, state, monkeypatch)
    assert (taken == set(range(300))) == has_looked


def very_many(store: Store, uncounted: int = 0, lost: int = 0) -> list[PaneRecord]:
    """Two hazards with 150 steps each, out of order, some at the same time, some repeated, so many in one place never
    judged, the first one among them; each row stands there three times until it is merged. Gives what was judged."""
    rng = Random(uncounted)
    times = [BEGIN + 60 * rng.randrange(400) for _ in range(300)]
    records = [hazard(offset, time, "opened", f"h-{offset % 2}") for offset, time in enumerate(times)]
    again = [Record(300 + each, record.timestamp, record.value) for each, record in enumerate(records[:uncounted])]
    topics, panes = judged({0: [*records, *again, heartbeat(300 + uncounted, BEGIN + 500 * 60)]}, rng)
    start = min(max(0, times.index(min(times)) - lost // 2), 300 - lost)
    seam = Seam(log="in", topic=HAZARDS, partition=0, start=start, end=start + lost)
    place = Place("out", PANES, 0)
    topics[place] = [*topics[place], Record(len(topics[place]), 0, msgspec.json.encode(seam))]
    for _ in range(3):
        Sink(store, topics).store_to({place: len(records) for place, records in topics.items()})
    return [each for each in panes if not (isinstance(each, Step) and start <= each.offset < start + lost)]


def steps_read(store: Store, state: LiveState, monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """The offsets of the steps that are loaded."""
    take, offsets = state.subjects.take, set[int]()

    def counted(step: Step) -> None:
        offsets.add(step.offset)
        take(step)

    monkeypatch.setattr(state.subjects, "take", counted)
    load_subjects(store, state, positions(store))
    return offsets
