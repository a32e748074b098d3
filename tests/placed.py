"""Cells and corrections by the places of codes and numbers, as tests like to write them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from schemas.families import TYPES


def placed(
    name: str, beat: str, category: str, facet: str = "", *, count: int = 1, values: Sequence[int] = ()
) -> dict[str, Any]:
    """`type`, `dims` and `numbers` of a record, by the names that the type declares."""
    declared = TYPES[name]
    dims = dict(zip(declared.dims, (beat, category, facet), strict=False))
    return {"type": name, "dims": dims, "numbers": {"count": count, **dict(zip(declared.places, values, strict=False))}}
