"""Points of maps of China back to WGS 84: GCJ-02 moves them by hundreds of metres, by a published formula."""

from __future__ import annotations

from math import cos, pi, radians, sin, sqrt

Point = tuple[float, float]
"""Longitude and latitude in degrees."""

_AXIS, _SQUARED_ECCENTRICITY = 6_378_245.0, 0.00669342162296594323
"""Of the ellipsoid of Krasovsky, in metres."""

_WEST, _SOUTH, _EAST, _NORTH = 72.004, 0.8293, 137.8347, 55.8271
"""Outside of these degrees points are not moved."""

_STEPS = 4
"""Each step brings the point some hundred times closer: the rest is below a millimetre."""


def to_wgs84(longitude: float, latitude: float) -> Point:
    """The point that GCJ-02 shows there."""
    if not in_china(longitude, latitude):
        return longitude, latitude
    east, north = longitude, latitude
    for _ in range(_STEPS):
        shown_east, shown_north = to_gcj02(east, north)
        east, north = east + longitude - shown_east, north + latitude - shown_north
    return east, north


def in_china(longitude: float, latitude: float) -> bool:
    """Whether GCJ-02 moves a point there; its rectangle is wider than the country."""
    return _WEST <= longitude <= _EAST and _SOUTH <= latitude <= _NORTH


def to_gcj02(longitude: float, latitude: float) -> Point:
    """Where GCJ-02 shows a point of WGS 84 that it moves."""
    x, y = longitude - 105.0, latitude - 35.0
    wave = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + wave
    east += (20 * sin(x * pi) + 40 * sin(x / 3 * pi) + 150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + wave
    north += (20 * sin(y * pi) + 40 * sin(y / 3 * pi) + 160 * sin(y / 12 * pi) + 320 * sin(y / 30 * pi)) * 2 / 3
    angle = radians(latitude)
    curve = 1 - _SQUARED_ECCENTRICITY * sin(angle) ** 2
    metres_north = _AXIS * (1 - _SQUARED_ECCENTRICITY) / (curve * sqrt(curve)) * pi / 180
    metres_east = _AXIS / sqrt(curve) * cos(angle) * pi / 180
    return longitude + east / metres_east, latitude + north / metres_north
