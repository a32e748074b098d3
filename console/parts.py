"""A page that has more lines than there is room for, in parts: a key goes from one to the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from console.lines import Block


class Paged(NamedTuple):
    """The lines of one part, and how many parts there are."""

    lines: Block
    parts: int = 1


class Section(NamedTuple):
    """Entries below a head, which stands on each part that has any of them. No entry is split over two parts."""

    head: Block
    entries: Sequence[Block]


def paged(sections: Sequence[Section], height: int, part: int) -> Paged:
    """The chosen part of sections below each other, in at most `height` lines; behind the last one comes the first."""
    found: list[Block] = [[]]
    for section in sections:
        is_begun = False
        for entry in section.entries or ([],):
            head = [] if is_begun else section.head
            if found[-1] and len(found[-1]) + len(head) + len(entry) > height:
                found.append([])
                head = section.head
            found[-1] += [*head, *entry]
            is_begun = True
    return Paged(found[part % len(found)][: max(0, height)], len(found))
