"""`citywatch simulate`: the simulated city to its topics."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date
from pathlib import Path
from threading import Event
from typing import Annotated

import typer

from citywatch.commandline.options import JsonOption
from citywatch.commandline.printing import print_json, progress_to
from citywatch.supervisor import stop_signals
from runtime.errors import WrongUse
from runtime.settings import load_settings


def run(
    seed: Annotated[int, typer.Option(help="The same seed gives the same events.")] = 1,
    from_: Annotated[
        str | None, typer.Option("--from", help="First day; default: so that the last one is yesterday.")
    ] = None,
    days: Annotated[int, typer.Option(help="Number of days.")] = 7,
    rate: Annotated[float | None, typer.Option(help="Events in one second; default: as fast as possible.")] = None,
    truth: Annotated[
        Path | None, typer.Option(help="A file for the ground truth: what was sent, by day and code.")
    ] = None,
    scale: Annotated[
        float, typer.Option(help="Times the ordinary number of calls; 3: one a minute, as in a city of a million.")
    ] = 1.0,
    live: Annotated[
        bool,
        typer.Option(
            "--live", help="The last day is today: each event when its time comes, until midnight or a signal."
        ),
    ] = False,
    status: Annotated[
        int,
        typer.Option(
            help="Reports of a further fleet in each second; 220: as in a city of a million, 19 million a day."
        ),
    ] = 0,
    spike: Annotated[
        list[str] | None,
        typer.Option(help="More calls, as CATEGORY:BEAT:DATE:FACTOR; may be given again.", show_default=False),
    ] = None,
    json: JsonOption = False,
) -> int:
    """Send the events of a simulated city of 14 sectors and 27 beats, and with them its heartbeats."""
    from sources.simulate import simulate, spikes_asked

    if live and (from_ is not None or rate is not None):
        raise WrongUse("--live ends today and goes at its own pace; leave --from and --rate out")
    settings = load_settings()
    spikes = spikes_asked(spike or (), settings)
    until = stop_signals() if live else nullcontext(Event())
    with until as stop, progress_to("simulating", "s of the city's time") as on_progress:
        result = simulate(
            settings, seed, _day(from_), days, rate, truth, live=live, scale=scale, status=status, spikes=spikes,
            stopped=stop.is_set, on_progress=on_progress,
        )  # fmt: skip
    if json:
        print_json(result)
        return 0
    print(
        f"sent {result.sent} events of {result.days} days from {result.start}, {result.repeats} of them twice,"
        f" and {result.heartbeats} heartbeats in {result.seconds:.1f} s"
    )
    if result.truth_file:
        print(f"the ground truth is in {result.truth_file}")
    return 0


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise WrongUse(f"--from {text!r} is no date; write 2026-01-31") from None
