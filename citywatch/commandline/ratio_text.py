"""Ratios and sums as text: every rate with both counts and its interval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from citywatch.commandline.funnel_text import interval
from citywatch.commandline.printing import print_table, signed
from citywatch.commandline.report_text import change_to, named, told_at
from citywatch.commandline.stock_text import end_words
from figures.periods import Period, rfc3339, to_minute
from figures.queries.clock import CityClock
from figures.queries.ratios import Pair, RatioRow, SumRow, difference, value
from figures.queries.terms import Asked, Part
from schemas.derived import scale_of
from schemas.numbers import decimal
from schemas.ratio import Ratio, Sum, Term


def print_ratio(figure: Ratio | Sum, asked: Asked, rows: Sequence[RatioRow | SumRow], clock: CityClock) -> None:
    """A table of the rows, and below it what the reader has to know."""
    filters = "".join(f", {name}={code}" for name, code in asked.where.items())
    title = f"{figure.en} {figure.zh} ({figure.unit}), {asked.city.en}, {asked.tz}{filters}"
    heads = ["period", *asked.dimensions]
    if isinstance(figure, Ratio):
        heads += [_called(figure.part), _called(figure.whole), figure.unit, *(["95 %"] if figure.is_share else [])]
    else:
        heads.append(figure.unit)
    heads.append("status")
    for name in asked.compare:
        heads += [name, "points" if isinstance(figure, Ratio) else "change"]
    texts = {"period", "status", "points", "change", *asked.dimensions}
    cells = [list(_cells(figure, asked, row)) for row in rows]
    if cells:
        numbers = [index for index, head in enumerate(heads) if head not in texts]
        print_table(title, heads, cells, numbers, whole=(0,))
    else:
        span = asked.span
        print(f"{title}\nno figures from {rfc3339(span.start, asked.tz)} to {rfc3339(span.end, asked.tz)}")
    for line in told_at(clock, asked.tz, asked.known_at):
        print(line)
    if any(row.status == "incomplete" for row in rows):
        print("incomplete: of a part of the span nobody vouches for what came; `citywatch gaps list` names the spans")
    if isinstance(figure, Ratio) and any(isinstance(row, RatioRow) and _is_few(figure, row.pair) for row in rows):
        print("of fewer than 10 there are counts only")


def _called(term: Term) -> str:
    return " + ".join(term.names)


def _is_few(ratio: Ratio, pair: Pair) -> bool:
    return pair.is_known and value(ratio, pair) is None


def _cells(figure: Ratio | Sum, asked: Asked, row: RatioRow | SumRow) -> Iterator[str]:
    period = row.pair.period if isinstance(row, RatioRow) else row.period
    yield period_cell(period, asked.tz) + ("*" if row.partial else "")
    for name, code in zip(asked.dimensions, row.key, strict=True):
        yield named(name, code, asked.city)
    if isinstance(figure, Ratio) and isinstance(row, RatioRow):
        yield from (_shown(row.pair.part, figure.part), _shown(row.pair.whole, figure.whole))
        yield _rate(figure, row.pair)
        if figure.is_share:
            yield interval(*row.pair.counts, figure.decimals) if row.pair.is_known else ""
        yield row.status
        for name, before in row.others.items():
            yield _rate(figure, before) + (f" {before.part.value}/{before.whole.value}" if _has(figure, before) else "")
            yield _points(figure, row, name)
    elif isinstance(figure, Sum) and isinstance(row, SumRow):
        yield _shown(row.part, *figure.of)
        yield row.status
        for name, (_, part) in row.others.items():
            yield _shown(part, *figure.of)
            yield _change(figure, asked, row, name)


def _has(ratio: Ratio, pair: Pair) -> bool:
    return value(ratio, pair) is not None


def _rate(ratio: Ratio, pair: Pair) -> str:
    """The rate; of too few the counts."""
    if not pair.is_known:
        return "–"
    found = value(ratio, pair)
    return f"{pair.part.value}/{pair.whole.value}" if found is None else found


def _points(ratio: Ratio, row: RatioRow, name: str) -> str:
    found = difference(ratio, row, name)
    return "–" if found is None else signed(found)


def _change(figure: Sum, asked: Asked, row: SumRow, name: str) -> str:
    return change_to(
        row.part.value,
        row.others[name][1].value,
        row.change(name, asked.decimals, scale_of(*figure.of)),
        is_known=row.is_known_beside(name),
        is_count=not scale_of(*figure.of),
    )


def _shown(part: Part, *terms: Term) -> str:
    return decimal(part.value, scale_of(*terms)) if part.is_known else "–"


def period_cell(period: Period, tz: str) -> str:
    """First and last day, where it has whole ones."""
    return f"{to_minute(period.start, tz).removesuffix(' 00:00')}..{end_words(period.end, tz)}"
