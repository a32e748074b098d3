"""`citywatch demo`: a real county and a simulated city through every part, live, and at the end the audit."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING, Annotated

import typer

from citywatch.commandline.options import JsonOption
from citywatch.commandline.printing import print_json
from citywatch.demonstration.stage import Stage, stage
from citywatch.screen import ASK_SECONDS, choose_language, look, pages
from citywatch.supervisor import Child, Program, Supervisor, how_it_ended, last_words, stop_signals
from console.poll import Poller
from console.terminal import is_terminal, show, snapshot, tell
from console.words import Language
from runtime.errors import Unreachable

if TYPE_CHECKING:
    from citywatch.audit.balance import Audit

DRAINING = 0.3
DRAINING_AT_MOST = 15.0
"""Share of a limited time, and the seconds at most, that are kept for draining."""

SHORT = 30.0
"""A demo shorter than this leaves out the city's history."""

COUNTY_SECONDS, CITY_SECONDS = 60.0, 120.0
"""Without a limit the county takes so long, and so do the city's last hours."""

ROLES_SECONDS = 8.0
"""The sources wait so long for the roles to be up: all at once would make the first figures later, not
earlier."""

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
        self._sources: list[Child] = []

    def run(self) -> int:
        poller = Poller(pages(self._place.settings), ASK_SECONDS)
        try:
            self._supervisor.start()
            self._perform(poller)
            say("stopping the sources; what is under way drains")
            self._stop_sources()
            found = self._account()
            self._tell(found, poller)
            return 0 if found.balanced and not found.total("pending") else 1
        finally:
            poller.close()
            self._stop_sources()
            self._supervisor.stop()

    def _programs(self) -> list[Program]:
        county = min(COUNTY_SECONDS, 0.8 * self._seconds)
        city = min(CITY_SECONDS, 0.6 * self._seconds)
        return self._place.sources(county, city, history=self._seconds >= SHORT)

    def _perform(self, poller: Poller) -> None:
        """Shows the figures until the time is over or somebody stops it. On a machine so slow that nothing
        was counted by then it goes on for a while: a demo of nothing proves nothing."""
        began = time.monotonic()
        end = began + self._seconds

        def ended() -> bool:
            ready = poller.answers()["live"].at is not None
            if not self._sources and (ready or time.monotonic() > began + ROLES_SECONDS):
                self._sources = [Child(source) for source in self._programs()]
            self._look_after()
            late = time.monotonic() - end
            return late >= 0 and (late >= PATIENCE or bool(look(poller).tally.counted))

        if self._json:
            while not self._stop.wait(LOOK_SECONDS) and not ended():
                continue
        elif is_terminal():
            show(lambda: look(poller), self._language, self._stop, ended)
        else:
            tell(lambda: look(poller), self._language, SNAPSHOT_SECONDS, self._stop, ended)

    def _look_after(self) -> None:
        """Restarts roles that died. Raises Unreachable when a source failed."""
        self._supervisor.check()
        for source in self._sources:
            if source.returncode:
                words = last_words(source.program.log)
                how = how_it_ended(source.returncode)
                raise Unreachable(f"the {source.program.name} of the demo failed ({how}): {words}")

    def _stop_sources(self) -> None:
        for source in self._sources:
            source.process.terminate()
        for source in self._sources:
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
