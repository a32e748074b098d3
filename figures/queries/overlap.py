"""Rows that overlap beside the figure that they are of: by area an event counts in each area that it lies in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from figures.periods import Period
from figures.queries.answer import Question, ReportRow, answer, share
from figures.queries.clock import CityClock
from sinks.store import Store

Place = tuple[Period, str, tuple[str, ...]]
"""A unit, its campaign, and the codes of the dimensions that do not overlap."""


@dataclass(frozen=True)
class Overlap:
    """What rows that overlap are of, each event once. of_rows: what all of them come to."""

    question: Question
    values: Mapping[Place, int]
    of_rows: int

    @property
    def total(self) -> int:
        """The figure of all units."""
        return sum(self.values.values())

    def share(self, row: ReportRow) -> str | None:
        """The percentage that a row is of its figure; None of nothing."""
        whole = self.values.get(_place(self.question, row))
        return share(row.total.value(self.question.measure), whole) if whole and row.is_known else None

    @property
    def words(self) -> str:
        """What a reader has to know."""
        shown, names = self.question.measure.shown, " and ".join(sorted(self.question.measure.overlaps))
        return (
            f"an event counts in each {names} that it lies in: all rows come to {shown(self.of_rows)},"
            f" the figure is {shown(self.total)}, and shares are of that"
        )

    def as_json(self, said: Mapping[str, Any], rows: Sequence[ReportRow]) -> dict[str, Any]:
        """The object of `report --json` of these rows, with their shares, and what all rows come to."""
        shown = self.question.measure.shown
        shares = [{**row, "share": self.share(each)} for row, each in zip(said["rows"], rows, strict=True)]
        overlapping = {"overlapping": sorted(self.question.measure.overlaps), "total": shown(self.total)}
        return {**said, **overlapping, "sum_of_rows": shown(self.of_rows), "rows": shares}


def overlap(store: Store, question: Question, rows: Sequence[ReportRow], clock: CityClock) -> Overlap | None:
    """Of all rows of a question by a dimension whose rows overlap; else None. Blocks on the store."""
    alone = tuple(name for name in question.dimensions if name not in question.measure.overlaps)
    if alone == question.dimensions:
        return None
    # the comparisons stay: what is compared of a unit that still runs is the part that is over
    whole = answer(store, replace(question, dimensions=alone), clock)
    measure = question.measure
    values = {(row.period, row.campaign, row.key): row.total.value(measure) for row in whole}
    return Overlap(question, values, sum(row.total.value(measure) for row in rows))


def _place(question: Question, row: ReportRow) -> Place:
    named = zip(question.dimensions, row.key, strict=True)
    key = tuple(code for name, code in named if name not in question.measure.overlaps)
    return row.period, row.campaign, key
