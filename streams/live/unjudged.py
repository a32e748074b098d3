"""Where the inputs of alarms end when `analyse` begins with these. Blocks on the broker."""

from __future__ import annotations

import logging
from collections.abc import Collection

from runtime.errors import CitywatchError
from runtime.log import LogPartition, extents
from runtime.settings import Settings
from schemas.clocks import CLOCKS, FLOORS, TRENDS
from schemas.measures import MEASURES

_log = logging.getLogger("citywatch.analyse")

WATCHED_TOPICS = tuple(
    sorted(
        {clock.topic for clock in CLOCKS.values()}
        | {MEASURES[floor.measure].topic for floor in FLOORS.values()}
        | {MEASURES[trend.measure].topic for trend in TRENDS.values()}
    )
)


def ends_of_inputs(settings: Settings) -> dict[LogPartition, int]:
    """Of each partition that has records. A topic that cannot be asked is left out, and told in the log: alarms that
    may be taken back are better than none."""
    try:
        return _ends(settings, WATCHED_TOPICS)
    except CitywatchError:
        found: dict[LogPartition, int] = {}
        for topic in WATCHED_TOPICS:
            try:
                found |= _ends(settings, [topic])
            except CitywatchError as away:
                _log.warning("alarms by %s do not wait until it is judged: %s", topic, away)
        return found


def _ends(settings: Settings, topics: Collection[str]) -> dict[LogPartition, int]:
    return {place: extent.end for place, extent in extents(settings, topics).items() if extent.begin < extent.end}
