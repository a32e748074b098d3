"""What is a person in an id and what is none; the quick look at many ids says what the thorough one says of each."""

from __future__ import annotations

import random
import re
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.names import check_id, check_ids
from schemas.person import find_person, find_person_in_id
from schemas.refused import Refused

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


def refused(texts: list[str]) -> bool:
    """Whether `check_id` refuses any of them, each alone."""
    try:
        for text in filter(None, texts):
            check_id("id", text)
    except Refused:
        return True
    return False


def refused_together(texts: list[str]) -> bool:
    try:
        check_ids(texts)
    except (Refused, UnicodeError):
        return True
    return False


@pytest.mark.parametrize("seed", [*range(5), *(pytest.param(seed, marks=pytest.mark.full) for seed in range(5, 20))])
def test_many_ids_are_judged_as_each_alone(seed: int) -> None:
    draw = random.Random(seed)
    found = 0
    for _ in range(1_000):
        names = [name(draw) for _ in range(draw.randrange(1, 5))]
        bad = refused(names)
        found += bad
        assert refused_together(names) == bad, names
    assert 100 < found < 900


NUMBERS = st.sampled_from(
    ["13800138000", "138-0013-8000", "86", "0086", "+86", "11010119900307009", "7", "X", "x", "110101-19900307-0097"]
)
PIECES = st.one_of(NUMBERS, NUMBERS, st.sampled_from(list("-._:/+a0n")), st.text("0123456789Xa-.", max_size=12))
IDS = st.lists(PIECES, min_size=1, max_size=5).map("".join)


@given(st.lists(st.one_of(IDS, st.just(""), st.text(max_size=5)), min_size=1, max_size=4))
def test_any_ids_are_judged_together_as_each_alone(texts: list[str]) -> None:
    assert refused_together(texts) == refused(texts)


@given(IDS)
def test_a_person_in_an_id_is_one_in_free_text_too(text: str) -> None:
    """Ids are judged less strictly, never otherwise."""
    if find_person_in_id(text):
        assert find_person(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("13800138000", "mobile"),
        ("19912345678", "mobile"),
        ("8613800138000", "mobile"),
        ("+8613800138000", "mobile"),
        ("008613800138000", "mobile"),
        ("+86-13800138000", "mobile"),
        ("r-13800138000", "mobile"),
        ("13800138000/2", "mobile"),
        ("call:13800138000:1", "mobile"),
        ("2026-13800138000-01", "mobile"),
        ("138-0013-8000", "mobile"),
        ("r-138-0013-8000", "mobile"),
        ("+86-138-0013-8000", "mobile"),
        ("86138-0013-8000", "mobile"),
        ("110101199003070097", "identity"),
        ("11010519491231002X", "identity"),
        ("11010519491231002x", "identity"),
        ("r-110101199003070097.1", "identity"),
        ("110101-19900307-0097", "identity"),
        ("id/110105-19491231-002X", "identity"),
        ("12013800138000", None),  # fourteen digits
        ("12345678901", None),
        ("23800138000", None),
        ("110101199003070098", None),  # a wrong checksum
        ("110101199013070097", None),  # a date that is none
        ("INC18612345678", None),
        ("n13800138000", None),
        ("13800138000a", None),
        ("i-n13800138000", None),
        ("n138-0013-8000", None),
        ("n110101199003070097", None),
        ("110101199003070097a", None),
        ("2026-138-0013-8000", None),
        ("138-0013-8000-1", None),
        ("1--138-0013-8000", None),
        ("16-000356905", None),
        ("2016-0000123", None),
        ("2026-07-22T21:30:05", None),
        ("2026-07-22-21-30-05-1234", None),
        ("20260722-213005-1234", None),
        ("1785123456789", None),
        ("da39a3ee5e6b4b0d13255bfef95601890afd80709", None),
        ("x" + "13800138000" * 3, None),
    ],
)
def test_an_id_is_judged_by_its_whole_tokens(text: str, kind: str | None) -> None:
    assert find_person_in_id(text) == kind
    assert refused_together([text]) == (kind is not None)


@pytest.mark.parametrize(
    "between", ["-", " ", "·", "\u2010", "\u2013", "\u2014", "\u2212", "\u00ad", "\u200b", "\ufeff"]
)
def test_a_person_in_a_text_is_found_over_dashes_of_any_kind_and_signs_that_nobody_sees(between: str) -> None:
    assert find_person(f"打 {between.join(('138', '0013', '8000'))} 问") == "mobile"
    assert find_person(between.join(("110101", "19900307", "0097"))) == "identity"


@pytest.mark.parametrize(
    "text", ["139/2022/0715", "135.2022.0001", "cam_150_2022_0715.csv", "510104/20220715/0044", "南京 A10086"]
)
def test_a_path_a_serial_and_words_beside_a_number_are_no_person(text: str) -> None:
    assert find_person(text) is None
    assert not text.isascii() or find_person_in_id(text) is None


@pytest.mark.parametrize("digits", [32, 40, 64])
def test_a_digest_is_no_person_whatever_digits_it_holds(digits: int) -> None:
    draw = random.Random(digits)
    digests = ["".join(draw.choice("0123456789abcdef") for _ in range(digits)) for _ in range(20_000)]
    assert any(map(find_person, digests))
    check_ids(digests)


def test_a_uuid_is_no_person_whatever_digits_it_holds() -> None:
    draw = random.Random(7)
    uuids = [str(UUID(int=draw.getrandbits(128))) for _ in range(20_000)]
    assert any(map(find_person, uuids))
    check_ids([*uuids, *(f"i-{each}" for each in uuids), *(each.replace("-", "") for each in uuids)])


@pytest.mark.parametrize("seed", range(5))
def test_a_letter_right_before_the_number_is_a_way_out_for_each(seed: int) -> None:
    draw = random.Random(seed)
    for make in (identity, mobile):
        for _ in range(200):
            number = re.sub("[^0-9X]", "", make(draw))
            assert refused([number])
            assert not refused([f"n{number}"])


def test_ids_with_long_numbers_of_another_kind_cost_no_look_at_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """Milliseconds, minutes of a date, a number with a letter before it: none is a token as long as a person's."""
    looked: list[str] = []
    monkeypatch.setattr("schemas.names.check_id", lambda name, text: looked.append(text))
    for form in ("r-2026-{}", "call:{}", "{}"):
        for number in (1_785_123_456_789, 202_607_221_530):
            check_ids([form.format(number + each) for each in range(256)])
    check_ids([f"n{16_000_356_905 + each}" for each in range(256)])
    assert looked == []
