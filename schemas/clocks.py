"""Every clock: those that the families bring along, and those declared here."""

from __future__ import annotations

from collections.abc import Iterable

from schemas import families
from schemas.clock import Clock

_DECLARED: tuple[Clock, ...] = ()


def by_name(clocks: Iterable[Clock]) -> dict[str, Clock]:
    """Raises ValueError where two have one name."""
    found: dict[str, Clock] = {}
    for clock in clocks:
        if clock.name in found:
            raise ValueError(f"clock {clock.name!r} is declared twice")
        found[clock.name] = clock
    return found


CLOCKS = by_name((*families.CLOCKS, *_DECLARED))
"""By name."""
