"""The spike rule: more in the last 7 days than the 28 days before let expect.

Declared here; `deploy/prometheus/rules/spike.yml` says the same to Prometheus, and a test holds it to this.
"""

from math import sqrt

from figures.known import Known
from figures.periods import Period

DAYS, DAYS_BEFORE = 7, 28
"""Both are whole weeks of days of 24 hours, so the weekly shape cancels out."""

ABOVE = 3.0
AT_LEAST = 10
"""Fewer in the last days are no alarm: a handful says nothing."""

_DAY = 86_400


def windows(as_of: int) -> tuple[Period, Period]:
    """The last days before `as_of`, and those before them."""
    middle = as_of - DAYS * _DAY
    return Period(middle, as_of), Period(middle - DAYS_BEFORE * _DAY, middle)


def z(now: int, before: int) -> float:
    """How far the count of the last days is above its share of the earlier one, in standard deviations (Poisson)."""
    return 2 * (sqrt(max(now, 0)) - sqrt(max(before, 0) * DAYS / DAYS_BEFORE))


def is_spike(now: int, before: int) -> bool:
    """Whether the rule holds for the two counts; they have to be comparable."""
    return now >= AT_LEAST and z(now, before) > ABOVE


def is_known(known: Known) -> bool:
    """Whether all of both windows is known; else there is no alarm."""
    return known.as_of is not None and all(map(known.covers, windows(known.as_of)))


def share_known(known: Known) -> float:
    """The share of both windows that is known; 0 before any clock."""
    if known.as_of is None:
        return 0.0
    last, before = windows(known.as_of)
    return known.coverage(Period(before.start, last.end))
