"""`citywatch replay`: a CSV file to its topics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from citywatch.commandline.options import JsonOption
from citywatch.commandline.printing import print_json, progress_to
from runtime.errors import WrongUse, printable
from runtime.settings import load_settings

if TYPE_CHECKING:
    from sources.replay import Result

_NAMED = 5
"""Silences and codes that are named, of many."""


def run(
    file: Annotated[str, typer.Argument(help="A CSV file, plain or packed, or the name of a shipped one.")],
    map_: Annotated[str, typer.Option("--map", help="A mapping in TOML (docs/mapping.md), or a shipped one's name.")],
    speed: Annotated[
        str, typer.Option(help="Seconds of the file's clock in one second, or max: as fast as possible.")
    ] = "max",
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many rows.")] = None,
    json: JsonOption = False,
) -> int:
    """Send a file's rows as events, in file order, with heartbeats of the file's clock.

    Rows that cannot be mapped are written to a file of refused rows, with their line and the reason. What may not
    count as it was meant is named, with what to do.
    """
    from sources.replay import replay

    settings = load_settings()
    with progress_to(printable(f"replaying {file}"), "rows") as on_progress:
        result = replay(settings, file, map_, _speed(speed), limit, on_progress)
    if json:
        print_json(result)
        return 0
    for line in summary(result):
        print(printable(line))
    return 0


def summary(result: Result) -> Iterator[str]:
    """What was sent, then what may not count as it was meant, and last what to do, line by line."""
    found, to_do = result.found, []
    yield (
        f"sent {result.sent} events of {result.rows} rows and {result.heartbeats} heartbeats"
        f" as {result.source} in {result.seconds:.1f} s"
    )
    if not result.rows and not result.refused:
        yield "the file has no rows below its header"
    if result.started is not None and result.clock is not None:
        yield f"the file's clock: {_local(result.started, result)} to {_local(result.clock, result)}"
    if result.refused_file:
        yield f"{refused_text(result.refused, result.refused_events)}: {result.refused_file}"
        yield from (f"  {number} for {reason}" for reason, number in result.refused_reasons.items())
        to_do.append("mend the refused rows or the mapping and replay the file again: what was sent counts once")
    if found.late:
        yield f"late by the order of the file {found.late} events{_lines(found.late_lines)}: counted as corrections"
        to_do.append("sort the file by its times and late rows count at once")
    if found.dead:
        yield f"ahead of any believable clock {found.dead} events{_lines(found.dead_lines)}: they do not count"
        to_do.append(
            "mend the times that are ahead and replay the file again; see `citywatch deadletters list`, and"
            " `citywatch deadletters retry` once the clock has come there"
        )
    if found.conflicts:
        yield f"{found.conflicts} ids came again with other content{_lines(found.conflict_lines)}: the first one counts"
        to_do.append("make the id of more columns where rows with the same id are different events")
    if found.alike:
        yield f"{found.alike} rows were alike an earlier one and count once with it"
        to_do.append("set `ordinal = true` in the id of the mapping if rows that are alike are different events")
    if result.told_apart:
        yield f"{result.told_apart} rows were alike an earlier one and told apart by their ordinal"
    for name, codes in (("codes", found.unknown_codes), ("beats", found.unknown_beats)):
        if codes:
            yield f"{len(codes)} {name} that city {result.city} does not list, counted as unknown: {_counts(codes)}"
            to_do.append(f"add the {name} to the file of the city")
    if result.silences:
        spans = [f"{_local(gap.start, result)} to {_local(gap.end, result)}" for gap in result.silences]
        yield f"silent for longer than its rhythm explains, so that nothing is known of it: {_some(spans)}"
        to_do.append("replay the rows of the silent times if there are any")
    for what in to_do:
        yield f"to do: {what}"


def _lines(lines: Sequence[int]) -> str:
    return f" (first lines {', '.join(map(str, lines))})"


def _counts(codes: Mapping[str, int]) -> str:
    return _some([f"{code[:40] or '(none given)'} {count}" for code, count in codes.items()])


def _some(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - _NAMED} more" if len(texts) > _NAMED else ""
    return ", ".join(texts[:_NAMED]) + more


def _local(epoch: int, result: Result) -> str:
    return datetime.fromtimestamp(epoch, ZoneInfo(result.tz)).strftime("%Y-%m-%d %H:%M:%S")


def refused_text(rows: int, events: int) -> str:
    """What was lost of a file, in words."""
    parts = [f"{rows} rows"] * bool(rows) + [f"{events} events of other rows"] * bool(events)
    return f"refused {' and '.join(parts)}" if parts else "refused nothing, but some events lack a time"


def _speed(text: str) -> float | None:
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed < float("inf"):
        raise WrongUse(f"--speed is max, or a number above 0, not {text!r}")
    return speed
