"""`citywatch acceptance`: the scenarios of the reports through real topics, and every figure read back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from citywatch.commandline.options import JsonOption
from citywatch.commandline.printing import plain, print_json, print_table, progress, progress_to
from citywatch.commandline.store import opened_store
from runtime.errors import CheckFailed, WrongUse
from runtime.settings import load_settings
from schemas.acceptance import ACCEPTANCE
from schemas.spelling import nearest

if TYPE_CHECKING:
    from citywatch.acceptance.run import Outcome


def run(
    only: Annotated[str | None, typer.Option(help="Comma list of scenarios, such as S2.1,X1; default: all.")] = None,
    timeout: Annotated[float, typer.Option(min=0, help="Seconds for what was sent to arrive.")] = 300.0,
    json: JsonOption = False,
) -> int:
    """Send the scenarios of the reports to this deployment, each in a city of its own, and compare every figure that
    must come out of them with the store and with the live page. Exit code 1 where one differs.

    The roles must run. The cities are called acceptance-..; they are on no screen and in no alert. Their ids are always
    the same, so a second run adds nothing.
    """
    from citywatch.acceptance.every import SCENARIOS
    from citywatch.acceptance.run import run as accept

    names = _chosen(only)
    settings = load_settings()
    with opened_store(settings) as store, progress("sending", len(names), "scenarios") as advance:
        chosen = [SCENARIOS[name] for name in names]
        outcome = accept(settings, store, chosen, timeout, lambda what: progress_to(what, "offsets"), advance)
    if json:
        print_json(outcome.as_json())
    else:
        _print(outcome)
    return CheckFailed.exit_code if outcome.failed else 0


def _chosen(only: str | None) -> Sequence[str]:
    names = [word.strip().upper() for word in (only or "").split(",") if word.strip()] or list(ACCEPTANCE)
    for name in names:
        if name not in ACCEPTANCE:
            raise WrongUse(
                f"--only {name!r} is no scenario{nearest(name, ACCEPTANCE)}; there are {', '.join(ACCEPTANCE)}"
            )
    return names


def _print(outcome: Outcome) -> None:
    rows = [
        (
            scenario.id,
            read.figure.name,
            f"{'≥ ' if read.figure.at_least else ''}{plain(read.figure.expected)}",
            plain(read.store),
            plain(read.live) if read.shown else "–",
            "" if read.ok else "DIFFERS",
        )
        for scenario, reads in outcome.scenarios
        for read in reads
    ]
    print_table(None, ("", "figure", "expected", "store", "live", ""), rows, (2, 3, 4))
    print()
    for scenario, reads in outcome.scenarios:
        for read in reads:
            for line in _beside(read.figure.reading, read.others, read.figure.printed):
                print(f"{scenario.id} {read.figure.name}: {line}")
    every = outcome.reads
    away = Counter(read.not_live for read in every if not read.shown)
    print(f"{len(every)} figures, {outcome.failed} differ; {away.total()} the live page does not know (–):")
    for why, number in away.most_common():
        print(f"{number}: {why}")


def _beside(reading: str, others: Sequence[tuple[str, object]], printed: str) -> list[str]:
    lines = [f"read as {reading}"] if reading else []
    lines += [f"read as {name} it is {plain(found) or 'not known'}" for name, found in others]
    return [*lines, *([f"printed was {printed}, which does not follow from its counts"] if printed else [])]
