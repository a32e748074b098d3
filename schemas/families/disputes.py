"""Disputes (矛盾纠纷): found, looked after, passed on, resolved. Petitions are none, and are refused."""

from typing import Annotated, Any, Literal

from schemas.dimensions import DAY, Beat, Operation, SomeUnit, years
from schemas.envelope import Count, Data, Instant, SubjectEvent
from schemas.family import Cancels, EventType, Family, Moves, Phase, Topic
from schemas.fields import about
from schemas.funnel import Funnel
from schemas.lifecycle import Lifecycle
from schemas.measure import Measure
from schemas.ratio import Ratio, Term
from schemas.stock import Stock
from schemas.topic import kept

DISPUTES = "citywatch.disputes"

TO_RESOLVE = (DAY, 3 * DAY, 7 * DAY, 15 * DAY, 30 * DAY, 90 * DAY, years(1))

_KINDS = Literal["family", "relationship", "neighbour", "debt", "labour", "medical", "other"]
Kind = Annotated[_KINDS, about("What the dispute is about")]
OpenedAt = Annotated[Instant, about("When the dispute was found")]


class DisputeData(Data, frozen=True, kw_only=True):
    beat: Beat = ""
    kind: Kind = "other"
    unit: SomeUnit = None
    operation: Operation = ""
    count: Count = 1


class LaterData(DisputeData, frozen=True, kw_only=True):
    opened_at: OpenedAt


class TransferredData(LaterData, frozen=True, kw_only=True):
    to: Annotated[
        Literal["mediation", "court", "labour_office", "health_office", "town", "other"],
        about("Who looks after it from now on"),
    ] = "other"


class ResolvedData(LaterData, frozen=True, kw_only=True):
    transferred_at: Annotated[Instant | None, about("When it was passed on; null: it was not, or not known")] = None


class RestatedData(Data, frozen=True, kw_only=True):
    """Beat, kind and `opened_at` are those of the finding: they give the partition and the place."""

    beat: Beat = ""
    kind: Kind = "other"
    opened_at: OpenedAt


class RecodedData(RestatedData, frozen=True, kw_only=True):
    now_kind: Annotated[_KINDS, about("What it is about after all")]


class Opened(SubjectEvent, frozen=True, kw_only=True, tag="dispute.opened.v1"):
    """A dispute was found, and has a file."""

    data: DisputeData


class Recoded(SubjectEvent, frozen=True, kw_only=True, tag="dispute.recoded.v1"):
    """The dispute is about something else. Per dispute the greatest (time, id) rules."""

    data: RecodedData


class Withdrawn(SubjectEvent, frozen=True, kw_only=True, tag="dispute.withdrawn.v1"):
    """There was no dispute, or it was found twice: its finding counts nowhere."""

    data: RestatedData


class Touched(SubjectEvent, frozen=True, kw_only=True, tag="dispute.touched.v1"):
    """Somebody looked after the dispute (一事一档): its file is not stale."""

    data: DisputeData


class Transferred(SubjectEvent, frozen=True, kw_only=True, tag="dispute.transferred.v1"):
    """The dispute was passed on to who can settle it (流转)."""

    data: TransferredData


class Resolved(SubjectEvent, frozen=True, kw_only=True, tag="dispute.resolved.v1"):
    """The dispute is settled (化解), passed on or not."""

    data: ResolvedData


_DIMS = ("beat", "kind", "unit", "operation")
_OF: dict[str, Any] = {
    "specversion": "1.0",
    "source": "xincheng/dispute",
    "subject": "m-2026-0169",
    "time": "2026-01-05T09:00:00+08:00",
}
_DISPUTE: dict[str, Any] = {"beat": "B16", "kind": "neighbour", "unit": "STN-08", "operation": "melt-ice"}
_FOUND = "2026-01-02T10:00:00+08:00"
_RESTATED: dict[str, Any] = {"beat": "B16", "kind": "neighbour", "opened_at": _FOUND}

FAMILY = Family(
    name="dispute",
    zh="矛盾纠纷",
    en="Disputes",
    topic=Topic(DISPUTES, "Disputes and what becomes of them: CloudEvents, keyed by beat", kept(30)),
    types=(
        EventType(Opened, dims=_DIMS, example=Opened(**_OF, id="o-1", data=DisputeData(**_DISPUTE))),
        EventType(
            Recoded,
            dims=("beat", "kind"),
            order=(("opened_at", "time"),),
            effect=Moves(of="dispute.opened", at="opened_at", now={"kind": "now_kind"}),
            example=Recoded(**_OF, id="n-1", data=RecodedData(**_RESTATED, now_kind="debt")),
        ),
        EventType(
            Withdrawn,
            dims=("beat", "kind"),
            order=(("opened_at", "time"),),
            effect=Cancels(of="dispute.opened", at="opened_at"),
            example=Withdrawn(**_OF, id="x-1", data=RestatedData(**_RESTATED)),
        ),
        EventType(Touched, dims=_DIMS, example=Touched(**_OF, id="l-1", data=DisputeData(**_DISPUTE))),
        EventType(
            Transferred,
            dims=(*_DIMS, "to"),
            numbers=(Phase("time_to_transfer", since="opened_at", edges=TO_RESOLVE),),
            order=(("opened_at", "time"),),
            example=Transferred(**_OF, id="t-1", data=TransferredData(**_DISPUTE, opened_at=_FOUND, to="mediation")),
        ),
        EventType(
            Resolved,
            dims=_DIMS,
            numbers=(Phase("time_to_resolve", since="opened_at", edges=TO_RESOLVE),),
            order=(("opened_at", "transferred_at", "time"),),
            example=Resolved(
                **_OF,
                id="r-1",
                data=ResolvedData(**_DISPUTE, opened_at=_FOUND, transferred_at="2026-01-03T10:00:00+08:00"),
            ),
        ),
    ),
)

LIFECYCLES = (
    Lifecycle(
        "dispute",
        "矛盾纠纷",
        "Disputes",
        steps=("dispute.opened", "dispute.transferred", "dispute.resolved"),
        open=frozenset({"opened", "transferred"}),
    ),
    Lifecycle(
        "dispute_file",
        "纠纷档案",
        "Files of disputes",
        steps=("dispute.opened", "dispute.touched", "dispute.transferred", "dispute.resolved"),
        open=frozenset({"opened", "touched", "transferred"}),
    ),
)

# fmt: off
MEASURES = (
    Measure(
        "disputes_found", "排查矛盾纠纷", "Disputes found", "disputes",
        type="dispute.opened", labels=("kind",), requirements=(22, 49, 70, 71, 105),
    ),
    Measure(
        "disputes_transferred", "流转纠纷", "Disputes passed on", "disputes",
        type="dispute.transferred", requirements=(70,),
    ),
    Measure(
        "disputes_resolved", "化解纠纷", "Disputes resolved", "disputes",
        type="dispute.resolved", requirements=(22, 70, 85),
    ),
    Measure(
        "dispute_time", "发现至化解", "Found to resolved", "seconds",
        type="dispute.resolved", value="time_to_resolve", requirements=(22, 70),
    ),
    Measure(
        "dispute_files_touched", "纠纷档案跟进", "Files of disputes looked after", "times",
        type="dispute.touched", requirements=(49,),
    ),
)
# fmt: on

_LIFE = next(life for life in LIFECYCLES if life.name == "dispute")

# fmt: off
STOCKS = (
    Stock(
        "disputes_open", "未化解纠纷", "Disputes open", "disputes", _LIFE, labels=("beat", "kind"),
        requirements=(22, 49, 70),
    ),
)

FUNNELS = (
    Funnel(
        "dispute_way", "纠纷流转化解", "From dispute to resolution", "disputes", _LIFE, ("transferred", "resolved"),
        requirements=(22, 70, 85),
    ),
)

RATIOS = (
    Ratio(
        "disputes_resolved_of_found", "化解率", "Disputes resolved per 100 found",
        Term("disputes_resolved"), Term("disputes_found"), is_share=False, requirements=(22, 70, 85),
    ),
    Ratio(
        "disputes_transferred_of_found", "流转率", "Disputes transferred per 100 found",
        Term("disputes_transferred"), Term("disputes_found"), is_share=False, requirements=(70,),
    ),
    Ratio(
        "disputes_resolved_of_transferred", "流转化解率", "Disputes resolved per 100 transferred",
        Term("disputes_resolved"), Term("disputes_transferred"), is_share=False, requirements=(70,),
    ),
)
# fmt: on
