"""A report as CSV: one line a figure, with its comparisons beside it; what is not known is empty, never 0."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Mapping
from math import inf
from typing import Any

from figures.quantiles import QUANTILES
from figures.queries.answer import Question

_COMPARED = ("from", "to", "value", "percent", "z", "coverage", "reason")
_ALIKE = ("value", "before")
"""The two counts that a like-for-like percentage is of."""


def print_csv(question: Question, answer: Mapping[str, Any]) -> None:
    """The object of `report --json` as lines on stdout, its names as heads: those of a comparison follow its name."""
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(_heads(question))
    out.writerows(_cells(question, row) for row in answer["rows"])


def _heads(question: Question) -> list[str]:
    phase = question.measure.phase
    by = ["campaign"] if question.by_campaign else []
    heads = ["from", "to", *by, *question.dimensions, "value"]
    heads += ["share"] if question.measure.overlaps & {*question.dimensions} else []
    if phase is not None:
        heads += [
            "seconds_mean",
            *(f"within_{edge}" for edge in phase.shown),
            *(f"{name}_at_most" for name in QUANTILES),
        ]
    heads += ["status", "coverage"]
    alike = [f"like_for_like_{what}" for what in _ALIKE] if question.like_for_like else []
    return heads + [f"{name}_{what}" for name in question.compare for what in (*_COMPARED, *alike)]


def _cells(question: Question, row: Mapping[str, Any]) -> Iterator[object]:
    yield from (row["from"], row["to"], *row["by"].values(), row["value"])
    if "share" in row:
        yield row["share"]
    if question.measure.phase is not None:
        yield row["seconds_mean"]
        yield from (share["n"] for share in row["within"].values())
        yield from (_at_most(row[name]) for name in QUANTILES)
    yield from (row["status"], row["coverage"])
    for name in question.compare:
        yield from (row[name].get(what) for what in _COMPARED)
        if question.like_for_like:
            yield from (row[name].get("like_for_like", {}).get(what) for what in _ALIKE)


def _at_most(quantile: Mapping[str, int] | None) -> int | float | None:
    """Seconds; `inf` for what took longer than the greatest published edge."""
    return None if quantile is None else quantile.get("at_most", inf)
