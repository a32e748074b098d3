"""Streaks as text: a line for each, and below it the months that it is made of."""

from __future__ import annotations

from collections.abc import Sequence

from citywatch.commandline.printing import print_table, signed
from citywatch.commandline.report_text import named, title, up_to_words
from figures.compare import change
from figures.queries.answer import Question
from figures.queries.clock import CityClock
from figures.queries.streaked import Streaked
from figures.streaks import Direction, MonthPair, Streak

MONTHS = 24
"""Of the last months so many are listed."""

_WORDS = {"falling": "below", "rising": "above"}
_BESIDE = {"previous": "the month before", "previous_month": "the month before", "year": "their month a year earlier"}


def print_streaks(question: Question, found: Sequence[Streaked], clock: CityClock, direction: Direction) -> None:
    """Each streak in words; where there is one only, its months as well."""
    beside = f"{_WORDS[direction]} {_BESIDE[question.compare[0]]}"
    if question.dimensions:
        heads = [*question.dimensions, "months in a row", "since", "ended"]
        rows = [
            [
                *(named(name, code, question.city) for name, code in zip(question.dimensions, each.key, strict=True)),
                _length(each.found),
                each.found.since or "",
                "" if each.found.broken is None else f"{each.found.broken.month} after {each.found.broken.streak}",
            ]
            for each in found
        ]
        print_table(f"{title(question)}: complete months {beside}", heads, rows, (len(heads) - 3,))
    else:
        (only,) = found
        last = only.months[-MONTHS:]
        print_table(
            title(question),
            ("month", "value", "before", "change"),
            [_month(question, month) for month in last],
            (1, 2),
        )
        print(in_words(only.found, beside))
    print(up_to_words(clock, question.tz))


def in_words(found: Streak, beside: str) -> str:
    """A streak as a sentence."""
    if found.until is None:
        return "no complete month yet"
    if found.streak is None:
        return f"not known: of {found.unknown} or of the month beside it not all is known"
    if found.streak:
        why = f"{found.unknown} is not known" if found.unknown else "earlier months were not asked about"
        less = f", or longer: {why}" if found.at_least else ""
        return f"{found.streak} complete months in a row {beside}, {found.since} to {found.until}{less}"
    ended = found.broken
    if ended is None:
        return f"0 complete months in a row {beside}, up to {found.until}"
    return (
        f"0 complete months in a row {beside}, up to {found.until}: {ended.month} ended a streak of"
        f" {'at least ' if ended.at_least else ''}{ended.streak}, since {ended.since}"
    )


def _length(found: Streak) -> str:
    if found.streak is None:
        return "–"
    return f"{'at least ' if found.at_least else ''}{found.streak}"


def _month(question: Question, month: MonthPair) -> list[str]:
    value, before = month.value, month.before
    shown = [("–" if each is None else str(question.measure.shown(each))) for each in (value, before)]
    if value is None or before is None:
        return [month.month, *shown, "–"]
    relative = change(value, before, question.decimals, question.measure.scale)
    if relative is None:
        return [month.month, *shown, f"{value - before:+d} (few)" if question.measure.scale == 0 else ""]
    return [month.month, *shown, f"{signed(relative)} %"]
