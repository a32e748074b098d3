"""docs/coverage.md: what answers each row of the reports, from the declarations that name it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from citywatch.acceptance.every import SCENARIOS
from figures.queries import association, presence, response
from schemas.clocks import WATCHED
from schemas.derived import FUNNELS, RATIOS, STOCKS, SUMS
from schemas.measures import MEASURES
from schemas.requirements import REQUIREMENTS, Requirement


@dataclass(frozen=True)
class Command:
    """A command that answers rows which no declaration can: from raw rows, by its own rules."""

    name: str
    requirements: tuple[int, ...]


COMMANDS = (
    Command("around", (46, 87)),
    Command("association", association.REQUIREMENTS),
    Command("excess", (24,)),
    Command("presence", presence.REQUIREMENTS),
    Command("report --streak", (42, 109)),
    Command("response", response.REQUIREMENTS),
    Command("scorecard", (7,)),
)


class Declared(Protocol):
    """What a declaration says of itself."""

    @property
    def name(self) -> str: ...
    @property
    def requirements(self) -> tuple[int, ...]: ...


@dataclass(frozen=True)
class Covered:
    """A row with what names it: declarations by their kind, and acceptance figures by their scenario."""

    row: Requirement
    declared: Mapping[str, tuple[str, ...]]
    figures: tuple[tuple[str, str], ...]

    @property
    def is_answered(self) -> bool:
        return bool(self.declared or self.figures)

    @property
    def is_whole(self) -> bool:
        """Whether all of it is answered: nothing of it is open, refused or out of scope."""
        return self.is_answered and not (self.row.open or self.row.refused or self.row.out_of_scope)

    @property
    def is_open(self) -> bool:
        """Whether nothing answers it yet, and nothing says why that stays so."""
        return not (self.is_answered or self.row.refused or self.row.out_of_scope)


def covered() -> list[Covered]:
    """Every row. Raises ValueError where a declaration names none that is there, or a row has neither an answer nor a
    word why."""
    declared: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    figures: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for kind, one in _declarations():
        for number in one.requirements:
            declared[number][kind].append(one.name)
    for scenario in SCENARIOS.values():
        for figure in scenario.figures:
            for number in figure.rows:
                figures[number].append((scenario.id, figure.name))
    if unknown := sorted((declared.keys() | figures.keys()) - REQUIREMENTS.keys()):
        raise ValueError(f"there is no requirement {unknown[0]} in schemas/requirements.toml")
    found = [
        Covered(row, {kind: tuple(names) for kind, names in declared[number].items()}, tuple(figures[number]))
        for number, row in REQUIREMENTS.items()
    ]
    for each in found:
        if each.is_open and not each.row.open:
            raise ValueError(
                f"requirement {each.row.number} ({each.row.en}) has no measure, no clock, no acceptance figure and no"
                " reason in schemas/requirements.toml"
            )
    return found


def _declarations() -> Iterator[tuple[str, Declared]]:
    for measure in MEASURES.values():
        yield "measure", measure
    for kind, named in (("stock", STOCKS), ("funnel", FUNNELS), ("sum", SUMS), ("ratio", RATIOS)):
        for each in named.values():
            yield kind, each
    for watched in WATCHED.values():
        yield "clock", watched
    for command in COMMANDS:
        yield "command", command


def page(notice: str) -> str:
    """docs/coverage.md."""
    rows = covered()
    parts = [
        "# Coverage: what answers the reports",
        notice,
        _INTRODUCTION.format(
            rows=len(rows),
            whole=sum(each.is_whole for each in rows),
            part=sum(each.is_answered and not each.is_whole for each in rows),
            with_figures=sum(bool(each.figures) for each in rows),
            reason=sum(not each.is_answered and not each.is_open for each in rows),
            lacking=sum(bool(each.row.open) for each in rows),
            open=sum(each.is_open for each in rows),
        ),
        "| # | 报告原文 | What it is | Answered by | Acceptance |\n| --- | --- | --- | --- | --- |\n"
        + "".join(f"{_line(each)}\n" for each in rows),
    ]
    return "\n".join(parts)


def _line(each: Covered) -> str:
    row = each.row
    said = [
        f"{kind} {', '.join(f'`{name}`' for name in names)}"
        for kind, names in sorted(each.declared.items(), key=lambda item: item[0] != "measure")
    ]
    said += [f"read as: {row.reading}"] if row.reading else []
    said += [f"refused: {row.refused}"] if row.refused else []
    said += [f"out of scope: {row.out_of_scope}"] if row.out_of_scope else []
    said += [f"**not yet**: {row.open}"] if row.open else []
    scenarios: dict[str, list[str]] = defaultdict(list)
    for scenario, figure in each.figures:
        scenarios[scenario].append(figure)
    proved = "; ".join(f"{scenario}: {', '.join(figures)}" for scenario, figures in scenarios.items())
    cells = (str(row.number), row.zh, row.en, "; ".join(said), proved)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


_INTRODUCTION = """\
Five reports of summer campaigns speak of {rows} things that can be counted, watched or refused. {whole} of them are
answered by what the map names (declarations, commands, acceptance figures), and no part of them is known to be lacking;
that each of their printed numbers is fed and read back is not said. {part} are answered in part: what is not there yet,
refused or out of scope stands beside it. {reason} are not counted, with the reason, and {open} are not
answered at all. A part of {lacking} rows is not there yet. {with_figures} have acceptance figures, which
`citywatch acceptance` [reads back](acceptance.md).

A declaration names its rows (`requirements`), and so does a figure of a scenario (`rows`); the rows are
`schemas/requirements.toml`. A row that nothing answers, and that no reason stands at, fails the build.
"""
