"""A stock as text: a table of ends, and below it what the reader has to know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from citywatch.commandline.printing import lasting, print_table
from citywatch.commandline.report_text import change_to, named, told_at
from figures.durations import EDGES, Durations
from figures.periods import to_minute
from figures.queries.clock import CityClock
from figures.queries.stock_answer import At, StockQuestion, StockRow, reasons

HEADS_OF_AGES = ("mean age", "p50", "p90", *(f"<= {edge // 86_400} d" for edge in EDGES), "in its state: p50")


def print_stock(question: StockQuestion, rows: Sequence[StockRow], clock: CityClock) -> None:
    """A table of the rows, and below it what the reader has to know."""
    stock = question.stock
    has_unmatched = any(row.at.level.unmatched for row in rows)
    heads = ["at the end of", *question.dimensions, stock.unit]
    heads += ["unmatched"] if has_unmatched else []
    heads += HEADS_OF_AGES if question.ages else ()
    heads.append("status")
    for name in question.compare:
        heads += [name, "change"]
    texts = {"at the end of", "status", "change", *question.dimensions}
    numbers = [index for index, head in enumerate(heads) if head not in texts]
    title = stock_title(question)
    if rows:
        cells = [list(_cells(question, row, has_unmatched=has_unmatched)) for row in rows]
        print_table(title, heads, cells, numbers, whole=(0,))
    else:
        print(f"{title}\nno figures: the span begins behind all that is known")
    for line in told_at(clock, question.tz, question.known_at):
        print(line)
    if any(row.partial for row in rows):
        print("* still runs: the stock of now")
    for line in reasons(rows):
        print(line)


def stock_title(question: StockQuestion) -> str:
    """What is asked, in a line."""
    stock = question.stock
    filters = "".join(f", {name}={code}" for name, code in question.where.items())
    return f"{stock.en} {stock.zh} ({stock.unit}), {question.city.en}, {question.tz}{filters}"


def _cells(question: StockQuestion, row: StockRow, *, has_unmatched: bool) -> Iterator[str]:
    yield end_words(row.at.moment, question.tz) + ("*" if row.partial else "")
    for name, code in zip(question.dimensions, row.key, strict=True):
        yield named(name, code, question.city)
    yield _value(row.at, question)
    if has_unmatched:
        yield str(row.at.level.unmatched or "")
    if row.ages is not None:
        yield from _age_cells(row.ages.old, is_known=row.at.is_known)
        yield _length(row.ages.still.p50)
    yield row.status
    for name, before in row.others.items():
        yield _value(before, question)
        yield _change(row, name, before, question)


def _age_cells(found: Durations, *, is_known: bool) -> Iterator[str]:
    """Mean and quantiles, then how many are at most so old."""
    yield from map(_length, (found.mean, found.p50, found.p90))
    yield from (str(number) if is_known else "–" for number in found.within)


def end_words(moment: int, tz: str) -> str:
    """A moment as the end of a day, where it is one."""
    shown = to_minute(moment, tz)
    return to_minute(moment - 1, tz)[:10] if shown.endswith("00:00") else shown


def _length(seconds: int | None) -> str:
    return "" if seconds is None else lasting(seconds)


def _value(at: At, question: StockQuestion) -> str:
    return str(question.stock.shown(at.level.value)) if at.is_known else "–"


def _change(row: StockRow, name: str, before: At, question: StockQuestion) -> str:
    return change_to(
        row.at.level.value,
        before.level.value,
        row.change(name, question.decimals, question.stock.scale),
        is_known=min(row.at.coverage, before.coverage) >= 1,
        is_count=not question.stock.scale,
    )
