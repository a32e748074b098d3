"""What of the subjects of a lifecycle is asked for: their codes as they came, and what a city's lists make of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from figures.queries.where import SOURCE
from schemas.categories import TREE, UNKNOWN
from schemas.cities import City
from schemas.lifecycle import Lifecycle
from schemas.stock import coded

Key = tuple[str, ...]


def listed_beat(city: City, beat: str) -> str:
    """`unknown` where the city has no such beat."""
    return beat if beat in city.beats else UNKNOWN


class Places:
    """From codes as they came to the dimensions asked for, by the city's lists."""

    def __init__(self, life: Lifecycle, city: City, dimensions: Sequence[str], filters: Mapping[str, str]) -> None:
        self.city = city
        self._coded = coded(life)
        self._dimensions = tuple(dimensions)
        self._filters = {name: code for name, code in filters.items() if name != SOURCE}
        self.sources = [filters[SOURCE]] if SOURCE in filters else sorted(city.sources)
        self.names = tuple(dict.fromkeys(map(self._raw, (*self._dimensions, *self._filters))))
        """The codes that it needs."""
        self.said = "".join(f", said_{name}" for name in self.names)

    def key(self, codes: Sequence[str]) -> Key | None:
        """Of codes in the order of `names`; None where they are filtered out."""
        said = dict(zip(self.names, codes, strict=True))
        if any(code not in self._all(name, said) for name, code in self._filters.items()):
            return None
        return tuple(self._all(name, said)[0] for name in self._dimensions)

    def _raw(self, name: str) -> str:
        if name == "sector":
            return "beat"
        return self._coded if name in ("class", "category") and self._coded is not None else name

    def _all(self, name: str, said: Mapping[str, str]) -> tuple[str, ...]:
        """The value of a dimension, then what else it is known under."""
        code = said[self._raw(name)]
        beat = self.city.beats.get(code)
        node = self.city.codes.get(code, UNKNOWN)
        match name:
            case "sector":
                return (beat.sector if beat is not None else UNKNOWN,)
            case "beat":
                return (code,) if beat is not None else (UNKNOWN, code)
            case "class" if self._coded is not None:
                return (TREE[node].path[0],)
            case "category" if self._coded is not None:
                return (node, code, *TREE[node].path)
            case _:
                return (code,)
