"""Feeds that were away, that begin late, that are apart: what is shown of them, through broker, roles and store."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from runtime.pages import fetch, live
from tests.deployment import Deployment
from tests.deployments import REAL_UNLESS_FULL, deployment_of

CITY = """
name = "{name}"
zh = "{name}"
en = "{name}"
tz = "America/Chicago"
[sectors.S]
zh = "S"
en = "S"
[beats.B1]
sector = "S"
zh = "B1"
en = "B1"
[codes]
THEFT = "theft"
stop = "stop_traffic"
"""
SOURCE = '[sources."{source}"]\ntopics = ["citywatch.{topic}"]\n'
MAP = """
city = "{city}"
source = "{source}"
[time]
format = "{format}"
zone = "America/Chicago"
[[event]]
type = "{type}"
time = "at"
id = {{ join = ["no"] }}
[event.data]
beat = {{ column = "beat" }}
{code} = {{ column = "type" }}
"""
INCIDENT, STOP = ("incident.reported", "category", "THEFT"), ("patrol.stop", "kind", "stop")
ISO, DAYS = "iso", "%m/%d/%Y"


@dataclass(frozen=True)
class Feed:
    """A file of one source, and how it is mapped."""

    source: str
    times: list[str]
    event: tuple[str, str, str] = INCIDENT
    layout: str = ISO

    @property
    def city(self) -> str:
        return self.source.partition("/")[0]


def every(minutes: int, start: str, end: str) -> list[datetime]:
    """Moments of local time on which a feed has a row."""
    at, last = datetime.fromisoformat(start), datetime.fromisoformat(end)
    found = []
    while at < last:
        found.append(at)
        at += timedelta(minutes=minutes)
    return found


def iso(moments: Iterable[datetime]) -> list[str]:
    return [f"{at:%Y-%m-%d %H:%M:%S}" for at in moments]


FEEDS = (
    # two feeds of one city, hours apart
    Feed("lag/calls", iso(every(6, "2024-06-01", "2024-06-14T12:00"))),
    Feed("lag/patrol", iso(every(30, "2024-06-01", "2024-06-14T18:00")), STOP),
    # away for 14 days, the rate never changed
    Feed(
        "gap/calls",
        iso([*every(71, "2024-01-01T00:10", "2024-02-29"), *every(71, "2024-03-14", "2024-03-21")]),
    ),
    # a history that begins in mid-month
    Feed("mid/calls", iso(every(30, "2024-01-20T12:00", "2024-03-01"))),
    # only the day is known; the last one is 3 March
    Feed(
        "day/calls",
        [f"{day:%m/%d/%Y}" for day in every(1440, "2020-02-01", "2020-03-04") for _ in range(10)],
        layout=DAYS,
    ),
    # two feeds of one measure, one of which stops
    Feed("two/north", iso(every(10, "2024-05-01", "2024-05-04T12:00"))),
    Feed("two/south", iso(every(10, "2024-05-01", "2024-05-03T09:00"))),
)  # fmt: skip


@dataclass
class Replayed:
    deployment: Deployment
    told: dict[str, str]
    """What `replay` said of each file."""

    def rows(self, measure: str, city: str, *options: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.answer("report", measure, "--city", city, *options)["rows"]
        return found

    def answer(self, *words: str) -> dict[str, Any]:
        zone = () if "--tz" in words or words[0] != "report" else ("--tz", "America/Chicago")
        return self.deployment.answer(*words, *zone)

    def live(self, city: str, measure: str = "incidents") -> dict[str, Any]:
        from runtime.pages import live

        page = live(self.deployment.settings)
        assert page is not None
        (found,) = (each for each in page["cities"] if each["city"] == city)
        return {**found, "measure": next(each for each in found["measures"] if each["measure"] == measure)}


def write(feed: Feed, folder: Path) -> tuple[Path, Path]:
    """The file and its mapping."""
    name = feed.source.replace("/", "-")
    file, mapping = folder / f"{name}.csv", folder / f"{name}.toml"
    kind, field, code = feed.event
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(("no", "at", "type", "beat"))
        writer.writerows((f"n{number}", at, code, "B1") for number, at in enumerate(feed.times))
    mapping.write_text(MAP.format(city=feed.city, source=feed.source, format=feed.layout, type=kind, code=field))
    return file, mapping


@pytest.fixture(scope="module", params=REAL_UNLESS_FULL)
def replayed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replayed]:
    """All files replayed at full speed, with aggregate killed in between; drained."""
    folder = tmp_path_factory.mktemp("known")
    cities = folder / "cities"
    cities.mkdir()
    for name in {feed.city for feed in FEEDS}:
        sources = [feed for feed in FEEDS if feed.city == name]
        topics = {INCIDENT: "incidents", STOP: "patrols"}
        text = "".join(SOURCE.format(source=feed.source, topic=topics[feed.event]) for feed in sources)
        (cities / f"{name}.toml").write_text(CITY.format(name=name) + text)
    with deployment_of(request.param, request, folder / "world", cities=str(cities)) as deployment:
        deployment.start()
        told = {}
        for number, feed in enumerate(FEEDS):
            file, mapping = write(feed, folder)
            told[feed.source] = deployment.must("replay", str(file), "--map", str(mapping))
            if number == 2:
                deployment.kill("aggregate")
                deployment.start("aggregate")
        deployment.drain()
        yield Replayed(deployment, told)


def test_each_measure_goes_up_to_its_own_feeds(replayed: Replayed) -> None:
    (today,) = replayed.rows(
        "incidents", "lag", "--from", "2024-06-14", "--to", "2024-06-14", "--by", "day", "--compare", "previous"
    )
    previous = today["previous"]
    assert (today["value"], previous["value"], previous["percent"]) == (120, 120, "0.0")
    assert today["coverage"] == previous["coverage"] == 1
    (stops,) = replayed.rows("stops", "lag", "--from", "2024-06-14", "--to", "2024-06-14", "--by", "day")
    assert stops["as_of"] > today["as_of"]


def test_no_feed_makes_another_look_like_zero(replayed: Replayed) -> None:
    calls = replayed.live("lag")["measure"]
    hour = next(running for running in calls["periods"] if running["period"] == "hour")
    assert hour["total"]["value"] == hour["total"]["previous"]["value"] == 10


def test_a_gap_is_not_compared_over_and_raises_no_alarm(replayed: Replayed) -> None:
    months = replayed.rows(
        "incidents", "gap", "--from", "2024-01-01", "--to", "2024-03-31", "--by", "month", "--compare", "previous"
    )
    january, february, march = months
    assert january["status"] == "final"
    assert february["status"] == march["status"] == "incomplete"
    assert february["previous"]["percent"] is None
    assert march["previous"]["percent"] is None
    assert "known" in march["previous"]["reason"]
    assert 0.3 < march["coverage"] < 0.4
    assert not any(spike["alarm"] or spike["known"] for spike in replayed.live("gap")["spikes"])


def test_weeks_on_either_side_of_a_gap_are_compared(replayed: Replayed) -> None:
    weeks = replayed.rows(
        "incidents", "gap", "--from", "2024-02-05", "--to", "2024-03-24", "--by", "week", "--compare", "previous"
    )
    shown = [week["previous"]["percent"] is not None for week in weeks]
    assert shown == [True, True, True, False, False, False, False]


def test_like_for_like_compares_what_both_sides_know(replayed: Replayed) -> None:
    """In March the days known are the 14th to the 20th; in February the same days were wholly known."""
    (march,) = replayed.rows(
        "incidents", "gap", "--from", "2024-03-01", "--to", "2024-03-31", "--by", "month", "--compare", "previous",
        "--like-for-like",
    )  # fmt: skip
    alike = march["previous"]["like_for_like"]
    assert abs(alike["value"] - alike["before"]) <= 2
    assert abs(float(march["previous"]["percent"])) < 2


def test_a_history_that_begins_in_mid_month_is_not_compared_with(replayed: Replayed) -> None:
    (february,) = replayed.rows(
        "incidents", "mid", "--from", "2024-02-01", "--to", "2024-02-29", "--by", "month", "--compare", "previous,year"
    )
    assert (february["value"], february["coverage"]) == (29 * 48, 1)
    assert february["previous"]["percent"] is None
    assert "9.5 of 28.9 days known" in february["previous"]["reason"]
    assert february["year"]["value"] is None
    assert february["year"]["coverage"] == 0


def test_days_are_compared_by_whole_days(replayed: Replayed) -> None:
    (march,) = replayed.rows(
        "incidents", "day", "--from", "2020-03-01", "--to", "2020-03-31", "--by", "month", "--compare", "previous"
    )
    assert (march["value"], march["previous"]["value"], march["previous"]["percent"]) == (30, 30, "0.0")
    month = next(each for each in replayed.live("day")["measure"]["periods"] if each["period"] == "month")
    assert (month["total"]["value"], month["total"]["previous"]["value"]) == (30, 30)


def test_a_feed_that_stops_is_left_out_by_name_and_holds_nobody_back(replayed: Replayed) -> None:
    found = replayed.answer(
        "report", "incidents", "--city", "two", "--from", "2024-05-01", "--to", "2024-05-04", "--by", "day",
        "--compare", "previous",
    )  # fmt: skip
    assert [(each["source"], each["since"]) for each in found["without"]] == [
        ("two/south", "2024-05-03T08:50:01-05:00")
    ]
    assert found["as_of"] == "2024-05-04T11:55:00-05:00"
    first, second, third, fourth = found["rows"]
    assert [row["status"] for row in (first, second)] == ["final", "final"]
    assert second["previous"]["percent"] == "0.0"
    assert (third["status"], fourth["status"]) == ("incomplete", "incomplete")
    assert third["previous"]["percent"] is fourth["previous"]["percent"] is None
    assert 0.3 < third["coverage"] < 0.4


def test_doctor_and_gaps_name_what_is_not_known(replayed: Replayed) -> None:
    (gap,) = (each for each in replayed.answer("gaps", "list")["sources"] if each["source"] == "gap/calls")
    assert len(gap["gaps"]) == 1
    assert gap["gaps"][0]["from"].startswith("2024-02-28T23")
    assert gap["gaps"][0]["to"].startswith("2024-03-14T00")
    said = replayed.deployment.call("doctor").stdout
    assert "gap/calls" in said
    assert "nothing is wrong" not in said


def test_replay_names_the_silence(replayed: Replayed) -> None:
    assert "2024-03-14" in replayed.told["gap/calls"]
    assert "silent" in replayed.told["gap/calls"]


def test_the_scenarios_of_reports_are_read_back_and_change_nothing_that_others_see(replayed: Replayed) -> None:
    before = live_cities(replayed)
    for only, figures in (("S1.3,X1,X2,X3", 22), ("X3", 5)):  # the second time all of it is a repeat
        found = replayed.answer("acceptance", "--only", only)
        assert (found["figures"], found["failed"]) == (figures, 0), found
        assert [each["id"] for each in found["scenarios"]] == only.split(",")
    assert live_cities(replayed) == before
    gauges = fetch(replayed.deployment.settings, "metrics")
    assert gauges is not None
    assert b"acceptance-" not in gauges
    assert "acceptance-" not in replayed.deployment.call("doctor").stdout
    refused = replayed.deployment.call("report", "incidents")
    assert "several cities" in refused.stderr
    assert "acceptance-" not in refused.stderr


def live_cities(replayed: Replayed) -> list[str]:
    page = live(replayed.deployment.settings)
    assert page is not None
    return [city["city"] for city in page["cities"]]


def test_an_operator_s_word_makes_a_span_known_and_another_takes_it_back(replayed: Replayed) -> None:
    """Behind the others of this file: it changes what they see."""
    deployment = replayed.deployment
    span = ("--from", "2024-02-28", "--to", "2024-03-14")
    deployment.must("gaps", "filled", "gap/calls", *span, "--why", "rows of the paper log")
    deployment.drain()
    asked = ("incidents", "gap", "--from", "2024-02-01", "--to", "2024-02-29", "--by", "month", "--compare", "previous")
    (february,) = replayed.rows(*asked)
    assert february["status"] == "final"
    assert february["previous"]["percent"] is not None
    said = deployment.answer("gaps", "filled", "gap/calls", "--from", "2024-03-20", "--to", "2024-12-31")
    assert said["to"] == "2024-03-20T22:50:00-05:00"  # where its clock stands: what is to come nobody has filled
    assert deployment.call("gaps", "filled", "gap/calls", "--from", "2024-04-01", "--to", "2024-04-02").returncode == 2
    deployment.must("gaps", "add", "gap/calls", "--from", "2024-02-10", "--to", "2024-02-10")
    deployment.drain()
    (february,) = replayed.rows(*asked)
    assert (february["status"], february["previous"]["percent"]) == ("incomplete", None)


@pytest.mark.full
def test_recount_agrees_with_all_of_it(replayed: Replayed) -> None:
    found = replayed.deployment.answer("recount")
    assert found["equal"], found["examples"]
