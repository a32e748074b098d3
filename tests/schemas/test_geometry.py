"""A point lies in one beat at most and in every listed area that it is in, and what cannot be so is refused by name."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from schemas.areas import MOST, each, joined
from schemas.categories import UNKNOWN
from schemas.cities import City, load_cities, load_city
from schemas.geometry import city_geometry, load_geometry

XINCHENG = load_cities().by_name["xincheng"]
GEOMETRY = city_geometry(XINCHENG)
WHOLE = shapely.from_geojson(Path(XINCHENG.geometry).read_bytes())
WEST, SOUTH, EAST, NORTH = WHOLE.bounds
VERTICES = sorted({tuple(position) for position in shapely.get_coordinates(WHOLE).tolist()})

TOWN = """
name = "t"
zh = "t"
en = "t"
tz = "UTC"
sectors.S1 = { zh = "1", en = "1" }
beats = { B1 = { sector = "S1", zh = "1", en = "1" }, B2 = { sector = "S1", zh = "2", en = "2" } }
codes = {}
sources = {}
areas = { N1 = { zh = "n", en = "n" }, N2 = { zh = "m", en = "m" } }
"""
CITY = load_city(TOWN, "town.toml")


def square(west: float, south: float, size: float = 1.0) -> list[list[float]]:
    east, north = west + size, south + size
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def feature(kind: str, code: str, *rings: list[list[float]], **more: Any) -> dict[str, Any]:
    shape = {"type": "Polygon", "coordinates": list(rings)}
    return {"type": "Feature", "properties": {"kind": kind, "code": code, **more}, "geometry": shape}


def document(*features: object, **more: object) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features, **more}).encode()


TWO = (feature("beat", "B2", square(1, 0)), feature("beat", "B1", square(0, 0)))


@given(st.floats(WEST - 0.01, EAST + 0.01), st.floats(SOUTH - 0.01, NORTH + 0.01))
def test_a_point_is_in_one_beat_or_in_none_and_in_each_area_that_holds_it(longitude: float, latitude: float) -> None:
    point = shapely.Point(longitude, latitude)
    located = GEOMETRY.locate(longitude, latitude)
    holding = [code for code in GEOMETRY.beats if GEOMETRY.shape(code).covers(point)]
    assert located.beat == (min(holding) if holding else "")
    areas = {code for code in GEOMETRY.areas if GEOMETRY.shape(code).covers(point)}
    assert {*each(located.areas)} == (areas or {"-"})
    assert joined(each(located.areas)) == located.areas


@pytest.mark.parametrize("vertex", VERTICES, ids=str)
def test_a_point_where_borders_meet_belongs_to_the_first_beat_by_its_code(vertex: tuple[float, float]) -> None:
    holding = [code for code in GEOMETRY.beats if GEOMETRY.shape(code).covers(shapely.Point(vertex))]
    assert GEOMETRY.locate(*vertex).beat == min(holding, default="")


@given(st.lists(st.tuples(st.floats(WEST - 0.01, EAST + 0.01), st.floats(SOUTH - 0.01, NORTH + 0.01)), max_size=50))
def test_beats_sectors_and_the_city_add_up_to_the_same_and_areas_to_no_less(points: list[tuple[float, float]]) -> None:
    located = [GEOMETRY.locate(*point) for point in points]
    beats = Counter(each.beat or UNKNOWN for each in located)
    sectors = Counter(XINCHENG.sector(each.beat) for each in located)
    assert sum(beats.values()) == sum(sectors.values()) == len(points)
    assert beats[UNKNOWN] == sectors[UNKNOWN]
    for sector in XINCHENG.sectors:
        assert sectors[sector] == sum(beats[beat] for beat in XINCHENG.beats if XINCHENG.sector(beat) == sector)
    assert Counter(area for one in located for area in each(one.areas)).total() >= len(points)


def test_the_shipped_city_has_27_beats_in_14_sectors_and_9_areas_that_cross_beats() -> None:
    assert {*GEOMETRY.beats} == {*XINCHENG.beats}
    assert (len(GEOMETRY.beats), len({XINCHENG.sector(beat) for beat in GEOMETRY.beats})) == (27, 14)
    assert {*GEOMETRY.areas} == {*XINCHENG.areas}
    assert len(GEOMETRY.areas) == 9
    for area in GEOMETRY.areas:
        crossed = [b for b in GEOMETRY.beats if GEOMETRY.shape(b).intersection(GEOMETRY.shape(area)).area > 0]
        assert len(crossed) > 1


def test_the_order_of_features_changes_nothing_and_neither_does_the_direction_of_rings() -> None:
    turned = [
        feature(f["properties"]["kind"], f["properties"]["code"], f["geometry"]["coordinates"][0][::-1]) for f in TWO
    ]
    for features in (TWO, TWO[::-1], turned):
        geometry = load_geometry(document(*features), CITY)
        assert [geometry.locate(x, 0.5).beat for x in (0, 0.5, 1, 1.5, 2, 2.001)] == ["B1", "B1", "B1", "B2", "B2", ""]


def test_a_hole_is_outside_but_its_border_and_parts_far_away_are_not() -> None:
    ring = feature("beat", "B1", square(0, 0, 4), square(1, 1, 2)[::-1])
    parts = feature("beat", "B2") | {
        "geometry": {"type": "MultiPolygon", "coordinates": [[square(5, 0)], [square(7, 0)]]}
    }
    geometry = load_geometry(document(ring, parts), CITY)
    assert [geometry.locate(x, 2).beat for x in (0.5, 1, 2, 3, 3.5)] == ["B1", "B1", "", "B1", "B1"]
    assert [geometry.locate(x, 0.5).beat for x in (5.5, 6.5, 7.5)] == ["B2", "", "B2"]


def test_areas_overlap_beats_of_two_maps_by_a_sliver_and_the_first_has_it() -> None:
    wide = feature("beat", "B1", [[0, 0], [1.0005, 0], [1.0005, 1], [0, 1], [0, 0]])
    areas = (feature("area", "N2", square(0, 0)), feature("area", "N1", square(0.5, 0)))
    geometry = load_geometry(document(TWO[0], wide, *areas), CITY)
    assert geometry.locate(1.0003, 0.5) == ("B1", "N1")
    assert geometry.locate(0.7, 0.5) == ("B1", "N1+N2")


def test_a_point_in_more_areas_than_an_event_takes_is_refused() -> None:
    codes = [f"X{number}" for number in range(MOST + 1)]
    city = msgspec.structs.replace(CITY, areas=dict.fromkeys(codes, CITY.areas["N1"]))
    features = [feature("area", code, square(0, 0, 1 + place)) for place, code in enumerate(codes)]
    geometry = load_geometry(document(*TWO, *features), city)
    assert len(each(geometry.locate(1.5, 0.5).areas)) == MOST
    with pytest.raises(ValueError, match=rf"lies in {MOST + 1} listed areas, at most {MOST}"):
        geometry.locate(0.5, 0.5)


BOW = [[0.0, 0.0], [1.0, 1.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]
SHIFTED = feature("beat", "B2", square(0.5, 0))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"{", "no GeoJSON FeatureCollection"),
        (document(), "has no beat"),
        (document(feature("area", "N1", square(0, 0))), "has no beat"),
        (document(*TWO, crs={"type": "name", "properties": {"name": "EPSG:2437"}}), "`crs` that is not WGS 84"),
        (document(feature("zone", "B1", square(0, 0))), "feature 1: Invalid enum value 'zone'"),
        (document(TWO[0], feature("beat", "B9", square(0, 0))), "feature 2: beat 'B9' is not declared by city t"),
        (document(feature("area", "B1", square(0, 0))), "feature 1: area 'B1' is not declared"),
        (document(feature("beat", "B1", square(0, 0), sector="S2")), "is in sector 'S2', by its city in 'S1'"),
        (document(feature("beat", "B1", square(0, 0)[:-1])), "feature 1: beat 'B1': "),
        (document(feature("beat", "B1", BOW)), "beat 'B1' is no valid polygon: Self-intersection"),
        (document(feature("beat", "B1", square(40_000, 20_000))), "no longitude and latitude in degrees"),
        (document(TWO[0] | {"geometry": {"type": "Point", "coordinates": [0, 0]}}), "'B2' is no Polygon"),
        (document(TWO[0] | {"geometry": None}), "feature 1: beat 'B2': "),
        (document(TWO[1], TWO[1]), "beat 'B1' comes twice"),
        (document(TWO[1], SHIFTED), "beats 'B1' and 'B2' overlap"),
    ],
)  # fmt: skip
def test_a_geometry_that_cannot_hold_is_refused_in_one_line_that_names_the_feature(text: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)) as refused:
        load_geometry(text, CITY)
    assert "\n" not in str(refused.value)


def test_a_city_file_names_its_geometry_and_areas_and_a_mistake_in_them_is_one_line(tmp_path: Path) -> None:
    def written(more: str) -> City:
        (tmp_path / "town.toml").write_text(f'geometry = "town.geojson"\n{more}', "utf-8")
        return load_cities(tmp_path).by_name["t"]

    with pytest.raises(ValueError, match=r"geometry 'town\.geojson': there is no such file beside it"):
        written(TOWN)
    (tmp_path / "town.geojson").write_bytes(document(*TWO))
    assert city_geometry(written(TOWN)).beats == ("B1", "B2")
    with pytest.raises(ValueError, match=r"area 'N1\+': a code is 1 to 20 letters without"):
        written(TOWN.replace("N1", '"N1+"'))
    (tmp_path / "town.geojson").write_bytes(document(TWO[1], SHIFTED))
    with pytest.raises(ValueError, match=r"town\.geojson: beats 'B1' and 'B2' overlap"):
        city_geometry(written(TOWN))
