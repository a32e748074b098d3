"""How events of cases are counted."""

from __future__ import annotations

from typing import Any

from schemas.dimensions import DAY, years
from schemas.families.cases.events import (
    Arrest,
    Delisted,
    GroupDismantled,
    Listed,
    LossRecovered,
    Opened,
    OwnerNamed,
    PersonsFound,
    PropertyRecovered,
    PropertyReturned,
    PropertyStolen,
    Raid,
    Recoded,
    Sanction,
    Seizure,
    SeriesLinked,
    Solved,
    TipClosed,
    TipOpened,
    Withdrawn,
)
from schemas.families.cases.payloads import (
    ArrestData,
    CaseData,
    DelistedData,
    FoundData,
    GroupData,
    ListedData,
    LossData,
    OpenedData,
    OwnerData,
    RecodedData,
    RecoveredData,
    RestatedData,
    SanctionData,
    SeizureData,
    SeriesData,
    SolvedData,
    StolenData,
    TipClosedData,
)
from schemas.family import Cancels, EventType, Family, Moves, Number, Phase, Topic
from schemas.topic import kept

CASES = "citywatch.cases"

TO_SOLVE = (DAY, 3 * DAY, 7 * DAY, 30 * DAY, 90 * DAY, *map(years, (1, 5, 10, 20, 30, 40)))
"""Edges of the time to solve: 24 and 72 hours, and decades for cold cases."""

TO_RECOVER = (DAY, 2 * DAY, 3 * DAY, 7 * DAY, 30 * DAY, 90 * DAY, years(1))
TO_DEAL = (DAY, 3 * DAY, 7 * DAY, 15 * DAY, 30 * DAY, 90 * DAY, years(1))

_DIMS = ("beat", "category", "unit", "operation")
_AMOUNT = Number("amount", "CNY", scale=2)
_ITEMS = Number("items", "pieces")
_ABOUT: dict[str, Any] = {"specversion": "1.0", "source": "xincheng/case", "time": "2026-01-05T09:00:00+08:00"}
_OF: dict[str, Any] = _ABOUT | {"subject": "c-2026-0107"}
_CASE: dict[str, Any] = {"beat": "B07", "category": "110203", "unit": "STN-04", "operation": "summer-2026"}
_OPENED: dict[str, Any] = {"beat": "B07", "category": "110203", "opened_at": "2026-01-02T10:00:00+08:00"}

FAMILY = Family(
    name="case",
    zh="案件",
    en="Cases",
    topic=Topic(CASES, "Cases, and what came of them: CloudEvents, keyed by beat", kept(30)),
    types=(
        EventType(
            Opened,
            dims=(*_DIMS, "against"),
            coded="category",
            order=(("happened_at", "reported_at", "time"),),
            example=Opened(
                **_OF,
                id="o-1",
                data=OpenedData(
                    **_CASE, happened_at="2026-01-04T21:00:00+08:00", reported_at="2026-01-04T22:00:00+08:00"
                ),
            ),
        ),
        EventType(
            Recoded,
            dims=("beat", "category"),
            coded="category",
            order=(("opened_at", "time"),),
            effect=Moves(of="case.opened", at="opened_at", now={"category": "now_category", "beat": "now_beat"}),
            example=Recoded(**_OF, id="n-1", data=RecodedData(**_OPENED, now_category="110205", now_beat="B08")),
        ),
        EventType(
            Withdrawn,
            dims=("beat", "category"),
            coded="category",
            order=(("opened_at", "time"),),
            effect=Cancels(of="case.opened", at="opened_at"),
            example=Withdrawn(**_OF, id="x-1", data=RestatedData(**_OPENED)),
        ),
        EventType(
            Solved,
            dims=(*_DIMS, "level", "against"),
            coded="category",
            numbers=(Phase("time_to_solve", since="opened_at", edges=TO_SOLVE),),
            order=(("opened_at", "time"),),
            example=Solved(
                **_OF, id="s-1", data=SolvedData(**_CASE, level="city", opened_at="2026-01-02T10:00:00+08:00")
            ),
        ),
        EventType(
            Listed,
            dims=(*_DIMS, "level", "kind"),
            coded="category",
            example=Listed(**_OF, id="l-1", data=ListedData(**_CASE, level="ministry")),
        ),
        EventType(
            OwnerNamed,
            dims=_DIMS,
            coded="category",
            example=OwnerNamed(**_OF, id="w-1", data=OwnerData(**_CASE)),
        ),
        EventType(
            Delisted,
            dims=(*_DIMS, "level", "kind", "reason"),
            coded="category",
            numbers=(Phase("time_listed", since="listed_at", edges=TO_SOLVE),),
            order=(("listed_at", "time"),),
            example=Delisted(
                **_OF,
                id="d-1",
                data=DelistedData(**_CASE, level="ministry", reason="solved", listed_at="2026-01-03T10:00:00+08:00"),
            ),
        ),
        EventType(
            Arrest,
            dims=(*_DIMS, "kind", "context"),
            coded="category",
            example=Arrest(**_OF, id="a-1", data=ArrestData(**_CASE, kind="in_act", context="post", count=2)),
        ),
        EventType(
            Sanction,
            dims=(*_DIMS, "kind"),
            coded="category",
            example=Sanction(**_OF, id="m-1", data=SanctionData(**_CASE, kind="detained", count=2)),
        ),
        EventType(
            GroupDismantled,
            dims=(*_DIMS, "tier"),
            coded="category",
            example=GroupDismantled(**_OF, id="g-1", data=GroupData(**_CASE, tier="gang")),
        ),
        EventType(
            Raid,
            dims=_DIMS,
            coded="category",
            example=Raid(**_OF, id="r-1", data=CaseData(**_CASE)),
        ),
        EventType(
            Seizure,
            dims=(*_DIMS, "kind", "form"),
            coded="category",
            numbers=(_ITEMS, _AMOUNT),
            example=Seizure(
                **_OF,
                id="z-1",
                data=SeizureData(**_CASE, kind="card", form="frozen", items=110, amount=1_402_000_000),
            ),
        ),
        EventType(
            LossRecovered,
            dims=(*_DIMS, "form"),
            coded="category",
            numbers=(_AMOUNT,),
            example=LossRecovered(**_OF, id="v-1", data=LossData(**_CASE, form="noncash", amount=19_690_000_000)),
        ),
        EventType(
            PropertyStolen,
            dims=_DIMS,
            coded="category",
            numbers=(_ITEMS, _AMOUNT),
            example=PropertyStolen(**_OF, id="t-1", data=StolenData(**_CASE, items=1, amount=320_000)),
        ),
        EventType(
            PropertyRecovered,
            dims=_DIMS,
            coded="category",
            numbers=(_ITEMS, _AMOUNT, Phase("time_to_recover", since="stolen_at", edges=TO_RECOVER)),
            order=(("stolen_at", "time"),),
            example=PropertyRecovered(
                **_OF,
                id="k-1",
                data=RecoveredData(**_CASE, items=1, amount=320_000, stolen_at="2026-01-02T10:00:00+08:00"),
            ),
        ),
        EventType(
            PropertyReturned,
            dims=_DIMS,
            coded="category",
            numbers=(_ITEMS, _AMOUNT),
            example=PropertyReturned(**_OF, id="b-1", data=StolenData(**_CASE, items=3, amount=700_000)),
        ),
        EventType(
            PersonsFound,
            dims=(*_DIMS, "kind"),
            coded="category",
            example=PersonsFound(**_OF, id="f-1", data=FoundData(**_CASE, kind="women_and_children", count=3)),
        ),
        EventType(
            TipOpened,
            dims=_DIMS,
            coded="category",
            example=TipOpened(**_ABOUT, subject="tip-31", id="p-1", data=CaseData(**_CASE)),
        ),
        EventType(
            TipClosed,
            dims=(*_DIMS, "result"),
            coded="category",
            numbers=(Phase("time_to_close", since="opened_at", edges=TO_DEAL),),
            order=(("opened_at", "time"),),
            example=TipClosed(
                **_ABOUT,
                subject="tip-31",
                id="q-1",
                data=TipClosedData(**_CASE, result="case", opened_at="2026-01-02T10:00:00+08:00"),
            ),
        ),
        EventType(
            SeriesLinked,
            dims=(*_DIMS, "series"),
            coded="category",
            example=SeriesLinked(**_OF, id="e-1", data=SeriesData(**_CASE, series="series-12")),
        ),
    ),
)
