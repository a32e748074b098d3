"""Hazards (隐患): places checked, what was found and removed, notices with their day, premises, dangerous goods."""

from typing import Annotated, Any, Literal

from msgspec import Meta

from schemas.dimensions import DAY, Beat, Operation, SomeUnit, years
from schemas.envelope import Code, Count, CountedEvent, Data, Instant, SubjectEvent
from schemas.family import Cancels, EventType, Family, Number, Phase, Topic
from schemas.fields import about
from schemas.funnel import Funnel
from schemas.lifecycle import Lifecycle
from schemas.measure import Measure
from schemas.ratio import Ratio, Term
from schemas.stock import Stock
from schemas.topic import kept

HAZARDS = "citywatch.hazards"

TO_CLOSE = (DAY, 3 * DAY, 7 * DAY, 15 * DAY, 30 * DAY, 90 * DAY, years(1))

SiteKind = Annotated[
    Literal[
        "urban_fringe", "urban_village", "small_hotel", "rental", "entertainment",
        "hotel", "ktv", "bar", "internet_cafe", "night_stall", "hazmat_firm", "school", "waterside", "other",
    ],
    about("The kind of place"),
]  # fmt: skip
Kind = Annotated[Code, about("The kind, by the city's list; empty: none given")]
OpenedAt = Annotated[Instant, about("When it was found")]
Notice = Annotated[str, Meta(min_length=1, max_length=64), about("The notice, by its own number")]
Due = Annotated[Instant, about("Until when it must be put right")]


class PlaceData(Data, frozen=True, kw_only=True):
    beat: Beat = ""
    unit: SomeUnit = None
    operation: Operation = ""
    site_kind: SiteKind = "other"
    count: Count = 1


class HazardData(PlaceData, frozen=True, kw_only=True):
    kind: Kind = ""


class RemovedData(HazardData, frozen=True, kw_only=True):
    opened_at: OpenedAt


class WithdrawnData(Data, frozen=True, kw_only=True):
    """Beat and `opened_at` are those of the finding: they give the partition and the place."""

    beat: Beat = ""
    opened_at: OpenedAt


class NoticeData(HazardData, frozen=True, kw_only=True):
    notice: Notice
    due: Due


class MetData(HazardData, frozen=True, kw_only=True):
    notice: Notice
    issued_at: Annotated[Instant, about("When the notice was issued")]


class SweepData(PlaceData, frozen=True, kw_only=True):
    method: Annotated[Literal["surprise", "targeted", "dragnet", "other"], about("How the premises were swept")] = (
        "other"
    )
    officers: Annotated[
        int, Meta(ge=0, le=10_000_000), about("How many were sent, each for each sweep", unit="person-times")
    ] = 0


class ItemData(Data, frozen=True, kw_only=True):
    beat: Beat = ""
    unit: SomeUnit = None
    operation: Operation = ""
    kind: Kind = ""
    count: Count = 1


class ItemStateData(ItemData, frozen=True, kw_only=True):
    state: Annotated[Literal["produced", "stored", "moving", "in_use"], about("Where it is in its life from now on")]


class ItemDisposedData(ItemData, frozen=True, kw_only=True):
    outcome: Annotated[Literal["used_up", "destroyed", "handed_over"], about("How it ended")]


class PlaceChecked(CountedEvent, frozen=True, kw_only=True, tag="hazard.place_checked.v1"):
    """So many places were looked at for hazards (排查)."""

    data: PlaceData


class Opened(SubjectEvent, frozen=True, kw_only=True, tag="hazard.opened.v1"):
    """A hazard was found."""

    data: HazardData


class Withdrawn(SubjectEvent, frozen=True, kw_only=True, tag="hazard.withdrawn.v1"):
    """There was no hazard: its finding counts nowhere."""

    data: WithdrawnData


class NoticeIssued(SubjectEvent, frozen=True, kw_only=True, tag="hazard.notice_issued.v1"):
    """A notice to put a hazard right until `due` (责令整改通知书); the subject is the hazard, or the site."""

    data: NoticeData


class NoticeMet(SubjectEvent, frozen=True, kw_only=True, tag="hazard.notice_met.v1"):
    """What a notice asks for was done."""

    data: MetData


class Closed(SubjectEvent, frozen=True, kw_only=True, tag="hazard.closed.v1"):
    """A hazard was removed (整改)."""

    data: RemovedData


class Violation(CountedEvent, frozen=True, kw_only=True, tag="hazard.violation.v1"):
    """So many violations were dealt with (查处违法行为)."""

    data: HazardData


class Sweep(CountedEvent, frozen=True, kw_only=True, tag="hazard.sweep.v1"):
    """Premises were swept together (清理清查), by so many officers."""

    data: SweepData


class SiteListed(SubjectEvent, frozen=True, kw_only=True, tag="hazard.site_listed.v1"):
    """Premises are on the list of those that are inspected."""

    data: PlaceData


class Inspected(SubjectEvent, frozen=True, kw_only=True, tag="hazard.inspected.v1"):
    """Premises were inspected; the subject is the site, or a round of inspections with its `count`."""

    data: PlaceData


class SiteDelisted(SubjectEvent, frozen=True, kw_only=True, tag="hazard.site_delisted.v1"):
    """Premises are on the list no more."""

    data: PlaceData


class ItemState(SubjectEvent, frozen=True, kw_only=True, tag="hazard.item_state.v1"):
    """Dangerous goods are in another state of their life (危爆物品闭环管理)."""

    data: ItemStateData


class ItemDisposed(SubjectEvent, frozen=True, kw_only=True, tag="hazard.item_disposed.v1"):
    """Dangerous goods are there no more."""

    data: ItemDisposedData


_PLACE_DIMS = ("beat", "site_kind", "unit", "operation")
_DIMS = (*_PLACE_DIMS, "kind")
_ABOUT: dict[str, Any] = {"specversion": "1.0", "source": "xincheng/hazard", "time": "2026-01-05T09:00:00+08:00"}
_OF: dict[str, Any] = _ABOUT | {"subject": "h-2026-0815"}
_SITE: dict[str, Any] = _ABOUT | {"subject": "site-142"}
_ITEM: dict[str, Any] = _ABOUT | {"subject": "item-77"}
_PLACE: dict[str, Any] = {"beat": "B17", "unit": "STN-09", "operation": "summer-2026", "site_kind": "hazmat_firm"}
_HAZARD: dict[str, Any] = _PLACE | {"kind": "fire_exit"}
_GOODS: dict[str, Any] = {"beat": "B20", "unit": "STN-10", "operation": "summer-2026", "kind": "detonator"}
_FOUND = "2026-01-02T10:00:00+08:00"

FAMILY = Family(
    name="hazard",
    zh="隐患",
    en="Hazards",
    topic=Topic(HAZARDS, "Hazards, notices, inspections, dangerous goods: CloudEvents, keyed by beat", kept(30)),
    types=(
        EventType(
            PlaceChecked,
            dims=_PLACE_DIMS,
            example=PlaceChecked(**_SITE, id="p-1", data=PlaceData(**_PLACE, count=12)),
        ),
        EventType(Opened, dims=_DIMS, example=Opened(**_OF, id="o-1", data=HazardData(**_HAZARD))),
        EventType(
            Withdrawn,
            dims=("beat",),
            order=(("opened_at", "time"),),
            effect=Cancels(of="hazard.opened", at="opened_at"),
            example=Withdrawn(**_OF, id="x-1", data=WithdrawnData(beat="B17", opened_at=_FOUND)),
        ),
        EventType(
            NoticeIssued,
            dims=_DIMS,
            example=NoticeIssued(
                **_OF, id="n-1", data=NoticeData(**_HAZARD, notice="N-2026-71", due="2026-01-12T18:00:00+08:00")
            ),
        ),
        EventType(
            NoticeMet,
            dims=_DIMS,
            numbers=(Phase("time_to_meet", since="issued_at", edges=TO_CLOSE),),
            order=(("issued_at", "time"),),
            example=NoticeMet(**_OF, id="m-1", data=MetData(**_HAZARD, notice="N-2026-71", issued_at=_FOUND)),
        ),
        EventType(
            Closed,
            dims=_DIMS,
            numbers=(Phase("time_to_close", since="opened_at", edges=TO_CLOSE),),
            order=(("opened_at", "time"),),
            example=Closed(**_OF, id="c-1", data=RemovedData(**_HAZARD, opened_at=_FOUND)),
        ),
        EventType(Violation, dims=_DIMS, example=Violation(**_OF, id="v-1", data=HazardData(**_HAZARD))),
        EventType(
            Sweep,
            dims=(*_PLACE_DIMS, "method"),
            numbers=(Number("officers", "person-times"),),
            example=Sweep(**_SITE, id="s-1", data=SweepData(**_PLACE, method="dragnet", officers=65)),
        ),
        EventType(SiteListed, dims=_PLACE_DIMS, example=SiteListed(**_SITE, id="l-1", data=PlaceData(**_PLACE))),
        EventType(Inspected, dims=_PLACE_DIMS, example=Inspected(**_SITE, id="i-1", data=PlaceData(**_PLACE))),
        EventType(SiteDelisted, dims=_PLACE_DIMS, example=SiteDelisted(**_SITE, id="d-1", data=PlaceData(**_PLACE))),
        EventType(
            ItemState,
            dims=("beat", "state", "unit", "operation", "kind"),
            example=ItemState(**_ITEM, id="t-1", data=ItemStateData(**_GOODS, state="stored")),
        ),
        EventType(
            ItemDisposed,
            dims=("beat", "outcome", "unit", "operation", "kind"),
            example=ItemDisposed(**_ITEM, id="t-2", data=ItemDisposedData(**_GOODS, outcome="used_up")),
        ),
    ),
)

LIFECYCLES = (
    Lifecycle(
        "hazard",
        "隐患",
        "Hazards",
        steps=("hazard.opened", "hazard.notice_issued", "hazard.closed"),
        open=frozenset({"opened", "notice_issued"}),
        attributes=("due",),
    ),
    Lifecycle(
        "notice",
        "责令整改通知书",
        "Rectification notices",
        steps=("hazard.notice_issued", "hazard.notice_met"),
        open=frozenset({"notice_issued"}),
        attributes=("due",),
        named_by=("notice",),
    ),
    Lifecycle(
        "premises",
        "检查场所",
        "Listed premises",
        steps=("hazard.site_listed", "hazard.inspected", "hazard.site_delisted"),
        open=frozenset({"site_listed", "inspected"}),
    ),
    Lifecycle(
        "dangerous_goods",
        "危爆物品",
        "Dangerous goods",
        steps=("hazard.item_state", "hazard.item_disposed"),
        open=frozenset({"item_state"}),
    ),
)

# fmt: off
MEASURES = (
    Measure(
        "places_checked", "排查场所", "Places checked", "places",
        type="hazard.place_checked", requirements=(23, 63),
    ),
    Measure(
        "hazards_found", "发现隐患", "Hazards found", "hazards",
        type="hazard.opened", requirements=(64, 78, 85),
    ),
    Measure(
        "hazards_closed", "消除隐患", "Hazards removed", "hazards",
        type="hazard.closed", requirements=(23, 37, 64, 85),
    ),
    Measure(
        "hazard_time", "发现至消除", "Found to removed", "seconds",
        type="hazard.closed", value="time_to_close", requirements=(64,),
    ),
    Measure(
        "notices_issued", "责令整改通知书", "Notices issued", "notices",
        type="hazard.notice_issued", requirements=(64, 85),
    ),
    Measure(
        "notice_time", "通知至整改", "Notice to rectified", "seconds",
        type="hazard.notice_met", value="time_to_meet", requirements=(64, 85),
    ),
    Measure("violations", "查处违法行为", "Violations", "violations", type="hazard.violation", requirements=(64,)),
    Measure(
        "sweeps", "清理清查", "Sweeps", "sweeps",
        type="hazard.sweep", labels=("method",), requirements=(91, 101),
    ),
    Measure(
        "sweep_officers", "清查出动警力", "Officers in sweeps", "person-times",
        type="hazard.sweep", value="officers", requirements=(101,),
    ),
    Measure(
        "premises_inspected", "场所检查", "Premises inspected", "inspections",
        type="hazard.inspected", labels=("site_kind",), requirements=(63, 91, 102),
    ),
    Measure(
        "hazmat_inspections", "涉危企业检查", "Inspections of dangerous goods firms", "inspections",
        type="hazard.inspected", where={"site_kind": "hazmat_firm"}, requirements=(63,),
    ),
    Measure(
        "hazmat_firms_listed", "涉危企业", "Dangerous goods firms listed", "sites",
        type="hazard.site_listed", where={"site_kind": "hazmat_firm"}, requirements=(63,),
    ),
    Measure(
        "dangerous_goods_moves", "危爆物品流转", "Dangerous goods: changes of state", "changes",
        type="hazard.item_state", labels=("state",), requirements=(44,),
    ),
)
# fmt: on

_LIVES = {life.name: life for life in LIFECYCLES}
_HAZMAT = {"site_kind": "hazmat_firm"}

# fmt: off
STOCKS = (
    Stock(
        "hazards_open", "未消除隐患", "Hazards open", "hazards", _LIVES["hazard"], opened_only=True,
        labels=("beat", "site_kind"), requirements=(23, 64, 85),
    ),
    Stock(
        "notices_open", "未整改通知", "Notices not met", "notices", _LIVES["notice"], labels=("beat",),
        requirements=(64, 85),
    ),
    Stock(
        "hazmat_firms", "在册涉危企业", "Hazmat firms listed", "firms", _LIVES["premises"], where=_HAZMAT,
        opened_only=True, requirements=(63,),
    ),
    Stock(
        "hazmat_firms_inspected", "已检查涉危企业", "Hazmat firms inspected", "firms", _LIVES["premises"],
        states=frozenset({"inspected"}), where=_HAZMAT, opened_only=True, requirements=(63,),
    ),
    Stock(
        "dangerous_goods", "危爆物品在册", "Dangerous goods", "items", _LIVES["dangerous_goods"], labels=("state",),
        requirements=(44,),
    ),
)

FUNNELS = (
    Funnel(
        "hazard_way", "隐患整改", "From hazard to removal", "hazards", _LIVES["hazard"], ("notice_issued", "closed"),
        requirements=(64, 85),
    ),
    Funnel(
        "notice_way", "责令整改", "From notice to compliance", "notices", _LIVES["notice"], ("notice_met",),
        requirements=(64, 85),
    ),
)

RATIOS = (
    Ratio(
        "hazards_closed_of_found", "整改率", "Hazards removed per 100 found",
        Term("hazards_closed"), Term("hazards_found"), is_share=False, requirements=(64, 85),
    ),
    Ratio(
        "hazards_closed_per_place", "隐患消除与排查比", "Hazards removed per 100 places checked",
        Term("hazards_closed"), Term("places_checked"), is_share=False, requirements=(23,),
    ),
    Ratio(
        "notices_per_hazard", "责令整改与隐患比", "Notices per 100 hazards removed",
        Term("notices_issued"), Term("hazards_closed"), is_share=False, requirements=(64, 85),
    ),
    Ratio(
        "hazmat_coverage", "涉危企业检查覆盖率", "Hazmat firms inspected of listed",
        Term("hazmat_firms_inspected"), Term("hazmat_firms"), requirements=(63,),
    ),
)
# fmt: on
