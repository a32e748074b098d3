"""Gauges as lines of Prometheus text, in the part that OpenMetrics shares."""

from __future__ import annotations

from functools import lru_cache

from runtime.metrics import Declared
from streams.live.plan import Label

PREFIX = "citywatch_"

Pairs = tuple[tuple[str, str], ...]
"""Labels and their values."""


def declared(name: str, labels: tuple[str, ...], meaning: str) -> Declared:
    """A gauge of `analyse`; `name` without the prefix."""
    return Declared(PREFIX + name, "gauge", labels, meaning, ("analyse",))


@lru_cache(maxsize=4_096)
def head(one: Declared) -> tuple[str, str]:
    """The lines before its samples."""
    return f"# HELP {one.name} {_escaped(one.meaning)}", f"# TYPE {one.name} {one.kind}"


def sample(name: str, pairs: Pairs, value: float | str) -> str:
    """A line; `name` without the prefix."""
    return f"{_series(name, pairs)} {value}"


@lru_cache(maxsize=65_536)
def labelled(city: str, dimensions: tuple[str, ...], label: Label, further: Pairs) -> Pairs:
    """The labels of a city's sample."""
    return (("city", city), *zip(dimensions, label, strict=True), *further)


@lru_cache(maxsize=65_536)
def _series(name: str, pairs: Pairs) -> str:
    return f"{PREFIX}{name}{{" + ",".join(f'{key}="{_escaped(value)}"' for key, value in pairs) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
