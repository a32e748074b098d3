"""A report as text: a table, and below it what the reader has to know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from citywatch.commandline.printing import ago, print_table, signed
from figures.compare import UNUSUAL, few, percent, poisson_z
from figures.periods import Period, date_of, rfc3339, to_minute
from figures.quantiles import QUANTILES, at_most
from figures.queries.answer import Earlier, Question, ReportRow, by_names, mean, of_known, share
from figures.queries.as_known import Moment
from figures.queries.clock import CityClock
from figures.queries.overlap import Overlap
from figures.queries.sums import Total
from figures.spans import length
from schemas.areas import NONE
from schemas.categories import TREE
from schemas.cities import City
from schemas.measures import Measure


def print_report(
    question: Question, rows: Sequence[ReportRow], clock: CityClock, overlapping: Overlap | None = None
) -> None:
    """A table of the rows, and below it what the reader has to know. overlapping: what they are of, where they do."""
    measure = question.measure
    heads = ["period", *(["campaign"] if question.by_campaign else []), *question.dimensions, value_head(measure)]
    heads += [] if overlapping is None else ["share"]
    if measure.phase is not None:
        heads += ["mean s", *(f"<= {_length(edge)}" for edge in measure.phase.shown), *QUANTILES]
    heads.append("status")
    if any(row.status == "incomplete" for row in rows):
        heads.append("known")
    for name in question.compare:
        heads += [name, "change"]
    numbers = [
        index
        for index, head in enumerate(heads)
        if head not in ("period", "campaign", "status", "known", "change", *question.dimensions)
    ]
    if rows:
        cells = [_cells(question, row, heads, overlapping) for row in rows]
        print_table(title(question), heads, cells, numbers, whole=(0,))
    else:
        print(f"{title(question)}\n{no_figures(question)}")
    if overlapping is not None:
        print(overlapping.words)
    for line in notes(question, rows, clock):
        print(line)


def title(question: Question) -> str:
    """What is asked, in a line."""
    measure = question.measure
    narrowed = "".join(f", {name}={code}" for name, code in question.where.items())
    if not question.by_campaign:
        narrowed += "".join(
            f", {named('campaign', each.campaign, question.city)}" for each in question.stretches if each.campaign
        )
    return f"{measure.en} {measure.zh} ({measure.unit}), {question.city.en}, {question.tz}{narrowed}"


def no_figures(question: Question) -> str:
    start, end = (rfc3339(edge, question.tz) for edge in (question.span.start, question.span.end))
    return f"no figures from {start} to {end}"


def notes(question: Question, rows: Sequence[ReportRow], clock: CityClock) -> Iterator[str]:
    """Up to when figures go, what of them is not known, and what is compared with what."""
    yield from told_at(clock, question.tz, question.known_at)
    yield from _unknown(question, rows)
    if question.measure.phase is not None and rows:
        yield "p50, p90: half and nine in ten of the n took at most so long, by the published edges"
    if any(row.partial for row in rows) and question.compare:
        yield "* still runs: compared with the same elapsed span"
    if question.unit is None and len({(row.period, row.campaign) for row in rows}) == 1:
        for name, other in rows[0].others.items():
            yield f"{name}: {period_words(other.period, question, other.nights)}"


def told_at(clock: CityClock, tz: str, known_at: Moment | None) -> Iterator[str]:
    """As known when, and up to when figures go."""
    if known_at is not None:
        yield (
            f"as known at {rfc3339(known_at.at, tz)}: what had been received by then; what is known of"
            " spans is by what was said until then, and by the clocks of now up to then"
        )
    yield up_to_words(clock, tz, now=known_at is None)


def up_to_words(clock: CityClock, tz: str, *, now: bool = True) -> str:
    """Up to when figures go, `now` with how far behind that is, and without whom."""
    if clock.as_of is None:
        return "as of: no heartbeat yet"
    without = "".join(f", without {each.source} since {to_minute(each.since, tz)}" for each in clock.known.absent)
    lag = f", lag {ago(clock.as_of)}" if now else ""
    return f"as of {to_minute(clock.as_of, tz)}{lag}{without}"


def _unknown(question: Question, rows: Sequence[ReportRow]) -> Iterator[str]:
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


def _quantile(number: int, below: Mapping[int, int], percent: int) -> str:
    """What so many took at most, by the published edges."""
    if not number:
        return ""
    edge = at_most(number, below, percent)
    return f"> {_length(max(below))}" if edge is None else f"<= {_length(edge)}"


def value_head(measure: Measure) -> str:
    """What the figure is called above its column."""
    return "n" if measure.is_phase else measure.unit


def _cells(question: Question, row: ReportRow, heads: Sequence[str], overlapping: Overlap | None) -> list[str]:
    measure = question.measure
    cells = labels(question, row)
    cells.append(value_words(row, measure))
    if overlapping is not None:
        part = overlapping.share(row)
        cells.append("" if part is None else f"{part} %")
    if measure.phase is not None:
        below = row.total.below(measure)
        seconds = mean(row.total.seconds(measure), row.total.count)
        cells.append("" if seconds is None else f"{seconds}")
        cells += [
            f"{below[edge]} ({share(below[edge], row.total.count) or '-'} %)" if row.is_known else "–"
            for edge in measure.phase.shown
        ]
        cells += [_quantile(row.total.count, below, percent) for percent in QUANTILES.values()]
    cells.append(row.status)
    if "known" in heads:
        cells.append("" if row.status != "incomplete" else of_known(row.counted, row.coverage).removesuffix(" known"))
    for other in row.others.values():
        cells += [earlier_words(other, measure), change_words(row, other, question)]
    return cells


def labels(question: Question, row: ReportRow) -> list[str]:
    """Of a row its period, marked where that still runs, and the codes that it is of."""
    period = period_words(row.period if row.nights is None else row.over, question, row.nights)
    period += "*" if row.partial else ""
    by = by_names(question, row)
    return [period, *(named(name, code, question.city) for name, code in by.items())]


def value_words(row: ReportRow, measure: Measure) -> str:
    """The figure; a dash where nothing is known of it."""
    return str(measure.shown(row.total.value(measure))) if row.is_known else "–"


def earlier_words(other: Earlier, measure: Measure) -> str:
    """The figure of an earlier span; a dash where nothing is known of it."""
    return str(measure.shown(other.total.value(measure))) if other.is_known else "–"


def change_words(row: ReportRow, other: Earlier, question: Question) -> str:
    """The change to an earlier span, or what of both is known where there is none."""
    if other.now is None or other.before is None:
        lacking = [
            f"{of_known(spans, coverage)}{where}"
            for spans, coverage, where in ((row.counted, row.coverage, ""), (other.counted, other.coverage, " before"))
            if coverage < 1
        ]
        return f"– ({', '.join(lacking)})"
    measure = question.measure
    words = change(other.now, other.before, measure, question.decimals)
    if other.alike is None:
        return words
    known = length(other.alike.now) / length(row.counted)
    part = of_known(row.counted, known).removesuffix(" known")
    now, before = (measure.shown(total.value(measure)) for total in (other.now, other.before))
    return f"{words} of {now} to {before} in {part}"


def change(now: Total, before: Total, measure: Measure, decimals: int = 1) -> str:
    """The change in words: a percentage, of counts with its z; of few there is none, because it would say too much."""
    value, earlier = now.value(measure), before.value(measure)
    relative = percent(value, earlier, decimals)
    if relative is None:
        return "n/a"
    if measure.scale == 0 and few(earlier):
        return f"{value - earlier:+d} (few)"
    if measure.summed is not None:
        return f"{signed(relative)} %"
    z = poisson_z(value, earlier)
    usual = "" if z is None or abs(z) >= UNUSUAL else ", usual variation"
    return f"{signed(relative)} % (z {z}{usual})"


def change_to(now: int, before: int, relative: str | None, *, is_known: bool, is_count: bool) -> str:
    """The same of what has no z, as stocks and sums. is_known: whether all of both is. is_count: a difference of few
    can be told."""
    if not is_known:
        return "– (not all known)"
    if before > 0 and is_count and few(before):
        return f"{now - before:+d} (few)"
    return "n/a" if relative is None else f"{signed(relative)} %"


def named(dimension: str, code: str, city: City) -> str:
    """A code with its name, where there is one."""
    if dimension == "campaign" and code in city.campaigns:
        return f"{code} {city.campaigns[code].zh}"
    if dimension in ("class", "category") and code in TREE:
        return f"{code} {TREE[code].zh}"
    if dimension == "beat" and code in city.beats and city.beats[code].en != code:
        return f"{code} {city.beats[code].en}"
    if dimension == "area" and code in city.areas:
        return f"{code} {city.areas[code].en}"
    if dimension == "area" and code == NONE:
        return f"{code} in none"
    if dimension == "sector" and code in city.sectors:
        return f"{code} {city.sectors[code].en}"
    return code


def period_words(period: Period, question: Question, nights: int | None = None) -> str:
    """A span as its unit has it: a day, an hour, first and last day; nights by the dates that they bear."""
    if nights is not None:
        first, last = (date_of(at, "night", question.tz) for at in (period.start, period.end - 1))
        return f"night {first}" if nights == 1 else f"{nights} nights {first}..{last}"
    start, end = to_minute(period.start, question.tz), to_minute(period.end, question.tz)
    if question.unit == "hour":
        return start
    if question.unit in ("day", "duty_day", "night"):
        return date_of(period.start, question.unit, question.tz).isoformat()
    if start.endswith("00:00") and end.endswith("00:00"):
        return f"{start[:10]}..{to_minute(period.end - 1, question.tz)[:10]}"
    return f"{start} to {end}"
