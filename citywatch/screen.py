"""The screen on a running deployment: the pages that it asks, and the view of a moment."""

from __future__ import annotations

import time
from collections.abc import Mapping

from console.answers import NoFigures, view
from console.poll import Poller
from console.view import View
from console.words import Language
from runtime.errors import CheckFailed, Unreachable, WrongUse
from runtime.pages import WITH_METRICS, addresses
from runtime.settings import Settings

ASK_SECONDS = 1.0


def choose_language(lang: str) -> Language:
    """Raises WrongUse for one that there is not."""
    if lang not in ("en", "zh"):
        raise WrongUse(f"--lang {lang}: there is en and zh")
    return "zh" if lang == "zh" else "en"


def pages(settings: Settings) -> Mapping[str, str]:
    """Where the roles of this deployment answer: those of the run file, else those of CITYWATCH_METRICS."""
    at = addresses(settings)
    metrics = {role: f"http://{at[role]}/metrics" for role in WITH_METRICS if role != "analyse"}
    return {"live": f"http://{at['analyse']}/live", **metrics}


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
