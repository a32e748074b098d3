"""A name stands for one declaration."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schemas.families import LIFECYCLES
from schemas.measures import MEASURES
from schemas.unique import by_name


def test_declarations_stand_by_their_names_in_order() -> None:
    assert list(by_name(MEASURES.values())) == list(MEASURES)


def test_a_name_that_two_families_use_fails() -> None:
    with pytest.raises(ValueError, match="two declarations are called 'incidents'"):
        by_name((MEASURES["incidents"], *MEASURES.values()))


@pytest.mark.parametrize("name", ["", "Incidents", "9_posts", "a__b", "night-calls", "calls at night", "夜间"])
def test_a_name_that_no_gauge_or_page_could_have_fails(name: str) -> None:
    """Prometheus would refuse the page of all gauges, and the runbook of a clock could not be linked."""
    with pytest.raises(ValueError, match=f"{name!r} is no name of a declaration"):
        by_name((replace(MEASURES["incidents"], name=name),))


def test_measures_and_lives_of_all_families_are_there() -> None:
    """Two were lost once: inspections of premises, and listed premises."""
    assert [name for name, each in MEASURES.items() if each.type == "hazard.inspected" and not each.where]
    assert MEASURES["team_inspections"].type == "operation.inspection"
    assert LIFECYCLES["premises"].topic != LIFECYCLES["prevention_site"].topic
