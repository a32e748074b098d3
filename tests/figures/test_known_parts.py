"""How much of a length is known, as people say it."""

from __future__ import annotations

import pytest

from figures.known import part_in_units

DAY = 86_400


@pytest.mark.parametrize(
    ("seconds", "coverage", "said"),
    [
        (31 * DAY, 0.3709, (11.5, 31.0, "days")),
        (31 * DAY, 1.0, (31.0, 31.0, "days")),
        (31 * DAY, 0.0, (0.0, 31.0, "days")),
        (80_100, 0.5, (11.1, 22.2, "hours")),
        (900, 0.6, (9.0, 15.0, "minutes")),
    ],
)
def test_a_part_and_its_whole_are_told_in_one_unit(
    seconds: int, coverage: float, said: tuple[float, float, str]
) -> None:
    assert part_in_units(seconds, coverage) == said


@pytest.mark.parametrize("seconds", [300, 3600, 80_100, 2 * DAY, 31 * DAY, 366 * DAY])
def test_a_part_is_never_told_as_the_whole(seconds: int) -> None:
    part, whole, _ = part_in_units(seconds, 0.9999)
    assert part < whole
