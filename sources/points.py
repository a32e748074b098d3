"""Points of rows become beats and listed areas here, in the source, and go no further."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sources.gcj02 import to_wgs84
from sources.mapping_rules import PointTake
from sources.refusals import RowRefused
from sources.row_times import FileRow

if TYPE_CHECKING:
    from schemas.geometry import Geometry, Located

LONGITUDES, LATITUDES = 180.0, 90.0
"""Degrees on either side of 0."""


class PointReader:
    """Where the point of a row lies. Raises RowRefused for what is no point; nothing that it says repeats one."""

    def __init__(self, geometry: Geometry, point: PointTake, places: Mapping[str, int]) -> None:
        self._geometry = geometry
        self._point = point
        self._longitude, self._latitude = places[point.longitude], places[point.latitude]
        self._last: tuple[str, str, Located | None] = ("", "", None)

    def locate(self, row: FileRow) -> Located | None:
        """None where the row has none. The fields of a row mostly ask for the same point: the last one is kept."""
        east, north = row[self._longitude].strip(), row[self._latitude].strip()
        if (east, north) != self._last[:2]:
            self._last = east, north, self._located(east, north)
        return self._last[2]

    def _located(self, east: str, north: str) -> Located | None:
        if not east and not north:
            return None
        longitude = _degrees(self._point.longitude, east, LONGITUDES)
        latitude = _degrees(self._point.latitude, north, LATITUDES)
        if self._point.datum == "gcj-02":
            longitude, latitude = to_wgs84(longitude, latitude)
        try:
            return self._geometry.locate(longitude, latitude)
        except ValueError as wrong:
            raise RowRefused(f"{self._point.longitude} + {self._point.latitude}", str(wrong)) from None

    def beat(self, row: FileRow) -> str:
        """Empty where the row has no point, or one in no beat."""
        located = self.locate(row)
        return located.beat if located else ""

    def areas(self, row: FileRow) -> str:
        """As an event carries them; empty where the row has no point."""
        located = self.locate(row)
        return located.areas if located else ""


def _degrees(column: str, text: str, most: float) -> float:
    """Raises RowRefused for what is no number of degrees on either side of 0."""
    try:
        degrees = float(text)
    except ValueError:
        degrees = most + 1
    if not -most <= degrees <= most:
        raise RowRefused(column, f"is no number of degrees from {-most:g} to {most:g}")
    return degrees
