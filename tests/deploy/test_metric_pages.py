"""What the roles show on `/metrics`, as Prometheus's own linter sees it, and how large it is."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from itertools import cycle
from typing import Any

import msgspec
import pytest
from prometheus_client import Counter, Gauge, generate_latest

from runtime import metrics
from runtime.readiness import Readiness
from runtime.settings import load_settings
from schemas.categories import TREE
from schemas.cities import Cities, City, Source, load_cities
from schemas.families import TYPES
from schemas.measures import MEASURES
from schemas.records import Cell, Progress, SourceGap
from schemas.topics import INPUTS
from streams.edge import health
from streams.live import gauges, pages
from streams.live.figures import PERIODS, SPANS
from streams.live.state import LiveState
from tests.http_client import ask
from tests.parts.need import need
from tests.parts.prometheus import Prometheus, promtool
from tests.parts.server import HOST, free_port
from tests.streams.live_cells import at

assert health.VERDICTS  # imported for the metrics that it makes
NOW = at("2026-05-14T09:28:00")
BEATS = 30
SCRAPE_BYTES = 420 * len(PERIODS) * len(SPANS) * len(MEASURES)


def checked(page: bytes) -> str:
    """What promtool has to say of a page."""
    need(Prometheus)
    done = subprocess.run([str(promtool()), "check", "metrics"], input=page, capture_output=True, check=False)
    return (done.stdout + done.stderr).decode()


def two_cities() -> Cities:
    """Of 30 beats each, with the sources and codes of the simulated one."""
    shipped = load_cities().by_name["xincheng"]
    beats = dict(zip((f"B{number:02}" for number in range(1, BEATS + 1)), cycle(shipped.beats.values()), strict=False))
    made: list[City] = []
    for name in ("xincheng", "montgomery"):
        sources = {
            source.replace("xincheng", name): msgspec.structs.replace(
                declared, continues=declared.continues and declared.continues.replace("xincheng", name)
            )
            for source, declared in shipped.sources.items()
        }
        sent = {topic for source in sources.values() for topic in source.topics}
        sources |= {f"{name}/{topic}": Source([topic]) for topic in INPUTS if topic not in sent}
        made.append(msgspec.structs.replace(shipped, name=name, beats=beats, sources=sources))
    return Cities({city.name: city for city in made}, {source: city for city in made for source in city.sources})


def everything_of(city: City) -> Iterator[Cell | Progress | SourceGap]:
    """Some thousand of each measure for each class in each beat, now, a month and a year before, all of it known."""
    of_a_class = {TREE[node].path[0]: code for code, node in city.codes.items()}
    of_a_measure = {name: code for code, node in city.codes.items() for name in TREE[node].path}
    codes = {*of_a_class.values(), "no such code", *(of_a_measure[m.category] for m in MEASURES.values() if m.category)}
    for source, declared in city.sources.items():
        for topic in declared.topics:
            yield SourceGap(
                log="log", topic=topic, partition=0, offset=0, source=source, since=0, until=at("2020-01-01T00:00"),
                cause="start", at=0,
            )  # fmt: skip
            for name in sorted({measure.type for measure in MEASURES.values() if measure.topic == topic}):
                kind = TYPES[name]
                for beat in city.beats:
                    for when in ("2026-05-14T09:00", "2026-05-13T09:00", "2026-04-14T09:00", "2025-05-14T09:00"):
                        for code in sorted(codes) if kind.coded else ["other"]:
                            dims = dict.fromkeys(kind.dims, "x") | dict(zip(kind.dims, (beat, code), strict=False))
                            numbers = {"count": 1_234, **dict.fromkeys(kind.places, 123_456)}
                            yield Cell(
                                log="log", topic=topic, partition=0, source=source, pane=at(when), version=1,
                                records=1, type=name, dims=dims, numbers=numbers,
                            )  # fmt: skip
            verdicts: dict[str, Any] = {"counted": 1, "late": 0, "duplicates": 0, "dead": 0}
            yield Progress(
                log="log", topic=topic, partition=0, read=1, clocks={source: NOW}, boundaries={}, open_panes=0, bytes=0,
                **verdicts,
            )  # fmt: skip


@pytest.fixture(scope="module")
def full() -> LiveState:
    cities = two_cities()
    state = LiveState.of(cities)
    for city in cities.by_name.values():
        state.take(list(everything_of(city)))
    state.history_loaded = True
    return state


@pytest.fixture
def labelled() -> Iterator[None]:
    """Every metric with labels has a sample, while the test runs."""
    made = [one for one in vars(metrics).values() if isinstance(one, Gauge | Counter) and one._labelnames]
    assert len(made) > 10
    for one in made:
        one.labels(*["a"] * len(one._labelnames))
    yield
    for one in made:
        one.remove(*["a"] * len(one._labelnames))


@pytest.mark.full
def test_the_linter_of_prometheus_finds_nothing_in_what_any_role_may_show(full: LiveState, labelled: None) -> None:
    assert checked(generate_latest(metrics.REGISTRY) + gauges.text(full).encode()) == ""


def test_the_linter_finds_what_it_looks_for() -> None:
    assert "le" in checked(b'# HELP a_within of a test\n# TYPE a_within gauge\na_within{le="60"} 1\n')


def test_a_page_tells_of_its_process_and_its_build() -> None:
    page = generate_latest(metrics.REGISTRY).decode()
    assert re.search(r"^process_resident_memory_bytes [1-9]", page, re.M)
    assert re.search(r"^process_cpu_seconds_total ", page, re.M)
    assert re.search(r'^citywatch_build_info\{python="3\.\d+\.\d+",version="\d.*"\} 1', page, re.M)


def test_a_scrape_of_analyse_stays_small_whatever_two_cities_of_30_beats_have(full: LiveState) -> None:
    settings = load_settings(metrics=f"{HOST}:{free_port(neighbours=3)}")
    server = pages.serve_live(settings, Readiness("analyse"), full)
    try:
        page = ask(settings.metrics_address("analyse")[1], "/metrics").body
    finally:
        server.close()
    for city in full.cities:
        for name in MEASURES.values():
            assert f'citywatch_{name.gauge}{{city="{city}",period="month",span="year"}}'.encode() in page
        assert f'citywatch_window_incidents_by_beat{{city="{city}",beat="B30",period="day"}}'.encode() in page
    assert len(page) < SCRAPE_BYTES
