"""An event whose times are out of order: without those that it can do without, or refused by the right column."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import chain, combinations
from typing import NamedTuple

from schemas.accept import AnyEvent, Refused, accept
from sources.refusals import RowRefused


class Step(NamedTuple):
    """A time of an event: its field, its columns, UTC seconds, and whether the event can do without it."""

    field: str
    column: str
    epoch: int
    optional: bool


def restore(
    steps: Sequence[Step], encode: Callable[[Collection[str]], bytes]
) -> tuple[bytes, AnyEvent, list[RowRefused]]:
    """The event without as few of its optional times as bring the rest into order, as it is sent and as it is taken;
    and why each is left out.

    steps: in the order in which they should follow. encode: the event without some of its fields. Raises RowRefused
    where those that are needed are out of order among themselves.
    """
    optional = [step.field for step in steps if step.optional]
    for left_out in chain.from_iterable(combinations(optional, count) for count in range(1, len(optional) + 1)):
        value = encode(left_out)
        try:
            taken = accept(value)
        except Refused:
            continue
        return value, taken, [_misplaced(step, steps) for step in steps if step.field in left_out]
    needed = [step for step in steps if not step.optional]
    for earlier, later in combinations(needed, 2):
        if later.epoch < earlier.epoch:
            raise RowRefused(later.column, f"wrong_order: is before the time in column {earlier.column}")
    raise RowRefused(steps[-1].column, "wrong_order: a later step is stamped before an earlier one")


def _misplaced(step: Step, steps: Sequence[Step]) -> RowRefused:
    place = steps.index(step)
    for earlier in steps[:place]:
        if step.epoch < earlier.epoch:
            return RowRefused(step.column, f"wrong_order: is before the time in column {earlier.column}")
    for later in steps[place + 1 :]:
        if later.epoch < step.epoch:
            return RowRefused(step.column, f"wrong_order: is after the time in column {later.column}")
    return RowRefused(step.column, "wrong_order: a later step is stamped before an earlier one")
