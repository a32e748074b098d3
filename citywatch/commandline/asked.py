"""From what a person types for a figure to the question, with the clock by which it is asked."""

from __future__ import annotations

from dataclasses import dataclass

from citywatch.commandline.arguments import asked_moment, split_by, told_to
from citywatch.commandline.asked_time import TimeOptions, asked_time
from citywatch.commandline.choices import chosen_measure, chosen_zone
from citywatch.commandline.filters import chosen_filters
from figures.queries.answer import COMPARISONS, Question
from figures.queries.as_known import Moment, read_now
from figures.queries.clock import CityClock, chosen_city, measure_clock
from runtime.errors import WrongUse
from runtime.settings import Settings
from schemas.derived import DERIVED
from sinks.store import Store


@dataclass(frozen=True)
class Typed:
    """The words of a question."""

    measure: str
    when: TimeOptions
    by: str | None = None
    compare: str | None = None
    like_for_like: bool = False
    decimals: int = 1
    where: str | None = None
    city: str | None = None
    tz: str | None = None


def question_known(store: Store, settings: Settings, typed: Typed, at: str) -> tuple[Question, CityClock]:
    """The question as known at a moment, NOW or a time, of what the store holds by now. Blocks on the store. Raises
    WrongUse in one line."""
    if typed.measure in DERIVED:
        raise WrongUse(f"{typed.measure} is no measure: what is published, and asked again later, are measures")
    measure = chosen_measure(typed.measure)
    unit, dimensions = split_by(typed.by, measure.dimensions)
    compare = tuple(dict.fromkeys(word.strip() for word in (typed.compare or "").split(",") if word.strip()))
    for word in compare:
        if word not in COMPARISONS:
            raise WrongUse(f"--compare {word!r} is unknown; give some of {', '.join(COMPARISONS)}")
    city = chosen_city(store, settings, typed.city)
    tz = chosen_zone(settings, city, typed.tz)
    moment = asked_moment("--at", at, tz)
    assert moment is not None
    clock = measure_clock(store, city, measure, told_to(at, moment))
    when = asked_time(typed.when, unit, city, tz, clock.as_of)
    filters = chosen_filters(typed.where, measure, city, store).filters
    return Question(
        measure, city, tz, when.span, when.unit, dimensions, compare, typed.like_for_like, filters, when.stretches,
        when.by_campaign, typed.decimals, Moment(moment, read_now(store, measure.topic)),
    ), clock  # fmt: skip
