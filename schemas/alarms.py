"""What `analyse` publishes of clocks: alarms, as they stand."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from msgspec import Struct

from schemas.fields import about
from schemas.records import DeclaredSource

AlarmState = Literal["warned", "expired", "met", "missed", "withdrawn"]

STATES: tuple[AlarmState, ...] = get_args(AlarmState)

STANDING: frozenset[AlarmState] = frozenset(("warned", "expired"))
"""What has to be looked at now."""

PER_SECOND = 1_000
"""Versions of one second of event time."""


class Alarm(Struct, frozen=True, gc=False, kw_only=True, tag_field="kind", tag="alarm"):
    """One start of a clock that gave an alarm, in whole. The greatest version of an id rules.

    `version` is the event time at which it was looked at, in thousandths of a second, and grows from record to record.
    """

    id: Annotated[
        str, about("Clock, source, subject and begin, joined by `|`: the same start has it always", identity=True)
    ]
    clock: Annotated[str, about("The clock, as it is declared")]
    source: Annotated[DeclaredSource, about("The source of the steps, as city/system")]
    subject: Annotated[str, about("What it is about; never a person")]
    beat: Annotated[str, about("The beat where the subject was at the start; empty: not known")] = ""
    state: Annotated[
        AlarmState,
        about(
            "`warned` and `expired` stand; `met`: it was warned of, and the end came in time; `missed`: the end came "
            "late; `withdrawn`: what came later proves it wrong"
        ),
    ]
    begin: Annotated[int, about("When the clock started", unit="Unix seconds")]
    warn_at: Annotated[int | None, about("When it warns; null: it does not", unit="Unix seconds")]
    due: Annotated[int | None, about("When it is due; null: no day", unit="Unix seconds")]
    raised_at: Annotated[int, about("The event time at which the alarm was due to be given", unit="Unix seconds")]
    end: Annotated[int | None, about("When it ended; null: it runs", unit="Unix seconds")] = None
    ended_by: Annotated[str, about("The id of the event that ended it; empty: none did, or its hours were over")] = ""
    why: Annotated[str, about("The state in a sentence")] = ""
    withdrawn_by: Annotated[str, about("The id of the event that proved it wrong; empty: it is not withdrawn")] = ""
    version: Annotated[int, about("The greatest rules", unit="thousandths of a second of event time")]

    @property
    def is_standing(self) -> bool:
        return self.state in STANDING


def alarm_id(clock: str, source: str, subject: str, begin: int) -> str:
    return f"{clock}|{source}|{subject}|{begin}"


EXAMPLES = (
    Alarm(
        id="stolen_property|xincheng/case|c-17|1767225600",
        clock="stolen_property",
        source="xincheng/case",
        subject="c-17",
        beat="B07",
        state="missed",
        begin=1_767_225_600,
        warn_at=1_767_398_400,
        due=1_767_484_800,
        raised_at=1_767_398_400,
        end=1_767_484_920,
        ended_by="e-93",
        why="recovered 2 min too late",
        withdrawn_by="",
        version=1_767_484_980_000,
    ),
)
"""One with every field given: what the JSON Schema shows."""
