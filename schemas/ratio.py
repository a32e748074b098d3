"""A ratio as it is declared: two figures beside each other, one in the other, always with both counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Term:
    """A sum of figures. names: measures, or one stock. where: of each only these codes, by dimension."""

    names: tuple[str, ...]
    where: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __init__(self, *names: str, where: Mapping[str, str] | None = None) -> None:
        object.__setattr__(self, "names", names)
        object.__setattr__(self, "where", where or {})


@dataclass(frozen=True)
class Sum:
    """A sum of measures that is a figure of its own, as calls are reported and linked ones. of: terms of measures."""

    name: str
    zh: str
    en: str
    unit: str
    of: tuple[Term, ...]
    requirements: tuple[int, ...] = ()


@dataclass(frozen=True)
class Ratio:
    """`part` in 100 of `whole`. Whether both are there is checked where all figures are known (`schemas.derived`).

    is_share: the one is a part of the other, so it is a percentage and has an interval; else so many per 100 of them.
    What ends in a span is no part of what begins in it, so two types of events never are one: it may come to more than
    100, and the cohort is a funnel's.
    decimals: of the figure, rounded half up. requirements: the numbers of the rows of docs/coverage.md that it answers.
    """

    name: str
    zh: str
    en: str
    part: Term
    whole: Term
    is_share: bool = True
    decimals: int = 2
    requirements: tuple[int, ...] = ()

    @property
    def unit(self) -> str:
        return "%" if self.is_share else "per 100"
