"""`citywatch report`: figures with their counts, and beside them the unit before and the year before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from citywatch.commandline.arguments import asked_span, refuse_future, split_by
from citywatch.commandline.choices import chosen_measure, chosen_zone, nearest
from citywatch.commandline.filters import WhereOption, chosen_filters
from citywatch.commandline.flat import print_csv
from citywatch.commandline.options import CityOption, FromOption, JsonOption, ToOption, ZoneOption
from citywatch.commandline.printing import ago, print_json, print_table
from citywatch.commandline.store import opened_store
from figures.compare import few, percent, poisson_z
from figures.periods import Period, date_of, rfc3339
from figures.queries.answer import COMPARISONS, Earlier, Question, ReportRow, answer, as_json, mean, of_known, share
from figures.queries.clock import CityClock, chosen_city, measure_clock
from figures.queries.ranked import CHANGE, orders, ranked
from figures.queries.sums import Total
from figures.spans import length
from runtime.errors import WrongUse
from runtime.settings import load_settings
from schemas.categories import TREE
from schemas.cities import City
from schemas.measures import MEASURES, Measure

UNUSUAL = 3.0
"""Beyond this many standard deviations a change is more than chance is likely to make."""


def run(
    measure: Annotated[str | None, typer.Argument(help="A measure; none: this month by class, and the list.")] = None,
    from_: FromOption = None,
    to: ToOption = None,
    by: Annotated[
        str | None,
        typer.Option(
            help="Comma list: one of hour, day, duty_day (from 08:00), night (18:00 to 06:00), week, month, quarter,"
            " year; and any of class, category, sector, beat, or a further dimension of the measure's events."
        ),
    ] = None,
    compare: Annotated[str | None, typer.Option(help="Comma list of: previous, year.")] = None,
    like_for_like: Annotated[
        bool, typer.Option("--like-for-like", help="Where not all is known, compare what both spans know.")
    ] = False,
    where: WhereOption = None,
    top: Annotated[
        int | None, typer.Option(min=1, help="Only so many rows of each period: the first as sorted.")
    ] = None,
    sort: Annotated[
        str | None,
        typer.Option(help="In each period by: value (greatest first), change (greatest rise first), or a dimension."),
    ] = None,
    city: CityOption = None,
    tz: ZoneOption = None,
    json: JsonOption = False,
    csv: Annotated[bool, typer.Option("--csv", help="Comma-separated values on stdout, a line a figure.")] = False,
) -> int:
    """Figures of a measure, with their counts, their status, and comparisons that always carry both counts.

    Without --from and --to: the running month. A unit that still runs is compared with the same elapsed span. What is
    not known is never compared: a span of which a part is unknown has no percentage, and is `incomplete`.
    """
    if json and csv:
        raise WrongUse("--json and --csv are two forms of the same; give one")
    settings = load_settings()
    asked = chosen_measure(measure or "incidents")
    comparisons = _comparisons(compare)
    unit, dimensions = split_by(by if by is not None or measure is not None else "month,class", asked.dimensions)
    with opened_store(settings) as store:
        place = chosen_city(store, settings, city)
        zone = chosen_zone(settings, place, tz)
        clock = measure_clock(store, place, asked)
        span = asked_span(from_, to, zone, unit, clock.as_of)
        refuse_future(from_, span, clock.as_of, zone)
        filters = chosen_filters(where, asked, place, store).filters
        question = Question(asked, place, zone, span, unit, dimensions, comparisons, like_for_like, filters)
        _check_sort(question, sort)
        rows, left_out = ranked(question, answer(store, question, clock), sort, top)
    if json:
        print_json(as_json(question, rows, clock) | ({"left_out": left_out} if top is not None else {}))
        return 0
    if csv:
        print_csv(question, as_json(question, rows, clock))
        return 0
    _print(question, rows, clock)
    if left_out:
        print(f"{left_out} further rows are left out by --top {top}")
    if measure is None:
        print()
        print_table(
            "Measures (citywatch report MEASURE)",
            ("measure", "", "", "unit"),
            [(each.name, each.zh, each.en, each.unit) for each in MEASURES.values()],
            (),
        )
    return 0


def _comparisons(text: str | None) -> tuple[str, ...]:
    words = tuple(dict.fromkeys(word.strip() for word in (text or "").split(",") if word.strip()))
    for word in words:
        if word not in COMPARISONS:
            raise WrongUse(f"--compare {word!r} is unknown; give one or both of {', '.join(COMPARISONS)}")
    return words


def _check_sort(question: Question, sort: str | None) -> None:
    if sort is None or sort in orders(question):
        return
    if sort == CHANGE:
        raise WrongUse("--sort change needs --compare previous or year")
    raise WrongUse(f"--sort {sort!r} is none of {', '.join(orders(question))}{nearest(sort, orders(question))}")


# --- as text


def _print(question: Question, rows: list[ReportRow], clock: CityClock) -> None:
    measure, tz = question.measure, question.tz
    narrowed = "".join(f", {name}={code}" for name, code in question.where.items())
    title = f"{measure.en} {measure.zh} ({measure.unit}), {question.city.en}, {tz}{narrowed}"
    heads = ["period", *question.dimensions, _value_head(measure)]
    if measure.phase is not None:
        heads += ["mean s", *(f"<= {_length(edge)}" for edge in measure.phase.shown)]
    heads.append("status")
    if any(row.status == "incomplete" for row in rows):
        heads.append("known")
    for name in question.compare:
        heads += [name, "change"]
    numbers = [
        index
        for index, head in enumerate(heads)
        if head not in ("period", "status", "known", "change", *question.dimensions)
    ]
    if rows:
        print_table(title, heads, [_cells(question, row, heads) for row in rows], numbers)
    else:
        print(f"{title}\nno figures from {rfc3339(question.span.start, tz)} to {rfc3339(question.span.end, tz)}")
    if clock.as_of is None:
        print("as of: no heartbeat yet")
    else:
        without = "".join(f", without {each.source} since {_moment(each.since, tz)}" for each in clock.known.absent)
        print(f"as of {_moment(clock.as_of, tz)}, lag {ago(clock.as_of)}{without}")
    for line in _unknown(question, rows):
        print(line)
    if any(row.partial for row in rows) and question.compare:
        print("* still runs: compared with the same elapsed span")


def _unknown(question: Question, rows: list[ReportRow]) -> Iterator[str]:
    """What the reader has to know of what is not known."""
    if any(row.status == "incomplete" for row in rows):
        yield "incomplete: of a part of the span nobody vouches for what came; `citywatch gaps list` names the spans"
    if any(other.before is None for row in rows for other in row.others.values()):
        yield "no change is given where a side is not wholly known" + (
            "" if question.like_for_like else "; --like-for-like compares what both sides know"
        )


def _length(seconds: int) -> str:
    """An edge of a phase, in the largest unit that it is a whole number of."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds % size == 0 and seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _value_head(measure: Measure) -> str:
    return "n" if measure.is_phase else measure.unit


def _cells(question: Question, row: ReportRow, heads: Sequence[str]) -> list[str]:
    measure = question.measure
    cells = [_period(row.period, question) + ("*" if row.partial else "")]
    cells += [_named(name, code, question.city) for name, code in zip(question.dimensions, row.key, strict=True)]
    cells.append(str(measure.shown(row.total.value(measure))) if row.is_known else "–")
    if measure.phase is not None:
        below = row.total.below(measure)
        seconds = mean(row.total.seconds(measure), row.total.count)
        cells.append("" if seconds is None else f"{seconds}")
        cells += [f"{below[edge]} ({share(below[edge], row.total.count) or '-'} %)" for edge in measure.phase.shown]
    cells.append(row.status)
    if "known" in heads:
        cells.append("" if row.status != "incomplete" else of_known(row.over, row.coverage).removesuffix(" known"))
    for other in row.others.values():
        cells += [_earlier(other, measure), _change(row, other, measure)]
    return cells


def _earlier(other: Earlier, measure: Measure) -> str:
    return str(measure.shown(other.total.value(measure))) if other.is_known else "–"


def _change(row: ReportRow, other: Earlier, measure: Measure) -> str:
    if other.now is None or other.before is None:
        lacking = [
            f"{of_known(period, coverage)}{where}"
            for period, coverage, where in ((row.over, row.coverage, ""), (other.period, other.coverage, " before"))
            if coverage < 1
        ]
        return f"– ({', '.join(lacking)})"
    words = change(other.now, other.before, measure)
    if other.alike is None:
        return words
    known = length(other.alike.now) / (row.over.end - row.over.start)
    part = of_known(row.over, known).removesuffix(" known")
    now, before = (measure.shown(total.value(measure)) for total in (other.now, other.before))
    return f"{words} of {now} to {before} in {part}"


def change(now: Total, before: Total, measure: Measure) -> str:
    """The change in words: a percentage with its z; few cases show none, because it would say too much."""
    value, earlier = now.value(measure), before.value(measure)
    relative = percent(value, earlier)
    if relative is None:
        return "n/a"
    sign = "" if relative.startswith("-") else "+"
    if measure.summed is not None and not measure.in_minutes:
        return f"{sign}{relative} %"
    if few(earlier):
        return f"{value - earlier:+d} (few)"
    if measure.summed is not None:
        return f"{sign}{relative} %"
    z = poisson_z(value, earlier)
    usual = "" if z is None or abs(z) >= UNUSUAL else ", usual variation"
    return f"{sign}{relative} % (z {z}{usual})"


def _named(dimension: str, code: str, city: City) -> str:
    if dimension in ("class", "category") and code in TREE:
        return f"{code} {TREE[code].zh}"
    if dimension == "beat" and code in city.beats and city.beats[code].en != code:
        return f"{code} {city.beats[code].en}"
    if dimension == "sector" and code in city.sectors:
        return f"{code} {city.sectors[code].en}"
    return code


def _period(period: Period, question: Question) -> str:
    start, end = _moment(period.start, question.tz), _moment(period.end, question.tz)
    if question.unit == "hour":
        return start
    if question.unit in ("day", "duty_day", "night"):
        return date_of(period.start, question.unit, question.tz).isoformat()
    if start.endswith("00:00") and end.endswith("00:00"):
        return f"{start[:10]}..{_moment(period.end - 1, question.tz)[:10]}"
    return f"{start} to {end}"


def _moment(epoch: int, tz: str) -> str:
    return rfc3339(epoch, tz)[:16].replace("T", " ")
