"""What the national report of September 2022 prints."""

from __future__ import annotations

from citywatch.acceptance.counters import Counter, scenario
from citywatch.acceptance.events import DAY

AGO = {"opened_at": 12 * DAY}
TEAMS = tuple(f"TEAM-{number:02d}" for number in range(1, 11))

T1 = scenario(
    "T1",
    "counters of the national campaign of 2022",
    "summer-2022",
    "2022-06-25",
    "2022-09-30",
    (
        Counter(
            "criminal cases solved",
            "case.solved",
            605_000,
            "cases_solved",
            (38, 35),
            {"category": "119900"},
            size=2_000,
            ago=AGO,
            key=(("class", "criminal"),),
            expected=640_000,
            fed=641_723,
        ),
        Counter("", "case.solved", 9_000, "", (), {"category": "120101"}, size=90, ago=AGO),
        Counter(
            "trafficking solved",
            "case.solved",
            713,
            "trafficking_solved",
            (39,),
            {"category": "110501"},
            size=7,
            ago=AGO,
            expected=700,
            fed=713,
        ),
        Counter(
            "women and children found",
            "case.persons_found",
            818,
            "persons_found",
            (39,),
            {"kind": "women_and_children", "category": "110501"},
            size=6,
            key=(("kind", "women_and_children"),),
        ),
        Counter("", "case.persons_found", 77, "", (), {"kind": "missing"}, size=6),
        Counter(
            "pension frauds solved",
            "case.solved",
            36_010,
            "pension_fraud_solved",
            (40,),
            {"category": "110402"},
            size=130,
            ago=AGO,
            expected=36_000,
            fed=36_010,
        ),
        Counter(
            "pension fraud groups",
            "case.group_dismantled",
            4_304,
            "pension_fraud_groups",
            (40,),
            {"category": "110402", "tier": "gang"},
            size=40,
            expected=4_300,
            fed=4_304,
        ),
        Counter(
            "recovered, yuan",
            "case.loss_recovered",
            13,
            "loss_recovered",
            (40,),
            {"category": "110402", "form": "cash", "amount": 200_500_000_000},
            expected="26000000000.00",
            fed="26065000000.00",
            reading="money in fen, summed exactly; 260 亿元 are 26,000,000,000 yuan",
        ),
        *(
            Counter(
                f"organised crime: {tier}",
                "case.group_dismantled",
                number,
                "groups_dismantled",
                (41,),
                {"category": "110601", "tier": tier},
                key=(("tier", tier), ("category", "organised_crime")),
                size=4,
            )
            for tier, number in (("organisation", 49), ("syndicate", 563), ("gang", 684))
        ),
        *(
            Counter(
                f"caught in operation {operation}",
                "case.arrest",
                number,
                "arrests",
                (43,),
                {"category": "110401", "operation": operation},
                key=(("operation", operation),),
                size=9,
            )
            for operation, number in (("cut-cards", 211), ("cut-flows", 122), ("pull-nails", 83))
        ),
        *(
            Counter(
                f"dangerous goods {state}",
                "hazard.item_state",
                number,
                "dangerous_goods_moves",
                (44,),
                {"state": state, "kind": "detonator"},
                key=(("state", state),),
            )
            for state, number in (("produced", 19), ("stored", 17), ("moving", 13), ("in_use", 11))
        ),
        Counter(
            "smart security units",
            "prevention.site_listed",
            37,
            "sites_listed",
            (44,),
            {"kind": "smart_unit"},
            key=(("kind", "smart_unit"),),
        ),
        Counter(
            "inspecting teams",
            "operation.inspection",
            60,
            "team_inspections",
            (45,),
            {"kind": "site"},
            turns={"team": TEAMS},
            by="team",
            take="rows",
            expected=10,
        ),
        Counter(
            "key areas listed",
            "operation.area_listed",
            56,
            "areas_listed",
            (45,),
            {"level": "ministry"},
            key=(("level", "ministry"),),
        ),
        Counter("", "operation.area_listed", 31, "", (), {"level": "county"}),
        Counter(
            "areas accepted",
            "operation.area_accepted",
            23,
            "areas_accepted",
            (46,),
            {"level": "county"},
            ago={"listed_at": 40 * DAY},
        ),
        Counter("files of disputes looked after", "dispute.touched", 61, "dispute_files_touched", (49,)),
        Counter(
            "night talks",
            "prevention.talk",
            47,
            "talks",
            (50,),
            {"kind": "night_talk", "reached": 20},
            key=(("kind", "night_talk"),),
        ),
        Counter(
            "ten-household watches",
            "prevention.site_listed",
            29,
            "sites_listed",
            (51,),
            {"kind": "ten_households"},
            key=(("kind", "ten_households"),),
        ),
        Counter(
            "safe houses",
            "prevention.site_listed",
            932,
            "sites_listed",
            (52,),
            {"kind": "safe_house"},
            key=(("kind", "safe_house"),),
            expected=930,
            fed=932,
        ),
        Counter("letters of responsibility", "prevention.pledge", 340, "pledges", (53,), {"kind": "venue"}, size=8),
        Counter(
            "rescue poles",
            "prevention.asset_deployed",
            5_000,
            "assets_deployed",
            (54,),
            {"kind": "pole"},
            size=50,
            turns={"town": tuple(f"T{number:02d}" for number in range(1, 21))},
            key=(("kind", "pole"),),
        ),
        *(
            Counter(
                f"talks with a {partner}",
                "prevention.talk",
                number,
                "talks",
                (57,),
                {"kind": "lecture", "partner": partner},
                key=(("partner", partner),),
            )
            for partner, number in (("firm", 12), ("school", 15), ("hospital", 8))
        ),
    ),
)

SCENARIOS = (T1,)
