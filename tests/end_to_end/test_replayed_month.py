"""A month of the simulated city replayed at full speed gives the alarms that it gave played live, in steps, whatever
became of analyse meanwhile; and they are those of a second account, worked out from the events alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient

from schemas.alarms import Alarm
from schemas.families.hazards import FAMILY as HAZARD
from schemas.reading import alarm as decoded
from schemas.topics import ALARMS, INPUTS, OUTPUTS, PUBLISHED, RAISED
from sources.simcity.desk import source_of
from tests.alarms_from_events import Told, alarms, events_of, place_of
from tests.alarms_listed import Listed, as_they_hold, listed, looked_at
from tests.deployment import Deployment
from tests.deployments import deployment_of
from tests.parts.clickhouse import ClickHouseServer
from tests.parts.server import await_until
from tests.played_month import CITY, Days, Sent, declared, own, steps, write

MONTH = Days(date(2026, 6, 10), 30, step_hours=12, missing=(4, 11, 12), late=(20,))
END = "2026-07-10T00:00:00+08:00"
LATENESS = 900
KILLED, RESTARTED = 20, 40
"""Steps in which analyse is killed with 9, and after which it is stopped and started."""
SILENT = range(30, 32)
"""Steps in which the source of hazards says nothing, and then all of it: a day."""


@pytest.mark.full
@pytest.mark.timeout(3_600)
def test_a_month_replayed_at_full_speed_gives_the_alarms_it_gave_played_in_steps(
    request: pytest.FixtureRequest,
    clickhouse_server: ClickHouseServer,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    cities = declared(tmp_path / "cities")
    with deployment_of("real", request, tmp_path / "live", cities=str(cities)) as live:
        live.start()
        play(live, cities)
        in_steps = listed(live, CITY)
        events = events_of(value for topic in INPUTS for value in live.consume(topic))
        for role in list(live.running):
            live.terminate(role)
        forget_all_but_inputs(live)
        with replaying(live, clickhouse_server, tmp_path / "again", cities) as again:
            at_once = listed(again, CITY)

    holding = as_they_hold(in_steps)
    assert as_they_hold(at_once) == holding
    now = int(datetime.fromisoformat(END).timestamp())
    place = place_of((cities / f"{CITY}.toml").read_text("utf-8"), LATENESS)
    assert told(holding) == sorted(alarms(events, now, place), key=str)

    withdrawn = {name: alarm for name, alarm in in_steps.items() if alarm["state"] == "withdrawn"}
    assert withdrawn, "no late event proved an alarm wrong"
    assert not withdrawn.keys() & holding.keys()
    known = {event.id for of_family in events.values() for event in of_family}
    assert not unfounded(in_steps, known), "played in steps"
    assert not unfounded(at_once, known), "replayed"
    again = sum(alarm["state"] == "withdrawn" for alarm in at_once.values())
    figures = f"{len(holding)} alarms equal, {len(withdrawn)} withdrawn while it was played, {again} in the replay"
    record_property("figures", figures)


def unfounded(found: Listed, known: set[str]) -> list[Any]:
    """Alarms of clocks that were taken back, and not by an event."""
    return [
        alarm
        for alarm in found.values()
        if alarm["state"] == "withdrawn"
        and alarm["clock"] != "officers_below_floor"
        and alarm["withdrawn_by"] not in known
    ]


def play(live: Deployment, cities: Path) -> None:
    """Each step is written while the roles run, and waited for."""
    held: list[Sent] = []
    before_silence: list[Alarm] = []
    for number, sent in enumerate(steps(MONTH, cities)):
        if number == SILENT.start:
            before_silence = published(live)
        if number == SILENT.stop:
            after_silence = published(live)
            assert of_hazards(after_silence) == of_hazards(before_silence), "a clock ran although its feed was silent"
            assert len(after_silence) > len(before_silence), "the other clocks have gone on"
        held += [each for each in sent if each.topic == HAZARD.topic.name]
        write(live.settings, [each for each in sent if each.topic != HAZARD.topic.name])
        if number not in SILENT:
            write(live.settings, held)
            held.clear()
        if number == KILLED:
            live.kill("analyse")
            live.start("analyse")
        looked_at(live)
        if number == RESTARTED:
            live.terminate("analyse")
            live.start("analyse")


def published(live: Deployment) -> list[Alarm]:
    return [decoded(value) for value in live.consume(ALARMS)]


def of_hazards(alarms: list[Alarm]) -> list[Alarm]:
    return [alarm for alarm in alarms if alarm.source == own(source_of(HAZARD))]


def told(alarms: Listed) -> list[Told]:
    """As the second account has them."""
    return sorted(
        (
            Told(each["clock"], each["subject"], _seconds(each["begin"]) or 0, _seconds(each["due"]) or 0,
                 each["state"], _seconds(each["end"]))
            for each in alarms.values()
        ),
        key=str,
    )  # fmt: skip


def _seconds(said: str | None) -> int | None:
    return None if said is None else int(datetime.fromisoformat(said).timestamp())


def forget_all_but_inputs(deployment: Deployment) -> None:
    """Whoever reads the inputs again writes all else anew."""
    written = {*OUTPUTS, *PUBLISHED, *RAISED}
    with closing(KafkaAdminClient(bootstrap_servers=deployment.bootstrap)) as admin:
        admin.delete_topics(sorted(written))
        await_until(lambda: not written & set(admin.list_topics()), 60, "what was made of the inputs to be gone")


@contextmanager
def replaying(live: Deployment, server: ClickHouseServer, directory: Path, cities: Path) -> Iterator[Deployment]:
    """The same inputs, all there before the roles of another group and another store start."""
    directory.mkdir()
    with (
        server.fresh_database() as url,
        Deployment(live.bootstrap, url, directory, group="again", cities=str(cities)) as found,
    ):
        found.start()
        yield found
