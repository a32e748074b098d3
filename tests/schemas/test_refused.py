"""Which field a refusal is about, told from its words."""

from __future__ import annotations

import pytest

from schemas.accept import Refused, accept
from tests.schemas.events import encode, event
from tests.schemas.test_accept import IDENTITY, MOBILE, REFUSED

FIELDS: list[tuple[str, object]] = [
    ("time", event(time=...)),
    ("time", event(time=None)),
    ("type", event(type=...)),
    ("type", event(type="incident.reported.v2")),
    ("type", event(type=7)),
    ("specversion", event(specversion="1.1")),
    ("id", event(id="")),
    ("id", event(id="x" * 65)),
    ("id", event(id="a b")),
    ("id", event(id=MOBILE)),
    ("subject", event(subject=...)),
    ("subject", event(subject="")),
    ("subject", event(subject=IDENTITY)),
    ("source", event(source="Xincheng/110")),
    ("source", event(source=f"a/{MOBILE}")),
    ("datacontenttype", event(datacontenttype="text/plain")),
    ("contact", event(contact=MOBILE)),
    ("caller", event(caller={"name": "x"})),
    ("note", event(note="a\nb")),
    ("count", event(count=3)),
    ("callerName", event(callerName="x")),
    ("caller name", event(**{"caller name": "x"})),
    ("", event(**{MOBILE: "x"})),
    ("data", event(data=...)),
    ("data", event(data=None)),
    ("data.beat", event(data__beat=7)),
    ("data.beat", event(data__beat="京A12345")),
    ("data.beat", event(data__beat="B\x00")),
    ("data.count", event(data__count=0)),
    ("data.origin", event(data__origin="robot")),
    ("data.caller", event(data__caller="x")),
    ("", event(**{f"data__{MOBILE}": "x"})),
    ("data.unit", event("patrol.status.v1", data__unit="Zhang San")),
    ("data.dispatched_at", event("incident.arrived.v1", data__dispatched_at=...)),
    ("", {}),
    ("", [event()]),
    ("", b"{"),
]

OF_THE_WHOLE = {"not_json", "too_long", "not_cloudevent", "wrong_order", "wrong_time"}


def refusal(value: object) -> Refused:
    with pytest.raises(Refused) as caught:
        accept(value if value is None or isinstance(value, bytes) else encode(value))
    return caught.value


@pytest.mark.parametrize(("field", "value"), FIELDS)
def test_a_refusal_tells_its_field(field: str, value: object) -> None:
    refused = refusal(value)
    assert refused.field == field, refused.detail


@pytest.mark.parametrize("value", [value for reason, value in REFUSED if reason not in OF_THE_WHOLE])
def test_no_refusal_of_an_objects_field_leaves_it_out(value: object) -> None:
    refused = refusal(value)
    assert bool(refused.field) is isinstance(value, dict), refused.detail
