"""Newest cells and newest adjustments are the figures, wherever a publisher was killed; lists follow the store."""

from __future__ import annotations

import json
import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

import pytest

from runtime.errors import Unreachable
from runtime.log import Record, extents, read
from runtime.settings import Settings
from runtime.topics import ensure_topics
from schemas.cities import load_cities
from schemas.topics import ADJUSTMENTS, CODES
from sinks import published
from sinks.batch import InsertBatch
from sinks.lists import load_lists
from sinks.publisher import Publisher
from sinks.store import Columns, ResultRow, Store
from sinks.writer import write
from tests.migrated import open_migrated
from tests.parts import Broker
from tests.sinks.generated import GeneratedSource, Sums, add, figures, merged, random_source, raw_batch, result_batch
from tests.sinks.test_figures import all_sums, whole_result

WORLDS = 10

CITY = """
name = "smallville"
zh = "小城"
en = "Smallville"
tz = "Asia/Shanghai"
[sectors.S1]
zh = "东"
en = "East"
[beats.B1]
sector = "S1"
zh = "一"
en = "One"
[codes]
{codes}
[sources."smallville/110"]
topics = ["citywatch.incidents"]
"""


class Watched:
    """A store that counts what it is asked, and is away, once, when it should write down what was published."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.asked: list[str] = []
        self.fails = False

    @property
    def version(self) -> tuple[int, int]:
        return self._store.version

    def query(self, sql: str, params: Mapping[str, Any] | None = None) -> list[ResultRow]:
        self.asked.append(sql)
        return self._store.query(sql, params)

    def command(self, sql: str, params: Mapping[str, Any] | None = None) -> None:
        self._store.command(sql, params)

    def insert(self, table: str, columns: Sequence[str], data: Columns) -> None:
        if self.fails and table == "published_adjustments":
            self.fails = False
            raise Unreachable("killed between the broker and the store")
        self._store.insert(table, columns, data)

    def close(self) -> None:
        self._store.close()


@pytest.fixture(
    params=[
        pytest.param(("tansu", "chdb_url"), id="embedded", marks=pytest.mark.full),
        pytest.param(("kafka", "clickhouse_url"), id="servers"),
    ]
)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Topics, and a store that is empty."""
    broker: Broker = request.getfixturevalue(request.param[0])
    found = Settings(
        kafka=broker.bootstrap, clickhouse=request.getfixturevalue(request.param[1]), data=tmp_path, cities=tmp_path
    )
    ensure_topics(found)
    return found


@pytest.fixture
def store(settings: Settings) -> Iterator[Watched]:
    """Migrated."""
    with closing(Watched(open_migrated(settings))) as opened:
        yield opened


def on(settings: Settings, topic: str) -> list[Record]:
    """Every record of a topic of one partition."""
    found: list[Record] = []
    read(settings, extents(settings, [topic]), lambda _, records: found.extend(records))
    return found


def arriving(worlds: Sequence[GeneratedSource]) -> Iterator[InsertBatch]:
    """Results before the rows that they are about, and rows before they are judged."""
    yield merged(raw_batch(world, world.rows[::2]) for world in worlds)
    yield merged(result_batch(world, 0, 12) for world in worlds)
    yield merged(raw_batch(world, world.rows[1::2]) for world in worlds)
    yield merged(whole_result(world) for world in worlds)


def adjustments(settings: Settings) -> dict[str, Sums]:
    """By source and identity the newest adjustment, as a consumer takes it."""
    newest: dict[bytes, dict[str, Any]] = {}
    for record in on(settings, ADJUSTMENTS):
        said = json.loads(record.value or b"")
        assert record.key is not None
        older = newest.get(record.key)
        assert older is None or older["version"] < said["version"]
        newest[record.key] = said
    found: dict[str, Sums] = {}
    for said in newest.values():
        beat, category, origin, *further = said["dims"].values()
        assert not any(further)  # the worlds are of before there were more dimensions
        count, *values = said["numbers"].values()
        key = (said["source"], said["pane"], said["type"], beat, category, origin)
        assert key not in found.setdefault(said["source"], {})
        found[said["source"]][key] = (said["records"], count, tuple(values))
    return found


def cells(store: Store) -> dict[str, Sums]:
    rows = store.query(
        "SELECT source, toUInt32(pane), type, beat, category, facet, sum(records), sum(count), sumForEach(values)"
        " FROM cells_latest GROUP BY source, pane, type, beat, category, facet"
    )
    found: dict[str, Sums] = {}
    for *key, records, count, values in rows:
        found.setdefault(key[0], {})[tuple(key)] = (int(records), int(count), tuple(map(int, values)))
    return found


def summed(left: Sums, right: Sums) -> Sums:
    """Both; what is zero is left out."""
    sums: Sums = {}
    for key in {*left, *right}:
        (records, count, values), (more, adds, others) = (each.get(key, (0, 0, ())) for each in (left, right))
        total = (records + more, count + adds, add(values, others))
        if any(total[:2]) or any(total[2]):
            sums[key] = total
    return sums


def padded(sums: Sums) -> Sums:
    """Without zeros behind the last number."""
    return {key: (records, count, values if any(values) else ()) for key, (records, count, values) in sums.items()}


def assert_figures(store: Store, beside: Mapping[str, Sums], sources: Collection[str]) -> None:
    """What the topic and the cells add up to is what the store answers."""
    counted, wanted = cells(store), all_sums(store)
    for source in sources:
        found = summed(counted.get(source, {}), beside.get(source, {}))
        assert (source, padded(found)) == (source, padded(wanted.get(source, {})))


def test_what_was_published_and_never_written_down_is_taken_back_although_the_store_has_gone_on(
    settings: Settings, store: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sinks.publisher.AT_ONCE", 40)
    worlds = [random_source(f"w{seed}", random.Random(seed)) for seed in range(WORLDS)]

    def dies_writing_down() -> bool:
        store.fails = True
        return True

    lost: set[bytes | None] = set()
    for batch in arriving(worlds):
        write(store, batch)
        before = len(on(settings, ADJUSTMENTS))
        with pytest.raises(Unreachable) if store.query("SELECT 1 FROM adjustments_due LIMIT 1") else nullcontext():
            Publisher(settings, store, dies_writing_down).look()
        lost |= {record.key for record in on(settings, ADJUSTMENTS)[before:]}
    store.fails = False
    assert len(lost) > 40
    Publisher(settings, store, lambda: True).look()
    assert_figures(store, adjustments(settings), [world.source for world in worlds])


def test_newest_cells_and_adjustments_are_the_figures_wherever_a_publisher_was_killed(
    settings: Settings, store: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sinks.publisher.AT_ONCE", 40)
    worlds = [random_source(f"w{seed}", random.Random(seed)) for seed in range(WORLDS)]
    sources = [world.source for world in worlds]
    publisher = Publisher(settings, store, lambda: True)
    for number, batch in enumerate(arriving(worlds)):
        write(store, batch)
        if number == 1:
            store.fails = True
            with pytest.raises(Unreachable):
                publisher.look()
            publisher = Publisher(settings, store, lambda: True)
        publisher.look()
        beside = adjustments(settings)
        assert_figures(store, beside, sources)
    counted = cells(store)
    for world in worlds:
        found = summed(counted.get(world.source, {}), beside.get(world.source, {}))
        assert (world.name, padded(found)) == (world.name, padded(figures(world)))
    assert any(total[:2] == (0, 0) for sums in beside.values() for total in sums.values())

    # nothing is new: the view is not asked, and so nothing written
    store.asked = []
    publisher.look()
    assert not any("adjustments_due" in sql for sql in store.asked)

    # a store that knows nothing of the topic learns it from there; who is not the one any more publishes nothing
    before = [json.loads(record.value or b"")["version"] for record in on(settings, ADJUSTMENTS)]
    store.command("TRUNCATE TABLE published_adjustments")
    Publisher(settings, store, lambda: True).look()
    columns = "log, source, pane, type, beat, category, facet, further"
    store.command(
        f"INSERT INTO published_adjustments ({columns}, version, records, count, values) SELECT {columns},"
        " version + 1000, records + 1, count, values FROM published_adjustments FINAL"
    )
    Publisher(settings, store, lambda: False).look()
    assert len(on(settings, ADJUSTMENTS)) == len(before)

    # of one that learned a part only, the rest is not forgotten
    store.command("TRUNCATE TABLE published_adjustments")
    store.fails = True
    with pytest.raises(Unreachable):
        Publisher(settings, store, lambda: False).look()
    Publisher(settings, store, lambda: False).look()
    ((learned,),) = store.query("SELECT count() FROM published_adjustments FINAL WHERE type != ''")
    assert learned == len({record.key for record in on(settings, ADJUSTMENTS)})
    store.command(
        f"INSERT INTO published_adjustments ({columns}, version, records, count, values) SELECT {columns},"
        " version + 1000, records + 1, count, values FROM published_adjustments FINAL"
    )

    # what it holds and does not have to is published again, and versions grow, also by a clock that was set back
    monkeypatch.setattr("sinks.publisher.time.time_ns", lambda: 1_000_000)
    Publisher(settings, store, lambda: True).look()
    after = [json.loads(record.value or b"")["version"] for record in on(settings, ADJUSTMENTS)]
    assert after[: len(before)] == before
    assert len(set(before)) > 3
    assert min(after[len(before) :]) > max(before) + 1000
    assert_figures(store, adjustments(settings), sources)

    # a record of publications in another log says nothing of this one
    published.forget_other_logs(store, "another log")
    assert published.newest_version(store) == 0


def test_the_codes_topic_follows_the_lists_and_takes_out_what_is_gone(
    settings: Settings, store: Watched, tmp_path: Path
) -> None:
    def listed() -> dict[bytes, dict[str, Any]]:
        newest = {record.key: record.value for record in on(settings, CODES)}
        return {key: json.loads(value) for key, value in newest.items() if key and value}

    publisher = Publisher(settings, store, lambda: True)
    publisher.look()
    at_first = listed()
    code = at_first[b'["code","xincheng","110201"]']
    assert [node["node"] for node in code["path"]] == ["criminal", "theft", "street_theft", "pickpocketing"]
    assert at_first[b'["city","xincheng"]']["sources"] == sorted(load_cities().by_name["xincheng"].sources)
    assert at_first[b'["beat","xincheng","B07"]']["sector_en"] == "High-Tech Zone"
    assert len(at_first) == sum(
        int(store.query(f"SELECT count() FROM {view}")[0][0]) for view in ("code_list", "zone_list")
    ) + len({key for key in at_first if key.startswith(b'["city"')})

    (tmp_path / "smallville.toml").write_text(CITY.format(codes='"7" = "theft"\n"8" = "traffic"'))
    load_lists(store, settings)
    publisher.look()
    assert listed().keys() - at_first.keys() == {
        b'["city","smallville"]', b'["beat","smallville","B1"]', b'["code","smallville","7"]',
        b'["code","smallville","8"]',
    }  # fmt: skip

    (tmp_path / "smallville.toml").write_text(CITY.format(codes='"7" = "traffic"'))
    load_lists(store, settings)
    end = len(on(settings, CODES))
    Publisher(settings, store, lambda: True).look()  # another one knows what stands there
    new = {record.key: record.value for record in on(settings, CODES)[end:]}
    assert new[b'["code","smallville","8"]'] is None
    assert json.loads(new[b'["code","smallville","7"]'] or b"")["path"][-1]["node"] == "traffic"
    assert len(new) == 2
