"""As many sources in one topic as it may have, and as many before them, under `kill -9`: nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from random import Random
from string import ascii_lowercase

import pytest

from citywatch.rules import write_rules
from runtime.cities import cities
from runtime.log import ends
from schemas.cities import load_cities
from schemas.control import MAX_KNOWN, MAX_SOURCES
from schemas.families.incidents import INCIDENTS
from streams.core.decisions import Decisions, Nameless
from streams.core.note import LIMIT, Note
from tests.end_to_end.events import MIDNIGHT, PARTITIONS, heartbeat, reported
from tests.faults.feed import SteadyFeed, feeding
from tests.faults.fleet import Fleet, fleet_on

SEED = 64
PER_SECOND = 2_000
ROUND = 60
"""Seconds of event time in which each source tells its clock to every partition, and reports some incidents."""

CITY = """
name = "shu"
zh = "蜀"
en = "Shu"
tz = "Asia/Shanghai"
[sectors.S]
zh = "一"
en = "One"
[beats.B01]
sector = "S"
zh = "一"
en = "One"
[codes]
"120301" = "noise"
"""


def province(folder: Path, names: Sequence[str], declared: Sequence[str]) -> None:
    """One city with all these sources, of which some write incidents now."""
    sources = [f'[sources."{name}"]\ntopics = {json.dumps([INCIDENTS] * (name in declared))}\n' for name in names]
    (folder / "shu.toml").write_text(CITY + "".join(sources))


def night(draw: Random, names: Sequence[str], start: int) -> Iterator[tuple[int, bytes]]:
    """Clocks and incidents of each source, some of these twice, some late, on without an end."""
    for number in count():
        clock = start + number * ROUND
        for name in names:
            for each in range(2):
                late = draw.random() < 0.02
                at = clock - draw.randrange(5_000, 9_000) if late else clock + draw.randrange(ROUND)
                call = reported(f"{number}-{each}", at, source=name)
                yield from [(draw.randrange(PARTITIONS), json.dumps(call).encode())] * draw.choice((1, 1, 1, 2))
            for partition in range(PARTITIONS):
                yield partition, json.dumps(heartbeat(clock, name)).encode()


def kills(fleet: Fleet, feed: SteadyFeed, draw: Random, times: int) -> None:
    """Aggregate and sink die in mid-stream, so many times each, and come back."""
    victims = ["aggregate", "sink"] * times
    for role in draw.sample(victims, len(victims)):
        feed.flow(draw.randrange(200, 1_200))
        (victim,) = fleet.workers.living(role)
        victim.kill()
        fleet.workers.start(role)


def notes(fleet: Fleet) -> list[Note]:
    """Those of the incidents, which cover all that was sent."""
    fleet.commits_resume()
    texts = fleet.notes()
    found = []
    for place in ends(fleet.deployment.settings, [INCIDENTS]):
        text = texts[place.topic, place.partition]
        note = Note.decode(text, place.log)
        assert note is not None, text
        assert len(text.encode()) < LIMIT
        found.append(note)
    assert len(found) == PARTITIONS
    return found


@pytest.mark.full
def test_sources_up_to_the_limits_under_kills_keep_their_notes_and_the_audit_balances(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    draw = Random(SEED)
    room = MAX_SOURCES - sum(INCIDENTS in city.sources[name].topics for name, city in load_cities().by_source.items())
    names = ["".join(draw.choices(ascii_lowercase, k=40)) for _ in range(MAX_KNOWN - (MAX_SOURCES - room))]
    first, second = names[:room], names[room : 2 * room]
    folder = tmp_path / "cities"
    folder.mkdir()
    province(folder, names, first)
    with fleet_on(request, tmp_path, SEED, MIDNIGHT, cities=str(folder)) as fleet:
        fleet.crew(1)
        with feeding(fleet.deployment.bootstrap, night(draw, first, MIDNIGHT), PER_SECOND) as feed:
            kills(fleet, feed, draw, 1)
        for note in notes(fleet):
            assert isinstance(note.decisions, Decisions)
            assert sum(state.declared for state in note.decisions.sources.values()) == MAX_SOURCES

        province(folder, names, second)
        assert len(cities(fleet.deployment.settings).by_source) > MAX_SOURCES
        assert f"the rules of {MAX_SOURCES} sources to {INCIDENTS}" in "".join(write_rules(fleet.deployment.settings))
        (analyse,) = fleet.workers.living("analyse")
        analyse.kill()
        fleet.workers.start("analyse")
        goes_on = night(draw, second, MIDNIGHT)
        with feeding(fleet.deployment.bootstrap, goes_on, PER_SECOND) as feed:
            kills(fleet, feed, draw, 2)
        for note in notes(fleet):
            assert isinstance(note.decisions, Nameless), "so many names have no room"
            assert len(note.decisions.states) == MAX_SOURCES + room

        (aggregate,) = fleet.workers.living("aggregate")
        aggregate.kill()
        fleet.workers.start("aggregate")
        with feeding(fleet.deployment.bootstrap, goes_on, PER_SECOND) as feed:
            feed.flow(500)
        audit = fleet.settled()
        assert audit.total("counted") > 1_000
        assert audit.total("duplicates") > 0
        assert audit.total("late") > 0
        assert audit.total("dead_lettered") == 0, "all of them were declared"
        for worker in fleet.workers.living():
            worker.terminate()  # a killed one would be in its group for some seconds more, in the way of the next test
