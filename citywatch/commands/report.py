"""`citywatch report`: figures with their counts, and beside them the unit before and the year before."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from citywatch.commandline.arguments import asked_later, asked_moment, split_by, told_to
from citywatch.commandline.asked_time import TimeOptions, asked_time, streak_time
from citywatch.commandline.choices import chosen_measure, chosen_zone
from citywatch.commandline.derived import Typed, report_derived
from citywatch.commandline.differences import print_difference
from citywatch.commandline.filters import WhereOption, chosen_filters
from citywatch.commandline.flat import print_csv
from citywatch.commandline.options import (
    CampaignOption,
    CityOption,
    DiffOption,
    FromOption,
    JsonOption,
    KnownAtOption,
    NightsOption,
    ToOption,
    ZoneOption,
)
from citywatch.commandline.plot import groups, print_plot
from citywatch.commandline.printing import print_json, print_table
from citywatch.commandline.report_text import no_figures, notes, print_report, title
from citywatch.commandline.store import opened_store
from citywatch.commandline.streak_text import print_streaks
from citywatch.commandline.svg import svg
from figures.queries.answer import COMPARISONS, Question, ReportRow, answer, as_json
from figures.queries.as_known import Moment
from figures.queries.clock import CityClock, chosen_city, measure_clock
from figures.queries.overlap import overlap
from figures.queries.ranked import CHANGE, orders, ranked
from figures.queries.streaked import as_json as streaks_json
from figures.queries.streaked import streaks
from figures.streaks import Direction
from runtime.errors import CheckFailed, WrongUse
from runtime.settings import load_settings
from schemas.derived import DERIVED
from schemas.measures import MEASURES
from schemas.spelling import nearest
from sinks.store import Store

SVG = ".svg"


def run(
    measure: Annotated[
        str | None, typer.Argument(help="A measure, stock, funnel or ratio; none: this month by class, and the list.")
    ] = None,
    file: Annotated[str | None, typer.Argument(metavar="FILE.svg", help="With --plot: where the chart goes.")] = None,
    from_: FromOption = None,
    to: ToOption = None,
    campaign: CampaignOption = None,
    nights: NightsOption = None,
    ytd: Annotated[bool, typer.Option("--ytd", help="The year to date, or up to --to.")] = False,
    by: Annotated[
        str | None,
        typer.Option(
            help="Comma list: one of hour, day, duty_day (from 08:00), night (18:00 to 06:00), week, month, quarter,"
            " year, campaign; and any of class, category, sector, beat, or a further dimension of the measure's events."
        ),
    ] = None,
    compare: Annotated[
        str | None, typer.Option(help="Comma list of: previous, previous_month (the same dates a month earlier), year.")
    ] = None,
    streak: Annotated[
        Direction | None,
        typer.Option(
            help="How many complete months in a row it was below (falling) or above (rising) the same month a year"
            " earlier; with --compare previous, the month before."
        ),
    ] = None,
    like_for_like: Annotated[
        bool, typer.Option("--like-for-like", help="Where not all is known, compare what both spans know.")
    ] = False,
    decimals: Annotated[
        int | None, typer.Option(min=0, max=4, help="Decimals of percentages, rounded half up; 1 unless given.")
    ] = None,
    where: WhereOption = None,
    top: Annotated[
        int | None, typer.Option(min=1, help="Only so many rows of each period: the first as sorted.")
    ] = None,
    sort: Annotated[
        str | None,
        typer.Option(help="In each period by: value (greatest first), change (greatest rise first), or a dimension."),
    ] = None,
    as_known_at: KnownAtOption = None,
    diff: DiffOption = None,
    ages: Annotated[bool, typer.Option("--ages", help="Of a stock also how old what it counts is.")] = False,
    city: CityOption = None,
    tz: ZoneOption = None,
    json: JsonOption = False,
    csv: Annotated[bool, typer.Option("--csv", help="Comma-separated values on stdout, a line a figure.")] = False,
    plot: Annotated[
        bool, typer.Option("--plot", help="Bars in place of the table; with a FILE.svg behind it, a chart there.")
    ] = False,
) -> int:
    """Figures of a measure, with their counts, their status, and comparisons that always carry both counts.

    Without --from and --to: the running month. A unit that still runs is compared with the same elapsed span. What is
    not known is never compared: a span of which a part is unknown has no percentage, and is `incomplete`.
    """
    if measure is not None and measure.endswith(SVG) and file is None:
        measure, file = None, measure
    _check_forms(json, csv, plot, file)
    if diff is not None and (csv or plot or compare or sort or top):
        raise WrongUse("--diff has no --csv, --plot, --compare, --sort or --top: it is a table of its own, or --json")
    others = csv or plot or like_for_like or top is not None or sort is not None
    if streak is not None and (others or as_known_at or diff):
        raise WrongUse("--streak goes with --json, --from, --to, --by, --where, --compare and --decimals only")
    settings = load_settings()
    if measure in DERIVED:
        if plot or like_for_like or streak or diff or top is not None or sort is not None:
            raise WrongUse(
                f"{measure} is no measure: --plot, --like-for-like, --top, --sort, --streak, --diff are not its"
            )
        when_typed = TimeOptions(from_, to, campaign, nights, ytd)
        typed = Typed(
            when_typed, by, _comparisons(compare, None), where, city, tz, decimals, ages, json, csv,
            as_known_at,
        )  # fmt: skip
        with opened_store(settings) as store:
            report_derived(settings, store, DERIVED[measure], typed)
        return 0
    if ages:
        raise WrongUse("--ages is for stocks; `citywatch report` lists them")
    asked = chosen_measure(measure or "incidents")
    comparisons = _comparisons(compare, streak)
    if by is None and measure is None:
        by = "class" if campaign or nights or ytd else "month,class"
    unit, dimensions = split_by(by, asked.dimensions)
    with opened_store(settings) as store:
        place = chosen_city(store, settings, city)
        zone = chosen_zone(settings, place, tz)
        known_at = asked_moment("--as-known-at", as_known_at, zone)
        clock = measure_clock(store, place, asked, told_to(as_known_at, known_at))
        options = TimeOptions(from_, to, campaign, nights, ytd)
        if streak is None:
            when = asked_time(options, unit, place, zone, clock.reaches)
        else:
            when = streak_time(options, unit, zone, clock)
        filters = chosen_filters(where, asked, place, store).filters
        question = Question(
            asked, place, zone, when.span, when.unit, dimensions, comparisons, like_for_like, filters,
            when.stretches, when.by_campaign, 1 if decimals is None else decimals,
            None if known_at is None else Moment(known_at),
        )  # fmt: skip
        if streak is not None:
            return _streak(store, question, clock, streak, json)
        _check_sort(question, sort)
        if (later := asked_later(diff, known_at, zone)) is not None:
            return print_difference(store, question, Moment(later), json=json)
        every = answer(store, question, clock)
        overlapping = overlap(store, question, every, clock)
        rows, left_out = ranked(question, every, sort, top)
    if json or csv:
        said = as_json(question, rows, clock)
        said = said if overlapping is None else overlapping.as_json(said, rows)
        if csv:
            print_csv(question, said)
        else:
            print_json(said | ({"left_out": left_out} if top is not None else {}))
        return 0
    if plot:
        _plot(question, rows, clock, file)
    else:
        print_report(question, rows, clock, overlapping)
    if left_out:
        print(f"{left_out} further rows are left out by --top {top}")
    if measure is None and not plot:
        print()
        print_table(
            "Measures (citywatch report MEASURE)",
            ("measure", "", "", "unit"),
            [(each.name, each.zh, each.en, each.unit) for each in MEASURES.values()],
            (),
        )
        if DERIVED:
            print()
            print_table(
                "Stocks, funnels and ratios (citywatch report NAME)",
                ("name", "", "", "unit"),
                [(each.name, each.zh, each.en, each.unit) for each in DERIVED.values()],
                (),
            )
    return 0


def _check_forms(json: bool, csv: bool, plot: bool, file: str | None) -> None:
    if json + csv + plot > 1:
        raise WrongUse("--json, --csv and --plot are forms of the same; give one")
    if file is not None and not plot:
        raise WrongUse(f"{file!r} is one word too many: a report is of one measure; a file belongs to --plot")
    if file is not None and not file.endswith(SVG):
        raise WrongUse(f"--plot {file!r}: charts are written as SVG; name a file that ends in {SVG}")


def _plot(question: Question, rows: Sequence[ReportRow], clock: CityClock, file: str | None) -> None:
    if not rows:
        raise CheckFailed(f"nothing to plot: {no_figures(question)}")
    bars, below = groups(question, rows), list(notes(question, rows, clock))
    if file is None:
        print_plot(title(question), bars)
        for line in below:
            print(line)
        return
    try:
        Path(file).write_bytes(svg(title(question), bars, below))
    except OSError as failed:
        raise WrongUse(f"{file} cannot be written: {failed.strerror}") from None
    print(f"{len(rows)} rows as a chart in {file}")


def _streak(store: Store, question: Question, clock: CityClock, direction: Direction, json: bool) -> int:
    found = streaks(store, question, clock, direction)
    if json:
        print_json(streaks_json(question, found, clock, direction))
    else:
        print_streaks(question, found, clock, direction)
    return 0


def _comparisons(text: str | None, streak: Direction | None) -> tuple[str, ...]:
    words = tuple(dict.fromkeys(word.strip() for word in (text or "").split(",") if word.strip()))
    for word in words:
        if word not in COMPARISONS:
            raise WrongUse(f"--compare {word!r} is unknown; give some of {', '.join(COMPARISONS)}")
    if streak is not None and len(words) > 1:
        raise WrongUse("--streak is beside one month: the year before, or with --compare previous the month before")
    return words or (() if streak is None else ("year",))


def _check_sort(question: Question, sort: str | None) -> None:
    if sort is None or sort in orders(question):
        return
    if sort == CHANGE:
        raise WrongUse("--sort change needs --compare previous or year")
    raise WrongUse(f"--sort {sort!r} is none of {', '.join(orders(question))}{nearest(sort, orders(question))}")
