"""What of the store stands on the topic of adjustments, and what does not yet. Everything here blocks on the store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from schemas.families import TYPES
from schemas.published import Adjustment
from sinks import dims
from sinks.bind import literal
from sinks.rows import TableRow
from sinks.store import ResultRow, Store

COLUMNS = ("log", "source", "pane", "type", *dims.NAMES, "version", "records", "count", "values")

_DUE = f"source, toUInt32(pane), type, {dims.SQL}, records, count, values"

_READ_BY_THE_VIEW = (
    "corrections", "dead_letters", "repeated_events", "restated_events", "seams", "types", "lists",
)  # fmt: skip
"""Tables whose rows decide what the view `adjustments` says, beside how far partitions are judged."""


_LEARNED = "source = '' AND type = ''"

_IDENTITY = f"source, type, pane, {dims.SQL}"
_DECLARED = f"type IN {literal(sorted(TYPES))}"


class State(NamedTuple):
    """What the view `adjustments` follows from, in short: as long as this stays, so does the view. Rows that were there
    before only ever become judged."""

    parts: tuple[int, int]
    not_judged: int


def due(store: Store, limit: int) -> list[ResultRow]:
    """At most so many identities whose adjustment is not what was published, with what it is now: `COLUMNS` without log
    and version. Types that this version does not declare are left to one that does."""
    return store.query(f"SELECT {_DUE} FROM adjustments_due WHERE {_DECLARED} LIMIT {int(limit)}")


def all_due(store: Store, at_once: int) -> Iterator[list[ResultRow]]:
    """The same, all of them, in lists of so many: the view is asked once."""
    store.command("TRUNCATE TABLE staged_adjustments")
    columns = f"{_IDENTITY}, records, count, values"
    store.command(f"INSERT INTO staged_adjustments ({columns}) SELECT {columns} FROM adjustments_due WHERE {_DECLARED}")
    start = 0
    while rows := store.query(
        f"SELECT {_DUE} FROM staged_adjustments ORDER BY {_IDENTITY} LIMIT {start}, {int(at_once)}"
    ):
        yield rows
        start += len(rows)


def adjustment(row: ResultRow, version: int) -> Adjustment:
    """The record of a row of `due`."""
    source, pane, name, *codes, records, count, values = row
    declared = TYPES[name]
    numbers = (int(count), *map(int, values), *[0] * len(declared.number_names))
    return Adjustment(
        source=source,
        pane=int(pane),
        type=name,
        dims=dict(zip(declared.dims, dims.codes(declared, *codes), strict=True)),
        version=version,
        records=int(records),
        numbers=dict(zip(declared.number_names, numbers, strict=False)),
    )


def record(store: Store, log: str, published: Sequence[Adjustment]) -> None:
    """Write down that these stand on the topic."""
    rows = [_row(log, each) for each in published]
    if rows:
        store.insert("published_adjustments", COLUMNS, list(zip(*rows, strict=True)))


def _row(log: str, said: Adjustment) -> TableRow:
    name, *codes = said.key
    return log, said.source, said.pane, name, *dims.stored(codes), said.version, said.records, said.count, said.values


def newest_version(store: Store) -> int:
    """The greatest version that was published; 0: none was."""
    return int(store.query(f"SELECT max(version) FROM published_adjustments WHERE NOT ({_LEARNED})")[0][0])


def learned_to(store: Store) -> int:
    """The offset of the topic below which all that stands there is in the table."""
    return int(store.query(f"SELECT max(version) FROM published_adjustments WHERE {_LEARNED}")[0][0])


def set_learned(store: Store, log: str, offset: int) -> None:
    """Say so: in place of the version of a row that is of no identity and adds nothing."""
    nothing = Adjustment(source="", pane=0, type="", dims={"": ""}, version=offset, records=0, numbers={})
    store.insert("published_adjustments", COLUMNS, [[value] for value in _row(log, nothing)])


def forget_other_logs(store: Store, log: str | None) -> None:
    """Empty the record of what is published where it speaks of another log than this; of any, where that is None."""
    known = {name for (name,) in store.query("SELECT DISTINCT log FROM published_adjustments")}
    if known - {log}:
        store.command("TRUNCATE TABLE published_adjustments")


def state(store: Store, before: State | None) -> State:
    """As it is now. Where all was judged `before`, and nothing has come since, that is not asked again."""
    now = parts(store)
    if before == State(now, 0):
        return before
    return State(now, not_judged(store))


def parts(store: Store) -> tuple[int, int]:
    """What another value of tells that the tables under the view have been written since: every insert makes a part."""
    ((number, names),) = store.query(
        "SELECT count(), sum(cityHash64(table, name)) FROM system.parts"
        f" WHERE database = currentDatabase() AND active AND table IN {literal(_READ_BY_THE_VIEW)}"
    )
    return int(number), int(names)


def not_judged(store: Store) -> int:
    """How many repeated or restated rows are not judged yet: they count once their partition has come so far."""
    place = "log, topic, partition"
    ((number,),) = store.query(
        f"SELECT count() FROM (SELECT {place}, offset FROM repeated_events"
        f" UNION ALL SELECT {place}, offset FROM restated_events) AS l"
        f" ALL LEFT JOIN (SELECT {place}, read FROM progress_latest) AS r USING {place} WHERE offset >= read"
    )
    return int(number)
