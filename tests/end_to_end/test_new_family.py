"""A family of events is one module: the one that the documentation shows, put beside the others, and no other file."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from citywatch.local_deployment import command
from schemas.instants import rfc3339
from tests.deployment import Deployment
from tests.deployments import KINDS, deployment_of
from tests.end_to_end.events import MIDNIGHT, Event, heartbeat
from tests.parts.server import await_until
from tests.source import ROOT, copy_of_source

HOUR, DAY = 3_600, 86_400
NOON = MIDNIGHT + 12 * HOUR
TOPIC, SOURCE, FILE_SOURCE = "citywatch.thefts", "harbour/cases", "harbour/file"
PARTITIONS = 4
PERSON = "13800138000"
ON_THAT_DAY = ("--city", "harbour", "--from", "2026-03-02", "--to", "2026-03-02")

CITY = """
name = "harbour"
zh = "港口"
en = "Harbour"
tz = "Asia/Shanghai"
[sectors.S]
zh = "s"
en = "s"
[beats.B01]
sector = "S"
zh = "b1"
en = "b1"
[beats.B02]
sector = "S"
zh = "b2"
en = "b2"
[codes]
[floors]
thefts = 5
[sources."harbour/cases"]
topics = ["citywatch.thefts"]
[sources."harbour/file"]
topics = ["citywatch.thefts"]
"""

MAPPING = """
city = "harbour"
source = "harbour/file"
[time]
format = "iso"
zone = "Asia/Shanghai"
[[event]]
type = "theft.lost"
time = "reported"
id = { prefix = "f", join = ["number"] }
[event.data]
beat = { column = "beat" }
goods = { column = "what" }
place = { column = "where", table = { "on the street" = "street" } }
happened_at = { column = "happened" }
amount = { column = "loss", decimals = 2 }
"""

ROWS = """number,reported,happened,beat,what,where,loss
1,2026-03-02 12:00:00,2026-03-02 11:00:00,B01,bag,on the street,12.5
2,2026-03-02 12:01:00,2026-03-02 11:00:00,B01,bag,on the street,not said
3,2026-03-02 12:02:00,2026-03-02 11:00:00,B01,bag,on the street,0.125
"""


def theft(kind: str, name: str, at: int, subject: str, **data: object) -> Event:
    return {
        "specversion": "1.0", "type": f"theft.{kind}.v1", "source": SOURCE, "id": name, "time": rfc3339(at),
        "subject": subject, "data": data,
    }  # fmt: skip


def lost(
    name: str, at: int, beat: str, goods: str, place: str, amount: int, since: int = HOUR, **more: object
) -> Event:
    happened = rfc3339(at - since)
    return theft("lost", name, at, f"s-{name}", beat=beat, goods=goods, place=place, amount=amount,
                 happened_at=happened, **more)  # fmt: skip


def beats(clock: int, since: int | None = None) -> list[tuple[int, Event]]:
    return [(partition, heartbeat(clock, SOURCE, since)) for partition in range(PARTITIONS)]


BICYCLE = lost("t1", NOON, "B01", "bicycle", "street", 85_000, 12 * HOUR)
CAR = lost("t2", NOON + 1, "B02", "car", "home", 1_000_050)
FOOD = lost("t3", NOON + 2, "B01", "food", "shop", 30_000, 3 * DAY, count=3)
RECODED = theft("recoded", "x1", NOON + 60, "s-t1", beat="B01", goods="bicycle", place="street",
                lost_at=rfc3339(NOON), now_goods="scooter", now_beat="B02")  # fmt: skip
FOUND = theft("found", "f1", NOON + 120, "s-t1", beat="B01", goods="bicycle", place="street", lost_at=rfc3339(NOON))
WITHDRAWN = theft(
    "withdrawn", "w1", NOON + 61, "s-t2", beat="B02", goods="car", place="home", lost_at=rfc3339(NOON + 1)
)
LATE = lost("t4", NOON + 3, "B02", "phone", "street", 9_999, 40 * DAY)


def with_person() -> Iterator[tuple[str, str, Event]]:
    """The field and each event with a person in it: in every text of every type."""
    for number, event in enumerate((CAR, FOUND, RECODED, WITHDRAWN)):
        fresh = event | {"id": f"p{number}"}
        for name in ("id", "subject", "source"):
            yield name, PERSON, fresh | {name: PERSON}
        for name, value in event["data"].items():
            if isinstance(value, str):
                yield f"data.{name}", PERSON, fresh | {"data": {**event["data"], name: PERSON}}


@dataclass
class Story:
    """What the deployment answered after each chapter."""

    found: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.found[name]


def declared() -> str:
    shown = re.search(r"```python\n(.*?)```", (ROOT / "docs" / "adding-a-family.md").read_text("utf-8"), re.S)
    assert shown
    return shown.group(1)


Rows = dict[tuple[str, ...], Any]


def reported(deployment: Deployment, **asked: tuple[str, ...]) -> dict[str, Rows]:
    """Under each name the rows of a report: a measure and options."""
    said = deployment.answers(*(("report", *words, *ON_THAT_DAY) for words in asked.values()))
    return {
        name: {tuple(row["by"].values()): row for row in each["rows"]} for name, each in zip(asked, said, strict=True)
    }


def values(rows: Rows) -> Rows:
    return {key: row["value"] for key, row in rows.items()}


def lines(deployment: Deployment, measure: str, *asked: str) -> list[dict[str, Any]]:
    return [
        json.loads(line) for line in deployment.must("events", measure, *ON_THAT_DAY, "--json", *asked).splitlines()
    ]


def alarms_of(deployment: Deployment, number: int) -> list[dict[str, Any]]:
    """The alarms that stand, once there are so many."""
    standing = f'citywatch_clock_alarms{{city="harbour",clock="shop_theft_open",state="expired"}} {number}'
    await_until(lambda: standing in page(deployment, "metrics").decode(), 60, f"{number} alarms to be told", every=0.5)
    found: list[dict[str, Any]] = []

    def stand() -> bool:
        found[:] = deployment.answer("alarms", "list", "--city", "harbour")["alarms"]
        return len(found) == number

    await_until(stand, 60, f"{number} alarms to stand", every=0.5)
    return found


def page(deployment: Deployment, name: str) -> bytes:
    host, port = deployment.settings.metrics_address("analyse")
    with urllib.request.urlopen(f"http://{host}:{port}/{name}", timeout=10) as answer:
        body: bytes = answer.read()
        return body


@dataclass(frozen=True)
class Changed:
    """A copy of the packages with the family in it, and the file of a city that has its source."""

    source: Path
    cities: Path

    @property
    def module(self) -> Path:
        return self.source / "schemas" / "families" / "thefts.py"

    def run(self, *words: str, code: int = 0) -> str:
        """What Python prints with the copy, and ends with this exit code."""
        environment = {**os.environ, "PYTHONPATH": str(self.source), "CITYWATCH_CITIES": str(self.cities)}
        done = subprocess.run(words, cwd=self.source, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Changed:
    directory = tmp_path_factory.mktemp("declared")
    made = Changed(copy_of_source(directory / "source"), directory / "cities")
    made.cities.mkdir()
    (made.cities / "harbour.toml").write_text(CITY, "utf-8")
    made.module.write_text(declared(), "utf-8")
    return made


@pytest.fixture(scope="module", params=[pytest.param(kind, marks=pytest.mark.full) for kind in KINDS])
def story(
    request: pytest.FixtureRequest, changed: Changed, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Story]:
    """A family comes, is counted, and gets a fourth dimension while its panes are open."""
    directory = tmp_path_factory.mktemp("family")
    changed.module.write_text(declared(), "utf-8")
    with deployment_of(
        request.param, request, directory / "world", source=changed.source, cities=str(changed.cities)
    ) as deployment:
        told = Story()
        first_chapter(deployment, directory, told.found)
        if request.param == "real":  # the embedded parts are made anew with each start
            changed.module.write_text(grown(declared()), "utf-8")
            second_chapter(deployment, told.found)
        yield told


def first_chapter(deployment: Deployment, directory: Path, told: dict[str, Any]) -> None:
    persons = [event for _, _, event in with_person()]
    deployment.start()
    deployment.produce(
        TOPIC,
        [
            *beats(MIDNIGHT),
            *beats(NOON, since=MIDNIGHT),
            (0, BICYCLE),
            (1, CAR),
            (0, FOOD),
            (0, BICYCLE),  # again in its pane
            (2, BICYCLE),  # again in another partition
            (3, RECODED),
            (3, WITHDRAWN),
            (0, FOUND),
            *((3, event) for event in persons),
            *beats(NOON + HOUR, since=NOON),
            (1, LATE),
        ],
    )
    told["audit"] = deployment.balanced()
    found = reported(
        deployment,
        by_place=("stolen", "--by", "place"),
        by_goods=("stolen", "--by", "beat,goods"),
        shops=("thefts_of_shops",),
        phase=("theft_to_report",),
        missing=("goods_missing", "--by", "beat"),
        found_of_lost=("thefts_found_of_lost",),
    )
    told |= {"phase": found.pop("phase")[()], "found of lost": found.pop("found_of_lost")[()]}
    told |= {name.replace("_", " "): values(rows) for name, rows in found.items()}
    told["alarms"] = alarms_of(deployment, 1)
    told["by class"] = deployment.call("report", "stolen", "--city", "harbour", "--by", "class")
    told["lines"] = lines(deployment, "stolen")
    told["of scooters"] = lines(deployment, "stolen", "--where", "goods=scooter")
    told["live"] = json.loads(page(deployment, "live"))
    told["gauges"] = page(deployment, "metrics").decode()
    told["listed"] = deployment.query(
        "SELECT type, effect, restates, dims FROM type_list WHERE family = 'theft' ORDER BY type"
    )
    told["by name"] = deployment.query(
        "SELECT DISTINCT dim_names, arrayElement(number_names, 1) FROM figures WHERE type = 'theft.lost'"
    )
    told["cells"] = [json.loads(value) for value in deployment.consume("citywatch.panes") if b'"theft.lost"' in value]
    (directory / "map.toml").write_text(MAPPING, "utf-8")
    (directory / "rows.csv").write_text(ROWS, "utf-8")
    replayed = deployment.call("replay", str(directory / "rows.csv"), "--map", str(directory / "map.toml"), "--json")
    told["replayed"] = json.loads(replayed.stdout)
    deployment.drain()
    told["from the file"] = values(reported(deployment, it=("stolen", "--by", "goods"))["it"])


def grown(declaration: str) -> str:
    """With a fourth dimension: a field, and its name."""
    for old, new in (
        ("    count: Count = 1\n", '    count: Count = 1\n    tool: Annotated[Code, about("With what")] = ""\n'),
        ("            Lost,\n            dims=DIMS,", '            Lost,\n            dims=(*DIMS, "tool"),'),
        ("\n\n\nclass Lost(", '\n    now_tool: Annotated[Code, about("With what after all")] = ""\n\n\nclass Lost('),
        ('"beat": "now_beat"}', '"beat": "now_beat", "tool": "now_tool"}'),
    ):
        assert old in declaration
        declaration = declaration.replace(old, new)
    return declaration


def second_chapter(deployment: Deployment, told: dict[str, Any]) -> None:
    """The roles end while a pane is open, and go on with the fourth dimension in it."""
    at = NOON + HOUR + 60
    deployment.produce(TOPIC, [(0, lost("n1", at, "B01", "lamp", "home", 100))])
    deployment.drain()
    for role in list(deployment.running):
        deployment.terminate(role)
    deployment.start()
    deployment.produce(
        TOPIC,
        [
            (0, lost("n2", at + 1, "B01", "lamp", "home", 200)),
            (0, lost("n3", at + 2, "B01", "lamp", "home", 400, tool="crowbar")),
            (0, lost("n4", at + 3, "B01", "lamp", "home", 800, tool="drill")),
            (0, theft("recoded", "x2", at + 9, "s-n1", beat="B01", goods="lamp", place="home", lost_at=rfc3339(at),
                      now_goods="lamp", now_tool="saw")),
            (0, lost("n5", at + 4, "B01", "lamp", "home", 1_600, tool="saw")),
            (1, lost("n5", at + 4, "B01", "lamp", "home", 3_200, tool="axe")),  # the same id in another partition
            *beats(at + 60, since=NOON + HOUR),
        ],
    )  # fmt: skip
    told["grown audit"] = deployment.balanced()
    told["by tool"] = values(reported(deployment, it=("stolen", "--by", "tool,goods"))["it"])
    told["sawn"] = lines(deployment, "stolen", "--where", "tool=saw")
    told["grown cells"] = deployment.query(
        "SELECT facet, further, records FROM cells_latest WHERE type = 'theft.lost' AND category = 'lamp'"
        " AND partition = 0 ORDER BY further"
    )


def test_it_is_accepted_and_refused_for_a_person_in_any_of_its_fields(changed: Changed, tmp_path: Path) -> None:
    feed = tmp_path / "feed.jsonl"
    events = (BICYCLE, *(event for _, _, event in with_person()))
    feed.write_text("".join(json.dumps(event) + "\n" for event in events), "utf-8")
    checked = json.loads(changed.run(*command("send", str(feed), "--check", "--json"), code=1))
    assert checked["types"] == {"theft.lost.v1": 1}
    assert checked["refused"] == len(list(with_person()))
    for (name, _, event), refusal in zip(with_person(), checked["refusals"], strict=True):
        fixed = name == "data.place" or name.endswith("_at")
        assert refusal["reason"] in (("wrong_type", "wrong_time") if fixed else ("person",)), (name, refusal)
        assert refusal["field"] == name, event
        assert PERSON not in refusal["detail"]


def test_it_is_counted_late_and_repeated_and_the_books_balance(story: Story) -> None:
    audit = story["audit"]
    assert (audit["late"], audit["duplicates"], audit["dead_lettered"]) == (1, 2, len(list(with_person())))


def test_it_is_reported_by_its_own_dimensions_with_money_as_exact_decimals(story: Story) -> None:
    assert story["by place"] == {("shop",): "300.00", ("street",): "949.99"}
    assert story["by goods"] == {("B01", "food"): "300.00", ("B02", "phone"): "99.99", ("B02", "scooter"): "850.00"}
    assert story["shops"] == {(): 3}
    phase = story["phase"]
    assert (phase["value"], {edge: part["n"] for edge, part in phase["within"].items()}) == (
        5, {"86400": 1, "604800": 4, "2592000": 4},
    )  # fmt: skip
    refused = story["by class"]
    assert (refused.returncode, "class" in refused.stderr) == (2, True)


def test_it_is_recoded_cancelled_and_taken_apart_by_its_events(story: Story) -> None:
    assert sum(line["adds"] for line in story["lines"]) == 30_000 + 94_999
    by_id: dict[str, list[str]] = {}
    for line in story["lines"]:
        by_id.setdefault(line["id"], []).append(line["verdict"])
    assert sorted(by_id["t1"]) == ["counted", "counted", "duplicate", "repeat", "restated", "restated"]
    assert (by_id["t2"], by_id["t4"]) == (["counted", "restated"], ["late"])
    (moved,) = story["of scooters"]
    assert (moved["adds"], moved["dims"]) == (85_000, {"beat": "B02", "goods": "scooter", "place": "street"})
    assert moved["event"]["data"] == {**BICYCLE["data"], "count": 1}
    assert moved["numbers"]["amount"] == 85_000


def test_it_stands_on_topics_and_in_the_store_by_name(story: Story) -> None:
    cell = next(cell for cell in story["cells"] if cell["dims"]["goods"] == "food")
    assert cell["dims"] == {"beat": "B01", "goods": "food", "place": "shop"}
    assert cell["numbers"] == {
        "count": 3, "amount": 30_000, "to_report_seconds": 9 * DAY, "to_report_le_86400": 0, "to_report_le_604800": 3,
        "to_report_le_2592000": 3,
    }  # fmt: skip
    assert [tuple(row) for row in story["listed"]] == [
        ("theft.found", "adds", "", ["beat", "goods", "place"]),
        ("theft.lost", "adds", "", ["beat", "goods", "place"]),
        ("theft.recoded", "moves", "theft.lost", ["beat", "goods", "place"]),
        ("theft.withdrawn", "cancels", "theft.lost", ["beat", "goods", "place"]),
    ]
    assert story["by name"] == [(["beat", "goods", "place"], "amount")]


def test_its_subjects_are_counted_where_they_stand_now(story: Story) -> None:
    assert story["missing"] == {("B01",): 1, ("B02",): 1}
    assert (story["found of lost"]["part"], story["found of lost"]["whole"]) == (1, 5)


def test_what_is_not_done_in_time_is_told(story: Story) -> None:
    assert [(each["clock"], each["subject"], each["state"]) for each in story["alarms"]] == [
        ("shop_theft_open", "s-t3", "expired")
    ]


def test_it_is_shown_live(story: Story) -> None:
    (city,) = [city for city in story["live"]["cities"] if city["city"] == "harbour"]
    (stolen,) = [measure for measure in city["measures"] if measure["measure"] == "stolen"]
    day = next(period for period in stolen["periods"] if period["period"] == "day")
    assert (stolen["scale"], day["total"]["value"]) == (2, 124_999)
    assert {row["code"]: row["value"] for row in day["beats"]} == {"B02": 94_999, "B01": 30_000}
    found = re.search(
        r'^citywatch_window_stolen_by_place\{city="harbour",place="street",period="day"\} (\S+)$', story["gauges"], re.M
    )
    assert found
    assert found.group(1) == "949.99"


def test_it_is_mapped_from_a_file_with_its_decimals(story: Story) -> None:
    assert story["replayed"]["sent"] == 1
    assert story["from the file"]["bag",] == "12.50"


def test_its_page_its_schema_and_its_channel_are_written(changed: Changed, tmp_path: Path) -> None:
    changed.run(sys.executable, "-m", "citywatch.generate", "--root", str(tmp_path))
    channel = json.loads((tmp_path / "schemas" / "asyncapi.json").read_text("utf-8"))["channels"]["citywatch.thefts"]
    assert {"theft.lost.v1", "theft.found.v1", "theft.recoded.v1", "theft.withdrawn.v1"} <= channel["messages"].keys()
    page = (tmp_path / "docs" / "topics.md").read_text("utf-8")
    assert "## `citywatch.thefts`" in page
    assert "| `theft.lost` | `beat`, `goods`, `place` |" in page
    schema = json.loads((tmp_path / "schemas" / "jsonschema" / "theft.lost.v1.json").read_text("utf-8"))
    assert schema["examples"][0]["data"]["amount"] == 85_000


@pytest.mark.full
@pytest.mark.parametrize("story", ["real"], indirect=True)
def test_a_further_dimension_is_a_line_and_open_panes_go_on_in_their_cells(story: Story) -> None:
    assert story["grown cells"] == [
        ("home", [], 2),
        ("home", ["crowbar"], 1),
        ("home", ["drill"], 1),
        ("home", ["saw"], 1),
    ]
    lamps = {tool: value for (tool, goods), value in story["by tool"].items() if goods == "lamp"}
    assert lamps == {"": "2.00", "crowbar": "4.00", "drill": "8.00", "saw": "17.00"}
    assert story["by tool"]["", "scooter"] == "850.00"
    assert sorted((line["id"], line["verdict"], line["adds"]) for line in story["sawn"]) == [
        ("n1", "restated", 100), ("n5", "counted", 1_600),
    ]  # fmt: skip
