"""`citywatch start-at`: says from where partitions go on whose log lost records before they were judged."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from citywatch.commandline.options import JsonOption
from citywatch.commandline.printing import print_json
from citywatch.restart_points import InputPosition, RestartPoint, input_positions, restart_points, write_restart_points
from runtime.errors import WrongUse
from runtime.groups import members
from runtime.kafka import admin
from runtime.settings import Settings, load_settings
from schemas.instants import epoch
from schemas.topics import INPUTS

EARLIEST = "earliest"


def run(
    where: Annotated[str, typer.Argument(help="earliest, or a date or instant of arrival: 2026-01-31T08:00:00+08:00.")],
    topic: Annotated[str | None, typer.Option(help="Only this input topic.")] = None,
    partition: Annotated[int | None, typer.Option(help="Only this partition of it.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: JsonOption = False,
) -> int:
    """Choose where judging goes on in partitions that cannot go on by themselves: retention took records that nobody
    had judged, or a log whose beginning is gone was never read. All others stay as they are.

    What is given up is kept in the store as a log gap: audit shows it as unverified, figures it may touch are
    `incomplete`. Works only while aggregate does not run.
    """
    settings = load_settings()
    since = None if where == EARLIEST else _instant(where, settings.tz)
    _refuse_while_running(settings)
    found = _chosen(input_positions(settings), topic, partition)
    wanted = restart_points(settings, found, since)
    chosen = {(start.topic, start.partition) for start in wanted}
    kept = [each for each in found if (each.topic, each.partition) not in chosen]
    if not json:
        print("\n".join([*map(_told, wanted), *map(_kept, kept)]))
    if wanted:
        if not yes:
            _ask(wanted)
        write_restart_points(settings, wanted)
    if json:
        print_json({"started": [_as_json(start) for start in wanted], "unchanged": [_standing(each) for each in kept]})
    elif wanted:
        print("written; start aggregate, and look at `citywatch audit`")
    return 0


def _instant(text: str, tz: str) -> int:
    try:
        if len(text) == len("2026-01-01"):
            day = date.fromisoformat(text)
            return int(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(tz)).timestamp())
        return epoch(text)
    except ValueError:
        raise WrongUse(
            f"{text!r} is neither `{EARLIEST}` nor a time; write 2026-01-31 or 2026-01-31T08:00:00+08:00"
        ) from None


def _refuse_while_running(settings: Settings) -> None:
    if settings.kafka is None:
        raise WrongUse("the embedded broker keeps no positions: each `citywatch up` with it begins at the start")
    client = admin(settings)
    try:
        number = members(client, settings.group_aggregate)
    finally:
        client.close()
    if number:
        raise WrongUse(
            f"group {settings.group_aggregate} has {number} members; stop aggregate first (one that was killed leaves"
            f" within {settings.session_timeout:g} s)"
        )


def _chosen(found: Sequence[InputPosition], topic: str | None, partition: int | None) -> list[InputPosition]:
    chosen = [
        each for each in found if topic in (None, each.topic) and (partition is None or each.partition == partition)
    ]
    if not chosen or (partition is not None and topic is None):
        raise WrongUse(f"name an input partition: --topic ({', '.join(INPUTS)}) and with it --partition")
    return chosen


def _ask(wanted: Sequence[RestartPoint]) -> None:
    if not sys.stdin.isatty():
        raise WrongUse("start-at asks before it gives records up; without a terminal give --yes")
    typer.confirm(f"Give up what is missing, and go on in {len(wanted)} partition(s)?", abort=True, err=True)


def _told(start: RestartPoint) -> str:
    return (
        f"{start.topic}/{start.partition}: goes on at {start.position};"
        f" {start.position - start.read} offsets from {start.read} on are given up"
    )


def _kept(each: InputPosition) -> str:
    how = f"stays as it is, judged up to {each.read}" if not each.is_new else "begins at its first record"
    return f"{each.topic}/{each.partition}: {how}"


def _as_json(start: RestartPoint) -> dict[str, object]:
    return {
        "topic": start.topic,
        "partition": start.partition,
        "from": start.read,
        "to": start.position,
        "spans": start.seam.spans,
    }


def _standing(each: InputPosition) -> dict[str, object]:
    return {"topic": each.topic, "partition": each.partition, "read": each.read}
