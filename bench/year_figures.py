"""What a year of the simulated city gave, and the rows of docs/year-figures.md that come of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from msgspec import Struct

from bench.asked import STOCK, Answered
from bench.fresh_start import Started
from bench.open_subjects import Held

REPORT, STOCKS, START, MEMORY, TICK = 0.3, 1.0, 10.0, 500, 0.05
"""What is asked of it: seconds, and MB of memory."""


class Role(Struct, frozen=True):
    """What a role took to bring the year in: seconds of the processor, and the most memory."""

    cpu: float
    peak_mb: int


class Counted(Struct, frozen=True):
    """The recount: how many figures were compared, how many differ, and in how many seconds."""

    figures: int
    different: int
    seconds: float


class Year(Struct, frozen=True):
    """made, drained: seconds to send the events, and from the start of the roles until all was judged, stored and
    shown."""

    days: int
    events: int
    made: float
    drained: float
    roles: dict[str, Role]
    report: Answered
    report_command: Answered
    stocks: list[Answered]
    start: Started
    held: Held
    balanced: bool
    recount: Counted

    @property
    def stock(self) -> Answered:
        """The one that the table is about."""
        return next(each for each in self.stocks if each.what == STOCK)

    @property
    def holds(self) -> bool:
        return self.balanced and self.recount.figures > 0 and self.recount.different == 0


class Row(NamedTuple):
    """One line of the table."""

    what: str
    asked: str
    measured: str
    holds: bool


def rows(year: Year) -> Iterator[Row]:
    """In the order of the page. A limit is held by the best of several runs; the median stands beside it."""
    recount, report, stock = year.recount, year.report.seconds, year.stock.seconds
    yield Row(
        f"{year.events:,} events of {year.days} days: figures against an independent recount",
        "0 different",
        f"{recount.different:,} of {recount.figures:,} different, in {recount.seconds:,.0f} s; the audit is"
        f" {'balanced' if year.balanced else 'OUT OF BALANCE'}",
        year.holds,
    )
    yield Row(
        f"`report` of {year.report.what}: the store's answer",
        f"{REPORT} s",
        f"{report.best} s, median {report.median} s, {year.report.rows:,} rows; the command with the start of Python"
        f" {year.report_command.seconds.best} s",
        report.best <= REPORT,
    )
    slowest = year.stocks[0]
    yield Row(
        f"`{STOCK}` at the ends of the months by beat",
        f"{STOCKS:g} s",
        f"{stock.best} s, median {stock.median} s, {year.stock.rows:,} rows; the slowest stock, `{slowest.what}`,"
        f" {slowest.seconds.best} s",
        stock.best <= STOCKS,
    )
    start = year.start
    yield Row(
        "`analyse`, from its start to the page of before",
        f"{START:g} s",
        f"{start.seconds.best} s, median {start.seconds.median} s, its figures after {start.figures.best} s;"
        f" {start.cpu.best} s of the processor, {start.peak_mb:,} MB",
        start.seconds.best <= START,
    )
    held = year.held
    yield Row(
        f"`analyse` with {held.subjects:,} open subjects: memory", f"{MEMORY} MB", f"{held.peak_mb} MB",
        held.peak_mb <= MEMORY,
    )  # fmt: skip
    yield Row(
        "a tick of their clocks",
        f"{TICK * 1000:.0f} ms",
        f"median {held.tick.median * 1000:.0f} ms, at most {held.worst * 1000:.0f} ms",
        held.tick.median <= TICK,
    )


def lines(year: Year) -> Iterator[str]:
    """The table in Markdown, and below it what bringing the year in took."""
    yield "| What | Asked | Measured | |"
    yield "|---|---|---|---|"
    for row in rows(year):
        yield f"| {row.what} | {row.asked} | {row.measured} | {'holds' if row.holds else '**missed**'} |"
    yield ""
    brought = ", ".join(f"`{name}` {role.cpu:,.0f} s and {role.peak_mb:,} MB" for name, role in year.roles.items())
    yield f"Made in {year.made:,.0f} s, judged, stored and shown in {year.drained:,.0f} s; of the processor {brought}."
