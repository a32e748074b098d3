"""All scenarios, in the order in which their cities are declared."""

from __future__ import annotations

from types import MappingProxyType

from citywatch.acceptance import (
    bulletins,
    p1,
    s0,
    s0_posts,
    s1,
    s1_nights,
    s2,
    s2_sensors,
    s2_zones,
    s3,
    s3_roster,
    s4,
    s4_shield,
    t0,
    t1,
    t2,
    t3,
    t4,
    x,
)
from schemas.acceptance import ACCEPTANCE

_MODULES = (
    s0, s0_posts, s1, s1_nights, s2, s2_sensors, s2_zones, s3, s3_roster, s4, s4_shield, t0, t1, t2, t3, t4, p1, x,
    bulletins,
)  # fmt: skip

_DECLARED = {each.id: each for module in _MODULES for each in module.SCENARIOS}

if _DECLARED.keys() != ACCEPTANCE.keys():
    raise ValueError(f"scenarios and their cities differ in {sorted(_DECLARED.keys() ^ ACCEPTANCE.keys())}")

SCENARIOS = MappingProxyType({name: _DECLARED[name] for name in ACCEPTANCE})
"""By id."""
