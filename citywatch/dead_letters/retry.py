"""Puts refused records back into their partition, once what was wrong with them is mended.

A record that comes back is a new one; its id settles that it counts once, however often and by whomever it is put
back. The old letter stays dead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import groupby

import msgspec
from msgspec import UNSET, Struct, UnsetType

from citywatch.dead_letters.originals import Original, Originals, Unreadable
from citywatch.dead_letters.stored import clocks, counted_ids
from runtime.cities import cities
from runtime.log import Place
from runtime.settings import Settings
from schemas.accept import Refused, accept
from schemas.envelope import CountedEvent
from schemas.records import DeadLetter
from schemas.topics import INPUTS
from sinks.store import Store

Advance = Callable[[int], None]


class Damaged(Struct, frozen=True):
    """A record that stands in the log and cannot be read."""

    topic: str
    partition: int
    offset: int
    why: str


class Retried(Struct):
    """What became of the letters: `listed` is the sum of the others.

    retried: put back. still_bad: would be refused again. gone: the log does not hold them any more. already: a record
    of the same id counts already. control: rules, clocks and the like of long ago are never put back.
    unreadable: those that the log holds and nobody can read; absent where there are none.
    """

    listed: int = 0
    retried: int = 0
    still_bad: int = 0
    gone: int = 0
    already: int = 0
    control: int = 0
    unreadable: list[Damaged] | UnsetType = UNSET


class RetryCheck:
    """Whether a record would be taken now, as far as can be told from here: its form, its source, its time."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._known = cities(settings)
        self._ahead = settings.max_ahead
        self._clocks = {place: msgspec.json.decode(text) for place, text in clocks(store).items()}

    def event(self, letter: DeadLetter, value: bytes | None) -> CountedEvent | None:
        """The event, or None where it would be refused again."""
        try:
            event = accept(value)
        except Refused:
            return None
        source = self._known.source(event.source)
        if not isinstance(event, CountedEvent) or source is None or letter.topic not in source.topics:
            return None
        clock = self._clocks.get((letter.log, letter.topic, letter.partition), {}).get(event.source)
        ahead = self._ahead if source.max_ahead is None else source.max_ahead
        return event if clock is None or event.epoch <= clock + ahead else None


def retry(
    settings: Settings, store: Store, logs: Originals, pages: Iterable[list[DeadLetter]], advance: Advance
) -> Retried:
    """Put back what is good now. Blocks until it is durable; raises Unreachable, and then some are put back.

    Letters of records that were written meanwhile are left alone: one that is refused again cannot go round.
    """
    from runtime.producer import Producer

    done = Retried()
    judge = RetryCheck(settings, store)
    with Producer(settings, INPUTS) as producer:
        for listed in pages:
            page = [letter for letter in listed if not logs.came_later(_place(letter), letter.offset)]
            good = _good(logs, judge, page, done)
            known = counted_ids(store, sorted({(event.source, event.id) for _, _, event in good}))
            for letter, original, event in good:
                if (event.source, event.id) in known:
                    done.already += 1
                else:
                    producer.send(letter.topic, letter.partition, original.key or b"", original.value or b"")
                    done.retried += 1
            producer.flush()
            advance(len(page))
    return done


def _good(
    logs: Originals, judge: RetryCheck, page: list[DeadLetter], done: Retried
) -> list[tuple[DeadLetter, Original, CountedEvent]]:
    good = []
    done.listed += len(page)
    done.control += sum(letter.control for letter in page)
    events = sorted((letter for letter in page if not letter.control), key=_place)
    for place, letters in groupby(events, key=_place):
        by_offset: Mapping[int, DeadLetter] = {letter.offset: letter for letter in letters}
        for offset, original in logs.read(place, by_offset).items():
            letter = by_offset[offset]
            if original is None:
                done.gone += 1
            elif isinstance(original, Unreadable):
                damaged = Damaged(place.topic, place.partition, offset, original.why)
                done.unreadable = [*(done.unreadable or ()), damaged]
            elif (event := judge.event(letter, original.value)) is None:
                done.still_bad += 1
            else:
                good.append((letter, original, event))
    return good


def _place(letter: DeadLetter) -> Place:
    return Place(letter.log, letter.topic, letter.partition)
