"""A funnel as text: of each cohort a line a stage, each with both counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from citywatch.commandline.printing import lasting, print_table
from citywatch.commandline.report_text import named, told_at
from citywatch.commandline.stock_text import end_words
from figures.durations import Durations
from figures.periods import rfc3339, to_minute
from figures.queries.clock import CityClock
from figures.queries.funnels import FunnelQuestion, FunnelRow
from figures.rates import rate, wilson


def print_funnel(question: FunnelQuestion, rows: Sequence[FunnelRow], clock: CityClock) -> None:
    """A table of the rows, and below it what the reader has to know."""
    funnel, tz = question.funnel, question.tz
    filters = "".join(f", {name}={code}" for name, code in question.where.items())
    title = f"{funnel.en} {funnel.zh} ({funnel.unit}), {question.city.en}, {tz}{filters}"
    heads = ["period", *question.dimensions, "step", "n", "of first", "95 %", "of before"]
    heads += ["mean", "p50", "p90", "from before", "status"]
    texts = {"period", "step", "status", *question.dimensions}
    numbers = [index for index, head in enumerate(heads) if head not in texts]
    cells = [line for row in rows for line in _lines(question, row)]
    if cells:
        print_table(title, heads, cells, numbers, whole=(0,))
        print(f"mean, p50, p90: since `{funnel.first}`; from before: p50 since the step above, of those that had it")
    else:
        print(f"{title}\nno figures from {rfc3339(question.span.start, tz)} to {rfc3339(question.span.end, tz)}")
    for line in told_at(clock, tz, question.known_at):
        print(line)
    if any(row.until != row.period.end for row in rows):
        print("* still runs: steps up to now")
    if any(row.status == "incomplete" for row in rows):
        print("incomplete: of a part of the span nobody vouches for what came; `citywatch gaps list` names the spans")
    if number := sum(row.unmatched for row in rows):
        print(f"unmatched: {number} whose first step is not `{funnel.first}`; they are of no cohort")


def _lines(question: FunnelQuestion, row: FunnelRow) -> Iterator[list[str]]:
    funnel, tz = question.funnel, question.tz
    period = f"{to_minute(row.period.start, tz).removesuffix(' 00:00')}..{end_words(row.until, tz)}"
    period += "*" if row.until != row.period.end else ""
    codes = [named(name, code, question.city) for name, code in zip(question.dimensions, row.key, strict=True)]
    yield [period, *codes, funnel.first, str(row.n) if row.is_known else "–", *[""] * 7, row.status]
    for name, stage, before in zip(funnel.stages, row.stages, row.counts, strict=False):
        yield [
            "",
            *[""] * len(codes),
            name,
            str(stage.n) if row.is_known else "–",
            of(stage.n, row.n),
            interval(stage.n, row.n),
            of(stage.n, before),
            *_lengths(stage.since_first),
            _length(stage.since_before.p50),
            "",
        ]


def of(part: int, whole: int, decimals: int = 2) -> str:
    """Both counts, with the percentage where there are enough, and the one is a part of the other."""
    found = rate(part, whole, decimals) if part <= whole else None
    if not whole:
        return "–"
    return f"{part}/{whole}" if found is None else f"{found} % {part}/{whole}"


def interval(part: int, whole: int, decimals: int = 2) -> str:
    found = wilson(part, whole, decimals)
    return "" if found is None else f"{found[0]}–{found[1]}"


def _lengths(found: Durations) -> Iterator[str]:
    yield from map(_length, (found.mean, found.p50, found.p90))


def _length(seconds: int | None) -> str:
    return "" if seconds is None else lasting(seconds)
