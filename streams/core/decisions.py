"""The decision state of a partition: everything beside the record itself that its verdict depends on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from itertools import islice

from msgspec import Struct

from schemas.control import MAX_STEP, PANE
from schemas.records import Progress, SourceRules

OPEN_LATENESS = 900
OPEN_AHEAD = 3600
"""Rules before a log's first rules record: any source, so that nothing written early is lost."""

NO_CLOCK = -1
NO_PANE = -PANE
UNTOLD = -1


class SourceState(Struct, frozen=True, array_like=True, gc=False):
    """Rules and clock of one source, in seconds. Panes that start before `boundary` are closed.

    `newest` is the latest pane that was ever open. What is open now is no part of a decision: after a re-read from a
    position, panes that closed before its note was taken are not there. `ahead` has bit n set where the nth pane after
    the clock's own has an event; it is UNTOLD in a note of a version that did not say where the clock started.
    """

    lateness: int = OPEN_LATENESS
    max_ahead: int = OPEN_AHEAD
    clock: int = NO_CLOCK
    boundary: int = 0
    declared: bool = True
    newest: int = NO_PANE
    max_step: int = MAX_STEP
    ahead: int = UNTOLD


class Sources(Mapping[str, SourceState]):
    """States by name. Many of these may share the same names: what each holds of its own is small.

    `names` and `states` go together, one by one.
    """

    __slots__ = ("names", "states")

    def __init__(self, names: tuple[str, ...], states: tuple[SourceState, ...]) -> None:
        self.names = names
        self.states = states

    def __getitem__(self, name: str) -> SourceState:
        try:
            return self.states[self.names.index(name)]
        except ValueError:
            raise KeyError(name) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


class Decisions(Struct, frozen=True):
    """All sources a log knows at one offset, in the order in which it came to know them; none is ever forgotten.

    `ruled`: a rules record has come, so only declared sources are taken.
    """

    ruled: bool = False
    sources: Mapping[str, SourceState] = {}

    def rules(self) -> dict[str, SourceRules]:
        """What a progress record says beside clocks and boundaries."""
        return {
            name: SourceRules(
                state.lateness, state.max_ahead, state.declared, state.newest, state.max_step, state.ahead
            )
            for name, state in self.sources.items()
        }

    @classmethod
    def at(cls, progress: Progress) -> Decisions | None:
        """As they stood at a progress record's `read`; None when a version without rules in it wrote it."""
        if progress.rules is None:
            return None
        sources = {
            name: SourceState(
                rules.lateness,
                rules.max_ahead,
                progress.clocks.get(name, NO_CLOCK),
                progress.boundaries.get(name, 0),
                rules.declared,
                rules.newest,
                rules.max_step,
                rules.ahead,
            )
            for name, rules in progress.rules.items()
        }
        return cls(progress.ruled, sources)


class Nameless(Struct, frozen=True):
    """Decisions without the names of their sources, which stand in every progress record from the same offset on.

    `names`: the digest of those names, in their order.
    """

    ruled: bool
    states: tuple[SourceState, ...]
    names: bytes

    def named(self, known: Iterable[str]) -> Decisions | None:
        """With the first of the sources that a log knows, there or further on; None where these are others."""
        names = tuple(islice(known, len(self.states)))
        if len(names) < len(self.states) or digest(names) != self.names:
            return None
        return Decisions(self.ruled, dict(zip(names, self.states, strict=True)))


def digest(names: Iterable[str]) -> bytes:
    """16 bytes that tell lists of source names apart."""
    return blake2b("\n".join(names).encode(), digest_size=16).digest()
