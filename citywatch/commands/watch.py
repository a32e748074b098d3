"""`citywatch watch`: the live figures in this terminal, or as text where there is none."""

from __future__ import annotations

from typing import Annotated

import typer

from citywatch.screen import ASK_SECONDS, choose_language, look, pages, require_answer
from console.poll import TIMEOUT, Poller
from console.terminal import is_terminal, show, snapshot, tell
from runtime.settings import load_settings

FIRST_ANSWER = TIMEOUT + 1.0


def run(
    once: Annotated[bool, typer.Option("--once", help="One snapshot as text.")] = False,
    every: Annotated[float, typer.Option(help="Seconds between snapshots without a terminal.", min=0.2)] = 10.0,
    lang: Annotated[str, typer.Option(help="en or zh; both names where there is room.")] = "en",
    text: Annotated[bool, typer.Option("--text", help="Text also in a terminal.")] = False,
) -> int:
    """Live figures and alarms: freshness, counters with their comparisons, busiest beats, response, feeds. `q`
    ends it."""
    from citywatch.supervisor import stop_signals

    language = choose_language(lang)
    poller = Poller(pages(load_settings()), ASK_SECONDS)
    try:
        poller.wait(FIRST_ANSWER)
        require_answer(poller)
        with stop_signals() as stop:
            if once:
                print(snapshot(look(poller), language))
            elif text or not is_terminal():
                tell(lambda: look(poller), language, every, stop)
            else:
                show(lambda: look(poller), language, stop)
    finally:
        poller.close()
    return 0
