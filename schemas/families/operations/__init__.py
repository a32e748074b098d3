"""Operations: campaigns and nights, inspections and what they found, listed areas, tasks, rosters and their results.

Units and teams only. A roster says who is to be on duty and send results; an absence of results is a question about
feeds and duty, and no quota.
"""

from __future__ import annotations

from schemas.families.operations.declared import FAMILY, OPERATIONS
from schemas.families.operations.measures import LIFECYCLES, MEASURES

__all__ = ["FAMILY", "LIFECYCLES", "MEASURES", "OPERATIONS"]
