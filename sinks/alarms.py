"""Alarms of clocks, as the store has them. Each blocks on the store."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from schemas.alarms import Alarm
from sinks.bind import literal
from sinks.store import ResultRow, Store

_COLUMNS = (
    "id, clock, source, subject, beat, state, toUInt32(begin), toUInt32(warn_at), toUInt32(due), toUInt32(raised_at),"
    " toUInt32(end), ended_by, why, withdrawn_by, version"
)


class Asked(NamedTuple):
    """Which alarms: of these clocks, in these states, of these sources, about these subjects; None: any. `without`:
    of none of these sources."""

    clocks: Collection[str] | None = None
    states: Collection[str] | None = None
    sources: Collection[str] | None = None
    subjects: Collection[str] | None = None
    without: Collection[str] = ()

    @property
    def sql(self) -> str:
        named = (("clock", self.clocks), ("state", self.states), ("source", self.sources), ("subject", self.subjects))
        found = [f"{column} IN {literal(sorted(names))}" for column, names in named if names is not None]
        found += [f"source NOT IN {literal(sorted(self.without))}"] if self.without else []
        return " AND ".join(found) or "1"


def newest(store: Store, asked: Asked, limit: int) -> list[Alarm]:
    """Those that were given last, the newest first."""
    rows = store.query(
        f"SELECT {_COLUMNS} FROM alarms_latest WHERE {asked.sql}"
        f" ORDER BY raised_at DESC, clock, source, subject LIMIT {int(limit)}"
    )
    return [_alarm(row) for row in rows]


def counted(store: Store, asked: Asked) -> dict[str, int]:
    """How many there are in each state."""
    rows = store.query(f"SELECT state, count() FROM alarms_latest WHERE {asked.sql} GROUP BY state ORDER BY state")
    return {state: int(number) for state, number in rows}


def find(store: Store, name: str) -> Alarm | None:
    """One alarm, by its id."""
    rows = store.query(f"SELECT {_COLUMNS} FROM alarms_latest WHERE id = {literal(name)}")
    return _alarm(rows[0]) if rows else None


def _alarm(row: ResultRow) -> Alarm:
    name, clock, source, subject, beat, state, *times, ended_by, why, withdrawn_by, version = row
    begin, warn_at, due, raised_at, end = map(int, times)
    return Alarm(
        id=name,
        clock=clock,
        source=source,
        subject=subject,
        beat=beat,
        state=state,
        begin=begin,
        warn_at=warn_at or None,
        due=due or None,
        raised_at=raised_at,
        end=end or None,
        ended_by=ended_by,
        why=why,
        withdrawn_by=withdrawn_by,
        version=int(version),
    )
