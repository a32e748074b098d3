"""What senders sent that does not count as they meant it: nothing of citywatch is broken by it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

from citywatch.health.finding import Finding
from sinks.store import Store

DAY = 86_400
SHOWN = 5
"""Reasons or sources that a finding names; the rest are in the list."""


def check_senders(store: Store) -> Iterator[Finding]:
    """Refused records, ids in conflict, restatements without their incident. Blocks on the store."""
    since = int(time.time()) - DAY
    yield from _refused(store, since)
    yield from _conflicts(store, since)
    yield from _unmatched(store)


def _refused(store: Store, since: int) -> Iterator[Finding]:
    """A note for a day; dead letters are kept for ever."""
    rows = store.query(
        f"SELECT reason, count() AS number, countIf(received >= toDateTime({since})) FROM dead_letters FINAL"
        " GROUP BY reason ORDER BY number DESC, reason"
    )
    total, lately = sum(number for _, number, _ in rows), sum(late for _, _, late in rows)
    text = f"{total:,} in all, {lately:,} in the last day"
    if lately:
        named = _named({reason: late for reason, _, late in rows if late})
        yield Finding("refused", "note", f"{text}: {named}", "`citywatch deadletters list` tells why")
    elif total:
        yield Finding("refused", "ok", text)


def _conflicts(store: Store, since: int) -> Iterator[Finding]:
    rows = store.query(
        f"SELECT source, count() AS number, countIf(last_came >= toDateTime({since})) FROM conflicts"
        " GROUP BY source ORDER BY number DESC, source"
    )
    if rows:
        total, lately = sum(number for _, number, _ in rows), sum(late for _, _, late in rows)
        text = f"{total:,} ids came again with other content and count once, {lately:,} of them in the last day"
        named = _named({source: number for source, number, _ in rows})
        yield Finding("conflicts", "note", f"{text}: {named}", "`citywatch conflicts list` names them")


def _unmatched(store: Store) -> Iterator[Finding]:
    ((number,),) = store.query("SELECT count() FROM unmatched")
    if number:
        text = f"{number:,} re-codings or cancellations name incidents that never came"
        yield Finding("unmatched", "note", text, "docs/runbooks/Unmatched.md")


def _named(numbers: Mapping[str, int]) -> str:
    """The most first."""
    ordered = sorted(numbers.items(), key=lambda each: (-each[1], each[0]))
    rest = f" and {len(ordered) - SHOWN} more" if len(ordered) > SHOWN else ""
    return ", ".join(f"{name} {number:,}" for name, number in ordered[:SHOWN]) + rest
