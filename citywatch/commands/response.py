"""`citywatch response`: how soon somebody came, against the readings of the 1-3-5 minutes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import typer

from citywatch.commandline.asked_time import TimeOptions, asked_time
from citywatch.commandline.choices import chosen_zone
from citywatch.commandline.options import CampaignOption, CityOption, FromOption, JsonOption, ToOption, ZoneOption
from citywatch.commandline.printing import print_json, print_table
from citywatch.commandline.report_text import up_to_words
from citywatch.commandline.store import opened_store
from figures.compare import few
from figures.queries.clock import chosen_city, city_clock
from figures.queries.response import as_json, response
from figures.response import PROFILES, Profile
from runtime.errors import CheckFailed
from runtime.settings import load_settings
from schemas.families.incidents import INCIDENTS

NAMES = {
    "ring_60": ("1 min ring: station, patrol, SWAT", "一分钟圈"),
    "ring_180": ("3 min ring: bureau, traffic", "三分钟圈"),
    "ring_300": ("5 min ring: all others", "五分钟圈"),
    "grade_1": ("grade 1", "一级警情"),
    "grade_2": ("grade 2", "二级警情"),
    "grade_3": ("grade 3 and beyond", "三级及以下"),
    "not_graded": ("not graded", "未分级"),
    "call_to_dispatch": ("react: call to dispatch", "反应"),
    "dispatch_to_arrival": ("move: dispatch to arrival", "到场"),
    "arrival_to_close": ("deal with it: arrival to close", "处置"),
    "urban": ("urban", "城区"),
    "suburban": ("suburban", "郊区"),
    "rural": ("rural", "农村"),
    "acknowledged 1": ("first to acknowledge", "首个签收"),
    "acknowledged 2": ("second to acknowledge", "第二签收"),
    "acknowledged 3": ("third to acknowledge", "第三签收"),
    "arrived 1": ("first to arrive", "首个到场"),
    "arrived 2": ("second to arrive", "第二到场"),
    "arrived 3": ("third to arrive", "第三到场"),
    "all_acknowledged": ("all have acknowledged", "全部签收"),
}


def run(
    from_: FromOption = None,
    to: ToOption = None,
    campaign: CampaignOption = None,
    profile: Annotated[
        Profile, typer.Option(help="What 1, 3 and 5 minutes are of: rings of force, grades of severity, or steps.")
    ] = PROFILES[0],
    city: CityOption = None,
    tz: ZoneOption = None,
    json: JsonOption = False,
) -> int:
    """How soon somebody came to the incidents reported in a span: against 1, 3 and 5 minutes; urban 5 and suburban 10
    minutes from dispatch; the first, second and third responder; and until all that were tasked had acknowledged.

    Without --from: the running month. JSON has the same of each beat. Lives are followed for a day after the span.
    """
    settings = load_settings()
    with opened_store(settings) as store:
        place = chosen_city(store, settings, city)
        zone = chosen_zone(settings, place, tz)
        clock = city_clock(store, place, [INCIDENTS])
        asked = asked_time(TimeOptions(from_, to, campaign), None, place, zone, clock.as_of).span
        if clock.as_of is None:
            raise CheckFailed(f"no heartbeat of a source of incidents of {place.name} yet: nothing is known")
        found = as_json(place, zone, asked, clock, profile, response(store, place, asked, clock))
    if json:
        print_json(found)
        return 0
    print_table(
        f"Response 响应, {place.en}, {zone}, {found['from'][:16]} to {found['to'][:16]},"
        f" {found['incidents']:,} incidents",
        (f"{profile} and areas", "", "n", "target", "within", "p50 s", "p90 s"),
        [_row(row, row["name"]) for row in (*found["targets"], *found["areas"])],
        (2, 3, 4, 5, 6),
    )
    tasked = found["tasked"]
    print_table(
        f"From the call, {tasked['incidents']:,} incidents with {tasked['tasks']:,} tasks",
        ("responder", "", "n", "p50 s", "p90 s"),
        [*_responders(found["responders"]), _told(tasked, tasked["name"])],
        (2, 3, 4),
    )
    print(up_to_words(clock, zone))
    if found["coverage"] < 1:
        print(f"incomplete: {100 * found['coverage']:.2f} % of the span is known")
    return 0


def _responders(found: Mapping[str, Any]) -> Iterable[tuple[str, ...]]:
    return [_told(row, f"{step} {row['name']}") for step, rows in found.items() for row in rows]


def _row(row: Mapping[str, Any], name: str) -> tuple[str, ...]:
    named, chinese, number, *quantiles = _told(row, name)
    if row["target"] is None:
        return named, chinese, number, "", "", *quantiles
    # few say too little for a percentage
    part = "" if few(row["n"]) else f" ({row['percent']} %)"
    return named, chinese, number, f"{row['target'] // 60} min", f"{row['within']:,}/{row['n']:,}{part}", *quantiles


def _told(row: Mapping[str, Any], name: str) -> tuple[str, ...]:
    english, chinese = NAMES[name]
    return english, chinese, f"{row['n']:,}", *("–" if row[q] is None else f"{row[q]:,}" for q in ("p50", "p90"))
