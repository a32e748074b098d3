"""`citywatch demo`: a real county and a simulated city through every part, live, and at the end the audit."""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from citywatch.commandline.options import JsonOption
from citywatch.commandline.printing import print_json
from citywatch.demonstration.days import share_sent
from citywatch.demonstration.stage import Stage, stage
from citywatch.screen import ASK_SECONDS, choose_language, look, pages
from citywatch.supervisor import Child, Program, Supervisor, how_it_ended, last_words, stop_signals
from console.poll import Poller
from console.terminal import is_terminal, show, snapshot, tell
from console.view import CityView, Loading, View
from console.words import Language, word
from runtime.errors import Unreachable
from schemas.cities import load_cities
from sources.simcity.event import CITY

if TYPE_CHECKING:
    from citywatch.audit.balance import Audit

DRAINING = 0.3
DRAINING_AT_MOST = 15.0
"""Share of a limited time, and the seconds at most, that are kept for draining."""

HISTORY_SECONDS, COUNTY_SECONDS = 30.0, 60.0
"""Without a limit they take at least so long: at full speed the present would wait behind them."""

PAST_SECONDS = 20.0
"""What is past is sent once the city is live, and by then at the latest: all at once would make figures come later,
not earlier."""

LIVE = 60
"""Seconds that the city's clock may be behind now: then it is live."""

STARTING = 30.0
"""For so many seconds what does not answer yet is no trouble."""

PATIENCE = 90.0
"""Seconds past the limit within which something must be counted."""

LOOK_SECONDS = 0.2
SNAPSHOT_SECONDS = 10.0
SOURCE_PATIENCE = 10.0
DRAIN_SECONDS = 60.0


def run(
    for_: Annotated[
        float | None,
        typer.Option("--for", min=5.0, help="Seconds; without it the demo runs until Ctrl-C or q."),
    ] = None,
    json: JsonOption = False,
    lang: Annotated[str, typer.Option(help="en or zh; both names where there is room.")] = "en",
) -> int:
    """A real county's emergency calls and a simulated city's police calls become live figures, with
    comparisons, and rows in ClickHouse. It needs nothing but this machine, and leaves nothing behind.

    At the end the audit. Exit code 0 only if every record is accounted for.
    """
    language = choose_language(lang)
    with stop_signals() as stop, stage(say) as place:
        return Demo(place, for_, stop, json=json, language=language).run()


class Demo:
    """One performance on its stage. Everything runs in the main thread; `run` blocks until it is over."""

    def __init__(
        self, place: Stage, limit: float | None, stop: threading.Event, *, json: bool, language: Language
    ) -> None:
        self._place = place
        self._stop = stop
        self._json = json
        self._language = language
        self._limit = limit
        reserve = min(DRAINING * limit, DRAINING_AT_MOST) if limit else 0.0
        self._seconds = limit - reserve if limit else float("inf")
        self._supervisor = Supervisor(place.roles(), say)
        self._today = datetime.now(ZoneInfo(load_cities().by_name[CITY].tz)).date()
        self._present: list[Child] = []
        self._past: list[Child] = []

    def run(self) -> int:
        poller = Poller(pages(self._place.settings), ASK_SECONDS)
        try:
            self._supervisor.start()
            self._present = [Child(self._place.present(self._today))]
            self._perform(poller)
            say(word("draining", self._language))
            self._stop_sources()
            found = self._account()
            self._tell(found, poller)
            return 0 if found.balanced and not found.total("pending") else 1
        finally:
            poller.close()
            self._stop_sources()
            self._supervisor.stop()

    def _perform(self, poller: Poller) -> None:
        """Shows the figures until the time is over or somebody stops it. On a machine so slow that nothing
        was counted by then it goes on for a while: a demo of nothing proves nothing."""
        began = time.monotonic()
        end = began + self._seconds

        def ended() -> bool:
            self._look_after()
            if not self._past and (self._is_live(look(poller)) or time.monotonic() > began + PAST_SECONDS):
                self._past = [Child(each) for each in self._programs()]
            late = time.monotonic() - end
            return late >= 0 and (late >= PATIENCE or bool(look(poller).tally.counted))

        def seen() -> View:
            found = look(poller)
            cities = tuple(replace(city, loading=self._with_share(city)) for city in found.cities)
            return replace(found, cities=cities, starting=time.monotonic() < began + STARTING)

        if self._json:
            while not self._stop.wait(LOOK_SECONDS) and not ended():
                continue
        elif is_terminal():
            show(seen, self._language, self._stop, ended)
        else:
            tell(seen, self._language, SNAPSHOT_SECONDS, self._stop, ended)

    def _programs(self) -> list[Program]:
        history, county = min(HISTORY_SECONDS, 0.4 * self._seconds), min(COUNTY_SECONDS, 0.8 * self._seconds)
        return self._place.past(self._today, history, county)

    def _is_live(self, view: View) -> bool:
        return any(city.code == CITY and view.now - (city.clock or 0) < LIVE for city in view.cities)

    def _with_share(self, city: CityView) -> Loading | None:
        """With the share of its days that the history has behind it: only the demo knows which days it sends."""
        if city.loading is None:
            return None
        return replace(city.loading, share=share_sent(self._today, city.loading.until, ZoneInfo(city.tz)))

    def _look_after(self) -> None:
        """Restarts roles that died. Raises Unreachable when a source failed."""
        self._supervisor.check()
        for source in (*self._present, *self._past):
            if source.returncode:
                words = last_words(source.program.log)
                how = how_it_ended(source.returncode)
                raise Unreachable(f"the {source.program.name} of the demo failed ({how}): {words}")

    def _stop_sources(self) -> None:
        for source in (*self._present, *self._past):
            source.process.terminate()
        for source in (*self._present, *self._past):
            source.stop(SOURCE_PATIENCE)

    def _account(self) -> Audit:
        from citywatch.demonstration.finish import account

        return account(self._place.settings, DRAIN_SECONDS, self._supervisor.check)

    def _tell(self, found: Audit, poller: Poller) -> None:
        if self._json:
            print_json(found.as_json())
            return
        if not is_terminal():
            print(snapshot(look(poller), self._language), end="\n\n")
        from citywatch.demonstration.account import account_lines

        print("\n".join(account_lines(found, self._language)))


def say(text: str) -> None:
    """A line of chatter, on stderr."""
    print(f"citywatch demo: {text}", file=sys.stderr, flush=True)
