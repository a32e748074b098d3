"""Listed areas that overlap, in SQL: an event lies in each of those that its joined code names."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.areas import BETWEEN, each
from schemas.categories import UNKNOWN
from sinks.bind import literal


def each_area(column: str) -> str:
    """The array of the areas of a joined code, as `schemas.areas.each` has it."""
    said = f"if({column} = '', {literal(UNKNOWN)}, {column})"
    return f"arrayDistinct(splitByChar({literal(BETWEEN)}, {said}))"


@dataclass(frozen=True)
class InArea:
    """Joined codes that hold an area."""

    area: str

    def takes(self, code: str) -> bool:
        """Whether this one does."""
        return self.area in each(code)

    def condition(self, column: str) -> str:
        """The same in SQL."""
        return f"has({each_area(column)}, {literal(self.area)})"
