"""`citywatch drain`: waits until everything sent so far is judged, stored and live."""

from __future__ import annotations

from typing import Annotated

import typer

from citywatch.commandline.options import JsonOption
from citywatch.commandline.printing import print_json, progress_to
from runtime.settings import load_settings


def run(
    timeout: Annotated[float, typer.Option(min=0, help="Seconds; past them the exit code is 1.")] = 120.0,
    json: JsonOption = False,
) -> int:
    """Take the ends of the inputs as they are now, and wait for aggregate, for the sink and, where it runs, for
    analyse. What comes in later is not waited for."""
    from citywatch.drain import drain

    done = drain(load_settings(), timeout, lambda what: progress_to(what, "offsets"))
    if json:
        print_json({"drained": True, "records": done.records, "seconds": done.seconds, "analyse": done.analyse})
    else:
        where = "judged, stored and shown" if done.analyse else "judged and stored; analyse does not run"
        print(f"{done.records} offsets {where}, in {done.seconds:.1f} s")
    return 0
