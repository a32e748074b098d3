"""What the spike rule looks at: citizens' calls only, since officers find more where they look more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from figures.spikes import is_known, is_spike, share_known, windows, z
from schemas.categories import TREE
from schemas.live import Spike
from schemas.measures import MEASURES
from streams.live.figures import numbers
from streams.live.plan import Label
from streams.live.state import CityState

WATCHED: Mapping[str, tuple[str, ...]] = {"incidents": ("class",), "street_theft": ()}
"""Measures, and by what; beside its labels the whole of a measure is looked at."""


def counts(city: CityState, name: str) -> dict[Label, tuple[int, int]]:
    """Of a watched measure with a clock the counts of the last days and of those before, by label."""
    called = replace(MEASURES[name], where={"origin": "citizen"})
    as_of = city.known(called).as_of
    found = {} if as_of is None else numbers(city, called, WATCHED[name], windows(as_of), of="spikes")
    return {label: (now.value, before.value) for label, (now, before) in found.items()}


def spikes(city: CityState, history_loaded: bool) -> Iterator[Spike]:
    """All that is watched in a city. Where not all of both windows is known nothing is an alarm."""
    for name in WATCHED:
        measure, found = MEASURES[name], counts(city, name)
        facts = city.known(measure)
        if facts.as_of is None:
            continue
        known, coverage = history_loaded and is_known(facts), share_known(facts)
        whole = tuple(sum(count[window] for count in found.values()) for window in (0, 1))
        rows = {(name, measure.zh, measure.en): whole}
        rows |= {_class(label): pair for label, pair in sorted(found.items()) if label}
        for called, (now, before) in rows.items():
            alarm = known and is_spike(now, before)
            yield Spike(name, *called, now, before, round(z(now, before), 2), alarm, known, coverage)


def _class(label: Label) -> tuple[str, str, str]:
    node = TREE[label[0]]
    return node.code, node.zh, node.en
