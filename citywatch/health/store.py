"""The store: reachable, its engine's version, migrated, and how far the sink has filled it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from citywatch.health.codes import check_codes
from citywatch.health.finding import Finding
from citywatch.health.known import check_known
from citywatch.health.senders import check_senders
from runtime import deployment
from runtime.errors import CitywatchError, Unreachable
from runtime.settings import Settings
from schemas.topics import ADJUSTMENTS
from sinks.migrate import NewerStore, plan
from sinks.store import Store
from sinks.store_factory import chdb_path, open_store


def check_store(settings: Settings) -> Iterator[Finding]:
    """Blocks for as long as the store takes to answer. Makes nothing: an embedded store that is not there
    stays so."""
    path = chdb_path(settings)
    running = deployment.read(settings)
    if path is not None and (running is None or running.store is None):
        if not path.exists():
            yield Finding("store", "note", f"the embedded store {path} is not there yet; the sink makes it")
            return
        if running is not None:
            text = f"the sink does not serve the embedded store {path}"
            yield Finding("store", "unreachable", text, "it starts, or it does not run: `citywatch up sink`")
            return
    try:
        store = open_store(settings)
    except Unreachable as away:
        yield Finding("store", "unreachable", str(away), "start it, or set CITYWATCH_CLICKHOUSE")
        return
    except NewerStore as newer:
        yield Finding("store", "wrong", str(newer), "upgrade this one")
        return
    except CitywatchError as wrong:
        yield Finding("store", "wrong", str(wrong), "set CITYWATCH_CLICKHOUSE")
        return
    try:
        major, minor = store.version
        kind = "ClickHouse server" if path is None else f"chDB in {path}"
        yield Finding("store", "ok", f"{kind}, engine {major}.{minor}")
        yield from _contents(store, settings)
    except CitywatchError as failed:
        yield Finding("store", "unreachable", str(failed), "try again; see the store's log")
    finally:
        store.close()


def _contents(store: Store, settings: Settings) -> Iterator[Finding]:
    tables = {name for (name,) in store.query("SELECT name FROM system.tables WHERE database = currentDatabase()")}
    remedy = "run `citywatch migrate`"
    if "migrations" not in tables:
        yield Finding("store", "wrong", "its tables are not there", remedy)
        return
    if behind := plan(store, settings).schema:
        yield Finding("store", "wrong", f"its tables are of another version: {', '.join(behind)}", remedy)
        return
    ((events,),) = store.query("SELECT count() FROM events")
    ((positions,),) = store.query("SELECT count() FROM positions_latest")
    yield from check_codes(store)
    yield from _gaps(store)
    yield from check_known(store, settings)
    yield from _unread(store)
    yield from _unpublished(store)
    yield from check_senders(store)
    yield Finding("store", "ok", f"migrated; {events:,} raw events; sink positions of {positions} partitions")


def _gaps(store: Store) -> Iterator[Finding]:
    """Records that were never judged: figures that may lack them are marked, for ever."""
    rows = store.query("SELECT topic, partition, start_offset, end_offset FROM gaps ORDER BY topic, partition")
    if rows:
        what = f"never judged: {_ranges(rows)}; reports mark what may lack them `incomplete`"
        yield Finding("gaps", "note", what)


def _unread(store: Store) -> Iterator[Finding]:
    """Records that retention took before the sink read them."""
    rows = store.query(
        "SELECT DISTINCT topic, partition, start_offset, end_offset FROM unread ORDER BY topic, partition, start_offset"
    )
    if rows:
        yield Finding("unread", "note", f"gone before the sink read them: {_ranges(rows)}; they are in no table")


def _unpublished(store: Store) -> Iterator[Finding]:
    """Adjustments that the sink has not published: whoever reads topics alone has other figures than a report."""
    ((due,),) = store.query("SELECT count() FROM adjustments_due")
    if due:
        what = f"{due:,} are not on {ADJUSTMENTS} yet: figures from topics alone lack them"
        yield Finding("adjustments", "note", what, "the sink publishes them in seconds; where this stays, see its log")


def _ranges(rows: Sequence[tuple[Any, ...]]) -> str:
    some = ", ".join(f"{topic}/{partition} [{start}, {end})" for topic, partition, start, end in rows[:3])
    return some + (f" and {len(rows) - 3} more" if len(rows) > 3 else "")
