"""What Shangqiu's report of 2023 prints beside its percentages."""

from __future__ import annotations

from dataclasses import replace

from citywatch.acceptance.counters import Counter, scenario
from citywatch.acceptance.events import DAY
from citywatch.acceptance.question import campaign
from citywatch.acceptance.scenario import Figure
from citywatch.acceptance.stood import Stood
from schemas.dimensions import years

YEAR = 365 * DAY
COUNTIES = tuple(f"C{number:02d}" for number in range(1, 11))
TEAMS = tuple(f"TEAM-{number:02d}" for number in range(1, 11))
SUPERVISION = ("inspection", "bulletin", "listed", "interview", "award")

T0 = scenario(
    "T0",
    "counters of the summer of 2023",
    "summer-2023",
    "2023-06-25",
    "2023-09-30",
    (
        *(
            Counter(
                f"supervision: {kind}",
                "operation.supervision",
                3 + place,
                "supervisions",
                (6,),
                {"kind": kind},
                key=(("kind", kind),),
            )
            for place, kind in enumerate(SUPERVISION)
        ),
        Counter(
            "counties inspected",
            "operation.inspection",
            307,
            "team_inspections",
            (8,),
            {"kind": "station"},
            turns={"county": COUNTIES, "team": TEAMS},
            by="county",
            take="rows",
            expected=10,
        ),
        Counter("stations inspected", "operation.inspection", 0, "stations_inspected", (9,), expected=307),
        Counter("findings", "operation.finding_opened", 163, "findings_opened", (9, 81), expected=160, fed=163),
        Counter(
            "findings put right",
            "operation.finding_closed",
            163,
            "findings_closed",
            (9, 81),
            ago={"opened_at": 9 * DAY},
            expected=160,
            fed=163,
        ),
        *(
            Counter(
                f"done on the street: {kind}",
                "patrol.activity",
                20 + place,
                "activities",
                (17,),
                {"activity": kind},
                size=3,
                key=(("activity", kind),),
            )
            for place, kind in enumerate(("patrol", "help", "mediation", "check", "in_act"))
        ),
        *(
            Counter(
                f"deployed: {member}",
                "patrol.deployed",
                700 + 10 * place,
                "deployed",
                (18,),
                {"member": member},
                size=30,
                key=(("member", member),),
            )
            for place, member in enumerate(("auxiliary", "grid", "patrol_team", "volunteer"))
        ),
        Counter(
            "caught at posts in the act",
            "case.arrest",
            98,
            "arrests_at_posts",
            (19,),
            {"kind": "in_act", "context": "post", "category": "110201"},
            key=(("kind", "in_act"),),
        ),
        Counter(
            "wanted persons caught at posts",
            "case.arrest",
            53,
            "arrests_at_posts",
            (19,),
            {"kind": "wanted", "context": "post", "category": "110401"},
            key=(("kind", "wanted"),),
            expected=50,
            fed=53,
        ),
        Counter("", "case.arrest", 31, "", (), {"kind": "wanted", "context": "patrol", "category": "110203"}),
        Counter(
            "rescued",
            "patrol.activity",
            1,
            "activities",
            (20,),
            {"activity": "rescue", "outcome": "handled"},
            key=(("activity", "rescue"),),
        ),
        Counter(
            "entries of village officers",
            "operation.roster",
            44,
            "rostered",
            (21, 92),
            {"unit": "PS-03", "paired": "village", "begins": "2023-06-25T00:00:00+08:00"},
            key=(("paired", "village"),),
        ),
        Counter(
            "disputes resolved",
            "dispute.resolved",
            3233,
            "disputes_resolved",
            (22,),
            size=17,
            ago={"opened_at": 3 * DAY},
        ),
        Counter("", "dispute.opened", 3600, "", (), size=17),
        Counter("places checked", "hazard.place_checked", 2885, "places_checked", (23,), size=13),
        Counter("hazards removed", "hazard.closed", 950, "hazards_closed", (23,), size=5, ago={"opened_at": DAY}),
        Counter(
            "cases listed by the city",
            "case.listed",
            100,
            "cases_listed",
            (25,),
            {"level": "city", "category": "110204"},
            key=(("level", "city"),),
        ),
        Counter(
            "fugitives listed",
            "case.listed",
            50,
            "fugitives_listed",
            (25,),
            {"level": "city", "kind": "fugitives", "category": "110101"},
            size=5,
        ),
        Counter(
            "ministry-listed cases solved",
            "case.solved",
            15,
            "solved_for_ministry",
            (26,),
            {"level": "ministry", "category": "110401"},
            ago={"opened_at": 300 * DAY},
            reading="with the province-listed ones 36; no share of the cases that the city lists",
        ),
        Counter(
            "province-listed cases solved",
            "case.solved",
            21,
            "solved_for_province",
            (26,),
            {"level": "province", "category": "110401"},
            ago={"opened_at": 200 * DAY},
        ),
        Counter(
            "supervised fugitives caught",
            "case.arrest",
            49,
            "listed_fugitives_caught",
            (26,),
            {"kind": "wanted_major", "category": "110101"},
        ),
        Counter(
            "owners named",
            "case.owner_named",
            97,
            "owners_named",
            (27,),
            {"unit": "PS-07", "category": "110204"},
        ),
        Counter("", "case.solved", 2, "", (), {"category": "110101"}, ago={"opened_at": 27 * YEAR}),
        Counter("", "case.solved", 1, "", (), {"category": "110101"}, ago={"opened_at": 35 * YEAR}),
        *(
            Counter(
                f"solved within {years_} years",
                "case.solved",
                0,
                "time_to_solve",
                (29,),
                take=f"bucket:{years(years_)}",
                expected=number,
            )
            for years_, number in ((20, 36), (30, 38), (40, 39))
        ),
        Counter(
            "given back, yuan",
            "case.property_returned",
            1,
            "property_returned",
            (31,),
            {"category": "110203", "items": 3, "amount": 705_000},
            expected="7000.00",
            fed="7050.00",
            reading="money in fen; shown in yuan",
        ),
    ),
)

SUMMER = campaign("summer-2023")

T0 = replace(
    T0,
    figures=(
        *T0.figures,
        Figure("fugitives still listed", Stood("fugitives_supervised", SUMMER), 50, rows=(25,)),
        Figure(
            "wanted persons caught",
            Stood("fugitives_caught", SUMMER),
            53 + 31 + 49,
            reading="at posts, on patrol, and of the supervised list",
            rows=(19,),
        ),
        Figure(
            "hazards removed per 100 places checked",
            Stood("hazards_closed_per_place", SUMMER),
            "32.93",
            rows=(23,),
        ),
    ),
)

SCENARIOS = (T0,)
