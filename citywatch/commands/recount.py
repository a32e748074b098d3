"""`citywatch recount`: the log recounted by other means, against every figure that anybody can see."""

from __future__ import annotations

import sys

from citywatch.commandline.options import JsonOption
from citywatch.commandline.printing import print_json, progress
from citywatch.commandline.store import opened_store
from runtime.settings import load_settings


def run(json: JsonOption = False) -> int:
    """Recount the log in plain batch and compare every declared measure: cells, raw rows, dead letters, corrections,
    gaps of sources, views, the topic of adjustments, reports, response and presence, live gauges, and how much of each
    figure is known. Exit code 1 on any difference, or when nothing could be compared."""
    from citywatch.audit.recount import recount

    settings = load_settings()
    with opened_store(settings) as store, progress("recounting", None) as advance:
        score = recount(settings, store, _say, advance)
    if json:
        print_json(score.as_json())
        return 0 if score.equal else 1
    for kind, number in score.compared.items():
        print(f"{kind}: {number} compared, {score.different[kind]} different")
    for line in score.skipped:
        print(f"not compared: {line}")
    for line in score.examples:
        print(f"DIFFERENT {line}")
    print(_verdict(score.total, score.total_different))
    return 0 if score.equal else 1


def _verdict(total: int, different: int) -> str:
    if not total:
        return "nothing was compared: is there anything in the log, and has the sink stored it?"
    return f"{total} figures, all equal" if not different else f"{different} of {total} figures differ"


def _say(text: str) -> None:
    if sys.stderr.isatty():
        print(text, file=sys.stderr)
