"""From what a person types to spans of time: dates or instants, inclusive days, a unit and dimensions."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta

from figures.periods import UNITS, Period, date_of, rfc3339, span
from runtime.errors import WrongUse
from schemas.control import PANE
from schemas.instants import epoch
from schemas.spelling import nearest

NOW = "now"


def asked_span(from_text: str | None, to_text: str | None, tz: str, unit: str | None, as_of: int | None) -> Period:
    """The half-open span of `--from` and `--to`; a date as `to` is inclusive.

    Without `from` the span begins with the running month, without `to` it ends with the running day (or month,
    where neither is given), in whole duty days or nights where these are the unit. Raises WrongUse for what is
    no time, not whole panes, or the wrong way round.
    """
    today = date_of((as_of or 1) - 1, unit, tz)  # as_of is where the last pane ends
    month = span(today.replace(day=1), _last_of_month(today), tz, unit)
    if from_text is None and to_text is None:
        return month
    start = month.start if from_text is None else edge("--from", from_text, tz, unit, end=False)
    end = span(today, today, tz, unit).end if to_text is None else edge("--to", to_text, tz, unit, end=True)
    if to_text is None and end <= start:
        first = date_of(start, unit, tz)
        end = span(first, first, tz, unit).end
    if end <= start:
        raise WrongUse(f"--to {to_text or 'today'} is not after --from {from_text or 'the first of the month'}")
    return Period(start, end)


def refuse_future(from_text: str | None, asked: Period, as_of: int | None, tz: str, said: str | None = None) -> None:
    """Raises WrongUse where a span begins after now and after all that is known: a mistyped date, not a figure of 0.
    `said`: what says so, where it is not `--from`."""
    if from_text is not None and asked.start > max(int(time.time()), as_of or 0):
        raise WrongUse(f"{said or f'--from {from_text}'} is in the future{up_to(as_of, tz)}")


def asked_moment(option: str, text: str | None, tz: str) -> int | None:
    """A moment that has been, to the second: with offset or local; None where none is asked for. Raises WrongUse."""
    if text is None:
        return None
    if text == NOW:
        return int(time.time())
    if len(text) == len("2026-01-01"):
        raise WrongUse(f"{option} {text!r} is a day; say when on it: {text}T08:00")
    try:
        at = epoch(text)
    except ValueError:
        at = _local_time(option, text, tz)
    if at > time.time():
        raise WrongUse(f"{option} {text} is in the future: what will be known is not known yet")
    return at


def told_to(text: str | None, moment: int | None) -> int | None:
    """Up to when clocks are told of figures as known at a moment: as they stand where it is NOW."""
    return None if text == NOW else moment


def asked_later(text: str | None, known_at: int | None, tz: str) -> int | None:
    """The moment of `--diff`, behind that of `--as-known-at`; None where none is asked for. Raises WrongUse."""
    later = asked_moment("--diff", text, tz)
    if later is None:
        return None
    if known_at is None:
        raise WrongUse("--diff says what has changed since --as-known-at: give that, too")
    if later <= known_at:
        raise WrongUse(f"--diff {text} is not after --as-known-at")
    return later


def up_to(as_of: int | None, tz: str) -> str:
    """How far figures go, as the end of a sentence."""
    return "; no source has told its clock yet" if as_of is None else f"; figures go up to {rfc3339(as_of, tz)}"


def _last_of_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def edge(option: str, text: str, tz: str, unit: str | None, *, end: bool) -> int:
    """The moment of a date or an instant; of a date its beginning, or its end. Raises WrongUse."""
    if len(text) == len("2026-01-01"):
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise WrongUse(f"{option} {text!r} is no date; write 2026-01-31 or 2026-01-31T08:00:00+08:00") from None
        whole = span(day, day, tz, unit)
        return whole.end if end else whole.start
    try:
        at = epoch(text)
    except ValueError:
        at = _local_time(option, text, tz)
    if at % PANE:
        raise WrongUse(f"{option} {text!r} is inside a pane; figures are kept by 5 minutes, give a multiple of them")
    return at


def _local_time(option: str, text: str, tz: str) -> int:
    """A time without an offset is a time of the report's zone."""
    from zoneinfo import ZoneInfo

    try:
        said = datetime.fromisoformat(text)
    except ValueError:
        raise WrongUse(f"{option} {text!r} is no time; write 2026-01-31 or 2026-01-31T08:00:00+08:00") from None
    return int((said if said.tzinfo is not None else said.replace(tzinfo=ZoneInfo(tz))).timestamp())


def split_by(text: str | None, dimensions: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    """`--by` as its one time unit or `campaign` (or None) and its dimensions, in the order given. Raises WrongUse."""
    units_known = (*UNITS, "campaign")
    words = [word.strip() for word in (text or "").split(",") if word.strip()]
    for word in words:
        if word not in (*units_known, *dimensions):
            raise WrongUse(
                f"--by {word!r} is unknown; units are {', '.join(units_known)}, dimensions {', '.join(dimensions)}"
                f"{nearest(word, (*units_known, *dimensions))}"
            )
    units = [word for word in words if word in units_known]
    if len(units) > 1:
        raise WrongUse(f"--by names two units of time, {units[0]} and {units[1]}; give one")
    split = dict.fromkeys(word for word in words if word in dimensions and word not in units)
    return (units[0] if units else None), tuple(split)
