"""Days of a figure that stay below a number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from figures.clocks import Episode
from figures.periods import Period


class Day(NamedTuple):
    """A local day and its figure, so far where it still runs. None: not all of it is known."""

    period: Period
    value: int | None


def below(days: Iterable[Day], floor: int, now: int, grace: int) -> list[Episode]:
    """Runs of days below the floor, an episode each. `days` in their order; `now`: the event time up to which the
    figures go; `grace`: seconds that a day stays open behind its end.

    A day that still runs, or that is not known, is neither below nor does it end a run; one that has reached the floor
    ends it at once.
    """
    found: list[Episode] = []
    begun: Period | None = None
    for period, value in days:
        if value is None:
            continue
        if value >= floor:
            if begun is not None:
                found.append(_episode(begun, grace, period.start))
            begun = None
        elif begun is None and period.end + grace <= now:
            begun = period
    if begun is not None:
        found.append(_episode(begun, grace, None))
    return found


def _episode(day: Period, grace: int, end: int | None) -> Episode:
    state = "expired" if end is None else "missed"
    return Episode(day.start, state, None, day.end, end, "", "", day.end + grace)  # type: ignore[arg-type]
