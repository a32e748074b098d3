"""`citywatch presence`: who was where, from the intervals of units and posts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import typer

from citywatch.commandline.asked_time import TimeOptions, asked_time
from citywatch.commandline.choices import chosen_zone
from citywatch.commandline.options import CampaignOption, CityOption, FromOption, JsonOption, ToOption, ZoneOption
from citywatch.commandline.printing import print_json, print_table
from citywatch.commandline.report_text import up_to_words
from citywatch.commandline.store import opened_store
from figures.queries.clock import chosen_city, city_clock
from figures.queries.presence import READY, as_json, presence, topics
from runtime.errors import CheckFailed, WrongUse
from runtime.settings import load_settings
from schemas.categories import TREE
from schemas.cities import City
from schemas.spelling import instead

WAYS = ("beat", "sector", "city")


def run(
    from_: FromOption = None,
    to: ToOption = None,
    campaign: CampaignOption = None,
    by: Annotated[str, typer.Option(help="Rows of the table: beat, sector or city. JSON has them all.")] = "beat",
    state: Annotated[
        str | None,
        typer.Option(
            help="Comma list of nodes of the category tree: states of units that count. Default: on_patrol,on_post."
        ),
    ] = None,
    city: CityOption = None,
    tz: ZoneOption = None,
    json: JsonOption = False,
) -> int:
    """Minutes of each beat with a ready unit or a staffed post, the longest gap, passes; posts staffed in their hours
    of duty; the share of incidents that somebody ready was within reach of; officers and vehicles by day.

    Without --from: the running month. Of units the intervals count that they have told, and what they said that they do
    since.
    """
    if by not in WAYS:
        raise WrongUse(f"--by {by!r} is none of {', '.join(WAYS)}")
    states = _states(state)
    settings = load_settings()
    with opened_store(settings) as store:
        place = chosen_city(store, settings, city)
        if not topics(place):
            raise WrongUse(f"no source of {place.name} tells of units or posts; see docs/asking.md")
        zone = chosen_zone(settings, place, tz)
        clock = city_clock(store, place, topics(place))
        asked = asked_time(TimeOptions(from_, to, campaign), None, place, zone, clock.as_of).span
        if clock.as_of is None:
            raise CheckFailed(f"no heartbeat of a source of units or posts of {place.name} yet: nothing is known")
        found = as_json(place, zone, asked, clock, presence(store, place, zone, asked, clock, states))
    if json:
        print_json({**found, "states": list(states)})
        return 0
    gap = ["longest gap"] if by == "beat" else []
    print_table(
        f"Presence 见警率, {place.en}, {zone}, {found['from'][:16]} to {found['to'][:16]}",
        (by, "", "minutes", "covered", "share", *gap, "unit-minutes", "passes", "units"),
        [_row(place, by, row) for row in _rows(found, by)],
        range(2, 9 if by == "beat" else 8),
    )
    for line in (up_to_words(clock, zone), *_below(found)):
        print(line)
    return 0


def _states(said: str | None) -> Sequence[str]:
    states = tuple(word.strip() for word in said.split(",") if word.strip()) if said is not None else READY
    for word in states:
        if word not in TREE:
            raise WrongUse(f"--state {word!r} is no node of the category tree: {instead(word, TREE)}")
    return states


def _rows(found: Mapping[str, Any], by: str) -> list[dict[str, Any]]:
    if by == "city":
        return [{"city": found["city"], **found["total"]}]
    rows: list[dict[str, Any]] = found[f"{by}s"]
    return [*rows, {by: "all", **found["total"]}]


def _row(city: City, by: str, row: Mapping[str, Any]) -> tuple[str, ...]:
    of: dict[str, Mapping[str, Any]] = {"beat": city.beats, "sector": city.sectors, "city": {city.name: city}}
    code, lists = row[by], of[by]
    gap = row.get("longest_gap")
    return (
        code,
        lists[code].en if code in lists else "",
        _number(row["minutes"]),
        _number(row["covered_minutes"]),
        _share(row["percent"]),
        *([f"{gap['minutes']:,} min from {gap['from'][5:16]}" if gap else ""] if by == "beat" else []),
        *(_number(row[name]) for name in ("unit_minutes", "passes", "units")),
    )


def _number(said: int | None) -> str:
    """A dash where it is not known."""
    return "–" if said is None else f"{said:,}"


def _share(percent: str | None) -> str:
    return "–" if percent is None else f"{percent} %"


def _below(found: Mapping[str, Any]) -> Iterator[str]:
    if found["coverage"] < 1:
        yield f"incomplete: {100 * found['coverage']:.2f} % of the span is known; what nobody told is no presence"
    posts, calls = found["posts"], found["incidents"]
    if posts["on_duty"]:
        gear = (
            f", gear ready at {_number(posts['equipped'])} of {posts['gear_told']} that told"
            if posts["gear_told"]
            else ""
        )
        yield f"posts on duty at the end: {_number(posts['staffed'])} of {posts['on_duty']} staffed{gear}"
    if posts["windows"]:
        yield (
            f"hours of duty: {_number(posts['full'])} of {posts['windows']} staffed throughout"
            f" ({_share(posts['percent_full'])}), {_number(posts['some'])} at some time;"
            f" {_number(posts['staffed_minutes'])} of {posts['minutes']:,} minutes ({_share(posts['percent'])})"
        )
    if calls["number"]:
        yield (
            f"incidents with somebody ready within reach: {_number(calls['with_ready'])} of {calls['number']:,}"
            f" ({_share(calls['percent'])})"
        )
    for name, daily in found["daily"].items():
        if daily["known_days"] and (daily["mean"] or daily["floor"]):
            floor = "" if daily["floor"] is None else f", below {daily['floor']:,} on {len(daily['below'])}"
            of = f"{daily['known_days']} of {len(daily['days'])} whole days known"
            yield f"{name}: {daily['mean']:,} a day on average, {daily['least']:,} at least{floor}; {of}"
