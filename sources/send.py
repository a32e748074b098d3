"""`citywatch send`: CloudEvents as JSON Lines to their topics, or only judged as they would be there."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, get_type_hints

import msgspec

from runtime.errors import WrongUse
from runtime.producer import Producer, Undelivered, calm_collector
from runtime.settings import Settings
from schemas.accept import EVENTS, MAX_BYTES, Refused, accept, too_long
from schemas.cities import Cities
from schemas.control import Close, Gap, Heartbeat, Resume, Rules
from schemas.envelope import CountedEvent, Event
from schemas.family import type_of
from schemas.instants import epoch
from schemas.texts import is_instant
from schemas.topics import INPUTS

STDIN = "-"
KEPT = 1_000
"""Refusals that are kept; the others are only counted."""

_AGAIN = "then send all of it again: an id counts once"
_WRITTEN_BY = {
    Rules: "`citywatch topics` writes it",
    Gap: "use `citywatch gaps add` or `citywatch gaps filled`",
    Resume: "use `citywatch resume`",
    Close: "aggregate alone writes it",
}
_INSTANTS = frozenset(
    field.encode_name
    for kind in EVENTS.values()
    for field in msgspec.inspect.type_info(get_type_hints(kind)["data"]).fields  # type: ignore[attr-defined]
    if is_instant(field.type)
)

_MARK = b"\xef\xbb\xbf"
_SPACE = b" \t\r\n"
_LONGEST = MAX_BYTES + len(b"\r\n")
_STEP = 1_000


class _Line(NamedTuple):
    """A line without the space around it; of one too long the value is cut. `length` in bytes is that of all of it."""

    number: int
    value: bytes
    length: int


class Refusal(msgspec.Struct, frozen=True):
    """A line that is no event that would be taken. `field` is empty where it cannot be told; no value is repeated."""

    line: int
    field: str
    reason: str
    detail: str


class Sent(msgspec.Struct):
    """What became of the lines: read = good + refused, in lines that are not empty.

    sent: acknowledged by the broker; none of those that were only judged. refusals: the first `KEPT`. types: the good
    lines by their type.
    """

    read: int = 0
    sent: int = 0
    refused: int = 0
    refusals: list[Refusal] = []
    types: Counter[str] = msgspec.field(default_factory=Counter)

    @property
    def good(self) -> int:
        return self.read - self.refused


def send(
    settings: Settings,
    cities: Cities,
    file: str,
    *,
    check: bool = False,
    advance: Callable[[int], None] = lambda _: None,
) -> Sent:
    """Send the events of a file, one in a line, in their order; `-` is stdin. What is refused stops nothing else.

    check: only judge, without a broker. Blocks until all is durable. Raises WrongUse for a file that cannot be read,
    Unreachable; some may be sent then.
    """
    done = Sent()
    with _opened(file) as stream:
        found = _good(_lines(stream, file), cities, done, advance)
        if check:
            for _ in found:
                pass
            return done
        try:
            with calm_collector(), Producer(settings, INPUTS) as producer:
                for event, value in found:
                    _write(producer, cities, event, value)
        except Undelivered as lost:
            raise Undelivered(f"{lost}; {_AGAIN}") from lost
    done.sent = done.good
    return done


def judge(value: bytes, cities: Cities) -> CountedEvent | Heartbeat:
    """The event, if a feed may send it. Raises Refused."""
    event = accept(value)
    if isinstance(event, Rules | Close | Gap | Resume):
        raise Refused("operators_record", f"type is {_type(event)}, which no feed sends: {_WRITTEN_BY[type(event)]}")
    source = cities.source(event.source)
    if source is None:
        raise Refused(
            "undeclared_source",
            "source is in no city file: declare it in one (CITYWATCH_CITIES), then run `citywatch topics`",
        )
    if isinstance(event, CountedEvent) and (topic := _topic(event)) not in source.topics:
        raise Refused("undeclared_source", f"source is declared, but its city file does not name topic {topic}")
    return event


def _good(
    lines: Iterable[_Line], cities: Cities, done: Sent, advance: Callable[[int], None]
) -> Iterator[tuple[CountedEvent | Heartbeat, bytes]]:
    """Events with their values as they go out; of all lines `done` keeps count."""
    for line in lines:
        if line.number % _STEP == 0:
            advance(_STEP)
        if not line.length:
            continue
        done.read += 1
        try:
            if line.length > MAX_BYTES:
                raise too_long(line.length)
            event = judge(line.value, cities)
        except Refused as refused:
            done.refused += 1
            if len(done.refusals) < KEPT:
                done.refusals.append(Refusal(line.number, _field(line.value, refused), refused.reason, refused.detail))
        else:
            done.types[_type(event)] += 1
            yield event, line.value


def _write(producer: Producer, cities: Cities, event: CountedEvent | Heartbeat, value: bytes) -> None:
    own = event.source.encode()
    if isinstance(event, CountedEvent):
        topic, key = _topic(event), event.data.beat.encode() or own
        producer.send(topic, producer.partition(topic, key), key, value)
        return
    for topic in cities.by_source[event.source].sources[event.source].topics:
        for partition in range(producer.partitions[topic]):
            producer.send(topic, partition, own, value)


def _type(event: Event) -> str:
    return str(event.__struct_config__.tag)


def _topic(event: CountedEvent) -> str:
    return type_of(event.__class__).topic


def _field(value: bytes, refused: Refused) -> str:
    """Which field is to blame. Of a wrong time the refusal does not tell it, but the value does."""
    if refused.reason != "wrong_time":
        return refused.field
    content = msgspec.json.decode(value)
    times = {f"data.{name}": text for name, text in content.get("data", {}).items() if name in _INSTANTS and text}
    return next((name for name, text in ({"time": content["time"]} | times).items() if not _is_time(text)), "")


def _is_time(text: str) -> bool:
    try:
        epoch(text)
    except ValueError:
        return False
    return True


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    if file == STDIN:
        yield sys.stdin.buffer
        return
    try:
        stream = Path(file).open("rb")  # noqa: SIM115  closed below; only its opening fails here
    except OSError as failed:
        raise WrongUse(f"{file} cannot be read: {failed.strerror}; give a file of JSON Lines, or - for stdin") from None
    with stream:
        yield stream


def _lines(stream: BinaryIO, file: str) -> Iterator[_Line]:
    number = 0
    while part := _part(stream, file):
        number += 1
        value = part.removeprefix(_MARK if number == 1 else b"").strip(_SPACE)
        length = len(value)
        if len(part) == _LONGEST and not part.endswith(b"\n"):
            length = len(part)
            while part and not part.endswith(b"\n"):
                part = _part(stream, file)
                length += len(part)
        yield _Line(number, value, length)


def _part(stream: BinaryIO, file: str) -> bytes:
    try:
        return stream.readline(_LONGEST)
    except OSError as failed:
        name = "stdin" if file == STDIN else file
        raise WrongUse(f"{name} cannot be read to its end: {failed.strerror}; mend it, {_AGAIN}") from None
