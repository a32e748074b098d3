"""Cases (案件): opened, supervised, solved; how many were caught; what was seized, recovered and given back."""

from __future__ import annotations

from schemas.families.cases.declared import CASES, FAMILY
from schemas.families.cases.measures import LIFECYCLES, MEASURES
from schemas.families.cases.stocks import FUNNELS, RATIOS, STOCKS, SUMS

__all__ = ["CASES", "FAMILY", "FUNNELS", "LIFECYCLES", "MEASURES", "RATIOS", "STOCKS", "SUMS"]
