"""Decisions as a text that is short enough to stand beside a committed position.

Before compression: a byte of flags, the number of sources, a column for each number of their states, then their names;
where these leave no room, their digest. A column is written byte by byte of significance, lowest first: the higher ones
are alike for most sources and weigh next to nothing once they are compressed.
"""

from __future__ import annotations

import zlib
from base64 import b85decode, b85encode
from struct import pack, unpack

from streams.core.decisions import Decisions, Nameless, SourceState, digest
from streams.core.panes import PANE

_RULED, _NAMED = 1, 2
_WIDTHS = (3, 3, 3, 4, 3, 3, 2)
"""Bytes of each number of a state, in the order of `_numbers`."""


def write(decisions: Decisions, room: int) -> str:
    """The text, in characters that JSON leaves as they are. Without the names where more than `room` would be needed.

    It may still be longer than `room`. Raises ValueError for numbers that no log can bring about.
    """
    sources = decisions.sources
    ruled = _RULED if decisions.ruled else 0
    columns = _columns([_numbers(state) for state in sources.values()])
    whole = _text(ruled | _NAMED, len(sources), columns, "\n".join(sources).encode())
    return whole if len(whole) <= room else _text(ruled, len(sources), columns, digest(sources))


def read(text: str) -> Decisions | Nameless:
    """What `write` was given, or as much of it as had room. Raises ValueError for any other text."""
    try:
        packed = zlib.decompress(b85decode(text))
        flags, number = packed[:2]
        columns, at = [], 2
        for width in _WIDTHS:
            words = bytearray(4 * number)
            for byte in range(width):
                words[byte::4] = packed[at : at + number]
                at += number
            columns.append(unpack(f"<{number}I", words))
    except zlib.error as wrong:
        raise ValueError(str(wrong)) from None
    ruled, states = bool(flags & _RULED), tuple(map(_state, *columns))
    if not flags & _NAMED:
        return Nameless(ruled, states, packed[at:])
    names = packed[at:].decode().split("\n") if states else []
    return Decisions(ruled, dict(zip(names, states, strict=True)))


def _text(flags: int, number: int, columns: bytes, names: bytes) -> str:
    return b85encode(zlib.compress(bytes((flags, number)) + columns + names)).decode()


def _numbers(state: SourceState) -> tuple[int, ...]:
    """All of them at least 0: what is not known yet is one below the first that can be."""
    if state.boundary % PANE or state.newest % PANE:
        raise ValueError(f"{state} has a pane that does not begin with five minutes")
    return (
        state.lateness,
        state.max_ahead,
        state.max_step,
        state.clock + 1,
        state.boundary // PANE,
        state.newest // PANE + 1,
        2 * (state.ahead + 1) + state.declared,
    )


def _state(
    lateness: int, max_ahead: int, max_step: int, clock: int, boundary: int, newest: int, rest: int
) -> SourceState:
    ahead, declared = divmod(rest, 2)
    return SourceState(
        lateness, max_ahead, clock - 1, boundary * PANE, bool(declared), (newest - 1) * PANE, max_step, ahead - 1
    )


def _columns(rows: list[tuple[int, ...]]) -> bytes:
    packed = []
    for column, width in zip(zip(*rows, strict=True), _WIDTHS, strict=False):
        least, most = min(column), max(column)
        if least < 0 or most >> 8 * width:
            raise ValueError(f"numbers of sources from {least} to {most} have no place in {width} bytes")
        words = pack(f"<{len(column)}I", *column)
        packed += [words[byte::4] for byte in range(width)]
    return b"".join(packed)
