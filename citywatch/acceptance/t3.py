"""What Xuchang's report of September 2022 prints."""

from __future__ import annotations

from dataclasses import replace

from citywatch.acceptance.counters import Counter, scenario
from citywatch.acceptance.events import DAY
from citywatch.acceptance.question import campaign
from citywatch.acceptance.scenario import Figure
from citywatch.acceptance.stood import Stood

T3 = scenario(
    "T3",
    "counters of Xuchang",
    "summer-2022",
    "2022-06-25",
    "2022-09-30",
    (
        Counter(
            "marks of meetings",
            "operation.note",
            8,
            "notes",
            (80,),
            {"kind": "meeting", "zh": "工作例会", "en": "Meeting"},
            key=(("kind", "meeting"),),
        ),
        Counter("", "operation.note", 3, "", (), {"kind": "launch", "zh": "启动", "en": "Launch"}),
        *(
            Counter(
                f"posts: {kind}",
                "post.listed",
                number,
                "posts_listed",
                (83,),
                {"kind": kind, "officers": 3},
                key=(("kind", kind),),
            )
            for kind, number in (("armed", 21), ("station", 19), ("checkpoint", 26))
        ),
        Counter(
            "posts in all",
            "post.listed",
            0,
            "posts_listed",
            (83,),
            expected=66,
            reading="armed posts, police stations on the street, checkpoints",
        ),
        Counter(
            "police deployed",
            "patrol.deployed",
            118_200,
            "police_deployed",
            (84,),
            {"member": "police", "patrol": "station"},
            size=400,
            expected=118_000,
            fed=118_200,
            reading="person-times (人次)",
        ),
        Counter(
            "volunteers deployed",
            "patrol.deployed",
            133_500,
            "volunteers_deployed",
            (84,),
            {"member": "volunteer", "patrol": "public"},
            size=500,
            expected=133_000,
            fed=133_500,
        ),
        Counter("night checks", "patrol.activity", 757, "night_checks", (84,), {"activity": "night_check"}, size=4),
        Counter("", "patrol.activity", 300, "", (), {"activity": "check"}, size=4),
        Counter(
            "patrol minutes of armed patrols",
            "patrol.status",
            48,
            "patrol_by_kind_minutes",
            (75,),
            {"unit": "PC-12", "state": "patrolling_ready", "patrol": "armed", "mode": "line"},
            ago={"since": 3_600},
            key=(("patrol", "armed"),),
            expected=48 * 60,
        ),
        Counter(
            "patrol minutes of the public",
            "patrol.status",
            30,
            "patrol_by_kind_minutes",
            (75,),
            {"unit": "PC-13", "state": "patrolling", "patrol": "public", "mode": "area"},
            ago={"since": 1_800},
            key=(("patrol", "public"),),
            expected=30 * 30,
        ),
        Counter(
            "leaflets",
            "prevention.outreach",
            100,
            "outreach_items",
            (86,),
            {"channel": "leaflet", "items": 610, "reached": 1_500},
            expected=60_000,
            fed=61_000,
        ),
        Counter(
            "reached by outreach",
            "prevention.outreach",
            60,
            "outreach_audience",
            (86,),
            {"reached": 1_010},
            turns={"channel": ("web", "newspaper", "broadcast", "social", "app")},
            expected=210_000,
            fed=210_600,
        ),
        Counter(
            "phone lockers",
            "prevention.measure_installed",
            14,
            "measures_installed",
            (87,),
            {"kind": "locker", "against": "theft_other"},
            key=(("kind", "locker"),),
        ),
        Counter(
            "evil-force syndicates",
            "case.group_dismantled",
            2,
            "groups_dismantled",
            (89,),
            {"tier": "syndicate", "category": "110601"},
            key=(("tier", "syndicate"),),
        ),
        Counter(
            "picking quarrels solved",
            "case.solved",
            47,
            "provocation_solved",
            (89,),
            {"category": "120102"},
            ago={"opened_at": 4 * DAY},
        ),
        *(
            Counter(
                f"{name} solved",
                "case.solved",
                solved,
                measure,
                (89,),
                {"category": code},
                size=4,
                ago={"opened_at": 4 * DAY},
            )
            for name, code, solved, measure in (
                ("thefts", "110203", 400, "theft_solved"),
                ("robberies", "110301", 28, "robbery_solved"),
                ("frauds", "110499", 160, "fraud_solved"),
            )
        ),
        *(
            Counter("", "case.arrest", caught, "", (), {"category": code}, size=3)
            for code, caught in (("110203", 170), ("110301", 31), ("110499", 49), ("120102", 15))
        ),
        Counter(
            "warned of fraud",
            "prevention.fraud_warning",
            250_600,
            "fraud_warnings",
            (90,),
            {"outcome": "warned", "amount": 0},
            size=700,
            expected=250_000,
            fed=250_650,
        ),
        Counter(
            "loss averted, yuan",
            "prevention.fraud_warning",
            50,
            "loss_averted",
            (90,),
            {"outcome": "dissuaded", "amount": 70_100_000},
            expected="35000000.00",
            fed="35050000.00",
        ),
        Counter(
            "premises swept at once",
            "hazard.sweep",
            33,
            "sweeps",
            (91,),
            {"method": "dragnet", "site_kind": "internet_cafe", "officers": 12},
            key=(("method", "dragnet"),),
        ),
        Counter("", "hazard.sweep", 9, "", (), {"method": "targeted", "site_kind": "ktv", "officers": 8}),
        Counter(
            "officers paired with firms",
            "operation.roster",
            27,
            "rostered",
            (92,),
            {"unit": "PS-05", "paired": "firm", "begins": "2022-06-25T00:00:00+08:00"},
            key=(("paired", "firm"),),
        ),
        Counter(
            "results of patrols",
            "operation.result",
            88,
            "results",
            (82,),
            {"unit": "PS-05"},
            key=(("police", "patrol"),),
        ),
        Counter("", "operation.result", 12, "", (), {"unit": "PS-06", "police": "traffic"}),
    ),
)

SUMMER = campaign("summer-2022")

T3 = replace(
    T3,
    figures=(
        *T3.figures,
        Figure("thefts, robberies and frauds solved", Stood("property_crime_solved", SUMMER), 588, rows=(89,)),
        Figure(
            "caught for them", Stood("property_crime_arrests", SUMMER), 250, reading="persons, not cases", rows=(89,)
        ),
        Figure("caught per 100 of them", Stood("arrests_per_property_crime", SUMMER), "42.5", rows=(89,)),
    ),
)

SCENARIOS = (T3,)
