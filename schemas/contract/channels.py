"""What stands on which topic, under which key and in which partition: the one list that the documents are made from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from msgspec import Struct

from schemas import alarms, control, published, records
from schemas.accept import EVENTS, Control
from schemas.envelope import Event
from schemas.families import TYPES
from schemas.topics import ADJUSTMENTS, ALARMS, CODES, CORRECTIONS, DEAD_LETTERS, INPUTS, PANES, TOPICS, Topic

MAJOR = 1
"""Of the contract as a whole. A change that breaks who sends or reads takes a new one; see `compatibility`."""

Placing = Literal["of_key", "every", "concerned", "of_input"]
"""The partition of a record: that of its key, one record in each, the one that it is about, that of its input."""


@dataclass(frozen=True)
class Keyed:
    """`key`: the first of these fields that is not empty; none: nothing may be read from the key.

    `listed`: all of them, as a JSON array without blanks; of a map what is not empty.
    """

    key: tuple[str, ...]
    partition: Placing
    listed: bool = False


BY_BEAT = Keyed(("data.beat", "source"), "of_key")
OF_INPUT = Keyed((), "of_input")
_CONTROL: dict[type[Event], Keyed] = {
    control.Heartbeat: Keyed(("source",), "every"),
    control.Rules: Keyed(("source",), "every"),
    control.Close: Keyed((), "concerned"),
    control.Gap: Keyed(("data.source",), "of_key"),
    control.Resume: Keyed(("source",), "concerned"),
}


@dataclass(frozen=True)
class Message:
    """One kind of record. `sent`: sources write it; else citywatch does."""

    name: str
    kind: type[Struct]
    keyed: Keyed
    sent: bool
    examples: tuple[Struct, ...]


@dataclass(frozen=True)
class Channel:
    """A topic and what stands on it. `is_input`: sources send there; else consumers read there."""

    topic: Topic
    is_input: bool
    messages: tuple[Message, ...]


def channels() -> tuple[Channel, ...]:
    """Every topic with its messages, in the order of their declaration."""
    return tuple(Channel(topic, topic.name in INPUTS, tuple(_messages(topic.name))) for topic in TOPICS.values())


def messages() -> dict[str, Message]:
    """Every message of every channel, by its name."""
    return {message.name: message for channel in channels() for message in channel.messages}


_EXAMPLES: tuple[Struct, ...] = (
    *(declared.example for declared in TYPES.values()),
    *control.EXAMPLES,
    *records.EXAMPLES,
    *published.EXAMPLES,
    *alarms.EXAMPLES,
)
_WRITTEN: dict[str, tuple[type[Struct], ...]] = {
    PANES: (records.Cell, records.Progress, records.Seam, records.SourceGap, records.Step),
    CORRECTIONS: (records.Correction,),
    DEAD_LETTERS: (records.DeadLetter,),
}
_PUBLISHED: dict[str, dict[type[Struct], Keyed]] = {
    ADJUSTMENTS: {published.Adjustment: Keyed(("source", "pane", "type", "dims"), "of_key", listed=True)},
    CODES: {
        published.ListedCode: Keyed(("kind", "city", "code"), "of_key", listed=True),
        published.ListedBeat: Keyed(("kind", "city", "beat"), "of_key", listed=True),
        published.ListedCity: Keyed(("kind", "city"), "of_key", listed=True),
    },
    ALARMS: {alarms.Alarm: Keyed(("id",), "of_key")},
}
_UNTAGGED = {records.Correction: "correction", records.DeadLetter: "dead_letter"}


def _messages(topic: str) -> Iterator[Message]:
    if topic in _WRITTEN:
        for kind in _WRITTEN[topic]:
            yield _message(kind, OF_INPUT, sent=False)
        return
    if topic in _PUBLISHED:
        for kind, keyed in _PUBLISHED[topic].items():
            yield _message(kind, keyed, sent=False)
        return
    on_topic = {declared.kind for declared in TYPES.values() if declared.topic == topic}
    for event in EVENTS.values():
        if event in get_args(Control):
            yield _message(event, _CONTROL[event], sent=event is control.Heartbeat)
        elif event in on_topic:
            yield _message(event, BY_BEAT, sent=True)


def _message(kind: type[Struct], keyed: Keyed, *, sent: bool) -> Message:
    return Message(_name(kind), kind, keyed, sent, tuple(each for each in _EXAMPLES if type(each) is kind))


def _name(kind: type[Struct]) -> str:
    return str(kind.__struct_config__.tag or _UNTAGGED[kind])
