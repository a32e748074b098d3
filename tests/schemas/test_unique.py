"""A name stands for one declaration."""

from __future__ import annotations

import pytest

from schemas.families import LIFECYCLES
from schemas.measures import MEASURES
from schemas.unique import by_name


def test_declarations_stand_by_their_names_in_order() -> None:
    assert list(by_name(MEASURES.values())) == list(MEASURES)


def test_a_name_that_two_families_use_fails() -> None:
    with pytest.raises(ValueError, match="two declarations are called 'incidents'"):
        by_name((MEASURES["incidents"], *MEASURES.values()))


def test_measures_and_lives_of_all_families_are_there() -> None:
    """Two were lost once: inspections of premises, and listed premises."""
    assert [name for name, each in MEASURES.items() if each.type == "hazard.inspected" and not each.where]
    assert MEASURES["team_inspections"].type == "operation.inspection"
    assert LIFECYCLES["premises"].topic != LIFECYCLES["prevention_site"].topic
