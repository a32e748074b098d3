"""`citywatch presence` says what a look at each minute of the events says."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from citywatch.cli import call
from schemas.families.incidents import INCIDENTS
from schemas.families.patrols import PATROLS
from schemas.families.posts import POSTS
from schemas.records import Correction
from schemas.topics import CORRECTIONS
from tests.commands.stored import LOG, Filled
from tests.commands.toytown import BEATS, DAY, START, Body, at, body, founded, put, status
from tests.deployments import SERVER_UNLESS_FULL

pytestmark = SERVER_UNLESS_FULL

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def city(filled: Filled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Filled:
    return founded(filled, tmp_path, monkeypatch)


def moves(rng: random.Random) -> list[Body]:
    """Four units over two days: each interval begins where the one before ends, or a while later."""
    found = []
    for unit in range(1, 5):
        minute = rng.randrange(200)
        while minute < 2 * DAY - 200:
            end = minute + rng.randrange(1, 190)
            data = {"beat": rng.choice((*BEATS, "B9")), "state": rng.choice(("ready", "post", "scene"))}
            found.append(
                status(f"u{unit}-{minute}", minute, end, unit=f"PC-{unit}", patrol=rng.choice(("armed", "")), **data)
            )
            minute = end + rng.choice((0, 0, rng.randrange(1, 120)))
    return found


def minute_of(text: str) -> int:
    return (int(datetime.fromisoformat(text).timestamp()) - START) // 60


def test_beats_posts_and_calls_are_as_a_look_at_each_minute_finds_them(city: Filled, ask: Ask) -> None:
    rng = random.Random(12)
    units = moves(rng)
    put(city, PATROLS, [*units, *units[:30]])  # 30 ids twice
    shifts = [(beat, sorted(rng.sample(range(2 * DAY), 6))) for beat in BEATS]
    posts = [
        body("post.listed", "posts", f"l{beat}", 0, subject=f"p{beat}", beat=beat, duty="06:00-10:00,22:00-01:00")
        for beat in BEATS
    ]
    for beat, edges in shifts:
        for begin, end in zip(edges[::2], edges[1::2], strict=True):
            posts.append(body("post.staffed", "posts", f"s{beat}{begin}", begin, subject=f"p{beat}", beat=beat))
            posts.append(
                body("post.left", "posts", f"f{beat}{end}", end, subject=f"p{beat}", beat=beat, staffed_at=at(begin))
            )
    put(city, POSTS, rng.sample(posts, len(posts)))
    reports = [
        body("incident.reported", "110", f"r{n}", rng.randrange(DAY), subject=f"i{n}", beat=rng.choice(BEATS))
        for n in range(200)
    ]
    gone = body(
        "incident.cancelled", "110", "x0", DAY - 1, subject="i0", beat=reports[0]["data"]["beat"],
        reported_at=reports[0]["time"],
    )  # fmt: skip
    put(city, INCIDENTS, [*reports, gone])
    ruled = Correction(
        log=LOG, topic=INCIDENTS, partition=0, offset=200, verdict="counted", source="toytown/110", id="x0",
        subject="i0", time=START + 60 * (DAY - 1), type="incident.cancelled",
        dims={"beat": reports[0]["data"]["beat"], "category": "", "origin": "citizen"}, numbers={"count": 1},
        reported_at=START + 60 * minute_of(reports[0]["time"]),
    )  # fmt: skip
    put(city, CORRECTIONS, [ruled])

    answer = ask("presence", "--from", "2026-03-02", "--to", "2026-03-02", "--city", "toytown")

    there: dict[str, set[int]] = {beat: set() for beat in (*BEATS, "unknown")}
    seen: set[tuple[str, str, int]] = set()
    for each in units:
        data = each["data"]
        if data["state"] != "scene":
            beat = data["beat"] if data["beat"] in BEATS else "unknown"
            minutes = range(minute_of(data["since"]), minute_of(each["time"]))
            there[beat].update(minutes)
            seen.update((data["unit"], beat, minute) for minute in minutes)
    staffed = {
        beat: {minute for begin, end in zip(edges[::2], edges[1::2], strict=True) for minute in range(begin, end)}
        for beat, edges in shifts
    }
    for beat in BEATS:
        there[beat] |= staffed[beat]
    rows = {row["beat"]: row for row in answer["beats"]}
    assert set(rows) == set(there)
    for beat, minutes_there in there.items():
        day = [minute in minutes_there for minute in range(DAY)]
        came_at = [m for u, one, m in seen if one == beat and m < DAY and (u, beat, m - 1) not in seen]
        gap = max(map(len, "".join("1" if one else "0" for one in day).split("1")))
        found = rows[beat]
        assert found["covered_seconds"] == 60 * sum(day)
        if beat in BEATS:
            assert (0 if found["longest_gap"] is None else found["longest_gap"]["minutes"]) == gap
        assert found["unit_minutes"] == sum(one == beat and minute < DAY for _, one, minute in seen)
        assert found["units"] == len({unit for unit, one, minute in seen if (one, minute) == (beat, DAY - 1)})
        assert found["passes"] == sum(found["passes_by_kind"].values()) == len(came_at)
        night = sum(minute < DAY // 3 for minute in came_at)
        of_night = [row["n"] for row in found["passes_by_shift_and_kind"] if row["shift"] == "00-08"]
        assert sum(of_night) == found["passes_by_shift"].get("00-08", 0) == night
    assert answer["total"]["covered_minutes"] == sum(rows[beat]["covered_minutes"] for beat in BEATS)
    assert [sector["minutes"] for sector in answer["sectors"]] == [2 * DAY, DAY]

    windows = [(beat, range(*hours)) for beat in BEATS for hours in ((360, 600), (1320, 1500))]
    full = sum(staffed[beat].issuperset(hours) for beat, hours in windows)
    assert (answer["posts"]["windows"], answer["posts"]["full"]) == (6, full)
    assert answer["posts"]["staffed_minutes"] == sum(len(staffed[beat] & set(hours)) for beat, hours in windows)

    reach = {"B1": ("B1", "B2"), "B2": ("B2",), "B3": ("B3",)}
    calls = [(minute_of(each["time"]), each["data"]["beat"]) for each in reports[1:]]
    reached = sum(any(minute in there[one] for one in reach[beat]) for minute, beat in calls)
    assert (answer["incidents"]["number"], answer["incidents"]["with_ready"]) == (199, reached)
    assert 0 < reached < 199


NEVER_ZERO = ("covered_minutes", "covered_seconds", "percent", "unit_minutes", "units", "passes")


def test_of_a_span_of_which_nothing_is_known_nobody_says_that_nobody_was_there(
    city: Filled, ask: Ask, capfd: pytest.CaptureFixture[str]
) -> None:
    put(city, PATROLS, [status("a", DAY + 10, DAY + 600, unit="PC-1", beat="B1", state="ready")])
    put(city, POSTS, [body("post.listed", "posts", "l", 0, subject="p1", beat="B1", duty="06:00-10:00")])
    city.gap("declared", at(0), at(DAY), source="toytown/patrol", topic=PATROLS)
    asked = ["presence", "--from", "2026-03-02", "--to", "2026-03-02", "--city", "toytown"]
    answer = ask(*asked)
    assert answer["coverage"] == 0.0
    for row in (*answer["beats"], *answer["sectors"], answer["total"]):
        assert {row[name] for name in NEVER_ZERO} == {None}
        assert row["minutes"] > 0
    assert {row["longest_gap"] for row in answer["beats"]} == {None}
    assert answer["incidents"] == {"number": None, "with_ready": None, "percent": None}
    posts = answer["posts"]
    assert (posts["windows"], posts["full"], posts["staffed_minutes"], posts["percent"]) == (1, None, None, None)
    assert call(asked) == 0
    told = capfd.readouterr().out
    assert re.search(r"B1 +First +1,440 +– +–", told)
    assert "hours of duty: – of 1 staffed throughout (–), – at some time; – of 240 minutes (–)" in told
    whole = ask(*asked[:-3], "2026-03-03", *asked[-2:])
    assert {row["beat"]: row["covered_minutes"] for row in whole["beats"]} == {"B1": 590, "B2": 0, "B3": 0}


def test_gear_that_was_told_after_the_span_is_not_of_it(city: Filled, ask: Ask) -> None:
    steps = [
        body("post.listed", "posts", "l", 0, subject="p1", beat="B1"),
        body("post.staffed", "posts", "s", 10, subject="p1", beat="B1"),
        body("post.staffed", "posts", "k", DAY + 60, subject="p1", beat="B1", kit="ready"),
    ]
    put(city, POSTS, steps)
    told = {}
    for day in ("2026-03-02", "2026-03-03"):
        posts = ask("presence", "--from", day, "--to", day, "--city", "toytown")["posts"]
        told[day] = posts["staffed"], posts["gear_told"], posts["equipped"]
    assert told == {"2026-03-02": (1, 0, None), "2026-03-03": (1, 1, 1)}


def test_what_a_unit_said_that_it_does_since_counts_for_a_day_and_a_day_below_its_floor_is_named(
    city: Filled, ask: Ask, capfd: pytest.CaptureFixture[str]
) -> None:
    put(
        city,
        PATROLS,
        [
            status("a", 0, 600, unit="PC-1", beat="B1", state="scene", now="ready"),
            status("b", 0, 900, unit="PC-2", beat="B3", state="ready", now="scene"),
        ],
    )
    for day, number in (("2026-03-02", 31), ("2026-03-03", 29)):
        city.cell(
            f"{day}T08:00:00+08:00", 1, category="police", beat="B1", source="toytown/patrol",
            kind="patrol.shift_began", facet="", values=(number, 2), topic=PATROLS,
        )  # fmt: skip
    asked = ["presence", "--from", "2026-03-02", "--to", "2026-03-03", "--city", "toytown"]
    answer = ask(*asked)
    rows = {row["beat"]: row for row in answer["beats"]}
    assert (rows["B1"]["covered_minutes"], rows["B2"]["covered_minutes"]) == (DAY, 0)
    assert (rows["B3"]["covered_minutes"], rows["B3"]["longest_gap"]["from"]) == (900, at(900))
    assert rows["B2"]["longest_gap"]["minutes"] == 2 * DAY
    assert rows["B1"]["passes_by_shift"] == {"08-16": 1}
    first, now = (
        {
            row["beat"]: row["covered_minutes"]
            for row in ask(*asked[:2], "2026-03-02", "--to", until, *asked[5:])["beats"]
        }["B1"]
        for until in ("2026-03-02", "2026-03-03T09:00:00+08:00")
    )
    assert (first, now) == (DAY - 600, DAY - 60), "the same, whenever it is asked"
    officers, vehicles = answer["daily"]["officers"], answer["daily"]["vehicles"]
    assert (officers["mean"], officers["least"], officers["floor"], officers["below"]) == (30.0, 29, 30, ["2026-03-03"])
    assert (vehicles["mean"], vehicles["below"]) == (2.0, [])
    morning = ask(*asked[:4], "2026-03-03T09:00:00+08:00", *asked[5:])["daily"]["officers"]
    assert [day["number"] for day in morning["days"]] == [31]  # a day that runs is below any floor in the morning
    assert call(asked) == 0
    told = capfd.readouterr().out
    assert "B2" in told
    assert "officers: 30.0 a day on average, 29 at least, below 30 on 1; 2 of 2 whole days known" in told
