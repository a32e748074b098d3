"""What is known of each source: gaps of the time that its figures cover, and sources that stand still."""

from __future__ import annotations

from collections.abc import Iterator

from citywatch.health.finding import Finding
from figures.known import city_known
from figures.periods import rfc3339
from figures.queries.facts import facts
from figures.vouched import CAUSES, Vouched, vouched
from runtime.cities import cities
from runtime.settings import Settings
from schemas.cities import City
from sinks.store import Store

SHOWN = 3
"""Gaps of a source that are named."""


def check_known(store: Store, settings: Settings) -> Iterator[Finding]:
    """Blocks on the store. A gap is worth knowing; a source that the others have left behind is wrong."""
    known, found = cities(settings), facts(store)
    for each in vouched(found, known):
        yield _spans(each, known.by_source[each.source])
    for city in known.by_name.values():
        topics = sorted({topic for source in city.sources.values() for topic in source.topics})
        still = {absent for topic in topics for absent in city_known(found, city, [topic]).absent}
        for absent in sorted(still):
            yield Finding(
                "known",
                "wrong",
                f"{absent.source} stands still since {rfc3339(absent.since, city.tz)}: figures go on without it",
                "see why its heartbeats do not come; once late rows are in: `citywatch gaps filled`",
            )


def _spans(each: Vouched, city: City) -> Finding:
    begun = rfc3339(each.known[0].start, city.tz) if each.known else "nowhere"
    text = f"{each.source} from {begun} to {rfc3339(each.clock, city.tz)}"
    if not each.holes:
        return Finding("known", "ok" if each.known else "note", text)
    some = "; ".join(
        f"{rfc3339(hole.span.start, city.tz)} to {rfc3339(hole.span.end, city.tz)} ({CAUSES[hole.cause]})"
        for hole in each.holes[-SHOWN:]
    )
    more = f" and {len(each.holes) - SHOWN} more" if len(each.holes) > SHOWN else ""
    return Finding(
        "known",
        "note",
        f"{text}, but not {some}{more}; figures of then are not compared",
        "`citywatch gaps list` names all; where late rows have filled one: `citywatch gaps filled`",
    )
