"""A declaration that cannot hold is refused where it is made, and one that holds counts as it says."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from typing import Annotated, Any, Literal

import pytest
from msgspec import Meta

from schemas import families
from schemas.effects import Cancels, Moves
from schemas.envelope import Code, Count, CountedEvent, Data, Instant, SubjectEvent
from schemas.families import FAMILIES, TYPES
from schemas.family import EventType
from schemas.measure import Measure
from schemas.numbers import Interval, Number, Phase, decimal
from schemas.phases import WrongOrder

Amount = Annotated[int, Meta(ge=0, le=1_000_000)]
BEGUN, LATER = "2026-01-01T00:00:00Z", "2026-01-01T00:01:30Z"


class ToyData(Data, frozen=True, kw_only=True):
    beat: Code = ""
    kind: Code = ""
    level: Literal["low", "high"] = "low"
    unit: Code | None = None
    begun_at: Instant = BEGUN
    seen_at: Instant | None = None
    count: Count = 1
    amount: Amount = 0
    unbounded: int = 0
    perhaps: Amount | None = None
    category: Code = ""


class Toy(SubjectEvent, frozen=True, kw_only=True, tag="toy.happened.v1"):
    """A toy."""

    data: ToyData


class Unnamed(CountedEvent, frozen=True, kw_only=True, tag="toy.unnamed.v1"):
    """One that names no subject."""

    data: ToyData


def toy(kind: type[CountedEvent] = Toy, /, **data: Any) -> CountedEvent:
    event: Callable[..., CountedEvent] = kind
    return event(specversion="1.0", source="a/b", id="1", subject="s", time=LATER, data=ToyData(**data))


def declared(kind: type[CountedEvent] = Toy, /, **more: Any) -> EventType:
    said: dict[str, Any] = {"example": toy(kind), "dims": ("beat", "kind", "level"), **more}
    return EventType(kind, **said)


@pytest.fixture(autouse=True)
def _forgotten() -> Any:
    """What a test declares is no type of the others."""
    yield
    TYPES.pop("toy.happened", None)
    TYPES.pop("toy.unnamed", None)


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ({"dims": ("kind", "beat")}, "begin with 'beat'"),
        ({"dims": ("beat", "beat")}, "begin with 'beat'"),
        ({"dims": ("beat", "amount")}, "'amount' is no text or enumeration"),
        ({"dims": ("beat", "nothing")}, "'nothing' is no text or enumeration"),
        ({"dims": ("beat", "kind", "category")}, "cannot be called 'category'"),
        ({"coded": "level"}, "stands second"),
        ({"example": toy(Unnamed)}, "another class"),
        ({"numbers": (Number("unbounded", "CNY"),)}, "no integer with an upper"),
        ({"numbers": (Number("perhaps", "CNY"),)}, "no integer with an upper"),
        ({"numbers": (Number("amount", "CNY"), Number("amount", "CNY"))}, "the same name"),
        ({"numbers": (Interval("seconds", since="seen_at"),)}, "no instant that every event has"),
        ({"numbers": (Interval("seconds", since="kind"),)}, "no instant that every event has"),
        ({"order": (("begun_at", "kind"),)}, "'kind' in `order` is no instant"),
        ({"effect": Cancels(of="toy.unknown", at="begun_at")}, "no type of its family that adds"),
        ({"effect": Cancels(of="toy.unnamed", at="begun_at")}, "name their subject always"),
        ({"effect": Cancels(of="toy.other", at="seen_at")}, "'seen_at' is no instant"),
        ({"effect": Moves(of="toy.other", at="begun_at", now={"level": "nothing"})}, "moves 'level' to 'nothing'"),
        ({"effect": Moves(of="toy.other", at="begun_at", now={"amount": "kind"})}, "moves 'amount' to 'kind'"),
    ],
)
def test_a_declaration_that_cannot_hold_names_what_is_wrong(more: dict[str, Any], wrong: str) -> None:
    others = {"toy.unnamed": declared(Unnamed), "toy.other": declared()}
    with pytest.raises(ValueError, match=rf"event type toy\.happened\.v1: .*{wrong}"):
        declared(**more).declare(others)


def test_an_event_is_counted_as_its_type_declares() -> None:
    kind = declared(
        dims=("beat", "kind", "level", "unit"),
        numbers=(
            Number("amount", "CNY", scale=2),
            Interval("seconds", since="begun_at"),
            Phase("x", since="begun_at", edges=(60, 120)),
        ),
        order=(("begun_at", "seen_at", "time"),),
    )
    kind.declare({})
    event = toy(beat="B1", kind="k", level="high", count=3, amount=250)
    assert event.adds() == (("toy.happened", "B1", "k", "high", ""), 3, (250, 90, 270, 0, 3))
    assert kind.number_names == ("count", "amount", "seconds", "x_seconds", "x_le_60", "x_le_120")
    assert toy(seen_at="2026-01-01T00:00:30Z").values()[1] == 90
    for early in ("2025-12-31T23:59:59Z", "2026-01-01T00:01:31Z"):
        with pytest.raises(WrongOrder):
            toy(seen_at=early).values()


def test_a_measure_asks_only_for_what_its_type_has() -> None:
    declared(numbers=(Number("amount", "CNY", scale=2),)).declare({})
    high = {"level": "high"}
    money = Measure("x", "x", "x", "CNY", type="toy.happened", value="amount", where=high, labels=("level",))
    assert (money.dimensions, money.shown(-5)) == (("sector", "beat", "kind", "level"), "-0.05")
    odd: tuple[dict[str, Any], ...] = (
        {"category": "theft"}, {"where": {"colour": "red"}}, {"labels": ("kind",)}, {"labels": ("class",)},
        {"value": "seconds"}, {"type": "toy.other"},
    )  # fmt: skip
    for wrong in odd:
        with pytest.raises(ValueError, match="measure 'x'"):
            Measure("x", "x", "x", "CNY", **({"type": "toy.happened"} | wrong))


def test_decimals_are_exact() -> None:
    assert [decimal(value, 2) for value in (0, 5, 123_456, -1)] == ["0.00", "0.05", "1234.56", "-0.01"]


@pytest.mark.parametrize("name", TYPES)
def test_no_annotation_of_an_event_is_a_text_that_each_start_would_compile(name: str) -> None:
    classes = {owner for kind in (TYPES[name].kind, TYPES[name].payload) for owner in kind.__mro__}
    texts = [each for owner in classes for each in vars(owner).get("__annotations__", {}).values()]
    assert len(texts) > 5
    assert not [text for text in texts if isinstance(text, str)]


def test_families_are_found_by_being_there() -> None:
    """In a process of its own, which imports nothing that this one has imported."""
    code = "import json; from schemas.families import FAMILIES; print(json.dumps(sorted(FAMILIES)))"
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert json.loads(found.stdout) == sorted(FAMILIES)
    assert {"incident", "patrol", "case", "hazard", "dispute", "post", "prevention", "operation"} <= FAMILIES.keys()


@pytest.mark.parametrize("kind", ["MEASURES", "LIFECYCLES"])
def test_no_two_families_declare_one_name(kind: str) -> None:
    names = Counter(each.name for module in families._MODULES for each in getattr(module, kind, ()))
    assert [name for name, count in names.items() if count > 1] == []
