"""Small worlds of raw rows with the verdicts that an aggregate would give, and what figures must come out.

The oracle shares nothing with the views: it walks over all rows in Python, by the words of the design.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise, zip_longest
from typing import NamedTuple

from schemas.phases import phase_values
from schemas.records import Cell, Correction, DeadLetter, Progress
from sinks.batch import InsertBatch
from sinks.rows import TableRow, correction_row, dead_letter_row
from tests.placed import placed

TOPIC = "citywatch.incidents"
RESTATING = ("incident.reclassified", "incident.cancelled")
START = 1_767_225_600

Key = tuple[str, int, str, str, str, str]
Sums = dict[Key, tuple[int, int, tuple[int, ...]]]


@dataclass(frozen=True)
class Raw:
    """One accepted event where it stands. `verdict` is filled in by `judge`."""

    partition: int
    offset: int
    id: str
    subject: str
    time: int
    type: str = "incident.reported"
    beat: str = "B01"
    category: str = "110201"
    facet: str = "citizen"
    count: int = 1
    values: tuple[int, ...] = ()
    now_category: str = ""
    further: tuple[str, ...] = ()
    now_facet: str = ""
    now_further: tuple[str, ...] = ()
    now_beat: str = ""
    dead: bool = False
    closed: bool = False
    """Its pane had been closed in its partition when it was read."""
    received: int = START
    verdict: str = ""

    @property
    def pane(self) -> int:
        return self.time // 300 * 300


@dataclass
class GeneratedSource:
    """Rows of one source over the partitions of one log."""

    name: str
    rows: list[Raw] = field(default_factory=list)
    log: str = ""

    def __post_init__(self) -> None:
        self.log = self.log or f"log-{self.name}"

    @property
    def source(self) -> str:
        return f"{self.name}/110"

    def judged(self) -> list[Raw]:
        """The rows with their verdicts, in the order of each partition."""
        counted: set[tuple[int, int, str]] = set()
        judged = []
        for row in sorted(self.rows, key=lambda row: (row.partition, row.offset)):
            key = (row.partition, row.pane, row.id)
            if row.dead:
                verdict = "dead"
            elif row.closed:
                verdict = "late"
            elif key in counted:
                verdict = "duplicate"
            else:
                counted.add(key)
                verdict = "counted"
            judged.append(replace(row, verdict=verdict))
        return judged


def figures(world: GeneratedSource) -> Sums:
    """What the sums of cells and adjustments must be; keys whose numbers are all zero are left out."""
    firsts = _firsts(world)
    ruling = _ruling(firsts)
    sums: dict[Key, list[object]] = defaultdict(lambda: [0, 0, ()])
    for row in firsts:
        if row.type in RESTATING:
            continue
        beat, category = row.beat, row.category
        if row.type == "incident.reported" and row.subject in ruling:
            rule = ruling[row.subject]
            if rule.type == "incident.cancelled":
                continue
            beat, category = rule.now_beat or beat, rule.now_category
        key = (world.source, row.pane, row.type, beat, category, row.facet)
        records, count, values = sums[key]
        sums[key] = [records + 1, count + row.count, add(values, row.values)]  # type: ignore[operator, arg-type]
    return {key: (records, count, values) for key, (records, count, values) in sums.items()}  # type: ignore[misc]


def unmatched(world: GeneratedSource) -> set[str]:
    """Subjects that a restatement names and no report does."""
    firsts = _firsts(world)
    there = {row.subject for row in firsts if row.type == "incident.reported"}
    return set(_ruling(firsts)) - there


CONTENT = (
    "time", "beat", "category", "count", "type", "facet", "subject", "values", "now_category", "now_beat",
    "further", "now_facet", "now_further",
)  # fmt: skip


class Differs(NamedTuple):
    """An id with other content: how often it came, how often otherwise, where it counts and first differs, and of each
    field that differs the two values."""

    times: int
    others: int
    counted: tuple[int, int]
    first_other: tuple[int, int]
    fields: dict[str, tuple[object, object]]


def conflicts(world: GeneratedSource) -> dict[str, Differs]:
    """By id those that came again with other content."""
    found: dict[str, Differs] = {}
    for counted in _firsts(world):
        rows = [row for row in world.judged() if row.verdict != "dead" and row.id == counted.id]
        others = [row for row in rows if any(getattr(row, name) != getattr(counted, name) for name in CONTENT)]
        fields = {
            name: (getattr(counted, name), differing[0])
            for name in CONTENT
            if (differing := [getattr(row, name) for row in others if getattr(row, name) != getattr(counted, name)])
        }
        if others:
            first, other = ((row.partition, row.offset) for row in (counted, others[0]))
            found[counted.id] = Differs(len(rows), len(others), first, other, fields)
    return found


def _firsts(world: GeneratedSource) -> list[Raw]:
    found: dict[str, Raw] = {}
    for row in world.judged():
        if row.verdict != "dead" and row.id not in found:
            found[row.id] = row
    return list(found.values())


def _ruling(firsts: list[Raw]) -> dict[str, Raw]:
    ruling: dict[str, Raw] = {}
    for row in firsts:
        if row.type in RESTATING:
            known = ruling.get(row.subject)
            if known is None or (row.time, row.id) > (known.time, known.id):
                ruling[row.subject] = row
    return ruling


def add(left: tuple[int, ...], right: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(a + b for a, b in zip_longest(left, right, fillvalue=0))


def event_row(world: GeneratedSource, row: Raw) -> TableRow:
    return (
        world.log, TOPIC, row.partition, row.offset, world.source, row.id, row.subject, row.time,
        row.type, row.beat, row.category, row.facet, [], row.count, row.values,
        row.now_beat, row.now_category, "", [], row.time, "", "", row.received,
    )  # fmt: skip


def raw_batch(world: GeneratedSource, rows: list[Raw]) -> InsertBatch:
    """A batch that holds raw rows."""
    batch = InsertBatch()
    for row in rows:
        batch.add_events((world.log, TOPIC, row.partition), [event_row(world, row)])
    return batch


def result_batch(world: GeneratedSource, partition: int, end: int) -> InsertBatch:
    """What aggregate has published once it has read a partition up to `end`."""
    batch = InsertBatch()
    judged = [row for row in world.judged() if row.partition == partition and row.offset < end]
    cells: dict[Key, Cell] = {}
    for row in judged:
        if row.verdict == "dead":
            letter = DeadLetter(
                log=world.log, topic=TOPIC, partition=partition, offset=row.offset, reason="future", detail="",
                control=False, source=world.source, excerpt="",
            )  # fmt: skip
            batch.dead_letters.append(dead_letter_row(letter))
        elif row.verdict == "late" or (row.type in RESTATING and row.verdict == "counted"):
            batch.corrections.append(correction_row(_correction(world, row)))
        elif row.verdict == "counted":
            key = (world.source, row.pane, row.type, row.beat, row.category, row.facet)
            older = cells.get(key)
            cells[key] = Cell(
                log=world.log, topic=TOPIC, partition=partition, source=world.source, pane=row.pane,
                version=row.offset, records=1 + (older.records if older else 0),
                **placed(
                    row.type, row.beat, row.category, row.facet, count=row.count + (older.count if older else 0),
                    values=add(row.values, older.values if older else ()),
                ),
            )  # fmt: skip
    batch.cells = {(world.log, TOPIC, partition, *key): cell for key, cell in cells.items()}
    tally = [sum(row.verdict == verdict for row in judged) for verdict in ("counted", "late", "duplicate", "dead")]
    batch.progress[world.log, TOPIC, partition] = Progress(
        log=world.log, topic=TOPIC, partition=partition, read=end, counted=tally[0], late=tally[1],
        duplicates=tally[2], dead=tally[3], clocks={}, boundaries={}, open_panes=0, bytes=0,
    )  # fmt: skip
    return batch


def merged(batches: Iterable[InsertBatch]) -> InsertBatch:
    """One batch with the rows of all."""
    whole = InsertBatch()
    for batch in batches:
        for row in zip(*batch.events, strict=True):
            whole.add_events(row[:3], [row])
        whole.corrections += batch.corrections
        whole.dead_letters += batch.dead_letters
        whole.cells |= batch.cells
        whole.progress |= batch.progress
    return whole


def _correction(world: GeneratedSource, row: Raw) -> Correction:
    restates = row.type in RESTATING
    now = {"category": row.now_category} | ({"beat": row.now_beat} if row.now_beat else {})
    return Correction(
        log=world.log, topic=TOPIC, partition=row.partition, offset=row.offset, verdict=row.verdict,
        source=world.source, id=row.id, subject=row.subject, time=row.time,
        **placed(row.type, row.beat, row.category, row.facet, count=row.count, values=row.values),
        now=now if row.type == "incident.reclassified" else {},
        reported_at=row.time if restates else None,
    )  # fmt: skip


def deliveries(world: GeneratedSource, rng: random.Random) -> Iterator[InsertBatch]:
    """Everything the world has for the store, cut at random, some of it twice, results before and after the
    raw rows, older cells after newer ones. All of it is delivered at least once."""
    waiting: list[InsertBatch] = []
    by_partition: Mapping[int, list[Raw]] = {
        partition: sorted((row for row in world.rows if row.partition == partition), key=lambda row: row.offset)
        for partition in sorted({row.partition for row in world.rows})
    }
    for partition, rows in by_partition.items():
        cuts = sorted({0, len(rows), *(rng.randrange(len(rows) + 1) for _ in range(2))})
        for start, end in pairwise(cuts):
            again = rng.randrange(start + 1)
            waiting.append(raw_batch(world, rows[again if rng.random() < 0.3 else start : end]))
        last = rows[-1].offset + 1
        for end in {last, *(rng.randrange(last + 1) for _ in range(2))}:
            waiting.append(result_batch(world, partition, end))
    rng.shuffle(waiting)
    yield from waiting
    if waiting and rng.random() < 0.5:
        yield rng.choice(waiting)


def random_source(name: str, rng: random.Random) -> GeneratedSource:
    """Few ids, subjects, panes and beats, so that nearly everything collides."""
    world = GeneratedSource(name)
    ids = [f"e{number}" for number in range(rng.choice((3, 8, 20)))]
    subjects = [f"i{number}" for number in range(rng.choice((2, 5)))]
    for partition in range(rng.choice((1, 2, 3))):
        closed = START
        offset = 0
        for _ in range(rng.randrange(1, 25)):
            offset += rng.choice((1, 1, 1, 3))
            closed += rng.choice((0, 0, 0, 300))
            time = START + rng.randrange(1200)
            kind = rng.choice(("incident.reported",) * 5 + ("incident.dispatched", *RESTATING))
            recodes = kind == "incident.reclassified"
            row = Raw(
                partition,
                offset,
                rng.choice(ids),
                rng.choice(subjects),
                time,
                kind,
                beat=rng.choice(("B01", "B02", "")),
                category=rng.choice(("110201", "110202")),
                facet=rng.choice(("citizen", "officer")),
                count=rng.choice((1, 1, 7)) if kind == "incident.reported" else 1,
                values=phase_values(rng.randrange(900), 1) if kind == "incident.dispatched" else (),
                now_category=rng.choice(("110303", "110201", "")) if recodes else "",
                now_beat=rng.choice(("", "B09")) if recodes else "",
                dead=rng.random() < 0.1,
                closed=time // 300 * 300 < closed,
            )
            world.rows.append(row)
    return world
