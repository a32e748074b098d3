"""What may not count of a file as it was meant, in words: `replay` tells it of what it sent, `check` beforehand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from figures.periods import Period
    from sources.summary import Found

NAMED = 5
"""Silences and codes that are named, of many."""


def findings(
    found: Found,
    told_apart: int,
    silences: Sequence[Period],
    city: str,
    tz: str,
    *,
    by_arrival: bool,
    named: int = NAMED,
) -> Iterator[tuple[str, str]]:
    """Each finding in a line, with what to do about it; that is empty where nothing is to be done.

    by_arrival: the clock followed arrivals, so that what is late was late when it came.
    """
    if found.late:
        yield (
            f"late by the order of the file {found.late} events{lines_text(found.late_lines)}: counted as corrections",
            "" if by_arrival else "sort the file by its times and late rows count at once",
        )
    if found.dead:
        yield (
            f"ahead of any believable clock {found.dead} events{lines_text(found.dead_lines)}: they do not count",
            "mend the times that are ahead and replay the file again; see `citywatch deadletters list`, and"
            " `citywatch deadletters retry` once the clock has come there",
        )
    if found.conflicts:
        yield (
            f"{found.conflicts} ids came again with other content{lines_text(found.conflict_lines)}: one of each"
            " counts",
            "make the id of more columns where rows with the same id are different events",
        )
    if found.alike:
        yield (
            f"{found.alike} rows were alike an earlier one and count once with it",
            "set `ordinal = true` in the id of the mapping if rows that are alike are different events",
        )
    if told_apart:
        yield f"{told_apart} rows were alike an earlier one and told apart by their ordinal", ""
    if found.unmatched:
        yield (
            f"{found.unmatched} of {found.restating} cancellations and re-codings name an incident that is not in the"
            f" file{lines_text(found.unmatched_lines)}: they move no figure until it comes",
            "send the incidents too if they were never sent; if they are in the file, give both the same `subject`",
        )
    for name, codes in (("codes", found.unknown_codes), ("beats", found.unknown_beats)):
        if codes:
            yield (
                f"{len(codes)} {name} that city {city} does not list, counted as unknown: {_counts(codes, named)}",
                f"add the {name} to the file of the city" if any(codes) else "",
            )
    if silences:
        spans = [f"{local(gap.start, tz)} to {local(gap.end, tz)}" for gap in silences]
        yield (
            f"silent for longer than its rhythm explains, so that nothing is known of it: {_some(spans, named)}",
            "replay the rows of the silent times if there are any",
        )


def refused_text(rows: int, events: int) -> str:
    """What was lost of a file, in words."""
    parts = [f"{rows} rows"] * bool(rows) + [f"{events} events of other rows"] * bool(events)
    return f"refused {' and '.join(parts)}" if parts else "refused nothing, but some events lack a time"


def left_out_text(rows: int) -> str:
    """What a mapping leaves out on purpose, in words."""
    return f"left out {rows} rows as the mapping's `skip` says"


def points_text(outside: int, without_point: int) -> str:
    """What of the points of a file gives no beat, in words."""
    parts = [f"{outside} rows have a point in no beat"] * bool(outside)
    parts += [f"{without_point} rows have no point"] * bool(without_point)
    return f"{', '.join(parts)}: counted under the beat unknown"


def lines_text(lines: Sequence[int]) -> str:
    """The first few lines of many, behind what they are about."""
    return f" (first lines {', '.join(map(str, lines))})"


def local(epoch: int, tz: str) -> str:
    """A time as the clocks of the city show it."""
    return datetime.fromtimestamp(epoch, ZoneInfo(tz)).strftime("%Y-%m-%d %H:%M:%S")


def _counts(codes: Mapping[str, int], named: int) -> str:
    return _some([f"{code[:40] or '(none given)'} {count}" for code, count in codes.items()], named)


def _some(texts: Sequence[str], named: int) -> str:
    more = f" and {len(texts) - named} more" if len(texts) > named else ""
    return ", ".join(texts[:named]) + more
