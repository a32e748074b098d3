"""A figure as known at a moment is what a walk over the rows received until then gives; known now, it is the figure."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from typing import Any

import pytest

from figures.periods import Period
from figures.queries import as_known
from figures.queries.answer import Question, answer, as_json
from figures.queries.as_known import Moment
from figures.queries.clock import city_clock
from figures.queries.differences import differences
from figures.queries.where import Where
from runtime.errors import WrongUse
from runtime.settings import Settings
from schemas.cities import Beat, City, Sector, Source
from schemas.measures import MEASURES
from sinks.store import Store
from sinks.writer import write
from tests.deployments import ENGINES
from tests.migrated import open_migrated
from tests.parts.clickhouse import ClickHouseServer
from tests.sinks.generated import START, GeneratedSource, Raw, Sums, figures, merged, random_source, raw_batch
from tests.sinks.test_figures import CRAFTED, cancelled, recoded, reported, whole_result

WORLDS = 14
GONE = 8
SPAN = Period(START, START + 1200)
ALWAYS = START + 10_000

ON_A_SERVER = pytest.mark.parametrize("store", ENGINES, indirect=True, scope="module")

CITY = """
name = "made"
zh = "造"
en = "Made"
tz = "UTC"
[sectors.S1]
zh = "东"
en = "East"
[beats.B01]
sector = "S1"
zh = "一"
en = "One"
[codes]
"110201" = "pickpocketing"
"110303" = "traffic"
"""


@pytest.fixture(scope="module", params=["clickhouse", "chdb"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Each engine in turn, with a city whose sources are those of the worlds."""
    folder = tmp_path_factory.mktemp("made")
    names = [*(f"w{seed}" for seed in range(WORLDS)), *(f"g{number}" for number in range(GONE)), "d0"]
    names += [name.replace("_", "-") for name in CRAFTED]
    sources = "".join(f'[sources."{name}/110"]\ntopics = ["citywatch.incidents"]\n' for name in names)
    (folder / "made.toml").write_text(CITY + sources)
    with ExitStack() as stack:
        url = f"chdb://{folder / 'chdb'}"
        if request.param == "clickhouse":
            server: ClickHouseServer = request.getfixturevalue("clickhouse_server")
            url = stack.enter_context(server.fresh_database())
        settings = Settings(clickhouse=url, data=folder / "data", cities=folder, keep_raw=20_000)
        opened = stack.enter_context(closing(open_migrated(settings)))
        yield opened


def city_of(worlds: Sequence[GeneratedSource]) -> City:
    source = Source(topics=["citywatch.incidents"])
    return City(
        "made", "造", "Made", "UTC", {"S1": Sector("东", "East")}, {"B01": Beat("S1", "一", "One")},
        {"110201": "pickpocketing", "110303": "traffic"}, {world.source: source for world in worlds},
    )  # fmt: skip


def timed(world: GeneratedSource, draw: random.Random) -> GeneratedSource:
    """The rows of a partition come one after the other; in some worlds a broker's clock steps back."""
    steps = (0, 0, 1, 5) if draw.random() < 0.7 else (-3, 0, 2, 5)
    clocks: dict[int, int] = {}
    rows: list[Raw] = []
    for row in sorted(world.rows, key=lambda row: (row.partition, row.offset)):
        clocks[row.partition] = clocks.get(row.partition, START + draw.randrange(20)) + draw.choice(steps)
        rows.append(replace(row, received=clocks[row.partition]))
    return GeneratedSource(world.name, rows)


def until(world: GeneratedSource, at: int) -> GeneratedSource:
    return GeneratedSource(world.name, [row for row in world.rows if row.received <= at])


def known(store: Store, worlds: Sequence[GeneratedSource], measure: str, at: int) -> dict[str, Sums]:
    """By source what is counted of a measure as known then, codes as they are."""
    where = Where(MEASURES[measure], city_of(worlds))
    found: dict[str, Sums] = {}
    for *key, records, count, values in store.query(
        "SELECT source, toUInt32(pane), type, beat, category, facet, sum(records), sum(count), sumForEach(values)"
        f" FROM {as_known.figures(where, [SPAN], Moment(at))} GROUP BY source, pane, type, beat, category, facet"
    ):
        if records or count or any(values):
            found.setdefault(key[0], {})[tuple(key)] = (int(records), int(count), tuple(map(int, values)))
    return found


def of_type(sums: Sums, kind: str) -> Sums:
    return {key: total for key, total in sums.items() if key[2] == kind}


@pytest.fixture(scope="module")
def worlds(store: Store) -> list[GeneratedSource]:
    """In the store: crafted and random ones, each row with a time at which it was received."""
    drawn = [timed(random_source(f"w{seed}", draw), draw) for seed in range(WORLDS) if (draw := random.Random(seed))]
    crafted = [
        GeneratedSource(name.replace("_", "-"), [replace(row, received=START + nth) for nth, row in enumerate(rows)])
        for name, rows in CRAFTED.items()
    ]
    found = [*drawn, *crafted]
    write(store, merged(raw_batch(world, world.rows) for world in found))
    write(store, merged(whole_result(world) for world in found))
    return found


@pytest.mark.parametrize("moments", [2, pytest.param(20, marks=pytest.mark.full)])
def test_it_is_what_a_walk_over_the_rows_received_until_then_gives(
    store: Store, worlds: list[GeneratedSource], moments: int
) -> None:
    received = sorted({row.received for world in worlds for row in world.rows})
    drawn = random.Random(7).sample(received, min(moments, len(received)))
    changed = 0
    for nth, at in enumerate([*drawn, ALWAYS, received[0] - 1]):
        measure = "response_dispatch" if nth % 3 == 1 else "incidents"
        found = known(store, worlds, measure, at)
        for world in worlds:
            wanted = of_type(figures(until(world, at)), MEASURES[measure].type)
            assert (at, world.name, found.get(world.source, {})) == (at, world.name, wanted)
            changed += wanted != of_type(figures(world), MEASURES[measure].type)
    assert changed > WORLDS


@ON_A_SERVER
@pytest.mark.parametrize(
    "measure",
    [
        "incidents",
        pytest.param("street_theft", marks=pytest.mark.full),
        pytest.param("response_dispatch", marks=pytest.mark.full),
    ],
)
def test_known_now_it_is_the_report(store: Store, worlds: list[GeneratedSource], measure: str) -> None:
    city = city_of(worlds)
    clock = city_clock(store, city, ["citywatch.incidents"])

    def said(known_at: int | None, unit: str | None, *dimensions: str, **where: str) -> dict[str, Any]:
        asked = Question(
            MEASURES[measure], city, "UTC", Period(START, START + 86_400), unit, dimensions, ("previous",),
            where=where, known_at=None if known_at is None else Moment(known_at),
        )  # fmt: skip
        shown = as_json(asked, answer(store, asked, clock), clock)
        shown.pop("as_known_at", None)
        return shown

    wanted = said(None, "hour", "sector", "class", "origin")
    assert len(wanted["rows"]) > 3
    assert said(ALWAYS, "hour", "sector", "class", "origin") == wanted
    few = {"source": max(worlds, key=lambda world: len(world.rows)).source, "origin": "citizen"}
    wanted = said(None, None, "beat", **few)
    assert wanted["rows"]
    assert said(ALWAYS, None, "beat", **few) == wanted


@ON_A_SERVER
@pytest.mark.parametrize("pairs", [2, pytest.param(12, marks=pytest.mark.full)])
def test_the_events_that_make_a_difference_add_up_to_it(
    store: Store, worlds: list[GeneratedSource], pairs: int
) -> None:
    draw = random.Random(11)
    received = sorted({row.received for world in worlds for row in world.rows})
    where = Where(MEASURES["incidents"], city_of(worlds))
    reasons: set[str] = set()
    for nth in range(pairs):
        then, later = (received[len(received) // 2], ALWAYS) if nth == 0 else sorted(draw.sample(received, 2))
        found: dict[str, dict[object, int]] = {world.source: {} for world in worlds}
        for line in differences(store, "UTC", [SPAN], where, Moment(then), Moment(later)):
            codes = (line.dims[name] for name in ("beat", "category", "origin"))
            key = (line.source, line.time // 300 * 300, line.type, *codes)
            of_source = found[line.source]
            of_source[key] = of_source.get(key, 0) + line.adds
            reasons.add(line.reason)
        for world in worlds:
            before, after = (of_type(figures(until(world, at)), "incident.reported") for at in (then, later))
            wanted = {
                key: after.get(key, (0, 0))[1] - before.get(key, (0, 0))[1] for key in {*before, *after}
            }  # fmt: skip
            assert (then, later, world.name, {key: adds for key, adds in found[world.source].items() if adds}) == (
                then, later, world.name, {key: adds for key, adds in wanted.items() if adds},
            )  # fmt: skip
    assert len(reasons) > 2


@ON_A_SERVER
def test_each_event_that_makes_a_difference_has_its_reason(store: Store) -> None:
    before = [
        reported(1, 0, "a", "i0"),
        reported(0, 0, "b", "i1"),
        reported(0, 1, "c", "i2"),
        reported(0, 2, "d", "i3"),
    ]
    before += [cancelled(0, 3, "was-cancelled", 30, subject="i3"), recoded(0, 4, "r0", 20, "110202")]
    after = [
        reported(0, 10, "a", "i0", beat="B02"),
        reported(0, 11, "e", "i4"),
        reported(0, 12, "f", "i5", closed=True),
        recoded(0, 13, "r1", 60, "110303"),
        cancelled(0, 14, "c1", 60, subject="i2"),
        recoded(0, 15, "r3", 90, "110303", subject="i3"),
        reported(0, 16, "dead", "i6", dead=True),
        reported(0, 17, "e", "i4"),
    ]
    world = GeneratedSource("d0", [replace(row, received=START + (row.offset >= 10)) for row in (*before, *after)])
    write(store, raw_batch(world, world.rows))
    write(store, whole_result(world))
    where = Where(MEASURES["incidents"], city_of([world]))
    lines = differences(store, "UTC", [SPAN], where, Moment(START), Moment(START + 1))
    told = [(each.id, each.adds, each.reason, each.by, each.dims["beat"], each.dims["category"]) for each in lines]
    assert sorted(told) == [
        ("a", -1, "repeated", "", "B01", "110201"),
        ("a", 1, "repeated", "", "B02", "110201"),
        ("b", -1, "re-coded", "r1", "B01", "110202"),
        ("b", 1, "re-coded", "r1", "B01", "110303"),
        ("c", -1, "cancelled", "c1", "B01", "110201"),
        ("d", 1, "re-coded", "r3", "B01", "110303"),
        ("e", 1, "new", "", "B01", "110201"),
        ("f", 1, "late", "", "B01", "110201"),
    ]
    thefts = Where(MEASURES["street_theft"], city_of([world]), {"beat": "B01"})
    lines = differences(store, "UTC", [SPAN], thefts, Moment(START), Moment(START + 1))
    assert sorted((line.id, line.adds, line.reason) for line in lines) == [
        ("a", -1, "repeated"),
        ("c", -1, "cancelled"),
        ("e", 1, "new"),
        ("f", 1, "late"),
    ]


def lacking(store: Store, world: GeneratedSource, *, kept: Sequence[Raw], stored: int = 10) -> str | None:
    """What is said of a world of which only these raw rows are there, its partitions being stored up to an offset."""
    write(store, raw_batch(world, list(kept)))
    write(store, whole_result(world))
    positions = [[world.log, "citywatch.incidents", partition, stored] for partition in (0, 1)]
    store.insert("sink_positions", ("log", "topic", "partition", "position"), list(zip(*positions, strict=True)))
    try:
        as_known.refuse_gone(store, Where(MEASURES["incidents"], city_of([world])).events, [SPAN])
    except WrongUse as refused:
        return str(refused)
    return None


@ON_A_SERVER
def test_where_raw_rows_are_gone_there_is_an_error_in_place_of_a_figure(store: Store) -> None:
    rows = [
        reported(0, 0, "a", "i1"), reported(0, 1, "b", "i2"), reported(0, 2, "b", "i2"), reported(1, 0, "b", "i2"),
        reported(0, 3, "c", "i3", closed=True), recoded(0, 4, "r", 60), reported(0, 5, "d", "i5", dead=True),
    ]  # fmt: skip
    number = iter(range(100))

    def world() -> GeneratedSource:
        return GeneratedSource(f"g{next(number)}", rows)

    assert lacking(store, world(), kept=rows) is None
    assert lacking(store, world(), kept=[row for row in rows if not row.dead and row.offset != 2]) is None
    for gone in (rows[0], rows[3], rows[4], rows[5]):
        said = lacking(store, world(), kept=[row for row in rows if row is not gone])
        assert said is not None
        assert said.startswith("1 raw rows of this span are gone, or do not say when they came")
    of_before = [replace(row, received=0) if row is rows[3] else row for row in rows]
    assert lacking(store, world(), kept=of_before) is not None
    # cells may be there before the rows that are in them
    assert lacking(store, world(), kept=[], stored=0) is None
