"""Keeps score: what was compared, what differs, and examples that say where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

EXAMPLES_A_KIND = 5


class Comparison:
    """Counts comparisons by kind. `skipped` says what could not be compared, and why."""

    def __init__(self) -> None:
        self.compared: Counter[str] = Counter()
        self.different: Counter[str] = Counter()
        self.examples: list[str] = []
        self.skipped: list[str] = []

    def check(self, kind: str, where: object, expected: object, found: object) -> None:
        """One figure: `expected` from the log, `found` in what is proved; None where there is none."""
        self.compared[kind] += 1
        if expected == found:
            return
        self.different[kind] += 1
        if self.different[kind] <= EXAMPLES_A_KIND:
            self.examples.append(f"{kind} {where}: the log says {_said(expected)}, found {_said(found)}")

    def same(self, kind: str, number: int) -> None:
        """So many that were compared elsewhere and are equal."""
        self.compared[kind] += number

    def check_all(self, kind: str, expected: Mapping[Any, Any], found: Mapping[Any, Any]) -> None:
        """Every key of either side; one that is missing on a side counts as different."""
        equal = 0
        for key, value in expected.items():
            if value == found.get(key):
                equal += 1
            else:
                self.check(kind, _where(key), value, found.get(key))
        self.same(kind, equal)
        for key in found.keys() - expected.keys():
            self.check(kind, _where(key), None, found[key])

    @property
    def total(self) -> int:
        return sum(self.compared.values())

    @property
    def total_different(self) -> int:
        return sum(self.different.values())

    @property
    def equal(self) -> bool:
        """True when something was compared and nothing differs."""
        return self.total > 0 and not self.different

    def as_json(self) -> dict[str, Any]:
        """The object of `recount --json`."""
        return {
            "equal": self.equal,
            "figures": self.total,
            "different": self.total_different,
            "examples": self.examples,
            "compared": dict(self.compared),
            "skipped": self.skipped,
        }


def _where(key: object) -> str:
    return " ".join(_flat(key)) if isinstance(key, tuple) else str(key)


def _flat(key: Iterable[Any]) -> Iterable[str]:
    for part in key:
        if isinstance(part, tuple):
            yield from _flat(part)
        else:
            yield str(part) or "''"


def _said(value: object) -> str:
    return "nothing" if value is None else str(value)
