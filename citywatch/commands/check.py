"""`citywatch check`: what a replay of a file would do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from citywatch.commandline.findings import findings, left_out_text, lines_text, local, points_text, refused_text
from citywatch.commandline.options import JsonOption
from citywatch.commandline.printing import lasting, print_json, progress_to
from runtime.errors import CheckFailed, WrongUse, printable
from runtime.settings import load_settings

if TYPE_CHECKING:
    from sources.check import Checked

_NAMED = 20
"""Reasons, codes, beats and silences that are named in text, of many; --json has all."""

_STEPS = {1: "to the second", 60: "to the minute", 3_600: "to the hour", 86_400: "to the day"}
_LOSSES = {
    "refused": "what is refused",
    "ahead": "events ahead of any believable clock",
    "conflicts": "rows whose id came before with other content",
}


def run(
    map_: Annotated[
        str, typer.Argument(metavar="MAP", help="A mapping in TOML (docs/mapping.md), or a shipped one's.")
    ],
    file: Annotated[str, typer.Argument(help="A CSV file, plain or packed, or the name of a shipped one.")],
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many rows.")] = None,
    json: JsonOption = False,
) -> int:
    """Judge a file under its mapping as `replay` would, without a broker or a store; nothing is sent or written.

    Tells events by type, refused lines, codes and beats that the city lacks, ids that repeat, the span with its rhythm
    and gaps, the clock, and three events as they would be sent. Exit 1 where something would be lost: a row, event or
    time that is refused, an event ahead of any believable clock, a row whose id came before with other content.
    """
    from sources.check import check

    if file.endswith(".toml") and not map_.endswith(".toml"):
        raise WrongUse("the mapping comes first: citywatch check MAP FILE")
    settings = load_settings()
    with progress_to(printable(f"checking {file}"), "rows") as on_progress:
        result = check(settings, map_, file, limit, on_progress)
    if json:
        print_json(result)
    else:
        for line in summary(result):
            print(printable(line))
    return CheckFailed.exit_code if result.loses else 0


def summary(result: Checked) -> Iterator[str]:
    """What would be sent, what may not count as it was meant, three events, and last what to do, line by line."""
    to_do = []
    yield (
        f"read {result.read} rows of {result.file} as {result.source} in {result.seconds:.1f} s:"
        f" {result.events} events of {result.rows} rows, {result.refused} rows refused; nothing was sent"
    )
    if not result.read:
        yield "the file has no rows below its header"
    yield from (f"  {number} {name}" for name, number in result.found.types.items())
    yield from _times(result)
    if result.left_out:
        yield left_out_text(result.left_out)
    if result.outside or result.without_point:
        yield points_text(result.outside, result.without_point)
    if result.reasons:
        yield refused_text(result.refused, result.refused_events)
        for each in result.reasons[:_NAMED]:
            column, event = f"column {each.column}: " if each.column else "", f"{each.event}: " if each.event else ""
            yield f"  {each.count} for {column}{event}{each.reason}{lines_text(each.lines)}"
        if (more := len(result.reasons) - _NAMED) > 0:
            yield f"  and {more} more reasons"
        to_do.append("mend the refused rows or the mapping")
    for finding, what in findings(
        result.found,
        result.told_apart,
        result.clock.silences,
        result.city,
        result.tz,
        by_arrival=result.clock.follows == "arrivals",
        named=_NAMED,
    ):
        yield finding
        if what:
            to_do.append(what)
    yield from (f"for example line {sample.line}: {_compact(sample.event)}" for sample in result.samples)
    for what in to_do:
        yield f"to do: {what}"
    if result.loses:
        yield f"would be lost: {', '.join(_LOSSES[name] for name in result.loses)}"
    else:
        yield "nothing would be lost"


def _times(result: Checked) -> Iterator[str]:
    span, clock, tz = result.span, result.clock, result.tz
    if span:
        step = _STEPS.get(span.step, f"in steps of {span.step // 60} minutes")
        yield f"times from {local(span.first, tz)} to {local(span.last, tz)} {tz}, {step}"
        yield (
            f"{span.days_with_rows} of {span.days} days have rows: a median of {span.median_a_day:g} a day, at most"
            f" {span.most_a_day} on {span.most_on}; none for at most {lasting(span.longest_gap)} from"
            f" {local(span.longest_gap_from, tz)}"
        )
    if clock.started is not None and clock.ended is not None:
        follows = "arrivals ([clock])" if clock.follows == "arrivals" else "events' own times"
        yield (
            f"the source's clock follows the {follows}: {local(clock.started, tz)} to {local(clock.ended, tz)},"
            f" {clock.heartbeats} heartbeats into {clock.partitions} partitions"
        )


def _compact(event: object) -> str:
    import msgspec

    return msgspec.json.encode(event).decode()
