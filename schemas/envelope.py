"""The CloudEvents 1.0 envelope that every input event wears.

Here and in the families annotations are no texts: msgspec would compile thousands of them at each start.
"""

from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, Struct

from schemas.fields import about
from schemas.instants import epoch

ID_SHAPE = "^[A-Za-z0-9._:/+-]+$"
"""Of ids and subjects, for the JSON Schema: validation checks them by itself, many at a time."""

SOURCE_SHAPE = "^[a-z0-9][a-z0-9-]*(/[a-z0-9][a-z0-9-]*)*$"
"""Of sources, likewise."""

CellKey = tuple[str, ...]
"""Event type without its version, then the codes of its dimensions as they came, in the order of its declaration."""

Added = tuple[CellKey, int, tuple[int, ...]]
"""A cell, and what an event adds to it: its count, its values."""

Instant = Annotated[str, about("RFC 3339 date-time with an offset, 1970 to 2099", format="date-time")]
Count = Annotated[
    int, Meta(ge=1, le=1_000_000_000), about("How many the event reports; figures add it up", unit="occurrences")
]
SourceName = Annotated[str, Meta(max_length=40), about("The declared source, as city/system", pattern=SOURCE_SHAPE)]
Code = Annotated[str, Meta(max_length=64, description="A code of the city's lists; empty: none given")]


class Data(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """Base of all payloads."""


class Event(Struct, frozen=True, forbid_unknown_fields=True, gc=False, tag_field="type", kw_only=True):
    """Attributes that all events share. `(source, id)` names an event; the same pair counts once."""

    specversion: Annotated[Literal["1.0"], about("The version of CloudEvents")]
    source: Annotated[SourceName, about("The declared source, as city/system", identity=True)]
    id: Annotated[
        str,
        Meta(min_length=1, max_length=64),
        about("Unique within the source", identity=True, pattern=ID_SHAPE),
    ]
    time: Annotated[Instant, about("When it happened, or what the clock says: RFC 3339 with an offset, 1970 to 2099")]
    subject: Annotated[
        str,
        Meta(max_length=64),
        about("What the event is about, by the source's own number; empty: none", pattern=ID_SHAPE.replace("+$", "*$")),
    ] = ""
    datacontenttype: Annotated[Literal["application/json"], about("The form of `data`")] = "application/json"

    is_control: ClassVar[bool] = False

    @property
    def epoch(self) -> int:
        """Event time in UTC epoch seconds."""
        return epoch(self.time)


ATTRIBUTES = frozenset((*Event.__struct_fields__, "type", "data"))
"""What schemas read of an envelope. Any other attribute is an extension, or `dataschema`: allowed, and left out."""

EXTENSION_SHAPE = f"^(?!(?:{'|'.join(sorted(ATTRIBUTES))})$)[a-z0-9]{{1,64}}$"


class CountedEvent(Event, frozen=True, kw_only=True):
    """An event that figures are made of: it adds to a cell, or restates what another one added.

    A family's declaration (`schemas.family`) gives each class its methods.
    """

    told: ClassVar[tuple[str, ...] | None] = None
    """Of a step of a lifecycle the fields of its payload that are told with it; None of an event that is no step."""

    data: Any

    @property
    def count(self) -> int:
        """How many it reports."""
        raise NotImplementedError

    def cell_key(self) -> CellKey:
        """The codes of its cell, as they came."""
        raise NotImplementedError

    def values(self) -> tuple[int, ...]:
        """What it adds to its cell beside the count. Raises WrongOrder for times in the wrong order."""
        raise NotImplementedError

    def adds(self) -> Added | None:
        """What it adds, and to which cell; None where it restates what another event added."""
        raise NotImplementedError


class SubjectEvent(CountedEvent, frozen=True, kw_only=True):
    """An event in the life of what `subject` names."""

    subject: Annotated[
        str,
        Meta(min_length=1, max_length=64),
        about("What the event is about; restatements name it by (source, subject)", pattern=ID_SHAPE),
    ]
