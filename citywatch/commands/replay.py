"""`citywatch replay`: a CSV file to its topics."""

from __future__ import annotations

from typing import Annotated

import typer

from citywatch.commands.common import JsonOption, print_json, progress_to
from citywatch.errors import WrongUse
from citywatch.settings import load_settings


def run(
    file: Annotated[str, typer.Argument(help="A CSV file, plain or gzip, or the name of a shipped one.")],
    map_: Annotated[str, typer.Option("--map", help="A mapping in TOML (docs/mapping.md), or a shipped one's name.")],
    speed: Annotated[
        str, typer.Option(help="Seconds of the file's clock in one second, or max: as fast as possible.")
    ] = "max",
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many rows.")] = None,
    json: JsonOption = False,
) -> int:
    """Send a file's rows as events, in file order, with heartbeats of the file's clock.

    Rows that cannot be mapped are written to a file of refused rows, with their line and the reason.
    """
    from sources.replay import replay

    settings = load_settings()
    with progress_to(f"replaying {file}", "rows") as on_progress:
        result = replay(settings, file, map_, _speed(speed), limit, on_progress)
    if json:
        print_json(result)
        return 0
    print(
        f"sent {result.sent} events of {result.rows} rows and {result.heartbeats} heartbeats"
        f" as {result.source} in {result.seconds:.1f} s"
    )
    if result.refused_file:
        print(f"{refused_text(result.refused, result.refused_events)}: {result.refused_file}")
    return 0


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
