"""What the store answers, the next while the last is looked at: the store and Python work at the same time."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class _End:
    """There is nothing more."""


_END = _End()


def ahead(answers: Iterator[T]) -> Iterator[T]:
    """The same in the same order, each made in a thread of its own while the one before is looked at: at most two are
    there. What making one raises is raised where it would have come."""
    with ThreadPoolExecutor(1, "ahead") as asking:
        coming = asking.submit(next, answers, _END)
        while not isinstance(answer := coming.result(), _End):
            coming = asking.submit(next, answers, _END)
            yield answer
            del answer
