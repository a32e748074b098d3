"""The rows of a report in another order, and of each unit of time the first of them only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from figures.periods import Period
from figures.queries.answer import Question, ReportRow

VALUE, CHANGE = "value", "change"

Rank = tuple[bool, int | str]
"""What is not known comes last."""


class Ranked(NamedTuple):
    """`left_out`: how many rows are not among them."""

    rows: list[ReportRow]
    left_out: int


def orders(question: Question) -> tuple[str, ...]:
    """What rows can be sorted by."""
    return (VALUE, *([CHANGE] if question.compare else []), *question.dimensions)


def ranked(question: Question, rows: Sequence[ReportRow], sort: str | None, top: int | None) -> Ranked:
    """Of each unit of time the first `top` rows, sorted by one of `orders`.

    value: the greatest first, which is also how `top` chooses where nothing is said. change: the greatest rise first,
    as a difference to the first comparison asked for.
    """
    by = sort or (VALUE if top is not None else None)
    found = list(rows)
    if by is not None:
        rank = _rank(question, by)
        found.sort(key=lambda row: (row.period, row.campaign, rank(row)))
    if top is None:
        return Ranked(found, 0)
    taken: Counter[tuple[Period, str]] = Counter()
    kept = []
    for row in found:
        taken[row.period, row.campaign] += 1
        if taken[row.period, row.campaign] <= top:
            kept.append(row)
    return Ranked(kept, len(found) - len(kept))


def _rank(question: Question, by: str) -> Callable[[ReportRow], Rank]:
    measure = question.measure

    def of_value(row: ReportRow) -> Rank:
        return (not row.is_known, -row.total.value(measure))

    def of_change(row: ReportRow) -> Rank:
        other = row.others[question.compare[0]]
        if other.now is None or other.before is None:
            return (True, 0)
        return (False, other.before.value(measure) - other.now.value(measure))

    if by == VALUE:
        return of_value
    if by == CHANGE:
        return of_change
    place = question.dimensions.index(by)
    return lambda row: (False, row.key[place])
