"""Quantiles of a phase from its published edges: a duration that so many took at most, never a value in between."""

from __future__ import annotations

from collections.abc import Mapping

QUANTILES = {"p50": 50, "p90": 90}
"""Those that figures show, in percent."""


def at_most(number: int, below: Mapping[int, int], percent: int) -> int | None:
    """The least edge that `percent` of `number` durations took at most (by nearest rank); None where they took longer
    than the greatest edge. `below`: how many took at most each edge, in seconds. Raises ValueError of
    none.
    """
    if number <= 0:
        raise ValueError("no duration has a quantile")
    rank = -(-percent * number // 100)
    return min((edge for edge, within in below.items() if within >= rank), default=None)


def as_json(number: int, below: Mapping[int, int]) -> dict[str, dict[str, int] | None]:
    """Each of QUANTILES: `{"at_most": edge}`, `{"above": greatest edge}`, or null of nothing."""
    found: dict[str, dict[str, int] | None] = {}
    for name, percent in QUANTILES.items():
        edge = at_most(number, below, percent) if number else None
        found[name] = {"at_most": edge} if edge is not None else {"above": max(below)} if number else None
    return found
