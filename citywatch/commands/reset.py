"""`citywatch reset`: forgets the store and the positions of this deployment; the inputs stay."""

from __future__ import annotations

import shutil
import sys
import time
from typing import Annotated

import typer

from citywatch.commandline.store import opened_store
from runtime import deployment
from runtime.errors import CheckFailed, Unreachable, WrongUse
from runtime.groups import members
from runtime.kafka import admin
from runtime.pages import live
from runtime.settings import Settings, load_settings
from runtime.topics import ensure_topics
from schemas.topics import OUTPUTS, PUBLISHED, RAISED
from sinks.store_factory import chdb_path

GONE_SECONDS = 20.0
PUBLISHED_FIGURES = "published_figures"
"""A record of what was said to others: it stays."""
LISTS = ("migrations", "lists", "cities", "sources", "zones", "codes", "tree", "types")
"""Tables that hold no results: they are the same for every deployment of this version."""


def run(yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> int:
    """Delete the store's rows, the consumer groups' positions and what is on the output topics. The inputs stay:
    with the next start everything is counted again from them. So do published figures, which are a record of what was
    said. Refuses while roles run."""
    settings = load_settings()
    _refuse_while_running(settings)
    if not yes:
        _ask(settings)
    if settings.kafka is not None:
        _forget_positions(settings)
        _empty_outputs(settings)
    _forget_store(settings)
    print("forgotten: store, positions, and all that is on the output topics; the inputs stay, and what was published")
    return 0


def _refuse_while_running(settings: Settings) -> None:
    running = deployment.read(settings)
    if running is not None:
        raise WrongUse(f"citywatch runs in {settings.data} (process {running.pid}); stop it first")
    if live(settings) is not None:
        raise WrongUse("analyse runs; stop the roles first")
    if settings.kafka is None:
        return
    client = admin(settings)
    try:
        for group in (settings.group_aggregate, settings.group_sink):
            if number := members(client, group):
                raise WrongUse(
                    f"group {group} has {number} members; stop the roles first (one that was killed leaves within"
                    f" {settings.session_timeout:g} s)"
                )
    finally:
        client.close()


def _ask(settings: Settings) -> None:
    if not sys.stdin.isatty():
        raise WrongUse("reset asks before it forgets; without a terminal give --yes")
    path = chdb_path(settings)
    where = path if path is not None else "ClickHouse"
    typer.confirm(f"Forget all results in {where} and on the output topics?", abort=True)


def _forget_positions(settings: Settings) -> None:
    from kafka.errors import KafkaError

    client = admin(settings)
    try:
        outcome = client.delete_groups([settings.group_aggregate, settings.group_sink])
    except (KafkaError, OSError) as error:
        raise Unreachable(f"Kafka did not forget the positions ({type(error).__name__}); try again") from None
    finally:
        client.close()
    for group, said in dict(outcome).items():
        if said not in ("OK", "GroupIdNotFoundError"):
            raise CheckFailed(f"group {group} keeps its positions: {said}")


def _empty_outputs(settings: Settings) -> None:
    """Delete the output topics and make them anew: readers then see another log."""
    from kafka.errors import KafkaError

    client = admin(settings)
    try:
        there = [name for name in client.list_topics() if name in (*OUTPUTS, *PUBLISHED, *RAISED)]
        if there:
            client.delete_topics(there, timeout_ms=10_000)
        deadline = time.monotonic() + GONE_SECONDS
        while left := [name for name in client.list_topics() if name in (*OUTPUTS, *PUBLISHED, *RAISED)]:
            if time.monotonic() > deadline:
                raise CheckFailed(f"Kafka still has topic {left[0]}; does it allow topics to be deleted?")
            time.sleep(0.1)
    except (KafkaError, OSError) as error:
        raise Unreachable(f"Kafka did not delete the output topics ({type(error).__name__}); try again") from None
    finally:
        client.close()
    ensure_topics(settings)


def _forget_store(settings: Settings) -> None:
    path = chdb_path(settings)
    if path is not None and not (path.exists() and _has_published(settings)):
        if path.exists():
            shutil.rmtree(path)
        return
    with opened_store(settings) as store:
        tables = store.query(
            "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'"
        )
        for (name,) in tables:
            if name not in (*LISTS, PUBLISHED_FIGURES):
                store.command(f"TRUNCATE TABLE {name}")


def _has_published(settings: Settings) -> bool:
    """Whether there is something in the store that stays; not in one of before."""
    with opened_store(settings) as store:
        there = store.query(
            f"SELECT count() FROM system.tables WHERE database = currentDatabase() AND name = '{PUBLISHED_FIGURES}'"
        )
        return there != [(0,)] and store.query(f"SELECT count() FROM {PUBLISHED_FIGURES}") != [(0,)]
