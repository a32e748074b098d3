"""Filters of the subjects of a lifecycle, checked: what a person narrows a stock or a funnel by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from figures.queries.steps import accepted
from figures.queries.where import SOURCE, UnknownName
from schemas.categories import TREE, UNKNOWN
from schemas.cities import City
from schemas.lifecycle import Lifecycle
from schemas.spelling import nearest
from schemas.stock import coded, dimensions
from sinks.store import Store

_FEW = 8
_EVER = 2**32 - 1


def narrowed(life: Lifecycle, city: City, asked: Iterable[tuple[str, str]], store: Store) -> dict[str, str]:
    """NAME=CODE by name. Asks the store only for a code that no list has. Raises UnknownName for a name that its
    subjects have not, and for a code that neither a list nor any step has."""
    names = (*dimensions(life), SOURCE)
    found: dict[str, str] = {}
    for name, code in asked:
        if name not in names:
            raise UnknownName(f"{name!r} is none of {', '.join(names)}{nearest(name, names)}")
        listed = _listed(name, city)
        if code and code not in listed and code not in (there := _in_store(life, city, name, store)):
            known = sorted({*listed, *there})
            such = known if len(known) <= _FEW else [*known[:_FEW], "..."]
            hint = nearest(code, known) or f"; there are: {', '.join(such)}"
            raise UnknownName(f"{name}={code}: neither a list of {city.name} nor any step has it{hint}")
        found[name] = code
    return found


def _listed(name: str, city: City) -> Iterable[str]:
    listed: Mapping[str, Iterable[str]] = {
        SOURCE: city.sources,
        "class": [code for code, node in TREE.items() if node.level == 1],
        "category": TREE,
        "sector": (UNKNOWN, *city.sectors),
        "beat": (UNKNOWN, *city.beats),
    }
    return listed.get(name, ())


def _in_store(life: Lifecycle, city: City, name: str, store: Store) -> set[str]:
    """Codes as they came."""
    raw = coded(life) if name in ("class", "category") else name
    if raw is None or raw in ("sector", SOURCE):
        return set()
    steps = accepted(store, life, sorted(city.sources), [raw], _EVER)
    return {code for (code,) in store.query(f"SELECT DISTINCT said_{raw} FROM ({steps})") if code}
