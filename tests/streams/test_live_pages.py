"""`/live` on the real server: its revision, and those who follow it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from copy import deepcopy
from typing import Any, NamedTuple

import msgspec
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics

from runtime.readiness import Readiness
from runtime.settings import load_settings
from schemas.alarms import EXAMPLES, Alarm
from schemas.cities import load_cities
from schemas.live import Live
from streams.live import pages
from streams.live.board import board
from streams.live.state import LiveState
from tests.http_client import PATIENCE, Events, ask, connect, following
from tests.parts.server import HOST, await_until, free_port
from tests.streams.live_cells import arrival, cell, progress, started

NOW = "2026-05-14T09:28:00"


class Place(NamedTuple):
    """A running page, and the state behind it."""

    port: int
    state: LiveState


@pytest.fixture
def live() -> Iterator[Place]:
    state = LiveState.of(load_cities())
    state.take([started(), cell("2026-05-14T09:00", 2), arrival("2026-05-14T09:00", 95), progress(NOW)])
    settings = load_settings(metrics=f"{HOST}:{free_port(neighbours=3)}")
    server = pages.serve_live(settings, Readiness("analyse"), state)
    try:
        yield Place(settings.metrics_address("analyse")[1], state)
    finally:
        server.close()


def test_a_city_of_a_scenario_is_shown_to_who_asks_for_it_alone(live: Place) -> None:
    every = msgspec.json.decode(ask(live.port, "/live").body, type=Live)
    fixture = next(iter(live.state.fixtures))
    assert fixture not in [city.city for city in every.cities]
    for name in (fixture, "xincheng"):
        alone = msgspec.json.decode(ask(live.port, f"/live?city={name}").body, type=Live)
        assert [city.city for city in alone.cities] == [name]
    assert ask(live.port, "/live?city=nowhere").status == 404
    assert "acceptance-" not in ask(live.port, "/metrics").body.decode()


def test_a_figure_and_alarms_are_told_to_who_asks_for_them(live: Place) -> None:
    asked = "/live/figure?city=xincheng&name=incidents&by=sector,category&from=2026-05-14&to=2026-05-14"
    said = msgspec.json.decode(ask(live.port, asked).body)
    assert [(row["by"], row["value"]) for row in said["rows"]] == [
        ({"sector": "S04", "category": "pickpocketing"}, 2),
    ]
    assert ask(live.port, "/live/figure?city=xincheng&name=incidents&by=colour").status == 400
    assert "not_live" in msgspec.json.decode(ask(live.port, "/live/alarms?city=xincheng").body)
    live.state.history_loaded = True
    live.state.handover.begun["panes", "citywatch.panes", 0] = 0
    live.state.alarms.stand([alarm(state) for state in ("met", "missed", "expired")])
    found = msgspec.json.decode(ask(live.port, "/live/alarms?city=xincheng&state=met,missed").body)
    assert found["counts"] == {"met": 1, "missed": 1}
    assert {each["subject"] for each in found["alarms"]} == {"met", "missed"}
    assert ask(live.port, "/live/alarms?city=xincheng&state=lost").status == 400


def alarm(state: str) -> Alarm:
    (example,) = EXAMPLES
    return msgspec.structs.replace(example, id=state, subject=state, state=state)


def change(live: Place, count: int) -> None:
    with live.state.lock:
        live.state.take([cell("2026-05-14T09:00", count, version=count)])


def revision(event: dict[str, str] | str) -> str:
    """Of an event, which says the same in its data."""
    assert isinstance(event, dict), event
    said = msgspec.json.decode(event["data"], type=Live)
    assert said.revision == event["id"]
    return said.revision


def figures(events: Events) -> dict[str, str]:
    """The next event that is no comment."""
    while isinstance(said := events.next(), str):
        pass
    return said


def test_a_revision_stands_for_the_figures_and_not_for_the_time_that_passes(live: Place) -> None:
    first = ask(live.port, "/live")
    with live.state.lock:
        city = live.state.cities["xincheng"]
        city._moved = dict.fromkeys(city._moved, 0.0)  # its sources have been quiet for long
    second = ask(live.port, "/live")
    assert first.body != second.body
    assert first.headers["ETag"] == second.headers["ETag"]
    assert first.headers["ETag"] == f'W/"{msgspec.json.decode(first.body, type=Live).revision}"'
    seen = {first.headers["ETag"]}
    for number in range(3, 9):
        change(live, number)
        seen.add(ask(live.port, "/live").headers["ETag"])
    assert len(seen) == 7
    with live.state.lock:
        live.state.note = "the store is away"
    assert ask(live.port, "/live").headers["ETag"] not in seen


def test_every_field_but_quiet_is_in_the_revision(live: Place) -> None:
    shown = msgspec.to_builtins(board(live.state))
    first = pages.revision_of(msgspec.convert(shown, Live))
    same = {
        path for path, changed in with_one_changed(shown) if pages.revision_of(msgspec.convert(changed, Live)) == first
    }
    assert same == {"cities.sources.quiet", "revision"}


def with_one_changed(shown: Any) -> Iterator[tuple[str, Any]]:
    """For each field that is named in the page a copy of it in which one value of that field is another."""
    done = set()
    for path in leaves(shown):
        name = ".".join(step for step in path if isinstance(step, str))
        if name in done:
            continue
        done.add(name)
        changed = deepcopy(shown)
        at = changed
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = other(at[path[-1]])
        yield name, changed


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, dict | list):
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*path, step))
    elif value is not None:
        yield path


def other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    return f"{value}x" if isinstance(value, str) else value + 1


def test_who_has_the_revision_is_told_so_without_the_page(live: Place) -> None:
    page = ask(live.port, "/live")
    tag = page.headers["ETag"]
    for known in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        answer = ask(live.port, "/live", If_None_Match=known)
        assert (answer.status, answer.body, answer.headers["ETag"]) == (304, b"", tag)
    for known in ('"other"', tag.replace('"', ""), "W/"):
        assert ask(live.port, "/live", If_None_Match=known).body
    change(live, 3)
    assert ask(live.port, "/live", If_None_Match=tag).status == 200


def test_the_gauges_stand_among_the_metrics_in_both_forms(live: Place) -> None:
    assert b'\ncitywatch_as_of_seconds{city="xincheng"} ' in ask(live.port, "/metrics").body
    asked = ask(live.port, "/metrics", Accept="application/openmetrics-text;version=1.0.0").body.decode()
    assert {"citywatch_ready", "citywatch_as_of_seconds"} <= {family.name for family in openmetrics(asked)}  # type: ignore[no-untyped-call]
    assert ask(live.port, "/live", "HEAD").headers["Content-Type"] == "application/json"


def test_the_gauges_of_clocks_stand_on_a_page_of_their_own_as_on_the_whole_one(live: Place) -> None:
    whole = ask(live.port, "/metrics").body.decode()
    alone = [line for line in ask(live.port, "/metrics/clocks").body.decode().splitlines() if line]
    assert alone == [line for line in whole.splitlines() if "citywatch_clock_alarms" in line]
    assert len(alone) >= 4


def test_a_follower_hears_the_figures_at_once_and_whenever_they_change(live: Place) -> None:
    with following(live.port) as events:
        heard = [revision(events.next())]
        for count in (3, 4):
            change(live, count)
            heard.append(revision(events.next()))
        assert len(set(heard)) == 3
        assert ask(live.port, "/live").headers["ETag"] == f'W/"{heard[-1]}"'


def test_followers_hear_a_comment_while_nothing_changes(live: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    assert pages.HEARTBEAT_SECONDS + pages.LOOK_SECONDS < 15
    monkeypatch.setattr(pages, "HEARTBEAT_SECONDS", 0.1)
    with following(live.port) as events:
        known = revision(figures(events))
        assert [events.next(), events.next()] == [": still here"] * 2
        with live.state.lock:  # the page cannot be made
            assert [events.next(), events.next()] == [": still here"] * 2
        change(live, 3)
        assert revision(figures(events)) != known


def test_so_many_follow_and_who_leaves_makes_room(live: Place) -> None:
    with ExitStack() as others:
        for _ in range(pages.FOLLOWERS - 1):
            revision(others.enter_context(following(live.port)).next())
        with following(live.port) as last:
            revision(last.next())
            refused = ask(live.port, "/live/events")
            assert (refused.status, refused.headers["Retry-After"]) == (503, "10")
            assert ask(live.port, "/live").status == 200
            assert ask(live.port, "/live/events", "HEAD").status == 200
        await_until(lambda: follows(live.port), PATIENCE, "a place to be free")


def follows(port: int) -> bool:
    """Whether one more may follow."""
    with connect(port, b"GET /live/events HTTP/1.1\r\nHost: a\r\n\r\n") as client:
        return client.recv(12) == b"HTTP/1.1 200"


def test_a_follower_that_does_not_read_is_dropped_and_holds_no_other_up(
    live: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(pages, "READ_SECONDS", 0.2)
    monkeypatch.setattr(pages, "FOLLOWERS", 2)
    request = b"GET /live/events HTTP/1.1\r\nHost: a\r\n\r\n"
    with connect(live.port, request, receive_buffer=4_096) as slow, following(live.port) as events:
        revision(events.next())
        for count in range(3, 1_000):
            change(live, count)
            revision(events.next())
            if slow.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                break
        else:
            pytest.fail("it was not dropped")
        await_until(lambda: follows(live.port), PATIENCE, "its place to be free")


def test_health_is_told_while_the_figures_are_being_changed(live: Place) -> None:
    with live.state.lock:
        waiting = [threading.Thread(target=ask, args=(live.port, page)) for page in ("/live", "/metrics") * 20]
        for one in waiting:
            one.start()
        assert ask(live.port, "/healthz").status == 200
        assert ask(live.port, "/readyz").status == 503
    for one in waiting:
        one.join(PATIENCE)
