"""Where in its beat a call of the simulated city comes from: a point that is drawn, located, and forgotten."""

from __future__ import annotations

from random import Random

import shapely

from schemas.cities import City
from schemas.geometry import Located, city_geometry


class Locations:
    """Points in the beats of a city, by its geometry."""

    def __init__(self, city: City) -> None:
        self._geometry = city_geometry(city)
        self._shapes = {beat: self._geometry.shape(beat) for beat in self._geometry.beats}
        self._bounds = {beat: shape.bounds for beat, shape in self._shapes.items()}

    def of(self, beat: str, name: str) -> Located:
        """Where what has this name is: the same whenever it is asked for, whatever else is drawn."""
        random, shape = Random(f"where {name}"), self._shapes[beat]
        west, south, east, north = self._bounds[beat]
        while True:
            longitude, latitude = random.uniform(west, east), random.uniform(south, north)
            if shapely.intersects_xy(shape, longitude, latitude):
                return self._geometry.locate(longitude, latitude)

    def of_area(self, area: str) -> str:
        """The beat in the middle of a listed area."""
        middle = self._geometry.shape(area).point_on_surface()
        return self._geometry.locate(middle.x, middle.y).beat
