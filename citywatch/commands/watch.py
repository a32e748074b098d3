"""`citywatch watch`: the live figures in this terminal, or as text where there is none."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Annotated

import typer

from citywatch import deployment
from citywatch.errors import CheckFailed, Unreachable, WrongUse
from citywatch.roles import WITH_METRICS
from citywatch.settings import Settings, load_settings
from console.answers import NoFigures, view
from console.poll import Poller
from console.terminal import is_terminal, show, snapshot, tell
from console.view import View
from console.words import Language

FIRST_ANSWER = 3.0
ASK_SECONDS = 1.0


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


def choose_language(lang: str) -> Language:
    if lang not in ("en", "zh"):
        raise WrongUse(f"--lang {lang}: there is en and zh")
    return "zh" if lang == "zh" else "en"


def pages(settings: Settings) -> Mapping[str, str]:
    """Where the roles of this deployment answer: those of the run file, else those of CITYWATCH_METRICS."""
    running = deployment.read(settings)
    addresses = {role: "{}:{}".format(*settings.metrics_address(role)) for role in WITH_METRICS}
    if running is not None:
        addresses |= running.metrics
    metrics = {role: f"http://{addresses[role]}/metrics" for role in WITH_METRICS if role != "analyse"}
    return {"live": f"http://{addresses['analyse']}/live", **metrics}


def look(poller: Poller) -> View:
    """The view of this moment. Returns at once. Raises CheckFailed when analyse is of another version."""
    try:
        return view(poller.answers(), time.time(), time.monotonic())
    except NoFigures as wrong:
        raise CheckFailed(f"{wrong}; restart the roles") from None


def require_answer(poller: Poller) -> None:
    """Raises Unreachable where analyse does not answer at the start; later silence is shown on the screen."""
    page = poller.answers()["live"]
    if page.at is None:
        raise Unreachable(f"analyse does not answer ({page.problem}); start `citywatch up`, or set CITYWATCH_METRICS")
