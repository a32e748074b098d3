"""Times in which figures may lack events: the log lost records that nobody had judged."""

from __future__ import annotations

from citywatch.questions.clock import topics_of
from schemas.cities import City
from schemas.measures import Measure
from sinks.bind import literal
from sinks.store import Store
from streams.core.periods import Period


def gaps(store: Store, measure: Measure, city: City) -> list[Period]:
    """Event times that the lost records of a measure's topics may have had, for the sources of a city."""
    rows = store.query(
        "SELECT DISTINCT toUInt32(since), toUInt32(until) FROM seams WHERE start_offset < end_offset"
        f" AND source IN {literal(sorted(city.sources))} AND topic IN {literal(topics_of(measure))}"
    )
    return [Period(int(since), int(until)) for since, until in rows]
