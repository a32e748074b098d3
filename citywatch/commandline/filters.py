"""`--where`: from what a person types to the filters of a measure."""

from __future__ import annotations

from typing import Annotated

import typer

from figures.queries.where import UnknownName, Where, checked, parsed
from runtime.errors import WrongUse
from schemas.cities import City
from schemas.measures import Measure
from sinks.store import Store

WhereOption = Annotated[
    str | None,
    typer.Option(
        help="Comma list of NAME=CODE; names are class, category (a node of the tree with all below it), sector, beat,"
        " source, and further dimensions of the measure's events. A code that the city's lists lack stands for itself,"
        " `unknown` for all of these."
    ),
]


def chosen_filters(text: str | None, measure: Measure, city: City, store: Store) -> Where:
    """The filters asked for. Raises WrongUse with what there is for a name or a code that there is not."""
    try:
        return checked(measure, city, dict(parsed(text, measure)), store)
    except UnknownName as wrong:
        raise WrongUse(f"--where {wrong}") from None
