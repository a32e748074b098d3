"""All scenarios, in the order of the reports."""

from __future__ import annotations

from types import MappingProxyType

from citywatch.acceptance import bulletins, s0, s1, s2, s3, s4, x
from schemas.acceptance import ACCEPTANCE

SCENARIOS = MappingProxyType(
    {each.id: each for module in (s0, s1, s2, s3, s4, x, bulletins) for each in module.SCENARIOS}
)
"""By id."""

if SCENARIOS.keys() != ACCEPTANCE.keys():
    raise ValueError(f"scenarios and their cities differ in {sorted(SCENARIOS.keys() ^ ACCEPTANCE.keys())}")
