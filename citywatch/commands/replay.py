"""`citywatch replay`: a CSV file to its topics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from citywatch.commandline.findings import findings, left_out_text, local, points_text, refused_text
from citywatch.commandline.options import JsonOption
from citywatch.commandline.printing import print_json, progress_to
from runtime.errors import WrongUse, printable
from runtime.settings import load_settings

if TYPE_CHECKING:
    from sources.replay import Result


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
    to_do = []
    yield (
        f"sent {result.sent} events of {result.rows} rows and {result.heartbeats} heartbeats"
        f" as {result.source} in {result.seconds:.1f} s"
    )
    if not (result.rows or result.refused or result.left_out):
        yield "the file has no rows below its header"
    if result.started is not None and result.clock is not None:
        yield f"the file's clock: {local(result.started, result.tz)} to {local(result.clock, result.tz)}"
    if result.left_out:
        yield left_out_text(result.left_out)
    if result.outside or result.without_point:
        yield points_text(result.outside, result.without_point)
    if result.refused_file:
        yield f"{refused_text(result.refused, result.refused_events)}: {result.refused_file}"
        yield from (f"  {number} for {reason}" for reason, number in result.refused_reasons.items())
        to_do.append("mend the refused rows or the mapping and replay the file again: what was sent counts once")
    for finding, what in findings(
        result.found, result.told_apart, result.silences, result.city, result.tz, by_arrival=result.by_arrival
    ):
        yield finding
        if what:
            to_do.append(what)
    for what in to_do:
        yield f"to do: {what}"


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
