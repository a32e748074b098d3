"""Instants are what `datetime` says they are, whatever was asked before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.instants import FIRST, LAST, epoch, epochs, rfc3339

OFFSETS = st.integers(-1439, 1439)
SECONDS = st.one_of(
    st.integers(FIRST, LAST - 1),
    st.integers(FIRST, FIRST + 90_000),
    st.integers(LAST - 90_000, LAST - 1),
    st.integers(1_767_225_600, 1_767_229_200),
)


@st.composite
def written(draw: st.DrawFn) -> tuple[str, int]:
    seconds, minutes = draw(SECONDS), draw(OFFSETS)
    local = datetime.fromtimestamp(seconds, UTC).astimezone(timezone(timedelta(minutes=minutes)))
    fraction = draw(st.sampled_from(["", "", ".0", ".5", ".999999999", ".0123456789", "." + "9" * 60]))
    zone = (
        draw(st.sampled_from("ZZz"))
        if minutes == 0
        else f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
    )
    year = f"{local.year:04d}"
    letter = draw(st.sampled_from("TTt"))
    return f"{year}{local.strftime(f'-%m-%d{letter}%H:%M:%S')}{fraction}{zone}", seconds


@given(st.lists(written(), min_size=1, max_size=30))
def test_epoch_equals_datetime(instants: list[tuple[str, int]]) -> None:
    for text, seconds in instants * 2:
        assert epoch(text) == seconds
    assert epochs([text for text, _ in instants]) == [seconds for _, seconds in instants]


@given(st.lists(written(), min_size=2, max_size=2))
def test_halves_of_two_instants_make_a_third_or_none(pair: list[tuple[str, int]]) -> None:
    (one, _), (other, _) = pair
    epoch(one), epoch(other)
    text = one[:16] + other[16:]
    moment = datetime.fromisoformat(text[:19] + text[19:].lstrip(".0123456789").upper().replace("Z", "+00:00"))
    expected = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
    if FIRST <= expected < LAST:
        assert epoch(text) == expected
    else:
        with pytest.raises(ValueError, match="outside"):
            epoch(text)


@given(st.text(max_size=40))
def test_anything_else_raises_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="RFC 3339"):
        epoch(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:00.000000001Z", 0),
        ("1970-01-01T08:00:00+08:00", 0),
        ("2099-12-31T23:59:59.999Z", LAST - 1),
        ("2100-01-01T07:59:59+08:00", LAST - 1),
        ("2016-12-31T23:59:60Z", 1_483_228_800),
        ("2017-01-01T07:59:60+08:00", 1_483_228_800),
        ("2026-01-01T00:00:00-00:00", 1_767_225_600),
        ("2024-02-29T12:00:00Z", 1_709_208_000),
        ("2026-01-01t00:00:00z", 1_767_225_600),
        ("2026-01-01T00:00:00.0123456789Z", 1_767_225_600),
        ("2026-01-01T08:00:00." + "9" * 300 + "+08:00", 1_767_225_600),
    ],
)
def test_the_edges(text: str, seconds: int) -> None:
    assert epoch(text) == seconds
    assert epoch(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "1969-12-31T23:59:59Z", "1970-01-01T07:59:59+08:00", "2100-01-01T00:00:00Z", "2099-12-31T23:59:60Z",
        "2023-02-29T12:00:00Z", "2026-04-31T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:61Z", "2026-01-01T00:00:00", "2026-01-01 00:00:00Z",
        "2026-01-01T00:00:00+0800", "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00Z\n", " 2026-01-01T00:00:00Z",
        "٢٠٢٦-01-01T00:00:00Z", "2026-01-01T00:00Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00,5Z",
        "2026-01-01T00:00:00.0123456789", "20260101T000000Z", "2026-W01-1T00:00:00Z", "1767225600",
    ],
)  # fmt: skip
def test_no_instants(text: str) -> None:
    epoch("2026-01-01T00:00:00Z")
    for _ in range(2):
        with pytest.raises(ValueError, match=r"RFC 3339|outside|day is out of range"):
            epoch(text)


@given(st.integers(FIRST, LAST - 1))
def test_rfc3339_comes_back(seconds: int) -> None:
    assert epoch(rfc3339(seconds)) == seconds
