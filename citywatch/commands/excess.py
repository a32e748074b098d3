"""`citywatch excess`: what stands out, and where, by excess over what earlier spans let expect."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from citywatch.commandline.arguments import split_by
from citywatch.commandline.asked_time import TimeOptions, asked_time
from citywatch.commandline.choices import chosen_measure, chosen_zone
from citywatch.commandline.filters import WhereOption, chosen_filters
from citywatch.commandline.options import CampaignOption, CityOption, FromOption, JsonOption, ToOption, ZoneOption
from citywatch.commandline.printing import ago, print_json, print_table
from citywatch.commandline.ratio_text import period_cell
from citywatch.commandline.report_text import named
from citywatch.commandline.store import opened_store
from figures.compare import UNUSUAL
from figures.excess import Excess, one_decimal
from figures.periods import rfc3339
from figures.queries.clock import CityClock, chosen_city, measure_clock
from figures.queries.standing_out import OutQuestion, StandingOut, as_json, standing_out
from runtime.errors import WrongUse
from runtime.settings import load_settings
from schemas.measures import Measure


class Against(StrEnum):
    """What is expected."""

    EARLIER = "earlier"
    YEAR = "year"


def run(
    measure: Annotated[str, typer.Argument(help="A measure; `citywatch report` lists them.")] = "incidents",
    from_: FromOption = None,
    to: ToOption = None,
    campaign: CampaignOption = None,
    by: Annotated[
        str | None, typer.Option(help="Comma list of dimensions; category and beat where it has both.")
    ] = None,
    against: Annotated[
        Against, typer.Option(help="earlier: spans of equal length just before; year: the same dates of years before.")
    ] = Against.EARLIER,
    spans: Annotated[int, typer.Option(min=1, max=60, help="How many of them.")] = 4,
    top: Annotated[int, typer.Option(min=1, help="So many rows.")] = 10,
    where: WhereOption = None,
    city: CityOption = None,
    tz: ZoneOption = None,
    json: JsonOption = False,
) -> int:
    """What stands out, and where: the greatest excess of a span over the mean of earlier ones, with its z beside it.

    Not the greatest number, which is at the same places always. Only earlier spans of which all is known count; beyond
    z 3 chance alone hardly makes it.
    """
    settings = load_settings()
    asked = chosen_measure(measure)
    unit, dimensions = split_by(by if by is not None else _usual(asked), asked.dimensions)
    if unit is not None or not dimensions:
        raise WrongUse(f"--by {by!r}: dimensions of {asked.name}, and no unit of time; one row is of the whole span")
    with opened_store(settings) as store:
        place = chosen_city(store, settings, city)
        zone = chosen_zone(settings, place, tz)
        clock = measure_clock(store, place, asked)
        span = asked_time(TimeOptions(from_, to, campaign), None, place, zone, clock.as_of).span
        filters = chosen_filters(where, asked, place, store).filters
        question = OutQuestion(asked, place, zone, span, dimensions, against.value, spans, filters)
        found = standing_out(store, question, clock)
    if json:
        print_json(as_json(question, found, clock, top))
        return 0
    _print(question, found, clock, top)
    return 0


def _usual(measure: Measure) -> str:
    return "category,beat" if "category" in measure.dimensions else "beat"


def _print(question: OutQuestion, found: StandingOut, clock: CityClock, top: int) -> None:
    measure, tz = question.measure, question.tz
    filters = "".join(f", {name}={code}" for name, code in question.where.items())
    title = f"{measure.en} {measure.zh} ({measure.unit}), {question.city.en}, {period_cell(found.over, tz)}{filters}"
    heads = ("", *question.dimensions, measure.unit, "expected", "excess", "z", "")
    rows = [
        (str(number), *_codes(question, key), *_numbers(measure, each))
        for number, (key, each) in enumerate(found.rows[:top], 1)
        if each.excess > 0
    ]
    texts = len(question.dimensions)
    if rows:
        print_table(title, heads, rows, (0, *range(texts + 1, texts + 5)), whole=(0,))
    else:
        print(f"{title}\n{_nothing(found)}")
    if found.earlier:
        each = ", ".join(period_cell(span, tz) for span in found.earlier)
        print(
            f"expected: the mean of {len(found.earlier)} of {question.spans} spans, those that are wholly known: {each}"
        )
    if clock.as_of is not None:
        print(f"as of {rfc3339(clock.as_of, tz)[:16].replace('T', ' ')}, lag {ago(clock.as_of)}")


def _nothing(found: StandingOut) -> str:
    if not found.is_whole:
        return "not all of the span is known: nothing can be said to stand out; `citywatch gaps list` names what is not"
    if not found.earlier:
        return "no earlier span is wholly known: nothing can be expected"
    return "nothing is above what earlier spans let expect"


def _codes(question: OutQuestion, key: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(named(name, code, question.city) for name, code in zip(question.dimensions, key, strict=True))


def _numbers(measure: Measure, each: Excess) -> tuple[str, ...]:
    scale = 10**measure.scale
    z = f"{each.z:.2f}" if measure.summed is None else ""
    usual = "" if measure.summed is not None or each.z >= UNUSUAL else "usual variation"
    return (
        str(measure.shown(each.value)),
        one_decimal(each.expected / scale),
        f"+{one_decimal(each.excess / scale)}",
        z,
        usual,
    )
