"""`events` of a stock or a funnel: the subjects behind it, a line each, with their steps."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import msgspec

from citywatch.commandline.arguments import up_to
from citywatch.commandline.asked_time import TimeOptions, asked_time
from citywatch.commandline.choices import chosen_zone
from citywatch.commandline.derived import checked_where
from citywatch.commandline.printing import print_table
from figures.periods import Period, rfc3339, to_minute
from figures.queries.clock import chosen_city, city_clock
from figures.queries.subjects import SubjectBehind, subjects
from runtime.errors import WrongUse
from runtime.settings import Settings
from schemas.derived import Derived, parts_of, terms_of
from schemas.numbers import decimal
from schemas.ratio import Ratio, Sum
from schemas.stock import Stock
from sinks.store import Store

TEXT_LINES = 50


@dataclass(frozen=True)
class EventsTyped:
    """What a person asks for, as it was typed."""

    when: TimeOptions
    where: str | None
    city: str | None
    tz: str | None
    limit: int | None
    json: bool


def events_derived(settings: Settings, store: Store, figure: Derived, typed: EventsTyped) -> None:
    """Print them, the oldest first. Raises WrongUse for a ratio or a sum, with the figures that it is made of."""
    if isinstance(figure, Ratio | Sum):
        names = dict.fromkeys(one.name for term in terms_of(figure) for one, _ in parts_of(term))
        raise WrongUse(f"{figure.name} is made of {', '.join(names)}: ask for the events of these")
    city = chosen_city(store, settings, typed.city)
    zone = chosen_zone(settings, city, typed.tz)
    clock = city_clock(store, city, [figure.topic])
    span = asked_time(typed.when, None, city, zone, clock.as_of).span
    where = checked_where(typed.where, figure.lifecycle, figure.dimensions, city, store)
    over = Period(span.start, clock.over(span).end)
    found = subjects(store, figure, city, over, where)
    if typed.json:
        for each in islice(found, typed.limit):
            sys.stdout.buffer.write(msgspec.json.encode(_json(each, figure, zone)) + b"\n")
        return
    every = list(found)
    if not every:
        print(f"no subjects up to {rfc3339(over.end, zone)}{up_to(clock.as_of, zone)}")
        return
    shown = every[: typed.limit or TEXT_LINES]
    heads = ("begun", "state", "since", "adds", "beat", "source", "subject", "steps")
    print_table(None, heads, [list(_cells(each, figure, zone)) for each in shown], (3,), whole=(0, 1, 2))
    _print_sum(every, len(shown), figure)


def _print_sum(every: Sequence[SubjectBehind], shown: int, figure: Derived) -> None:
    left = "" if shown == len(every) else f", of which the first {shown} are shown; more with --limit or --json"
    if isinstance(figure, Stock):
        print(f"sum {figure.shown(sum(each.adds for each in every))} of {len(every)} subjects{left}")
    else:
        opened = sum(each.matched for each in every)
        print(f"{opened} in the cohort, {len(every) - opened} unmatched{left}")


def _cells(each: SubjectBehind, figure: Derived, zone: str) -> Iterator[str]:
    yield from (to_minute(each.begun, zone), each.state, to_minute(each.since, zone), _adds(each, figure))
    yield from (each.by.get("beat", ""), each.source, each.subject)
    steps = ", ".join(f"{step.step} {to_minute(step.time, zone)}" for step in each.steps)
    yield steps if each.matched else f"unmatched: {steps}"


def _adds(each: SubjectBehind, figure: Derived) -> str:
    return decimal(each.adds, figure.scale) if isinstance(figure, Stock) else str(each.adds)


def _json(each: SubjectBehind, figure: Derived, zone: str) -> dict[str, Any]:
    return {
        "source": each.source,
        "subject": each.subject,
        "state": each.state,
        "begun": rfc3339(each.begun, zone),
        "since": rfc3339(each.since, zone),
        "adds": figure.shown(each.adds) if isinstance(figure, Stock) else each.adds,
        "matched": each.matched,
        "by": dict(each.by),
        "steps": [{"time": rfc3339(step.time, zone), "step": step.step, "id": step.id} for step in each.steps],
    }
