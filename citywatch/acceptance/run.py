"""Feeds scenarios to the running deployment and reads every figure back, from the store and from the live page."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from citywatch.acceptance.feed import in_order, send
from citywatch.acceptance.live_page import LivePage, NotShown, Page
from citywatch.acceptance.question import CityStore
from citywatch.acceptance.scenario import Fed, Figure, Scenario
from citywatch.acceptance.stood import Alarmed
from citywatch.drain import POLL_SECONDS, Watch, drain, unwatched
from citywatch.rules import rules_of, write_rules
from runtime.cities import cities, dropped, refuse_dropped
from runtime.errors import Unreachable, WrongUse
from runtime.pages import asked, live
from runtime.producer import Producer, calm_collector
from runtime.settings import Settings
from schemas.acceptance import fixture_name
from schemas.cities import Cities, City
from schemas.control import MAX_SOURCES
from schemas.topics import INPUTS
from sinks.lists import listed_sources, load_lists
from sinks.store import Store

ALARM_SECONDS = 20.0
"""How long an alarm may take to be stored and shown, once the events that it follows from are."""


@dataclass(frozen=True)
class Read:
    """A figure as it was read back. `live` is None where the live page does not know it; `not_live` says why."""

    figure: Figure
    store: Any
    live: Any
    not_live: str
    others: tuple[tuple[str, Any], ...]

    @property
    def shown(self) -> bool:
        """Whether the live page knows it."""
        return not self.not_live

    @property
    def ok(self) -> bool:
        """Whether both places say what is expected; one that does not know it says nothing."""
        return self.figure.holds(self.store) and (not self.shown or self.figure.holds(self.live))

    def as_json(self) -> dict[str, Any]:
        figure = self.figure
        said = {
            "name": figure.name,
            "expected": figure.expected,
            "at_least": figure.at_least,
            "store": self.store,
            "live": self.live,
            "live_shown": self.shown,
            "ok": self.ok,
            "reading": figure.reading,
        }
        if self.not_live:
            said["not_live"] = self.not_live
        if figure.others:
            said["others"] = [{"reading": reading, "store": found} for reading, found in self.others]
        further = {"fed": figure.fed, "printed": figure.printed or None}
        return said | {name: each for name, each in further.items() if each is not None}


@dataclass(frozen=True)
class Outcome:
    """Of each scenario its figures."""

    scenarios: tuple[tuple[Scenario, tuple[Read, ...]], ...]
    events: int

    @property
    def reads(self) -> list[Read]:
        return [read for _, reads in self.scenarios for read in reads]

    @property
    def failed(self) -> int:
        return sum(not read.ok for read in self.reads)

    def as_json(self) -> dict[str, Any]:
        """The object of `acceptance --json`."""
        return {
            "figures": len(self.reads),
            "failed": self.failed,
            "not_live": sum(not read.shown for read in self.reads),
            "events": self.events,
            "scenarios": [
                {"id": each.id, "title": each.title, "figures": [read.as_json() for read in reads]}
                for each, reads in self.scenarios
            ],
        }


def feed(
    settings: Settings,
    store: Store,
    scenarios: Sequence[Scenario],
    tell: Callable[[int], None] = lambda _: None,
    arranged: Callable[[Scenario], Sequence[Fed]] = lambda scenario: in_order(scenario.events()),
) -> int:
    """Declare the cities of the scenarios in this deployment and send all events; how many. Blocks.

    arranged: the events of a scenario in the order in which they go out. Raises WrongUse where a topic has no room for
    their sources, Undelivered.
    """
    known = cities(settings)
    _check_room(known.with_fixtures(), settings)
    refuse_dropped(dropped(listed_sources(store), settings), "the lists", "migrate")
    write_rules(settings, fixtures=True)
    load_lists(store, settings, fixtures=True)
    sent = 0
    with calm_collector(), Producer(settings, INPUTS) as producer:
        for scenario in scenarios:
            sent += send(producer, known.fixtures[fixture_name(scenario.id)], scenario, arranged(scenario))
            tell(1)
    return sent


def run(
    settings: Settings,
    store: Store,
    scenarios: Sequence[Scenario],
    timeout: float,
    watch: Watch = unwatched,
    tell: Callable[[int], None] = lambda _: None,
) -> Outcome:
    """Feed, drain, read back. Blocks. Raises CheckFailed where it does not drain, Unreachable where analyse does not
    answer."""
    sent = feed(settings, store, scenarios, tell)
    drain(settings, timeout, watch)
    return Outcome(tuple((each, tuple(read(settings, store, each))) for each in scenarios), sent)


def read(settings: Settings, store: Store, scenario: Scenario) -> Iterator[Read]:
    """Every figure of a scenario from both places. Blocks."""
    city = cities(settings).fixtures[fixture_name(scenario.id)]
    page, stored = page_of(settings, city), CityStore(store, city)
    reads = dict[str, Read]()
    for figure in sorted(scenario.figures, key=_is_of_no_alarm):
        found = _read(figure, page, stored)
        until = time.monotonic() + ALARM_SECONDS
        while not found.ok and isinstance(figure.question, Alarmed) and time.monotonic() < until:
            time.sleep(POLL_SECONDS)  # alarms follow from what is drained, and are stored after it
            found = _read(figure, page_of(settings, city), stored)
        reads[figure.name] = found
    yield from (reads[figure.name] for figure in scenario.figures)


def _is_of_no_alarm(figure: Figure) -> bool:
    """Whether it holds before any alarm is told: it is read when those of the scenario have been."""
    return isinstance(figure.question, Alarmed) and figure.expected == 0


def _read(figure: Figure, page: LivePage, stored: CityStore) -> Read:
    shown = figure.question.live(page)
    return Read(
        figure,
        figure.question.stored(stored),
        None if isinstance(shown, NotShown) else shown,
        shown.reason if isinstance(shown, NotShown) else "",
        tuple((other.reading, other.question.stored(stored)) for other in figure.others),
    )


def page_of(settings: Settings, city: City) -> LivePage:
    """Blocks. Raises Unreachable, and so does what it is asked."""

    def asks(page: str, words: Mapping[str, str]) -> Page:
        return _there(asked(settings, page, words))

    (found,) = _there(live(settings, city.name))["cities"]
    return LivePage(city, found, asks)


def _there(page: Page | None) -> Page:
    if page is None:
        raise Unreachable("analyse does not answer, and the live figures cannot be read; start `citywatch up`")
    return page


def _check_room(known: Cities, settings: Settings) -> None:
    for topic in INPUTS:
        number = len(rules_of(topic, known, settings))
        if number > MAX_SOURCES:
            raise WrongUse(
                f"{topic} would have {number} sources with those of the scenarios, at most {MAX_SOURCES} are taken:"
                " run acceptance in a deployment with fewer cities"
            )
