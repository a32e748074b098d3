"""The note of a position: any state of a log fits below what Kafka keeps, and comes back as it was."""

from __future__ import annotations

import json
from random import Random
from string import ascii_lowercase, digits

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.control import LONGEST_STEP, MAX_KNOWN, MAX_SOURCES
from schemas.instants import LAST
from schemas.names import check_source
from streams.core.breaker import WINDOW, BreakerState, Opened
from streams.core.decisions import NO_CLOCK, NO_PANE, UNTOLD, Decisions, Nameless, SourceState
from streams.core.note import LIMIT, Note
from streams.core.panes import PANE
from streams.core.partition import Partition

LOG = "f2a1c0de-7b1d-4b4e-9f55-0d6a4d2a9c11"
LONGEST = 40
FORM_1 = (
    '{"log":"log","read":8,"counted":3,"late":1,"duplicates":0,"dead":1,"decisions":{"ruled":true,"sources":{'
    '"seattle/calls":[900,3600,-1,1767225900,false,1767225600,900,0],'
    '"xincheng/110":[600,1800,1767225600,1767225000,true,-300,900,0],'
    '"xincheng/patrol":[600,1800,-1,0,true,-300]}},"form":1,"breaker":["Ag==",0,0,null],"since":1767225600,"seeded":0}'
)
"""As a version with at most 32 sources committed it; the last source as one before declared steps did."""


def any_name(draw: Random, length: int = LONGEST) -> str:
    """One that cannot be compressed; the first letter and the last are no dash."""
    inner = "".join(draw.choices(ascii_lowercase + digits + "-", k=length - 2))
    name = f"{draw.choice(ascii_lowercase)}{inner}{draw.choice(ascii_lowercase)}"
    check_source(name)
    return name


def any_state(draw: Random, clocked: bool = True) -> SourceState:
    """Numbers from all of what a log can bring about, each apart from the others."""
    return SourceState(
        lateness=draw.randint(0, LONGEST_STEP),
        max_ahead=draw.randint(0, LONGEST_STEP),
        clock=draw.randrange(LAST) if clocked else NO_CLOCK,
        boundary=draw.randrange(LAST // PANE + 1) * PANE,
        declared=draw.random() < 0.5,
        newest=draw.randrange(-1, LAST // PANE) * PANE,
        max_step=draw.randint(1, LONGEST_STEP),
        ahead=draw.choice((UNTOLD, draw.randrange(0, 1 << 14, 2))),
    )


def widest_note(decisions: Decisions, draw: Random) -> Note:
    """With everything beside the decisions as long as it gets."""
    window = "".join(draw.choices("ACDEGabcefg0123/+", k=(WINDOW // 8 + 2) // 3 * 4))
    breaker = BreakerState(window, 2**40, 2**62, Opened("undeclared_source", WINDOW, WINDOW))
    return Note(LOG, 2**62, 2**62, 2**62, 2**62, 2**62, decisions, breaker, LAST, 2**40)


def written(note: Note) -> Note:
    """What comes back of it; its names are put in where it had no room for them."""
    text = note.encode()
    assert len(text.encode()) < LIMIT
    assert text.isascii()
    read = Note.decode(text, note.log)
    assert read is not None
    if isinstance(read.decisions, Nameless):
        found = read.decisions.named([*note.named.sources, "came/later"])
        assert found is not None
        read = msgspec.structs.replace(read, decisions=found)
    return read


@given(st.integers(0, MAX_KNOWN), st.integers(3, LONGEST), st.booleans(), st.integers(0))
@settings(max_examples=60)
def test_any_state_of_a_log_fits_and_comes_back_in_its_order(number: int, length: int, ruled: bool, seed: int) -> None:
    draw = Random(seed)
    sources = {any_name(draw, length): any_state(draw, clocked=draw.random() < 0.8) for _ in range(number)}
    note = widest_note(Decisions(ruled, sources), draw)
    read = written(note)
    assert read == note
    assert list(read.named.sources) == list(sources)


def test_the_numbers_at_their_limits_come_back() -> None:
    least = SourceState(0, 0, NO_CLOCK, 0, False, NO_PANE, 1, UNTOLD)
    most = SourceState(LONGEST_STEP, LONGEST_STEP, LAST - 1, LAST, True, LAST - PANE, LONGEST_STEP, (1 << 14) - 2)
    note = Note("log", 1, 1, 0, 0, 0, Decisions(True, {"a/least": least, "a/most": most}))
    assert Note.decode(note.encode(), "log") == note


@pytest.mark.parametrize(
    "state",
    [SourceState(lateness=1 << 24), SourceState(clock=-2), SourceState(boundary=PANE + 1), SourceState(newest=1)],
)
def test_what_would_come_back_otherwise_is_not_written(state: SourceState) -> None:
    with pytest.raises(ValueError, match=r"five minutes|no place"):
        Note("log", 1, 1, 0, 0, 0, Decisions(True, {"a": state})).encode()


def test_more_sources_than_a_log_may_know_are_not_written() -> None:
    draw = Random(1)
    sources = {any_name(draw): any_state(draw) for _ in range(2 * MAX_KNOWN)}
    with pytest.raises(ValueError, match=r"the note of log .*4095|bytes must be in range"):
        widest_note(Decisions(True, sources), draw).encode()


CITIES = [
    "chengdu", "mianyang", "leshan", "yibin", "nanchong", "luzhou", "deyang", "zigong",
    "neijiang", "suining", "guangyuan", "dazhou", "yaan", "bazhong", "ziyang", "meishan",
]  # fmt: skip
SYSTEMS = ["110", "patrol", "traffic-police", "fire-and-rescue", "12345-hotline", "social-security", "cad", "beidou"]


@pytest.mark.parametrize("number", [16, MAX_SOURCES, MAX_KNOWN])
def test_sources_named_as_cities_name_them_have_room_for_their_names(number: int) -> None:
    draw = Random(2)
    sources: dict[str, SourceState] = {}
    for name in [f"{city}/{system}" for system in SYSTEMS for city in CITIES][:number]:
        clock = LAST - draw.randrange(3_600)
        boundary, newest = (clock - 900) // PANE * PANE, clock // PANE * PANE
        sources[name] = SourceState(900, 3600, clock, boundary, len(sources) < MAX_SOURCES, newest, 900, 2)
    note = widest_note(Decisions(True, sources), draw)
    text = note.encode()
    print(f"\n{number} sources: {len(text)} bytes")
    assert Note.decode(text, LOG) == note, "nothing had to be put in"


def test_the_widest_note_of_all_is_short_enough() -> None:
    draw = Random(5)
    sources = {any_name(draw): any_state(draw) for _ in range(MAX_KNOWN)}
    note = widest_note(Decisions(True, sources), draw)
    print(f"\n{MAX_KNOWN} sources with nothing alike: {len(note.encode())} bytes")
    assert written(note) == note


@pytest.mark.parametrize("clocked", [False, True], ids=["before their first clock", "each with its clock"])
def test_what_a_partition_starts_anew_with_has_room_for_its_names(clocked: bool) -> None:
    """`start-at` writes such a note where no progress record was ever written: nothing else has the names."""
    draw = Random(3)
    clock = draw.randrange(LAST) if clocked else NO_CLOCK
    sources = {
        any_name(draw): msgspec.structs.replace(
            any_state(draw), clock=clock, boundary=0, declared=True, newest=NO_PANE, ahead=UNTOLD
        )
        for _ in range(MAX_SOURCES)
    }
    note = Note(LOG, 2**62, 0, 0, 0, 0, Decisions(True, sources))
    assert Note.decode(note.encode(), LOG) == note


def test_other_names_are_not_put_in() -> None:
    draw = Random(4)
    sources = {any_name(draw): any_state(draw) for _ in range(MAX_KNOWN)}
    read = Note.decode(widest_note(Decisions(True, sources), draw).encode(), LOG)
    assert read is not None
    assert isinstance(read.decisions, Nameless)
    names = list(sources)
    assert read.decisions.named(names) == Decisions(True, sources)
    for others in (names[:-1], names[1:], [*names[:-2], names[-1], names[-2]], [*names[:-1], "a/b"], []):
        assert read.decisions.named(others) is None
    with pytest.raises(ValueError, match="no names of sources"):
        Partition(LOG, "t", 0, 0, read)
    with pytest.raises(ValueError, match="no names of sources"):
        read.encode()


def test_a_note_of_the_form_before_is_read_on() -> None:
    note = Note.decode(FORM_1, "log")
    assert note is not None
    assert (note.read, note.counted, note.late, note.dead, note.since) == (8, 3, 1, 1, 1_767_225_600)
    assert note.breaker == BreakerState("Ag==")
    assert note.named == Decisions(
        True,
        {
            "seattle/calls": SourceState(900, 3600, NO_CLOCK, 1_767_225_900, False, 1_767_225_600, 900, 0),
            "xincheng/110": SourceState(600, 1800, 1_767_225_600, 1_767_225_000, True, NO_PANE, 900, 0),
            "xincheng/patrol": SourceState(600, 1800, NO_CLOCK, 0, True, NO_PANE, 900, UNTOLD),
        },
    )
    assert Note.decode(note.encode(), "log") == note


def test_a_note_of_another_log_or_a_later_form_is_none() -> None:
    note = Note("log", 1, 1, 0, 0, 0, Decisions())
    text = note.encode()
    assert Note.decode(text, "log") == note
    assert Note.decode(text, "another") is None
    later = json.dumps(json.loads(text) | {"form": 3})
    assert Note.decode(later, "log") is None
    assert Note.is_newer(later, "log")
    assert not Note.is_newer(later, "another")
    assert not Note.is_newer(text, "log")
    assert not Note.is_newer(FORM_1, "log")


@pytest.mark.parametrize("text", ["", "null", "{}", "offset 7", '{"log":"A"}', "\x00"])
def test_what_is_no_note_is_none(text: str) -> None:
    assert Note.decode(text, "A") is None
    assert not Note.is_newer(text, "A")


@pytest.mark.parametrize("damage", [lambda text: "", lambda text: text[:-5], lambda text: text[::-1], lambda text: "é"])
def test_damaged_decisions_are_no_note(damage: object) -> None:
    assert callable(damage)
    whole = json.loads(Note("A", 1, 1, 0, 0, 0, Decisions(True, {"a/b": SourceState()})).encode())
    assert Note.decode(json.dumps(whole | {"decisions": damage(whole["decisions"])}), "A") is None
