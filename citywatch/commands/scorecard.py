"""`citywatch scorecard`: every rate of a span beside each other with both counts, a share with its interval."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from citywatch.commandline.asked_time import TimeOptions, asked_time
from citywatch.commandline.choices import chosen_zone
from citywatch.commandline.funnel_text import interval
from citywatch.commandline.options import CampaignOption, CityOption, FromOption, JsonOption, ToOption, ZoneOption
from citywatch.commandline.printing import print_json, print_table, signed
from citywatch.commandline.ratio_text import period_cell
from citywatch.commandline.report_text import named
from citywatch.commandline.store import opened_store
from figures.periods import edges_json
from figures.queries.clock import chosen_city, city_clock
from figures.queries.ratios import RatioRow, as_json, difference, ratio_answer, value
from figures.queries.terms import Asked, Stored, Terms
from runtime.errors import WrongUse
from runtime.settings import load_settings
from schemas.derived import RATIOS, dimensions, scale_of, terms_of, topics_of
from schemas.numbers import decimal
from schemas.ratio import Ratio
from schemas.spelling import nearest


def run(
    from_: FromOption = None,
    to: ToOption = None,
    campaign: CampaignOption = None,
    by: Annotated[
        str | None, typer.Option(help="A dimension, as unit, sector or beat; rates that have it not are left out.")
    ] = None,
    compare: Annotated[str | None, typer.Option(help="One of: previous, year.")] = None,
    city: CityOption = None,
    tz: ZoneOption = None,
    json: JsonOption = False,
) -> int:
    """Every rate of a span with both counts, the 95 % interval of a share, and the difference in points to an earlier
    span.

    Never a league table: rows stand by their names, and of fewer than 10 there are counts only. Rates of sources that
    were never heard are left out.
    """
    if compare not in (None, "previous", "year"):
        raise WrongUse(f"--compare {compare!r} is unknown; give previous or year")
    allowed = {name for ratio in RATIOS.values() for name in dimensions(ratio)}
    if by is not None and by not in allowed:
        raise WrongUse(f"--by {by!r} is none of {', '.join(sorted(allowed))}{nearest(by, allowed)}")
    settings = load_settings()
    with opened_store(settings) as store:
        place = chosen_city(store, settings, city)
        zone = chosen_zone(settings, place, tz)
        wanted = [ratio for ratio in RATIOS.values() if by is None or by in dimensions(ratio)]
        topics = sorted({topic for ratio in wanted for topic in topics_of(*terms_of(ratio))})
        clocks = {topic: city_clock(store, place, [topic]).as_of for topic in topics}
        heard = [at for at in clocks.values() if at is not None]
        span = asked_time(TimeOptions(from_, to, campaign), None, place, zone, min(heard, default=None)).span
        asked = Asked(place, zone, span, None, (by,) if by else (), (compare,) if compare else ())
        terms = Terms(Stored(store, place), asked)
        found = [
            (ratio, ratio_answer(terms, ratio))
            for ratio in wanted
            if all(clocks[topic] is not None for topic in topics_of(*terms_of(ratio)))
        ]
    if json:
        print_json(_json(asked, found, clocks))
        return 0
    lines = [line for ratio, rows in found for line in _lines(ratio, rows, asked)]
    heads = ["rate", "", *asked.dimensions, "of these", "in these", "%", "95 %"]
    heads += [compare, "points"] if compare else []
    title = f"Scorecard 考评, {place.en}, {period_cell(span, zone)}"
    if not lines:
        print(f"{title}\nno rates: nothing came that they are made of")
        return 0
    print_table(title, heads, lines, [len(asked.dimensions) + each for each in (2, 3, 4, 5)], whole=(0,))
    print("of fewer than 10 there are counts only; * in part not known. Rows stand by their names: no ranking")
    if left := len(wanted) - len(found):
        print(f"{left} rates are left out: no source of theirs was ever heard")
    return 0


def _lines(ratio: Ratio, rows: list[RatioRow], asked: Asked) -> Iterator[list[str]]:
    for row in rows:
        pair = row.pair
        if not pair.is_known or pair.counts == (0, 0):
            continue
        rate = value(ratio, pair)
        part, whole = (decimal(count, scale_of(ratio.part)) for count in pair.counts)
        line = [ratio.name, ratio.zh, *(named(name, code, asked.city) for name, code in _by(asked, row))]
        line += [part, whole, f"{rate or f'{part}/{whole}'}{'' if pair.is_whole else '*'}"]
        line.append(interval(*pair.counts, ratio.decimals) if ratio.is_share else "per 100")
        for name, before in row.others.items():
            points = difference(ratio, row, name)
            line.append(
                value(ratio, before) or (f"{before.part.value}/{before.whole.value}" if before.is_known else "–")
            )
            line.append("–" if points is None else signed(points))
        yield line


def _by(asked: Asked, row: RatioRow) -> Iterator[tuple[str, str]]:
    yield from zip(asked.dimensions, row.key, strict=True)


def _json(asked: Asked, found: list[tuple[Ratio, list[RatioRow]]], clocks: dict[str, int | None]) -> dict[str, Any]:
    def as_of(ratio: Ratio) -> int | None:
        return min((at for topic in topics_of(*terms_of(ratio)) if (at := clocks[topic]) is not None), default=None)

    return {
        "city": asked.city.name,
        "tz": asked.tz,
        **edges_json(asked.span, asked.tz),
        "ratios": [as_json(ratio, asked, rows, as_of(ratio)) for ratio, rows in found],
    }
