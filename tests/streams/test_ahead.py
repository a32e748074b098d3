"""Answers come in their order, the next one made while the last is looked at."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from streams.live.ahead import ahead


def test_the_next_is_made_while_the_last_is_looked_at_and_none_before_it_is_needed() -> None:
    made = [threading.Event() for _ in range(4)]

    def answers() -> Iterator[int]:
        for number, each in enumerate(made):
            each.set()
            yield number

    found = ahead(answers())
    assert next(found) == 0
    assert made[1].wait(10)
    assert not made[2].is_set()
    assert list(found) == [1, 2, 3]


def test_what_cannot_be_asked_is_told_in_its_place() -> None:
    def answers() -> Iterator[int]:
        yield 0
        raise ConnectionError("away")

    found = ahead(answers())
    assert next(found) == 0
    with pytest.raises(ConnectionError, match="away"):
        next(found)


def test_whoever_stops_looking_leaves_no_thread_behind() -> None:
    before = threading.active_count()
    found = ahead(iter(range(9)))
    assert next(found) == 0
    found.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before
