"""A word that is spelt nearly like one that is known."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_SHOWN = 12
_ALIKE = 0.7


def nearest(word: str, known: Iterable[str]) -> str:
    """The word that was meant, as the end of a sentence; nothing where none is near."""
    near = get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def instead(word: str, known: Iterable[str]) -> str:
    """What to write in place of an unknown word, as the end of an error: the nearest known one, else what there is."""
    names = list(known)
    near = get_close_matches(word, names, n=1, cutoff=_ALIKE)
    if near:
        return f"did you mean {near[0]!r}?"
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"there are {', '.join(names[:_SHOWN])}{more}" if names else "there are none"
