"""Prevention: what is told to whom, what is put in place, what its sensors say. Nobody who was told stands in it."""

from __future__ import annotations

from schemas.families.prevention.declared import FAMILY, PREVENTION
from schemas.families.prevention.measures import LIFECYCLES, MEASURES

__all__ = ["FAMILY", "LIFECYCLES", "MEASURES", "PREVENTION"]
