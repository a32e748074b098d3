"""A point becomes a beat and listed areas in the source, is counted where it gives none, and goes no further."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path

import pytest

from citywatch.cli import call
from runtime.errors import WrongUse
from runtime.settings import Settings
from schemas.cities import load_cities
from schemas.geometry import city_geometry
from sources.check import check
from sources.gcj02 import in_china, to_gcj02, to_wgs84
from sources.mapping import load_mapping
from sources.rows import RowMapper

CITIES = load_cities()
GEOMETRY = city_geometry(CITIES.by_name["xincheng"])
MAP = """
city = "xincheng"
source = "xincheng/110"
[time]
zone = "Asia/Shanghai"
[[event]]
type = "incident.reported"
time = "at"
id = { prefix = "r-", join = ["no"] }
[event.data]
category = { column = "code" }
beat = { longitude = "lng", latitude = "lat" }
areas = { longitude = "lng", latitude = "lat" }
[[event]]
type = "incident.reclassified"
time = "mended"
id = { prefix = "n-", join = ["no"] }
when = { column = "mended", filled = true }
[event.data]
beat = { longitude = "lng", latitude = "lat" }
category = { column = "code" }
reported_at = { column = "at" }
now_category = "120101"
now_beat = { longitude = "lng2", latitude = "lat2" }
now_areas = { longitude = "lng2", latitude = "lat2" }
"""
HEADER = ["no", "at", "code", "lng", "lat", "mended", "lng2", "lat2"]
ALL_THREE, LAKE, OUTSIDE = ("115.0005", "33.9845"), ("115.065", "33.982"), ("114.8", "34.0")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("map.toml").write_text(MAP, "utf-8")
    return tmp_path


def row(number: int, point: tuple[str, str], mended: str = "", now: tuple[str, str] = ("", "")) -> list[str]:
    return [str(number), f"2026-03-02 10:{number:02}:00", "110201", *point, mended, *now]


def written(*rows: list[str]) -> Path:
    with Path("calls.csv").open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([HEADER, *rows])
    return Path("calls.csv")


def test_no_event_has_a_point_and_each_has_the_beat_and_the_areas_of_its_own(folder: Path) -> None:
    mapper = RowMapper(load_mapping(folder / "map.toml", CITIES), HEADER)
    chance = random.Random(7)
    for number in range(300):
        where = chance.uniform(114.88, 115.13), chance.uniform(33.94, 34.06)
        (event,) = mapper.events(row(number % 60, (f"{where[0]:.6f}", f"{where[1]:.6f}")))
        said = json.loads(event.value)["data"]
        located = GEOMETRY.locate(round(where[0], 6), round(where[1], 6))
        assert [said["beat"], said["areas"]] == [*located]
        assert not {"lng", "lat", "longitude", "latitude"} & said.keys()
        assert f"{where[0]:.3f}" not in event.value.decode()
        assert event.key == (located.beat or "xincheng/110").encode()
    first, moved = mapper.events(row(1, ALL_THREE, "2026-03-02 12:00:00", LAKE))
    assert json.loads(first.value)["data"]["areas"] == "A1+A2+A3"
    said = json.loads(moved.value)["data"]
    assert (said["beat"], said["now_beat"], said["now_areas"]) == ("B21", "", "A7")


def test_a_point_in_no_beat_and_none_at_all_are_counted_and_what_is_no_point_is_refused_without_its_value(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    good = [row(number, ALL_THREE) for number in range(5)]
    outside = [row(10, LAKE), row(11, OUTSIDE), row(12, ("", ""))]
    bad = [("33.9845", "115.0005"), ("115.0005", ""), ("east", "33.98"), ("nan", "33.98"), ("1e999", "33.98")]
    rows = [*good, *outside, *(row(number, point) for number, point in enumerate(bad, start=20))]
    found = check(Settings(data=folder / "data"), "map.toml", written(*rows))
    assert (found.rows, found.outside, found.without_point, found.refused) == (8, 2, 1, len(bad))
    assert {(each.column, each.reason) for each in found.refusals} == {
        ("lat", "is no number of degrees from -90 to 90"),
        ("lng", "is no number of degrees from -180 to 180"),
    }
    assert found.found.unknown_beats == {"": 3}
    assert call(["check", "map.toml", "calls.csv"]) == 1
    told = capfd.readouterr().out
    assert "2 rows have a point in no beat, 1 rows have no point: counted under the beat unknown" in told
    assert "33.98" not in told


POINT = '{ longitude = "lng", latitude = "lat" }'
CALLS, _, _ = MAP.partition('[[event]]\ntype = "incident.reclassified"')


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("beat = { longitude", "beat = { longtude", "event[0].data.beat: "),
        ('category = { column = "code" }', f"category = {POINT}", "a beat or listed areas, and nothing else"),
        (f"areas = {POINT}", 'areas = "A1+A77"', "'A77' is no listed area of city xincheng"),
        (f"areas = {POINT}", 'areas = { longitude = "lng" }', "event[0].data.areas: "),
        ("xincheng", "montgomery", "event[0].data.beat: city montgomery has no geometry to locate points in"),
    ],
)
def test_a_mistake_in_the_mapping_is_named_before_a_row_is_read(folder: Path, old: str, new: str, says: str) -> None:
    path = folder / "wrong.toml"
    path.write_text(CALLS.replace(old, new).replace("montgomery/110", "montgomery/911"), "utf-8")
    with pytest.raises(WrongUse) as refused:
        load_mapping(path, CITIES)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("point", "shown"),
    [((116.404, 39.915), (116.41024449916938, 39.91640428150164)), ((103.8, 30.6), None), ((-122.3, 47.6), None)],
)
def test_gcj02_is_taken_back_to_wgs84_within_a_millimetre(
    point: tuple[float, float], shown: tuple[float, float] | None
) -> None:
    if shown is not None:
        assert to_gcj02(*point) == pytest.approx(shown, abs=1e-12)
    taken = to_wgs84(*to_gcj02(*point)) if in_china(*point) else to_wgs84(*point)
    assert taken == pytest.approx(point, abs=1e-8)


def test_points_in_gcj02_lie_where_the_map_shows_them(folder: Path) -> None:
    Path("moved.toml").write_text(MAP.replace('"lat" }', '"lat", datum = "gcj-02" }'), "utf-8")
    mapper = RowMapper(load_mapping(folder / "moved.toml", CITIES), HEADER)
    for number, point in enumerate((ALL_THREE, LAKE, OUTSIDE)):
        said, where = (float(point[0]), float(point[1])), to_gcj02(float(point[0]), float(point[1]))
        (event,) = mapper.events(row(number, (f"{where[0]:.9f}", f"{where[1]:.9f}")))
        data = json.loads(event.value)["data"]
        assert (data["beat"], data["areas"]) == GEOMETRY.locate(*said)
