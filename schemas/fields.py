"""What a field says of itself to its readers: its meaning, its unit, whether it is part of an identity.

Nothing is checked by it, so it costs no decoding.
"""

from __future__ import annotations

from typing import Any

from msgspec import Meta

IDENTITY = "x-identity"
UNIT = "x-unit"


def about(meaning: str, *, unit: str = "", identity: bool = False, **keywords: Any) -> Meta:
    """The annotation of a field. `keywords` go into its JSON Schema beside the description, and nowhere else."""
    told = [meaning, *([f"in {unit}"] if unit else []), *(["part of the identity"] if identity else [])]
    extra = keywords | ({UNIT: unit} if unit else {}) | ({IDENTITY: True} if identity else {})
    return Meta(description="; ".join(told), extra_json_schema=extra or None)
