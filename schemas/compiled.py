"""The methods that count an event, written out for its class from its declaration, as dataclasses do: the inner loop of
the system calls them for every record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.numbers import Declared, Interval, Number, Phase
from schemas.phases import phase_values, seconds_between


@dataclass(frozen=True)
class Methods:
    """What `schemas.envelope.CountedEvent` asks of a class."""

    cell_key: Callable[[Any], tuple[str, ...]]
    count: Callable[[Any], int]
    values: Callable[[Any], tuple[int, ...]]
    adds: Callable[[Any], Any]


def methods(
    name: str,
    dims: Sequence[str],
    numbers: Sequence[Declared],
    order: Iterable[Sequence[str]],
    *,
    optional: frozenset[str],
    has_count: bool,
    restates: bool,
) -> Methods:
    """For an event type of that name. `optional`: fields that may be None. Times out of order raise WrongOrder."""
    names: dict[str, Any] = {"seconds_between": seconds_between, "phase_values": phase_values}
    codes = [f"data.{dim}" + (' or ""' if dim in optional else "") for dim in dims]
    key = f"({name!r}, {', '.join(codes)})"
    count = "data.count" if has_count else "1"
    checks = [line for chain in order for line in _checks(chain, optional)]
    values = _values(numbers, count, names)
    plain = not checks and values == "()"
    source = "\n".join(
        [
            "def cell_key(self):",
            "    data = self.data",
            f"    return {key}",
            "def count(self):",
            "    data = self.data",
            f"    return {count}",
            "def values(self):",
            "    data = self.data",
            *(f"    {line}" for line in checks),
            f"    return {values}",
            "def adds(self):",
            "    data = self.data",
            "    return None" if restates else f"    return {key}, {count}, {'()' if plain else 'self.values()'}",
        ]
    )
    exec(compile(source, f"<counting {name}>", "exec"), names)
    return Methods(names["cell_key"], names["count"], names["values"], names["adds"])


def _checks(chain: Sequence[str], optional: frozenset[str]) -> Iterable[str]:
    """One line for each two neighbours of a chain, and for each two with nothing but optional ones between them."""
    for place, earlier in enumerate(chain):
        for later in chain[place + 1 :]:
            lacking = [each for each in (earlier, later) if each in optional]
            given = " and ".join(f"data.{each} is not None" for each in lacking)
            line = f"seconds_between({_instant(earlier)}, {_instant(later)})"
            yield f"if {given}: {line}" if given else line
            if later not in optional:
                break


def _instant(name: str) -> str:
    return "self.time" if name == "time" else f"data.{name}"


def _values(numbers: Sequence[Declared], count: str, names: dict[str, Any]) -> str:
    parts = []
    for place, number in enumerate(numbers):
        if isinstance(number, Number):
            parts.append(f"data.{number.name}")
            continue
        seconds = f"seconds_between(data.{number.since}, self.time)"
        if isinstance(number, Interval):
            parts.append(seconds)
        elif isinstance(number, Phase):
            names[f"edges_{place}"] = number.edges
            parts.append(f"*phase_values({seconds}, {count}, edges_{place})")
    return f"({', '.join(parts)},)" if parts else "()"
