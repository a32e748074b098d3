"""The cities' lists as the store has them, as records of the codes topic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from schemas.published import Adjustment, Listed, ListedBeat, ListedCity, ListedCode, TreeNode
from sinks.store import Store

_encode = msgspec.json.Encoder(order="deterministic").encode
_encode_key = msgspec.json.Encoder().encode


def key_of(record: Listed | Adjustment) -> bytes:
    """The key of its record."""
    return _encode_key(record.record_key)


def versions(store: Store) -> tuple[tuple[str, int], ...]:
    """Which version of each list the store has. Blocks."""
    rows = store.query("SELECT name, max(version) FROM lists GROUP BY name ORDER BY name")
    return tuple((name, int(version)) for name, version in rows)


def records(store: Store) -> dict[bytes, bytes]:
    """By key the record of every code, beat and city. Blocks."""
    return {key_of(each): _encode(each) for each in _listed(store)}


def changes(before: Mapping[bytes, bytes], now: Mapping[bytes, bytes]) -> dict[bytes, bytes | None]:
    """What to write so that the topic has `now`; None: the key is in no list any more."""
    written: dict[bytes, bytes | None] = {key: value for key, value in now.items() if before.get(key) != value}
    return written | dict.fromkeys(before.keys() - now.keys())


def _listed(store: Store) -> Iterator[Listed]:
    nodes = store.query(f"SELECT node, zh, en FROM tree{_NEWEST_TREE}")
    tree = {node: TreeNode(node, zh, en) for node, zh, en in nodes}
    for city, code, path in store.query("SELECT city, category, path FROM code_list"):
        yield ListedCode(city=city, code=code, path=[tree[node] for node in path])
    for city, beat, zh, en, sector, sector_zh, sector_en in store.query(
        "SELECT city, beat, beat_zh, beat_en, sector, sector_zh, sector_en FROM zone_list"
    ):
        yield ListedBeat(city=city, beat=beat, zh=zh, en=en, sector=sector, sector_zh=sector_zh, sector_en=sector_en)
    sources: dict[str, list[str]] = {}
    for source, city in store.query("SELECT source, city FROM source_list ORDER BY source"):
        sources.setdefault(city, []).append(source)
    for city, zh, en, tz in store.query(f"SELECT city, zh, en, tz FROM cities{_NEWEST_CITIES}"):
        yield ListedCity(city=city, zh=zh, en=en, tz=tz, sources=sources.get(city, []))


_NEWEST_TREE, _NEWEST_CITIES = (
    f" WHERE version IN (SELECT max(version) FROM lists WHERE name = '{name}')" for name in ("tree", "cities")
)
