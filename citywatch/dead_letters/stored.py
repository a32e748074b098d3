"""Dead letters as the store keeps them."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from schemas.records import DeadLetter
from sinks.bind import literal
from sinks.store import Store

PAGE = 2_000
IDS_AT_ONCE = 500
"""A statement of an old server may have 256 KiB."""

_COLUMNS = "log, topic, partition, offset, reason, detail, control, source, excerpt, toUInt32(received) AS came"
_PLACE = "log, topic, partition, offset"


class Choice(Struct, frozen=True):
    """Which letters: those that fulfil everything given."""

    reason: str | None = None
    since: int | None = None
    place: tuple[str, int, int] | None = None

    def condition(self) -> str:
        """As SQL."""
        parts = ["1"]
        if self.reason is not None:
            parts.append(f"reason = {literal(self.reason)}")
        if self.since is not None:
            parts.append(f"received >= toDateTime({self.since})")
        if self.place is not None:
            topic, partition, offset = self.place
            parts.append(f"topic = {literal(topic)} AND partition = {partition} AND offset = {offset}")
        return " AND ".join(parts)


def newest(store: Store, choice: Choice, limit: int) -> list[DeadLetter]:
    """The letters that came last, the newest first."""
    return _letters(store, f"{choice.condition()} ORDER BY came DESC, topic, partition, offset DESC LIMIT {int(limit)}")


def by_reason(store: Store, choice: Choice) -> dict[str, int]:
    """How many there are, the commonest first."""
    rows = store.query(
        f"SELECT reason, count() AS number FROM dead_letters FINAL WHERE {choice.condition()}"
        " GROUP BY reason ORDER BY number DESC, reason"
    )
    return {reason: int(number) for reason, number in rows}


def pages(store: Store, choice: Choice) -> Iterator[list[DeadLetter]]:
    """All of them in the order of their places, some at a time. Letters that come meanwhile may be among them."""
    after = ""
    while page := _letters(store, f"{choice.condition()}{after} ORDER BY {_PLACE} LIMIT {PAGE}"):
        yield page
        last = page[-1]
        after = f" AND ({_PLACE}) > ({literal(last.log)}, {literal(last.topic)}, {last.partition}, {last.offset})"


def counted_ids(store: Store, ids: list[tuple[str, str]]) -> set[tuple[str, str]]:
    """Of these (source, id) those that stand in the log in a record which is no dead letter."""
    found: set[tuple[str, str]] = set()
    for start in range(0, len(ids), IDS_AT_ONCE):
        hashes = ", ".join(
            f"cityHash64({literal(source)}, {literal(name)})" for source, name in ids[start : start + IDS_AT_ONCE]
        )
        rows = store.query(
            f"SELECT DISTINCT source, id FROM events"
            f" WHERE ({_PLACE}) IN (SELECT {_PLACE} FROM event_ids WHERE hash IN ({hashes}))"
            f" AND ({_PLACE}) NOT IN (SELECT {_PLACE} FROM dead_letters)"
        )
        found |= {(source, name) for source, name in rows}
    return found & set(ids)


def clocks(store: Store) -> dict[tuple[str, str, int], str]:
    """The clocks of the sources by log, topic and partition, as JSON."""
    rows = store.query("SELECT log, topic, partition, clocks FROM progress_latest")
    return {(log, topic, int(partition)): said for log, topic, partition, said in rows}


def _letters(store: Store, rest: str) -> list[DeadLetter]:
    rows = store.query(f"SELECT {_COLUMNS} FROM dead_letters FINAL WHERE {rest}")
    return [
        DeadLetter(
            log=log,
            topic=topic,
            partition=int(partition),
            offset=int(offset),
            reason=reason,
            detail=detail,
            control=bool(control),
            source=source,
            excerpt=excerpt,
            received=int(came),
        )
        for log, topic, partition, offset, reason, detail, control, source, excerpt, came in rows
    ]
