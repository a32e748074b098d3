"""The scenarios of `citywatch acceptance`: of each the input topics that it feeds, and the campaigns of its city."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from schemas.families.cases import CASES
from schemas.families.disputes import DISPUTES
from schemas.families.hazards import HAZARDS
from schemas.families.incidents import INCIDENTS
from schemas.families.operations import OPERATIONS
from schemas.families.patrols import PATROLS
from schemas.families.posts import POSTS
from schemas.families.prevention import PREVENTION


@dataclass(frozen=True)
class Fixture:
    """The city of one scenario. campaigns: first and last date of each, by its name. floors: officers and vehicles
    that no day may be below. lateness: of its source, in seconds, where it is not that of the settings."""

    topics: tuple[str, ...]
    campaigns: Mapping[str, tuple[date, date]] = field(default_factory=dict)
    floors: Mapping[str, int] = field(default_factory=dict)
    lateness: int | None = None


_SUMMER_2022 = {"summer-2022": (date(2022, 6, 25), date(2022, 9, 30))}
_SUMMER_2023 = {"summer-2023": (date(2023, 6, 25), date(2023, 9, 30))}

ACCEPTANCE = MappingProxyType(
    {
        "S0.1": Fixture((CASES,), _SUMMER_2023),
        "S0.2": Fixture((CASES,), _SUMMER_2023),
        "S0.3": Fixture((CASES,)),
        "S0.4": Fixture(
            (POSTS, PATROLS),
            {"cool-posts": (date(2023, 5, 29), date(2023, 9, 5))},
            {"officers": 2_000, "vehicles": 200},
        ),
        "S0.5": Fixture((CASES,)),
        "S1.1": Fixture((CASES, HAZARDS, PATROLS)),
        "S1.2": Fixture((CASES,)),
        "S1.3": Fixture((INCIDENTS,)),
        "S1.4": Fixture((OPERATIONS,), _SUMMER_2022),
        "S2.1": Fixture((INCIDENTS,), {"thirty-days": (date(2022, 7, 4), date(2022, 8, 2))}),
        "S2.2": Fixture((DISPUTES, HAZARDS), _SUMMER_2022),
        "S2.3": Fixture((INCIDENTS,)),
        "S2.4": Fixture((PREVENTION,)),
        "S3.1": Fixture((INCIDENTS,), {"to-september-20": (date(2022, 6, 25), date(2022, 9, 20))}),
        "S3.2": Fixture((CASES, DISPUTES, HAZARDS), _SUMMER_2022),
        "S3.3": Fixture((CASES,), {"ebike-squad": (date(2022, 8, 11), date(2022, 9, 2))}),
        "S3.4": Fixture((OPERATIONS,), lateness=3_600),
        "S4.1": Fixture((PREVENTION,)),
        "S4.2": Fixture((POSTS,)),
        "S4.3": Fixture((HAZARDS,)),
        "S4.4": Fixture((CASES,)),
        "T0": Fixture((CASES, DISPUTES, HAZARDS, OPERATIONS, PATROLS), _SUMMER_2023),
        "T1": Fixture((CASES, DISPUTES, HAZARDS, OPERATIONS, PREVENTION), _SUMMER_2022),
        "T2": Fixture((CASES, HAZARDS, OPERATIONS, POSTS), _SUMMER_2022),
        "T3": Fixture((CASES, HAZARDS, OPERATIONS, PATROLS, POSTS, PREVENTION), _SUMMER_2022),
        "T4": Fixture((CASES, DISPUTES, HAZARDS, PATROLS, POSTS, PREVENTION), _SUMMER_2022),
        "P1": Fixture((INCIDENTS, PATROLS, POSTS)),
        "X1": Fixture((INCIDENTS,)),
        "X2": Fixture((INCIDENTS,)),
        "X3": Fixture((INCIDENTS,)),
        "B1": Fixture((INCIDENTS,)),
        "B2": Fixture((INCIDENTS,)),
        "B3": Fixture((INCIDENTS,)),
        "B4": Fixture((INCIDENTS,)),
        "B5": Fixture((INCIDENTS,)),
        "B6": Fixture((INCIDENTS,)),
    }
)
"""By the scenario's id. S: what the five reports show step by step; T: counters that they print; P: a day on the
street; X: what comes late, again or otherwise; B: bulletins."""


def is_fixture(city: str) -> bool:
    """Whether a city is one of a scenario."""
    return city in _FIXTURES


def fixture_name(scenario: str) -> str:
    """The name of a scenario's city: `acceptance-s21` for S2.1."""
    return f"acceptance-{scenario.lower().replace('.', '')}"


_FIXTURES = frozenset(map(fixture_name, ACCEPTANCE))
