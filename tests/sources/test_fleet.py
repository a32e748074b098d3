"""The further fleet of the simulated city: so many reports a second, in order, and the time of each car whole."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import takewhile
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from citywatch.cli import call
from runtime.errors import WrongUse
from runtime.settings import Settings
from schemas.accept import accept
from schemas.control import PANE
from schemas.families.patrols import Status
from sources.simcity.chance import midnight
from sources.simcity.city import Item, events
from sources.simcity.fleet import EVERY, Fleet
from sources.simcity.truth import Truth
from sources.simulate import simulate, spikes_asked, write_truth
from tests.sources.test_simulate import CITY, MONDAY

ZONE = ZoneInfo(CITY.tz)
BEGIN = midnight(MONDAY, ZONE)
MILLION = 220


def test_reports_of_a_city_of_a_million_come_every_second_in_order_and_are_accepted() -> None:
    begin, end = BEGIN + 3_000, BEGIN + 3_030
    found = list(Fleet(MILLION, BEGIN).reports(1, CITY, begin, end))
    assert found == sorted(found)
    arrived = Counter(each.arrival for each in found)
    assert set(arrived) == set(range(begin, end))
    assert min(arrived.values()) == MILLION
    assert sum(arrived.values()) == 30 * MILLION + 9 * MILLION, "a pane begins in between: what lies across is two"
    assert len({each.id for each in found}) == len(found)
    for each in found[:500]:
        event = accept(each.encode(ZONE))
        assert isinstance(event, Status)
        (length,) = event.values()
        assert event.epoch // PANE == (event.epoch - length + 1) // PANE
        assert event.data.beat in CITY.beats


def test_the_time_of_each_car_is_whole() -> None:
    found = list(Fleet(3, BEGIN).reports(1, CITY, BEGIN, BEGIN + 1_000))
    until = dict[str, int]()
    for each in found:
        unit, since = str(each.data["unit"]), int(str(each.data["since"]))
        assert since == until.get(unit, since), unit
        until[unit] = each.epoch
    assert len(until) == 3 * EVERY
    assert min(until.values()) > BEGIN + 1_000 - 2 * EVERY


def test_they_come_among_the_others_from_their_instant_on_wherever_a_run_begins() -> None:
    begun = midnight(MONDAY + timedelta(days=1), ZONE)
    since = begun - 60

    def sent(start: date, days: int, fleet: Fleet | None) -> list[Item]:
        """Up to an hour into the second day: a day of cars is many."""
        items = events(CITY, 3, start, days, fleet=fleet, families=False)
        return list(takewhile(lambda item: item[0] < begun + 3_600, items))

    whole = sent(MONDAY, 2, Fleet(2, since))
    assert [item[0] for item in whole] == sorted(item[0] for item in whole)
    assert [item for item in whole if b"FLEET-" not in item[3]] == sent(MONDAY, 2, None)
    cars = [item for item in whole if b"FLEET-" in item[3]]
    assert since <= min(item[0] for item in cars) < begun
    second = sent(MONDAY + timedelta(days=1), 1, Fleet(2, since))
    assert [item for item in second if b"FLEET-" in item[3]] == [item for item in cars if item[0] >= begun]


def test_spikes_and_rates_that_cannot_be_are_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    settings = Settings(kafka="127.0.0.1:9", data=tmp_path)
    (spike, *_) = spikes_asked(["street_theft:B07:2024-03-05:6"], settings)
    with pytest.raises(WrongUse, match="2024-03-05 is on none of the 1 days from 2024-03-04"):
        simulate(settings, start=MONDAY, days=1, spikes=(spike,))
    for wrong in ("street_theft", "street_theft:B07:2026-13-01:6", "street_theft:B07:2026-06-15:many"):
        with pytest.raises(WrongUse, match="CATEGORY:BEAT:DATE:FACTOR"):
            spikes_asked([wrong], settings)
    with pytest.raises(WrongUse, match="B01"):
        spikes_asked(["street_theft:B99:2026-06-15:6"], settings)
    with pytest.raises(WrongUse, match="two spikes are of one beat"):
        simulate(settings, start=spike.day, days=1, spikes=(spike, replace(spike, factor=2.0)))
    with pytest.raises(WrongUse, match="--status"):
        simulate(settings, status=-1)
    assert call(["simulate", "--live", "--rate", "5"]) == 2
    assert capfd.readouterr().err.count("\n") == 1


def test_spikes_that_are_asked_for_stand_in_the_truth(tmp_path: Path) -> None:
    spikes = spikes_asked(["street_theft:B07:2024-03-04:6"], Settings(data=tmp_path))
    assert {(each.beat, each.day, each.factor) for each in spikes} == {("B07", MONDAY, 6.0)}
    write_truth(tmp_path / "truth.json", Truth(ZONE), 1, MONDAY, 1, CITY, spikes)
    told = json.loads((tmp_path / "truth.json").read_text())["spikes"]
    assert told[0] | {"code": ""} == {"beat": "B07", "code": "", "day": "2024-03-04", "factor": 6.0}
