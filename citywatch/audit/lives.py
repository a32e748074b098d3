"""Stocks and funnels from the judged rows, a second time: each subject is walked through, step by step."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from math import ceil
from typing import Any, NamedTuple

from citywatch.audit.expected import Expected
from schemas.categories import UNKNOWN
from schemas.cities import City
from schemas.families import TYPES
from schemas.funnel import Funnel
from schemas.lifecycle import Lifecycle
from schemas.stock import Stock


class Step(NamedTuple):
    time: int
    place: int
    id: str
    said: dict[str, Any]


class Lives:
    """The steps of each subject of a lifecycle in a city, in their order."""

    def __init__(self, expected: Expected, life: Lifecycle, city: City) -> None:
        self.life = life
        self.city = city
        found: dict[tuple[str, str], list[Step]] = defaultdict(list)
        for row, codes in (step for kind in life.steps for step in expected.steps.get(kind, ())):
            if row.source in city.sources:
                said = {**dict(zip_longest(TYPES[row.type].dims, codes, fillvalue="")), **dict(row.further)}
                name = "/".join(row.subject if each == "subject" else str(said[each]) for each in life.named_by)
                found[row.source, name].append(Step(row.time, life.steps.index(row.type), row.id, said))
        self.subjects = [sorted(steps, key=lambda step: step[:3]) for steps in found.values()]

    def stock(self, stock: Stock, moment: int) -> dict[str, tuple[int, int]]:
        """By beat what it is of the steps before a moment, and how many were never opened."""
        value: Counter[str] = Counter()
        stray: Counter[str] = Counter()
        counted = stock.states or stock.lifecycle.open
        for steps in self.subjects:
            past = [step for step in steps if step.time < moment]
            if not past:
                continue
            has = _carried(past)
            if any(has.get(name, "") != code for name, code in stock.where.items()):
                continue
            beat = self._beat(has)
            stray[beat] += past[0].place != 0
            if self.life.states[past[-1].place] in counted:
                value[beat] += has.get(stock.value, 0) if stock.value else 1
        return {beat: (value[beat], stray[beat]) for beat in {*value, *stray} if value[beat] or stray[beat]}

    def funnel(self, funnel: Funnel, start: int, end: int) -> tuple[Any, ...]:
        """Cohort, never opened, and of each stage how many, and the mean and the quantiles of their seconds."""
        cohort = [steps for steps in self.subjects if start <= steps[0].time < end]
        opened = [steps for steps in cohort if steps[0].place == 0]
        stages = []
        for name in funnel.stages:
            took = sorted(_took(opened, self.life.states.index(name), end))
            stages.append((len(took), *_shown(took)))
        return len(opened), len(cohort) - len(opened), *stages

    def _beat(self, has: dict[str, Any]) -> str:
        beat = str(has.get("beat", ""))
        return beat if beat in self.city.beats else UNKNOWN


def _took(cohort: Sequence[Sequence[Step]], place: int, end: int) -> Iterator[int]:
    """Of each that has had a step before the end the seconds from its first step."""
    for steps in cohort:
        times = [step.time for step in steps if step.place == place and step.time < end]
        if times:
            yield min(times) - steps[0].time


def _shown(took: Sequence[int]) -> tuple[int | None, ...]:
    if not took:
        return None, None, None
    whole, rest = divmod(sum(took), len(took))
    return whole + (2 * rest >= len(took)), *(took[ceil(part * len(took) / 100) - 1] for part in (50, 90))


def _carried(steps: Sequence[Step]) -> dict[str, Any]:
    has: dict[str, Any] = {}
    for step in steps:
        has |= {name: value for name, value in step.said.items() if value is not None and value != ""}
    return has
