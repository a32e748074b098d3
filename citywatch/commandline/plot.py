"""A report as bars: of each row the figure, and below it what it is compared with; what is not known has no bar."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from citywatch.commandline.report_text import change_words, earlier_words, labels, value_words
from figures.queries.answer import Question, ReportRow
from figures.queries.sums import Total

NOW = "now"


@dataclass(frozen=True)
class Bar:
    """`length`: in the unit of the figure; None of what nobody knows, which is a gap. `figure`: the number in words."""

    series: str
    length: int | None
    figure: str
    note: str = ""


@dataclass(frozen=True)
class Group:
    """A row of the report."""

    label: str
    bars: tuple[Bar, ...]


def groups(question: Question, rows: Sequence[ReportRow]) -> list[Group]:
    """Of each row its bars, in the order of the report. The change stands beside the figure that it leads from."""
    return [Group(", ".join(labels(question, row)), tuple(_bars(question, row))) for row in rows]


def _bars(question: Question, row: ReportRow) -> Iterator[Bar]:
    measure = question.measure

    def length(total: Total, is_known: bool) -> int | None:
        return max(0, total.value(measure)) if is_known else None

    note = row.status if row.status == "incomplete" else ""
    yield Bar(NOW, length(row.total, row.is_known), value_words(row, measure), note)
    for name, other in row.others.items():
        yield Bar(
            name, length(other.total, other.is_known), earlier_words(other, measure), change_words(row, other, question)
        )


def longest(of: Sequence[Group]) -> int:
    """The length of the longest bar, at least 1."""
    return max((bar.length or 0 for group in of for bar in group.bars), default=0) or 1


def print_plot(title: str, of: Sequence[Group]) -> None:
    """The bars as wide as the terminal is; 80 columns where there is none."""
    from rich.bar import Bar as Drawn
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(file=sys.stdout, highlight=False)
    size = longest(of)
    table = Table(title=title, title_justify="left", title_style="", box=None, expand=True, padding=(0, 1, 0, 0))
    table.show_header = False
    table.add_column(max_width=max(16, console.width * 2 // 5), overflow="fold")
    table.add_column(no_wrap=True)
    table.add_column(ratio=1, min_width=10)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(max_width=max(20, console.width // 4), overflow="fold")
    is_compared = any(len(group.bars) > 1 for group in of)
    for group in of:
        for nth, bar in enumerate(group.bars):
            drawn = (
                Text("") if bar.length is None else Drawn(size, 0, bar.length, color="default" if nth == 0 else "cyan")
            )
            table.add_row(
                Text(group.label if nth == 0 else ""),
                Text(bar.series if is_compared else ""),
                drawn,
                Text(bar.figure),
                Text(bar.note),
            )
    console.print(table)
