"""`citywatch around`: a place before and after a day, beside the rest of the city and what is usual there."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Annotated

import typer

from citywatch.commandline.choices import chosen_measure, chosen_zone
from citywatch.commandline.filters import WhereOption, chosen_filters
from citywatch.commandline.options import CityOption, JsonOption, ZoneOption
from citywatch.commandline.printing import print_json, print_table
from citywatch.commandline.ratio_text import period_cell
from citywatch.commandline.store import opened_store
from figures.around import Around
from figures.compare import UNUSUAL
from figures.excess import one_decimal
from figures.periods import Period, edges_json, span
from figures.queries.clock import chosen_city, measure_clock
from figures.queries.sums import NOTHING, totals
from figures.queries.where import Where
from runtime.errors import WrongUse
from runtime.settings import load_settings

USUAL = 4
"""Spans before the one before."""


def run(
    day: Annotated[str, typer.Argument(metavar="DATE", help="The first day after: since when a measure is in place.")],
    measure: Annotated[str, typer.Argument(help="A measure; `citywatch report` lists them.")] = "incidents",
    where: WhereOption = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="Days on each side.")] = 28,
    city: CityOption = None,
    tz: ZoneOption = None,
    json: JsonOption = False,
) -> int:
    """A place before and after a day, as --where names it, beside the rest of the city and what is usual there.

    Association only. A place is chosen when it is at its worst, and goes back to its usual by itself (regression to the
    mean): so beside the span before stands the mean of the four spans before that.
    """
    try:
        first = date.fromisoformat(day)
    except ValueError:
        raise WrongUse(f"{day!r} is no date; write 2026-01-31") from None
    settings = load_settings()
    asked = chosen_measure(measure)
    if asked.summed is not None:
        raise WrongUse(f"{asked.name} adds up what events carry: before and after are of counts")
    with opened_store(settings) as store:
        place = chosen_city(store, settings, city)
        zone = chosen_zone(settings, place, tz)
        clock = measure_clock(store, place, asked)
        narrowed = chosen_filters(where, asked, place, store)
        if not narrowed.filters:
            raise WrongUse("say which place with --where, as beat=B07: all else is the rest that it is beside")
        spans = [_days(first + timedelta(days=days * number), days, zone) for number in range(-1 - USUAL, 1)]
        *usual, before, after = spans
        if clock.as_of is None or clock.as_of < after.end:
            raise WrongUse(f"the {days} days from {day} on are not over; give fewer --days")
        if unknown := [each for each in (before, after) if not clock.known.covers(each)]:
            raise WrongUse(
                f"not all of {period_cell(unknown[0], zone)} is known; `citywatch gaps list` names what is not"
            )
        here = totals(store, narrowed, zone, spans, ())
        all_of_it = totals(store, Where(asked, place, {}), zone, spans, ())
        beside = [each for each in usual if clock.known.covers(each)]

        def count(each: Period) -> int:
            return here[each].get((), NOTHING).value(asked)

        def rest(each: Period) -> int:
            return all_of_it[each].get((), NOTHING).value(asked) - count(each)

        found = Around(count(before), count(after), rest(before), rest(after), tuple(map(count, beside)))
    where_words = ", ".join(f"{name}={code}" for name, code in narrowed.filters.items())
    if json:
        print_json(
            {
                "measure": asked.name,
                "city": place.name,
                "tz": zone,
                "where": dict(narrowed.filters),
                "before": edges_json(before, zone) | {"value": found.before, "rest": found.rest_before},
                "after": edges_json(after, zone) | {"value": found.after, "rest": found.rest_after},
                "usual": [
                    edges_json(each, zone) | {"value": count} for each, count in zip(beside, found.usual, strict=True)
                ],
                "expected_by_rest": _decimal(found.by_rest),
                "expected_by_usual": _decimal(found.by_usual),
                "z": found.z,
            }
        )
        return 0
    title = f"{asked.en} {asked.zh} ({asked.unit}), {place.en}, {where_words}: {days} days on each side of {day}"
    heads = ("", "there", "rest of the city")
    rows = [
        (f"before {period_cell(before, zone)}", str(found.before), str(found.rest_before)),
        (f"after {period_cell(after, zone)}", str(found.after), str(found.rest_after)),
    ]
    print_table(title, heads, rows, (1, 2), whole=(0,))
    for line in _words(found):
        print(line)
    return 0


def _words(found: Around) -> list[str]:
    lines = []
    if found.by_rest is not None:
        words = f"as the rest has gone {one_decimal(found.by_rest)} were to be expected: {_more(found, found.by_rest)}"
        if found.z is not None:
            words += f", z {found.z}{'' if abs(found.z) >= UNUSUAL else ', usual variation'}"
        lines.append(words)
    if found.by_usual is not None:
        mean = one_decimal(Fraction(sum(found.usual), len(found.usual)))
        lines.append(
            f"usual there are {mean} (mean of {len(found.usual)} spans before); from that {one_decimal(found.by_usual)}"
            f" were to be expected: {_more(found, found.by_usual)}"
        )
    lines.append("association only: a place is chosen when it is at its worst, and goes back to its usual by itself")
    return lines


def _more(found: Around, expected: Fraction) -> str:
    difference = one_decimal(found.after - expected)
    return difference if difference.startswith("-") else f"+{difference}"


def _days(first: date, days: int, zone: str) -> Period:
    return span(first, first + timedelta(days=days - 1), zone)


def _decimal(value: Fraction | None) -> str | None:
    return None if value is None else one_decimal(value)
