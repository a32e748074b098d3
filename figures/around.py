"""Before and after at a place, beside the rest of the city and beside what is usual there."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import log, sqrt


@dataclass(frozen=True)
class Around:
    """Counts of spans of equal length on both sides of a day. rest_before, rest_after: of all other places. usual: at
    the place in earlier spans, the one before among none of them."""

    before: int
    after: int
    rest_before: int
    rest_after: int
    usual: tuple[int, ...] = ()

    @property
    def by_rest(self) -> Fraction | None:
        """What would be there after, had the place gone as the rest has; None where nothing was in the rest."""
        return self._as_rest(Fraction(self.before))

    @property
    def by_usual(self) -> Fraction | None:
        """The same from what is usual there in place of the span before: a place is chosen when it is at its worst, and
        goes back to its usual by itself (regression to the mean). None where nothing is known of it."""
        return self._as_rest(Fraction(sum(self.usual), len(self.usual))) if self.usual else None

    @property
    def z(self) -> float | None:
        """The change beside that of the rest, in standard deviations of what chance makes of such counts, to two
        decimals; None where a count is 0."""
        counts = (self.after, self.before, self.rest_after, self.rest_before)
        if min(counts) <= 0:
            return None
        after, before, rest_after, rest_before = counts
        change = log(after / before) - log(rest_after / rest_before)
        return round(change / sqrt(sum(1 / count for count in counts)), 2)

    def _as_rest(self, number: Fraction) -> Fraction | None:
        return number * self.rest_after / self.rest_before if self.rest_before > 0 else None
