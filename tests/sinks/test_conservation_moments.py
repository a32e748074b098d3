"""What is on its way, too old, or was never judged is no imbalance; what is gone is one, however old."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from runtime.log import LogPartition
from runtime.settings import Settings
from schemas.families.incidents import INCIDENTS
from schemas.records import Cell
from schemas.topics import CORRECTIONS, DEAD_LETTERS
from sinks import conservation
from sinks.accounts import BUCKET, RAW
from sinks.conservation import Conservation, Outside
from sinks.store import Store
from tests.migrated import open_migrated
from tests.parts.server import await_until
from tests.placed import placed

LOG, KEEP_DAYS = "log-1", 30
PLACE: LogPartition = (LOG, INCIDENTS, 0)
LETTERS: LogPartition = ("out-1", DEAD_LETTERS, 0)
NOW = 1_780_000_000
CELL = Cell(
    log=LOG, topic=INCIDENTS, partition=0, source="", pane=NOW, version=0, records=0,
    **placed("incident.reported", "", "", count=0),
)  # fmt: skip
"""The one that holds every event."""


class Books:
    """One partition in a store: every offset an event that was counted, but each tenth, which is a dead letter."""

    def __init__(self, store: Store, log: str = LOG) -> None:
        self.store = store
        self.place: LogPartition = (log, INCIDENTS, 0)
        self.ends: dict[LogPartition, int] = {("out-1", CORRECTIONS, 0): 0, LETTERS: 0}
        self.kept_from = {self.place: 0}
        self.conservation = Conservation(store, KEEP_DAYS)

    def rows(self, begin: int, end: int) -> None:
        """What stands in the tables of rows; the positions tell of it."""
        good = [offset for offset in range(begin, end) if offset % 10]
        bad = [offset for offset in range(begin, end) if offset % 10 == 0]
        self._insert("events", good, id=str, time=lambda _: NOW, received=lambda _: int(time.time()))
        self._insert("dead_letters", bad)
        self.position(self.place, end)
        self.position(LETTERS, end)

    def judged(self, read: int) -> None:
        """Cells and progress up to an offset."""
        bad = -(-read // 10)
        self.cells(read)
        names = ["log", "topic", "partition", "read", "counted", "late", "duplicates", "dead"]
        self.store.insert("progress", names, [[value] for value in (*self.place, read, read - bad, 0, 0, bad)])
        self.ends[LETTERS] = read

    def cells(self, read: int) -> None:
        names = ["log", "topic", "partition", "pane", "version", "records"]
        row = (*self.place, NOW, read - 1, read - -(-read // 10))
        self.store.insert("cells", names, [[value] for value in row])

    def lose(self, offset: int) -> None:
        """The raw row of an offset is deleted."""
        there = f"SELECT count() FROM events WHERE offset = {offset}"
        self.store.command(f"ALTER TABLE events DELETE WHERE offset = {offset}")
        await_until(lambda: self.store.query(there) == [(0,)], 30, "the row to be gone")

    def position(self, place: LogPartition, position: int) -> None:
        names = ["log", "topic", "partition", "position"]
        self.store.insert("sink_positions", names, [[value] for value in (*place, position)])

    def look(self, times: int = 4) -> list[str]:
        """What is out of balance after so many looks; cells are looked at anew in each."""
        told: list[str] = []
        for _ in range(times):
            found = self.conservation.look(frozenset({0}), Outside(self.ends, self.kept_from))
            told = [f"{each.what} [{each.begin}, {each.end}) {each.found - each.expected:+d}" for each in found]
        return told

    def _insert(self, table: str, offsets: list[int], **more: object) -> None:
        columns = [[self.place[at]] * len(offsets) for at in range(3)]
        further = [[make(offset) for offset in offsets] for make in more.values()]  # type: ignore[operator]
        self.store.insert(table, ["log", "topic", "partition", "offset", *more], [*columns, offsets, *further])


@pytest.fixture
def books(clickhouse_url: str) -> Iterator[Books]:
    settings = Settings(clickhouse=clickhouse_url)
    with closing(open_migrated(settings)) as store:
        yield Books(store)


def test_rows_that_are_on_their_way_are_no_imbalance(books: Books) -> None:
    books.rows(0, 50)
    books.judged(100)  # aggregate is ahead of what this or another sink has stored
    assert books.look() == []
    books.cells(120)  # and cells came without their progress
    books.rows(50, 100)
    assert books.look() == []
    books.rows(100, 120)
    books.judged(120)
    assert books.look() == []
    assert books.conservation._accounts[PLACE].base.read == 120


def test_cells_that_are_written_while_it_looks_are_no_imbalance(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["log", "topic", "partition", "pane"]
    for bucket in range(1, 50):
        books.store.insert("cells", names, [[value] for value in (*PLACE, NOW - bucket * BUCKET)])
    books.rows(0, 100)
    books.judged(100)
    assert books.look() == []
    books.rows(100, 200)
    monkeypatch.setattr(conservation, "BUCKETS_AT_ONCE", 1)  # the turn of older cells comes in 50 looks
    with books.conservation.writing([CELL]):
        assert books.look() == []
        books.judged(200)
    assert books.look() == []
    assert books.conservation._accounts[PLACE].base.read == 200


def test_what_is_gone_is_told_at_the_second_sight_and_no_longer_when_it_is_back(engine: Store) -> None:
    books = Books(engine)
    books.rows(0, 100)
    books.judged(100)
    assert books.look() == []
    books.lose(42)
    assert books.look(1) == []
    assert books.look(1) == [f"{RAW} [0, 100) -1"]
    books.rows(42, 43)
    assert books.look(1) == []


def test_what_was_never_judged_or_may_be_too_old_is_not_compared(books: Books) -> None:
    books.rows(0, 100)
    names = ["log", "topic", "partition", "start_offset", "end_offset"]
    books.store.insert("seams", names, [[value] for value in (*PLACE, 100, 150)])
    books.rows(100, 150)  # somebody chose to go on behind them: the sink has read them, nobody has judged them
    verdicts = ["log", "topic", "partition", "read", "counted", "late", "duplicates", "dead"]
    books.judged(100)
    books.rows(150, 151)
    books.store.insert("progress", verdicts, [[value] for value in (*PLACE, 151, 90, 0, 0, 11)])
    books.ends[LETTERS] = 151
    assert books.look() == []

    old = Books(books.store, log="log-0")  # a topic that was made anew: what was not read of it will never come
    old.kept_from = books.kept_from
    old.judged(100)
    assert [told for told in old.look() if told.startswith(RAW)] == []

    late = Books(books.store, log="log-2")
    late.kept_from = {late.place: 30}  # Kafka begins there: a fresh store lacks the raw rows before it
    late.rows(30, 100)
    late.judged(100)
    assert [told for told in late.look() if told.startswith(RAW)] == []


def test_a_state_in_balance_is_where_the_next_process_begins_and_is_looked_at_again(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conservation, "SAVE_OFFSETS", 100)
    for read in (100, 200, 300):
        books.rows(read - 100, read)
        books.judged(read)
        assert books.look(2) == []
    assert books.store.query("SELECT read, counted, dead FROM audits ORDER BY read") == [
        (100, 90, 10), (200, 180, 20), (300, 270, 30),
    ]  # fmt: skip
    books.conservation = Conservation(books.store, KEEP_DAYS)
    assert books.look() == []
    assert books.conservation._accounts[PLACE].start.read == 300
    books.lose(42)
    assert books.look(6) == [f"{RAW} [0, 100) -1"]
