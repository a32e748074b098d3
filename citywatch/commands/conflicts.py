"""`citywatch conflicts`: ids that came again with other content, and count once."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any

import msgspec
import typer

from citywatch.commandline.options import JsonOption, ZoneOption
from citywatch.commandline.printing import print_json, print_table
from citywatch.commandline.store import opened_store
from figures.periods import rfc3339
from runtime.errors import WrongUse
from runtime.settings import Settings, load_settings
from schemas.cities import Cities, load_cities
from sinks.conflicts import Conflict, Difference, by_source, newest

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)


@app.callback()
def run() -> None:
    """Ids that came again with other content. Each counts once, as the record says that stands
    at its lowest log, partition and offset."""


@app.command("list")
def list_(
    source: Annotated[str | None, typer.Option(help="Only those of this source.")] = None,
    city: Annotated[str | None, typer.Option(help="Only those of this city's sources.")] = None,
    limit: Annotated[int, typer.Option(min=1)] = 20,
    tz: ZoneOption = None,
    json: JsonOption = False,
) -> int:
    """The ids whose other content came last, the newest first, and how many there are of each source.

    Of each field that differs: what counts / what the first other record says. Exit code 0, whether there are any or
    not.
    """
    settings = load_settings()
    cities = _cities(settings)
    sources = _sources(cities, source, city)
    zones = _Zones(cities, tz, settings.tz)
    with opened_store(settings) as store:
        totals = by_source(store, sources)
        conflicts = newest(store, sources, limit) if totals else []
    if json:
        shown = [_shown(conflict, zones) for conflict in conflicts]
        print_json({"listed": len(shown), "total": sum(totals.values()), "sources": totals, "conflicts": shown})
        return 0
    if not conflicts:
        print("no id came again with other content")
        return 0
    rows = [
        (
            zones.came(conflict) or "",
            conflict.source,
            conflict.id,
            str(conflict.times),
            str(conflict.counted),
            str(conflict.first_other),
            "; ".join(_told(each, zones.of(conflict)) for each in conflict.differences),
        )
        for conflict in conflicts
    ]
    heads = ("last came", "source", "id", "times", "counts", "first other", "differs: counted / other")
    print_table(None, heads, rows, (3,))
    listed = ", ".join(f"{name} {number}" for name, number in totals.items())
    print(f"{sum(totals.values())} ids in all came again with other content and count once: {listed}")
    return 0


class _Zones:
    """Times of events are those of their city, the time at which a record came is that of the settings; or all are of
    the zone that was asked for."""

    def __init__(self, cities: Cities, asked: str | None, own: str) -> None:
        self._cities = cities
        self._asked = asked
        self._own = own

    def of(self, conflict: Conflict) -> str:
        city = self._cities.by_source.get(conflict.source)
        return self._asked or (city.tz if city else self._own)

    def came(self, conflict: Conflict) -> str | None:
        return rfc3339(conflict.last_came, self._asked or self._own) if conflict.last_came else None


def _cities(settings: Settings) -> Cities:
    try:
        return load_cities(settings.cities)
    except (ValueError, OSError) as wrong:
        raise WrongUse(str(wrong)) from None


def _sources(cities: Cities, source: str | None, city: str | None) -> Collection[str] | None:
    """Those asked about; None: all."""
    if city is not None and city not in cities.by_name:
        raise WrongUse(f"--city {city!r} is no city; cities are {', '.join(sorted(cities.by_name))}")
    if source is not None and source not in cities.by_source:
        raise WrongUse(f"--source {source!r} is not declared; sources are {', '.join(sorted(cities.by_source))}")
    if source is None:
        return None if city is None else cities.by_name[city].sources
    if city is not None and source not in cities.by_name[city].sources:
        raise WrongUse(f"--source {source!r} is none of {city}; leave --city out")
    return [source]


def _shown(conflict: Conflict, zones: _Zones) -> dict[str, Any]:
    zone = zones.of(conflict)
    differences = [
        {"field": each.field, "counted": _value(each.counted, each, zone), "other": _value(each.other, each, zone)}
        for each in conflict.differences
    ]
    return {**msgspec.to_builtins(conflict), "last_came": zones.came(conflict), "differences": differences}


def _told(each: Difference, zone: str) -> str:
    """A phase's sum and buckets say nothing to a reader: of `values` only that they differ."""
    if each.field == "values":
        return each.field
    return f"{each.field} {_value(each.counted, each, zone)} / {_value(each.other, each, zone)}"


def _value(value: str | int, each: Difference, zone: str) -> str | int:
    return rfc3339(value, zone) if each.field == "time" and isinstance(value, int) else value
