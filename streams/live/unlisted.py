"""Codes that a city's lists lack, by name: what is counted under `unknown` in its running month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Literal

from schemas.family import BEAT, TYPES
from schemas.live import Unlisted
from schemas.measures import MEASURES
from streams.live.figures import windows
from streams.live.state import CityState

NAMED = 12
"""Codes of each list that are named; a sender that invents one for each event makes no page without end."""

CALLS = MEASURES["incidents"]


def unlisted(city: CityState) -> Iterator[Unlisted]:
    """Of the calls of the month that runs; nothing before any clock."""
    as_of = city.known(CALLS).as_of
    if as_of is None:
        return
    month = next(each.current for each in windows(as_of, city.city) if each.period == "month")
    for kind, found in _lacking(city, month.start, month.end).items():
        for code, value in sorted(found.items(), key=lambda item: (-item[1], item[0]))[:NAMED]:
            yield Unlisted(kind, code, value)


def _lacking(city: CityState, start: int, end: int) -> dict[Literal["codes", "beats"], Counter[str]]:
    event = TYPES[CALLS.type]
    lists: dict[Literal["codes", "beats"], tuple[str | None, Collection[str]]] = {
        "codes": (event.coded, city.city.codes),
        "beats": (BEAT, city.city.beats),
    }
    places = {kind: (event.dims.index(dim), known) for kind, (dim, known) in lists.items() if dim is not None}
    found: dict[Literal["codes", "beats"], Counter[str]] = {kind: Counter() for kind in places}
    for codes, value in city.by_codes(CALLS.type, start, end):
        for kind, (place, known) in places.items():
            if value and codes[place] not in known:
                found[kind][codes[place]] += value
    return found
