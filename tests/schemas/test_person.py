"""The quick look at many names overlooks none in which the thorough one finds a person."""

from __future__ import annotations

import random

import pytest

from schemas.person import find_person, may_hold_person

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def digits(draw: random.Random, number: int) -> str:
    return "".join(draw.choice("0123456789") for _ in range(number))


def identity(draw: random.Random) -> str:
    born = f"{draw.randrange(1950, 2010)}{draw.randrange(1, 13):02}{draw.randrange(1, 29):02}"
    number = digits(draw, 6) + born + digits(draw, 3)
    total = sum(int(digit) * weight for digit, weight in zip(number, WEIGHTS, strict=True))
    return number + "10X98765432"[total % 11]


def mobile(draw: random.Random) -> str:
    return draw.choice(("", "86", "+86", "0086")) + "1" + draw.choice("3456789") + digits(draw, 9)


def anything(draw: random.Random) -> str:
    return "".join(draw.choice("0123456789Xxa-._:/+") for _ in range(draw.randrange(1, 30)))


def name(draw: random.Random) -> str:
    """With dashes strewn in, and something before and behind."""
    text = draw.choice((identity, mobile, anything))(draw)
    if draw.random() < 0.5:
        text = "".join(one + "-" * (draw.random() < 0.2) * draw.randrange(1, 3) for one in text)
    return draw.choice(("", "a", "x-", "9", "X", "1-", "+")) + text + draw.choice(("", "a", "x", "-x", "9", "-9", "X9"))


@pytest.mark.parametrize("seed", range(20))
def test_what_is_a_person_one_by_one_is_not_overlooked_among_many(seed: int) -> None:
    draw = random.Random(seed)
    found = 0
    for _ in range(1_000):
        names = [name(draw) for _ in range(draw.randrange(1, 5))]
        person = any(map(find_person, names))
        found += person
        assert may_hold_person(".".join(names)) or not person, names
    assert 100 < found < 900


def test_ids_with_long_numbers_of_another_kind_cost_no_look_at_each() -> None:
    """Milliseconds, minutes of a date: none is as long as a number of a person, or begins like one."""
    for form in ("r-2026-{}", "call:{}", "{}"):
        for number in (1_785_123_456_789, 202_607_221_530):
            names = [form.format(number + each) for each in range(256)]
            assert not may_hold_person(".".join(names)), names[0]
