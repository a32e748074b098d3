"""The scenarios of `citywatch acceptance`, and the input topics that each of them feeds: a city of its own each."""

from __future__ import annotations

from types import MappingProxyType

from schemas.families.incidents import INCIDENTS

ACCEPTANCE = MappingProxyType(
    {
        "S1.3": (INCIDENTS,),
        "S2.1": (INCIDENTS,),
        "S2.3": (INCIDENTS,),
        "S3.1": (INCIDENTS,),
        "X1": (INCIDENTS,),
        "X2": (INCIDENTS,),
        "X3": (INCIDENTS,),
        "B1": (INCIDENTS,),
        "B2": (INCIDENTS,),
        "B3": (INCIDENTS,),
        "B4": (INCIDENTS,),
        "B5": (INCIDENTS,),
        "B6": (INCIDENTS,),
    }
)
"""By the scenario's id. S: the reports of five cities; X: what comes late, again or otherwise; B: bulletins."""


def is_fixture(city: str) -> bool:
    """Whether a city is one of a scenario."""
    return city in _FIXTURES


def fixture_name(scenario: str) -> str:
    """The name of a scenario's city: `acceptance-s21` for S2.1."""
    return f"acceptance-{scenario.lower().replace('.', '')}"


_FIXTURES = frozenset(map(fixture_name, ACCEPTANCE))
