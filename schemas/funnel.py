"""A funnel as it is declared: of the subjects that began in a span, how many came how far by its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from schemas.lifecycle import Lifecycle
from schemas.stock import dimensions


@dataclass(frozen=True)
class Funnel:
    """One cohort and its way. Raises ValueError where its lifecycle has not what it names.

    Its cohort are the subjects whose first step, which is the lifecycle's first, is in the span. stages: states, in the
    order in which they are shown; how many of the cohort have had that step by the end of the span, whatever came
    between. requirements: the numbers of the rows of docs/coverage.md that it answers.
    """

    name: str
    zh: str
    en: str
    unit: str
    lifecycle: Lifecycle
    stages: tuple[str, ...]
    requirements: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for wrong in self._wrong():
            raise ValueError(f"funnel {self.name!r}: {wrong}")

    def _wrong(self) -> Iterator[str]:
        first, *later = self.lifecycle.states
        if not self.stages:
            yield "it has no stages"
        if unknown := [name for name in self.stages if name not in later]:
            yield f"{unknown[0]!r} is no state of {self.lifecycle.name!r} behind {first!r}"
        if len(set(self.stages)) != len(self.stages):
            yield "two of its stages are the same"

    @property
    def first(self) -> str:
        """The state that its cohort begins in."""
        return self.lifecycle.states[0]

    @cached_property
    def dimensions(self) -> tuple[str, ...]:
        """What it can be asked by: codes as the first steps of subjects have them that carry one."""
        return dimensions(self.lifecycle)

    @property
    def topic(self) -> str:
        """The input topic that its steps stand on."""
        return self.lifecycle.topic
