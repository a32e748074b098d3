"""Notices codes that a city's lists do not know: counted as `unknown`, shown as a metric, logged once."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from runtime import metrics
from schemas.categories import UNKNOWN
from schemas.cities import Cities
from schemas.families import TYPES
from sinks.rows import EVENT_COLUMNS, TableRow

log = logging.getLogger(__name__)

REMEMBERED = 20_000
"""Codes told apart per city and list, some 3 MB: a feed of nonsense must not fill memory. From there on the gauge is a
lower bound, and says so."""

NAMED = 1_000
"""Of these each has a line in the log, which must not fill either."""

_SOURCE, _TYPE, _BEAT, _CATEGORY = (EVENT_COLUMNS.index(name) for name in ("source", "type", "beat", "category"))


class UnknownCodes:
    """Looks at the distinct codes of each batch."""

    def __init__(self, cities: Cities) -> None:
        self._cities = cities
        self._found: dict[tuple[str, str], set[str]] = {}

    def look(self, rows: Iterable[TableRow]) -> None:
        """Report what these event rows bring that the lists do not have."""
        for source, name, beat, category in {(row[_SOURCE], row[_TYPE], row[_BEAT], row[_CATEGORY]) for row in rows}:
            city = self._cities.by_source.get(source)
            if city is None:
                continue
            if beat not in city.beats:
                self._report(city.name, "beats", beat)
            if TYPES[name].coded is not None and city.node(category) == UNKNOWN:
                self._report(city.name, "codes", category)

    def _report(self, city: str, which: str, code: str) -> None:
        found = self._found.setdefault((city, which), set())
        if code in found:
            return
        full = len(found) >= REMEMBERED
        metrics.UNKNOWN_CODES_FULL.labels(city, which).set(full)
        if full:
            return
        found.add(code)
        metrics.UNKNOWN_CODES.labels(city, which).set(len(found))
        if len(found) <= NAMED:
            log.warning("%s: %r is not in the city's %s; it is counted under unknown", city, code, which)
        elif len(found) == NAMED + 1:
            log.warning("%s: more of them are not in the city's %s; `citywatch doctor` tells how many", city, which)
