"""`citywatch association`: two measures beside each other by place and time, and how they go together."""

from __future__ import annotations

from typing import Annotated

import typer

from citywatch.commandline.arguments import split_by
from citywatch.commandline.asked_time import CAMPAIGN, TimeOptions, asked_time
from citywatch.commandline.choices import chosen_measure, chosen_zone
from citywatch.commandline.options import CampaignOption, CityOption, FromOption, JsonOption, ToOption, ZoneOption
from citywatch.commandline.printing import print_json, print_table
from citywatch.commandline.ratio_text import period_cell
from citywatch.commandline.report_text import named
from citywatch.commandline.store import opened_store
from figures.association import LEAST
from figures.periods import tiles
from figures.queries.association import EVERYWHERE, Pairing, PairQuestion, Together, as_json, together
from figures.queries.clock import chosen_city, measure_clock
from runtime.errors import WrongUse
from runtime.settings import load_settings
from schemas.measure import ANYWHERE
from schemas.measures import Measure

MOST_UNITS = 1_000
"""Shifts are looked at for each unit over all of them."""


def run(
    measure: Annotated[str, typer.Argument(help="A measure that counts or adds up; `citywatch report` lists them.")],
    with_: Annotated[str, typer.Option("--with", metavar="MEASURE", help="The measure beside it.")],
    by: Annotated[str, typer.Option(help="A unit of time, and beat or sector; without a place the city is one.")] = (
        "day,beat"
    ),
    lag: Annotated[str, typer.Option(help="Comma list: so many units the second is later than the first.")] = "0",
    from_: FromOption = None,
    to: ToOption = None,
    campaign: CampaignOption = None,
    counts: Annotated[bool, typer.Option("--counts", help="Both counts of each place and unit, and no more.")] = False,
    city: CityOption = None,
    tz: ZoneOption = None,
    json: JsonOption = False,
) -> int:
    """How two measures go together over places and units of time, as patrols and quarrels; at once, and later.

    Association only: patrols are sent where quarrels are, and both follow season and events. Rank correlation with n,
    its 95 % interval, and how often shifts in time give as much; fewer than 10 units are not enough.
    """
    settings = load_settings()
    first, second = _counted(measure), _counted(with_)
    unit, dimensions = split_by(by, ANYWHERE)
    if unit is None or unit == CAMPAIGN or len(dimensions) > 1:
        raise WrongUse(f"--by {by!r}: one unit of time, and beat or sector at most; as week,beat")
    lags = _lags(lag)
    with opened_store(settings) as store:
        place = chosen_city(store, settings, city)
        zone = chosen_zone(settings, place, tz)
        clocks = [measure_clock(store, place, each) for each in (first, second)]
        heard = [clock.as_of for clock in clocks if clock.as_of is not None]
        as_of = min(heard) if len(heard) == len(clocks) else None
        span = asked_time(TimeOptions(from_, to, campaign), unit, place, zone, as_of).span
        if (units := len(tiles(span, unit, zone))) > MOST_UNITS:
            raise WrongUse(f"{units} units ({unit}) are more than {MOST_UNITS}; give a longer unit, or a shorter span")
        question = PairQuestion(first, second, place, zone, span, unit, next(iter(dimensions), None), lags)
        found = together(store, question, *clocks)
    if json:
        print_json(as_json(question, found))
        return 0
    if counts:
        _print_counts(question, found)
        return 0
    _print(question, found)
    return 0


def _counted(name: str) -> Measure:
    measure = chosen_measure(name)
    if measure.is_phase:
        raise WrongUse(f"{name} says how long something took; give a measure that counts or adds up")
    return measure


def _lags(text: str) -> tuple[int, ...]:
    words = [word.strip() for word in text.split(",")]
    if not all(word.isdecimal() for word in words):
        raise WrongUse(f"--lag {text!r}: a comma list of whole numbers from 0 on, as 0,1,2")
    return tuple(dict.fromkeys(map(int, words)))


def _title(question: PairQuestion) -> str:
    first, second = question.first, question.second
    return (
        f"{first.en} {first.zh} ({first.unit}) with {second.en} {second.zh} ({second.unit}), {question.city.en}, by"
        f" {question.unit}, {period_cell(question.span, question.tz)}"
    )


def _print(question: PairQuestion, found: Together) -> None:
    first, second = question.first, question.second
    heads = ("place", "lag", "n", first.name, second.name, "r", "95 %", "shifts as far")
    if found.places:
        print_table(
            _title(question), heads, [_cells(question, found, row) for row in found.rows], (1, 2, 3, 4, 5), (0,)
        )
    else:
        print(f"{_title(question)}\nnothing of either at any place, in {len(found.units)} known units")
    for line in _words(question, found):
        print(line)


def _cells(question: PairQuestion, found: Together, row: Pairing) -> tuple[str, ...]:
    said = row.found
    return (
        _place(question, row.place, len(found.places)),
        str(row.lag),
        str(said.pairs),
        str(question.first.shown(row.first)),
        str(question.second.shown(row.second)),
        "–" if said.r is None else f"{said.r:+.2f}",
        _interval(row),
        "" if said.as_far is None else f"{said.as_far} of {said.shifts}",
    )


def _interval(row: Pairing) -> str:
    said = row.found
    if said.why == "few":
        return f"not enough: {said.units} units"
    if said.why == "still":
        return "one does not vary"
    return "none" if said.interval is None else f"{said.interval[0]:+.2f} to {said.interval[1]:+.2f}"


def _place(question: PairQuestion, place: str, number: int) -> str:
    if question.dimension is None:
        return "the city"
    return f"all {number} places" if place == EVERYWHERE else named(question.dimension, place, question.city)


def _words(question: PairQuestion, found: Together) -> list[str]:
    unit = question.unit
    lines = [
        f"r: rank correlation, -1 to 1; lag: so many units ({unit}) that {question.second.name} is later; all places:"
        " of what is above or below the usual of each place and of each unit",
        f"95 %: as if units did not hang together; shifts in time that give as much say whether they do; below {LEAST}"
        " units nothing is said",
    ]
    placed = [row for row in found.rows if row.place != EVERYWHERE and row.found.r is not None]
    if placed:
        apart = sum(row.found.is_apart for row in placed)
        lines.append(
            f"{apart} of {len(placed)} rows of places are apart from 0 by their interval; by chance alone one in 20 is"
        )
    if found.left_out:
        lines.append(f"{found.left_out} units are left out: not over, cut by the span, or not known of both")
    if any(found.unlisted):
        lines.append(
            f"at no listed place: {question.first.shown(found.unlisted[0])} {question.first.unit},"
            f" {question.second.shown(found.unlisted[1])} {question.second.unit}; in no row"
        )
    lines.append("association only: both follow place, season and events, and patrols are sent where quarrels are")
    return lines


def _print_counts(question: PairQuestion, found: Together) -> None:
    first, second = question.first, question.second
    rows = [
        (
            period_cell(unit, question.tz),
            *(() if question.dimension is None else (named(question.dimension, place, question.city),)),
            str(first.shown(one[number])),
            str(second.shown(other[number])),
        )
        for number, unit in enumerate(found.units)
        for place, one, other in zip(found.places, found.first, found.second, strict=True)
    ]
    by = () if question.dimension is None else (question.dimension,)
    numbers = (1 + len(by), 2 + len(by))
    print_table(_title(question), ("period", *by, first.name, second.name), rows, numbers, whole=(0,))
    print(f"{found.left_out} units are left out; association only")
