"""Like with like: the parts of two spans that are known on both sides, at the same elapsed places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from figures.known import Known
from figures.periods import Period, tiles
from figures.spans import Spans, common, joined


@dataclass(frozen=True)
class Alike:
    """Parts of a span and of an earlier one, of equal lengths and in the same places of their local days."""

    now: Spans
    earlier: Spans


def alike(known: Known, now: Period, earlier: Period, tz: str) -> Alike:
    """What of both spans is known on both sides. They are laid beside each other day by day, in local time, so that
    an hour more or less on a day on which the clocks change stays on that day."""
    here: list[Period] = []
    there: list[Period] = []
    for day, other in zip(tiles(now, "day", tz), tiles(earlier, "day", tz), strict=False):
        for part, same in _paired(known, day, other):
            here.append(part)
            there.append(same)
    return Alike(joined(here), joined(there))


def alike_parts(known: Known, now: Spans, earlier: Spans, tz: str) -> Alike:
    """As `alike`, of spans that lie beside each other in their order; what one side has more of is left out."""
    found = [alike(known, here, there, tz) for here, there in zip(now, earlier, strict=False)]
    return Alike(tuple(part for each in found for part in each.now), tuple(p for each in found for p in each.earlier))


def _paired(known: Known, day: Period, other: Period) -> Iterator[tuple[Period, Period]]:
    length = min(day.end - day.start, other.end - other.start)
    shift = other.start - day.start
    shifted = tuple(
        Period(part.start - shift, part.end - shift) for part in known.part(Period(other.start, other.start + length))
    )
    for part in common(known.part(Period(day.start, day.start + length)), shifted):
        yield part, Period(part.start + shift, part.end + shift)
