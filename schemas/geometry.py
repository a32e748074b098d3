"""The geometry of a city, as GeoJSON (RFC 7946): the beat of a point, and the listed areas that it lies in.

Polygons are closed: a border belongs to what it bounds. Beats do not overlap, and of beats that share a point of their
borders the first by its code has it; areas overlap as they like, and a point is in all that it bounds.

Shapely takes a tenth of a second to import: only those import this module who locate points.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec
import numpy as np
import shapely
from msgspec import UNSET, Raw, UnsetType

from schemas.areas import MOST, joined
from schemas.cities import City
from schemas.spelling import instead

SLIVER = 0.001
"""Share of the smaller of two beats that may be in both: what comes of digitising a border twice. It belongs to the
first by its code."""


class Located(NamedTuple):
    """beat: empty where the point is in none; areas: as an event carries them."""

    beat: str
    areas: str


class _Properties(msgspec.Struct, frozen=True):
    kind: Literal["beat", "area"]
    code: str
    sector: str | None = None


class _Feature(msgspec.Struct, frozen=True):
    type: Literal["Feature"]
    geometry: Raw
    properties: _Properties


class _Collection(msgspec.Struct, frozen=True):
    type: Literal["FeatureCollection"]
    features: list[Raw]
    crs: Raw | UnsetType = UNSET


class _Shape(NamedTuple):
    kind: str
    code: str
    polygon: shapely.Geometry


class Geometry:
    """Beats and listed areas of a city, and where a point is among them."""

    def __init__(self, shapes: Sequence[_Shape]) -> None:
        self.beats, self._beats = _of_kind("beat", shapes)
        self.areas, self._areas = _of_kind("area", shapes)

    def locate(self, longitude: float, latitude: float) -> Located:
        """Of a point in degrees. Raises ValueError for one in more areas than an event takes."""
        beats = np.flatnonzero(shapely.intersects_xy(self._beats, longitude, latitude))
        areas = np.flatnonzero(shapely.intersects_xy(self._areas, longitude, latitude))
        if len(areas) > MOST:
            raise ValueError(f"lies in {len(areas)} listed areas, at most {MOST} are taken")
        return Located(self.beats[beats[0]] if len(beats) else "", joined(self.areas[each] for each in areas))

    def shape(self, code: str) -> shapely.Geometry:
        """The polygons of a beat or an area. Raises KeyError for what has none."""
        named: Mapping[str, shapely.Geometry] = dict(
            zip((*self.beats, *self.areas), (*self._beats, *self._areas), strict=True)
        )
        return named[code]


def _of_kind(kind: str, shapes: Sequence[_Shape]) -> tuple[tuple[str, ...], Any]:
    """Codes in their order, and their polygons."""
    found = sorted((each for each in shapes if each.kind == kind), key=lambda each: each.code)
    polygons = np.array([each.polygon for each in found], dtype=object)
    shapely.prepare(polygons)
    return tuple(each.code for each in found), polygons


def city_geometry(city: City) -> Geometry:
    """The geometry that a city's file names. Raises ValueError in one line that names the file and the feature."""
    path = Path(city.geometry)
    try:
        text = path.read_bytes()
    except OSError as failed:
        raise ValueError(f"geometry {path} of city {city.name} cannot be read: {failed.strerror or failed}") from None
    try:
        return load_geometry(text, city)
    except ValueError as wrong:
        raise ValueError(f"geometry {path}: {wrong}") from None


def load_geometry(text: bytes, city: City) -> Geometry:
    """GeoJSON whose codes are those of the city. Raises ValueError in one line that names the feature."""
    try:
        whole = msgspec.json.decode(text, type=_Collection)
    except msgspec.DecodeError as wrong:
        raise ValueError(f"is no GeoJSON FeatureCollection: {_plainly(wrong)}") from None
    if whole.crs is not UNSET and not any(name in bytes(whole.crs) for name in (b"CRS84", b"4326")):
        raise ValueError("has a `crs` that is not WGS 84; GeoJSON has no other, so convert it")
    shapes: list[_Shape] = []
    for number, raw in enumerate(whole.features, start=1):
        try:
            shapes.append(_shape(raw, city))
        except ValueError as wrong:
            raise ValueError(f"feature {number}: {wrong}") from None
    beats = [each for each in shapes if each.kind == "beat"]
    if not beats:
        raise ValueError('has no beat: a feature of one has the properties { "kind": "beat", "code": ".." }')
    for wrong_pair in (*_twice(shapes), *_overlapping(beats)):
        raise ValueError(wrong_pair)
    return Geometry(shapes)


def _shape(raw: Raw, city: City) -> _Shape:
    try:
        feature = msgspec.json.decode(raw, type=_Feature)
    except msgspec.DecodeError as wrong:
        raise ValueError(_plainly(wrong)) from None
    said, listed = feature.properties, city.beats if feature.properties.kind == "beat" else city.areas
    named = f"{said.kind} {said.code!r}"
    if said.code not in listed:
        raise ValueError(f"{named} is not declared by city {city.name}: {instead(said.code, listed)}")
    if said.kind == "beat" and said.sector not in (None, city.sector(said.code)):
        raise ValueError(f"{named} is in sector {said.sector!r}, by its city in {city.sector(said.code)!r}")
    try:
        polygon = shapely.from_geojson(bytes(feature.geometry))
    except shapely.errors.GEOSException as wrong:
        raise ValueError(f"{named}: {wrong}") from None
    if polygon is None or polygon.geom_type not in ("Polygon", "MultiPolygon") or polygon.is_empty:
        raise ValueError(f"{named} is no Polygon or MultiPolygon")
    west, south, east, north = polygon.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise ValueError(f"{named} has a position that is no longitude and latitude in degrees, in this order")
    if not polygon.is_valid:
        raise ValueError(f"{named} is no valid polygon: {shapely.is_valid_reason(polygon)}")
    return _Shape(said.kind, said.code, polygon)


def _twice(shapes: Sequence[_Shape]) -> Iterator[str]:
    seen: set[tuple[str, str]] = set()
    for each in shapes:
        if (each.kind, each.code) in seen:
            yield f"{each.kind} {each.code!r} comes twice: several parts are one MultiPolygon"
        seen.add((each.kind, each.code))


def _overlapping(beats: Sequence[_Shape]) -> Iterator[str]:
    polygons = [each.polygon for each in beats]
    tree = shapely.STRtree(polygons)
    for one, other in zip(*tree.query(polygons, predicate="intersects"), strict=True):
        if one < other:
            common = shapely.intersection(polygons[one], polygons[other]).area
            if common > SLIVER * min(polygons[one].area, polygons[other].area):
                yield f"beats {beats[one].code!r} and {beats[other].code!r} overlap: a point is in one beat at most"


def _plainly(wrong: Exception) -> str:
    return str(wrong).replace("`$.", "`").replace(" - at `$`", "")
