"""What the district's report of 2022 prints."""

from __future__ import annotations

from citywatch.acceptance.counters import Counter, scenario
from citywatch.acceptance.events import DAY

OPERATIONS = ("clear-trouble", "pull-nails", "melt-ice", "iron-fist", "remove-danger", "stable-ground")

T2 = scenario(
    "T2",
    "counters of the district",
    "summer-2022",
    "2022-06-25",
    "2022-09-30",
    (
        *(
            Counter(
                f"hazards found in {operation}",
                "hazard.opened",
                12 + 5 * place,
                "hazards_found",
                (58,),
                {"operation": operation, "kind": "wiring", "site_kind": "school" if place else "rental"},
                key=(("operation", operation),),
            )
            for place, operation in enumerate(OPERATIONS)
        ),
        Counter(
            "hazards found at schools",
            "hazard.opened",
            0,
            "hazards_found",
            (78,),
            key=(("site_kind", "school"),),
            expected=sum(12 + 5 * place for place in range(1, len(OPERATIONS))),
        ),
        Counter("duties", "operation.task_assigned", 77, "duties_assigned", (59,), {"unit": "PS-03"}),
        Counter(
            "duties done", "operation.task_done", 70, "duties_done", (59,), {"unit": "PS-03"}, ago={"assigned_at": DAY}
        ),
        Counter("areas listed", "operation.area_listed", 9, "areas_listed", (60, 61), {"level": "county"}),
        Counter("checks of listed areas", "operation.area_checked", 126, "area_checks", (61,), {"level": "county"}),
        Counter(
            "areas accepted jointly",
            "operation.area_accepted",
            4,
            "areas_accepted",
            (60,),
            {"level": "county"},
            ago={"listed_at": 30 * DAY},
        ),
        Counter(
            "checkpoints",
            "post.listed",
            28,
            "posts_listed",
            (62,),
            {"kind": "checkpoint", "officers": 4},
            key=(("kind", "checkpoint"),),
        ),
        Counter("", "post.listed", 12, "", (), {"kind": "street", "officers": 2}),
        Counter(
            "night stalls, hotels, bars inspected",
            "hazard.inspected",
            811,
            "premises_inspected",
            (63, 91),
            {"site_kind": "bar"},
            size=9,
            key=(("site_kind", "bar"),),
            expected=800,
            fed=811,
        ),
        Counter(
            "dangerous goods firms",
            "hazard.site_listed",
            142,
            "hazmat_firms_listed",
            (63,),
            {"site_kind": "hazmat_firm"},
        ),
        Counter(
            "drink- and drunk-driving",
            "post.result",
            50,
            "drink_driving",
            (65,),
            {"kind": "checkpoint", "result": "drink_driving"},
            reading="86 of both: 50 and 36",
        ),
        Counter(
            "drunk-driving",
            "post.result",
            36,
            "drunk_driving",
            (65,),
            {"kind": "checkpoint", "result": "drunk_driving"},
        ),
        Counter("", "post.result", 64, "", (), {"kind": "checkpoint", "result": "traffic"}),
        Counter(
            "vehicles checked",
            "post.check",
            40,
            "vehicles_checked",
            (65,),
            {"kind": "checkpoint", "vehicles": 310},
            ago={"since": 7_200},
            expected=12_400,
        ),
        Counter(
            "gangs broken up",
            "case.group_dismantled",
            2,
            "groups_dismantled",
            (66,),
            {"tier": "gang", "category": "110208"},
            key=(("tier", "gang"),),
        ),
        Counter(
            "caught of the telecom fraud gang",
            "case.arrest",
            9,
            "arrests",
            (66,),
            {"category": "110401"},
            size=3,
            key=(("category", "telecom_fraud"),),
        ),
        Counter(
            "caught of the cable theft gang",
            "case.arrest",
            5,
            "arrests",
            (66,),
            {"category": "110208"},
            size=5,
            key=(("category", "cable_theft"),),
        ),
        *(
            Counter(
                f"caught for {node}",
                "case.arrest",
                number,
                "arrests",
                (67,),
                {"category": code},
                key=(("category", node),),
            )
            for code, node, number in (
                ("120101", "fighting", 6),
                ("120102", "provocation", 5),
                ("110102", "intentional_injury", 4),
            )
        ),
        Counter(
            "vice, coercive measures",
            "case.sanction",
            19,
            "vice_sanctions",
            (68,),
            {"kind": "coerced", "category": "120201"},
            key=(("kind", "coerced"),),
        ),
        Counter(
            "vice, penalised",
            "case.sanction",
            217,
            "vice_sanctions",
            (68,),
            {"kind": "penalised", "category": "120202"},
            size=5,
            key=(("kind", "penalised"),),
        ),
        Counter("", "case.sanction", 33, "", (), {"kind": "penalised", "category": "120101"}),
    ),
)

SCENARIOS = (T2,)
