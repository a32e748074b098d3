"""Cities are data: zones in two levels, a code table onto the category tree, a time zone, names, sources."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from schemas import areas
from schemas.acceptance import ACCEPTANCE, Fixture, fixture_name
from schemas.categories import TREE, UNKNOWN
from schemas.clocks import FLOORS
from schemas.control import LONGEST_STEP, MAX_SOURCES, MAX_STEP
from schemas.names import check_source
from schemas.refused import Refused
from schemas.spelling import instead
from schemas.topics import INPUTS


class Sector(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    zh: str
    en: str


class Beat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """area: what an arrival there is measured by. reach: further beats from which it is reached in time."""

    sector: str
    zh: str
    en: str
    area: Literal["urban", "suburban", "rural"] = "urban"
    reach: list[str] = []


class Area(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A listed area: areas lie across beats and overlap."""

    zh: str
    en: str


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A declared source. Times in seconds; `heartbeats` is `own`, or `role` where citywatch sends them for it.

    `max_step`: how far its clock may go in one step and still vouch for what it passed. A source that is further behind
    the others than that stands still: figures go on without it, and say so.

    `continues`: the source whose records this one goes on with, such as those of the system before. What either vouches
    for is known, and the clock of the earlier one holds no figure back once this one has a clock.
    """

    topics: list[str]
    heartbeats: str = "own"
    delay: int = 0
    lateness: int | None = None
    max_ahead: int | None = None
    max_step: int = MAX_STEP
    continues: str | None = None


class Campaign(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"first": "from", "last": "to"}):
    """A span of local dates with a name, both inclusive. Those of a city may overlap.

    day: `duty_day` where its dates run from 08:00 to 08:00, as those of duty days do.
    """

    zh: str
    en: str
    first: date
    last: date
    day: Literal["day", "duty_day"] = "day"


LONGEST_CAMPAIGN = 366
"""Days: a year, so that with the year before it what live figures hold stays bounded."""

MOST_CAMPAIGNS = 40
"""Of a city."""

_CAMPAIGN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
"""Names that are safe on a command line and as the value of a label."""


class City(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One city as its file declares it.

    holidays: days off, each a date or a span such as `2026-10-01..2026-10-07`; workdays: Saturdays and Sundays that are
    none; school_breaks: further days without school. floors: how many each local day is to have, at least, by what the
    floor is `of`; 0, or none: not said. geometry: the path of its GeoJSON file, in its own file as seen from there;
    empty: it has none.
    """

    name: str
    zh: str
    en: str
    tz: str
    sectors: dict[str, Sector]
    beats: dict[str, Beat]
    codes: dict[str, str]
    sources: dict[str, Source]
    campaigns: dict[str, Campaign] = {}
    holidays: list[str] = []
    workdays: list[str] = []
    school_breaks: list[str] = []
    floors: dict[str, Annotated[int, msgspec.Meta(ge=0)]] = {}
    areas: dict[str, Area] = {}
    geometry: str = ""

    def later(self, source: str, topic: str) -> str | None:
        """The source that goes on from this one in a topic, if any does."""
        goes_on = (name for name, other in self.sources.items() if other.continues == source and topic in other.topics)
        return next(goes_on, None) if topic in self.sources[source].topics else None

    @property
    def whole(self) -> str:
        """What stands for all of its sources, where something is of none of them."""
        return f"{self.name}/city"

    def floor(self, of: str) -> int:
        """How many of these each local day is to have, at least; 0: not said."""
        return self.floors.get(of, 0)

    def feeds(self, topic: str) -> bool:
        """Whether any of its sources writes to an input topic: else the city has no figures of it."""
        return any(topic in source.topics for source in self.sources.values())

    def is_over(self, source: str) -> bool:
        """Whether another source goes on from this one, so that no more of it may ever come."""
        return any(other.continues == source for other in self.sources.values())

    def node(self, code: str) -> str:
        """The tree node of a local code; `unknown` when the table does not have it."""
        return self.codes.get(code, UNKNOWN)

    def sector(self, beat: str) -> str:
        """The sector of a beat; `unknown` when the list does not have it."""
        found = self.beats.get(beat)
        return found.sector if found else UNKNOWN


@dataclass(frozen=True)
class Cities:
    """All cities of this deployment, by name, and the city of each source.

    fixtures: those that only `citywatch acceptance` feeds, by name. They are in no list, rule or figure before it runs.
    """

    by_name: Mapping[str, City]
    by_source: Mapping[str, City]
    fixtures: Mapping[str, City] = field(default_factory=dict)

    def with_fixtures(self) -> Cities:
        """With the cities of `citywatch acceptance` among the others."""
        sources = {source: city for city in self.fixtures.values() for source in city.sources}
        return Cities({**self.by_name, **self.fixtures}, {**self.by_source, **sources})

    def source(self, name: str) -> Source | None:
        city = self.by_source.get(name)
        return city.sources[name] if city else None


_ENTRIES = (
    ("sectors", "sector", Sector),
    ("beats", "beat", Beat),
    ("codes", "code", str),
    ("sources", "source", Source),
    ("campaigns", "campaign", Campaign),
    ("areas", "area", Area),
)
"""Tables of a city file, what an entry of each is called, and its type."""


def dates_of(said: Iterable[str]) -> frozenset[date]:
    """The days of dates and spans with both ends. ValueError where one is none."""
    return frozenset(day for text in said for day in _days(text))


def _days(text: str) -> Iterator[date]:
    first, _, last = text.partition("..")
    try:
        begin, end = date.fromisoformat(first), date.fromisoformat(last or first)
    except ValueError:
        raise ValueError(f"{text!r} is no date or span such as 2026-10-01 or 2026-07-01..2026-08-31") from None
    for number in range((end - begin).days + 1):
        yield begin + timedelta(days=number)


def load_city(text: str, where: str) -> City:
    """A city from TOML. Raises ValueError with one line that names the file, the entry and the field."""
    try:
        raw = _toml(text)
        _check_entries(raw)
        city = msgspec.convert(raw, City)
        ZoneInfo(city.tz)
        dates_of((*city.holidays, *city.workdays, *city.school_breaks))
    except tomllib.TOMLDecodeError as wrong:
        raise ValueError(f"city file {where} is not TOML: {not_toml(wrong)}") from None
    except (msgspec.ValidationError, KeyError, ValueError) as wrong:
        raise ValueError(f"city file {where}: {_plainly(wrong)}") from None
    for code, beat in city.beats.items():
        if beat.sector not in city.sectors:
            raise ValueError(
                f"city file {where}: beat {code!r} is in sector {beat.sector!r}, which is not declared:"
                f" {instead(beat.sector, city.sectors)}"
            )
        for other in beat.reach:
            if other not in city.beats:
                raise ValueError(
                    f"city file {where}: beat {code!r} is reached from {other!r}, which is not declared:"
                    f" {instead(other, city.beats)}"
                )
    for code, node in city.codes.items():
        if node not in TREE:
            raise ValueError(
                f"city file {where}: code {code!r} is mapped to {node!r}, which is not in the category tree"
                f" (schemas/categories.toml): {instead(node, TREE)}"
            )
    for name, source in city.sources.items():
        try:
            check_source(name)
        except Refused as refused:
            raise ValueError(f"city file {where}: source {name!r}: {refused.detail}") from None
        if unknown := set(source.topics) - set(INPUTS):
            raise ValueError(
                f"city file {where}: source {name!r} writes {sorted(unknown)[0]!r}, which is no input topic"
            )
        if source.heartbeats not in ("own", "role"):
            raise ValueError(f"city file {where}: source {name!r}: heartbeats is 'own' or 'role'")
        if not 0 < source.max_step <= LONGEST_STEP:
            raise ValueError(f"city file {where}: source {name!r}: max_step is 1 to {LONGEST_STEP} seconds (a week)")
    for code in city.areas:
        if wrong_code := areas.wrong(code):
            raise ValueError(f"city file {where}: area {code!r}: {wrong_code}")
    declared = dict.fromkeys(floor.of for floor in FLOORS.values())
    for name in city.floors:
        if name not in declared:
            raise ValueError(f"city file {where}: no floor is of {name!r}: {instead(name, declared)}")
    _check_continued(city, where)
    _check_campaigns(city, where)
    return city


@lru_cache(maxsize=64)
def _toml(text: str) -> Mapping[str, Any]:
    """What a text says, parsed once: that is nearly all that a city costs, and a command loads its own several times.

    Not to be changed: what is made of it is made anew each time.
    """
    return tomllib.loads(text)


def _check_entries(raw: Mapping[str, Any]) -> None:
    """Each entry of a table by itself: of a whole file msgspec does not say which one is wrong."""
    for table, called, kind in _ENTRIES:
        entries = raw.get(table)
        for name, entry in entries.items() if isinstance(entries, dict) else ():
            try:
                msgspec.convert(entry, kind)
            except msgspec.ValidationError as wrong:
                raise ValueError(f"{called} {name!r}: {_plainly(wrong)}") from None


def not_toml(wrong: tomllib.TOMLDecodeError) -> str:
    """What is wrong with a text that is no TOML, and what it mostly comes from."""
    if re.search(r"key part|after a key|end of a table|Invalid statement", str(wrong)):
        return f'{wrong}; a name of more than A-Z a-z 0-9 _ - stands in quotes: [beats."B 1"]'
    return f"{wrong}; a text stands in quotes" if "Invalid value" in str(wrong) else str(wrong)


def _plainly(wrong: Exception) -> str:
    """A message without the path syntax of msgspec, and without the quotes that a KeyError puts around it."""
    text = str(wrong.args[0]) if isinstance(wrong, KeyError) and wrong.args else str(wrong)
    return text.replace("`$.", "`").replace(" - at `$`", "")


def _check_continued(city: City, where: str) -> None:
    for name, source in city.sources.items():
        if source.continues is None:
            continue
        if source.continues not in city.sources or source.continues == name:
            raise ValueError(
                f"city file {where}: source {name!r} continues {source.continues!r}, which is no other source"
            )
        if city.sources[source.continues].continues is not None:
            raise ValueError(f"city file {where}: source {name!r} continues one that continues another itself")
        for topic in source.topics:
            if city.later(source.continues, topic) not in (None, name):
                raise ValueError(f"city file {where}: two sources continue {source.continues!r} in {topic!r}")


def _check_campaigns(city: City, where: str) -> None:
    if len(city.campaigns) > MOST_CAMPAIGNS:
        raise ValueError(f"city file {where}: {len(city.campaigns)} campaigns, at most {MOST_CAMPAIGNS} are taken")
    for name, campaign in city.campaigns.items():
        days = (campaign.last - campaign.first).days + 1
        if not _CAMPAIGN.fullmatch(name):
            raise ValueError(f"city file {where}: campaign {name!r}: a name is 1 to 40 of A-Z a-z 0-9 - _")
        if days < 1:
            raise ValueError(
                f"city file {where}: campaign {name!r} ends on {campaign.last}, before it begins on {campaign.first}"
            )
        if days > LONGEST_CAMPAIGN:
            raise ValueError(
                f"city file {where}: campaign {name!r} is {days} days long, at most {LONGEST_CAMPAIGN} are taken"
            )


def load_cities(extra: Path | None = None) -> Cities:
    """The shipped cities and those in a directory of further files. Raises ValueError in one line."""
    if extra is not None and not extra.is_dir():
        raise ValueError(f"{extra} is no directory: CITYWATCH_CITIES names the one that holds your city files")
    folder = Path(str(resources.files("schemas"))) / "city_data"
    shipped = [_in_folder(path, path.name) for path in sorted(folder.glob("*.toml"))]
    further = [_in_folder(path, str(path)) for path in sorted(extra.glob("*.toml"))] if extra else []
    return _index([*shipped, *further])


def _in_folder(path: Path, where: str) -> City:
    """The city of a file, with the path of its geometry."""
    city = load_city(_text(path), where)
    if not city.geometry:
        return city
    geometry = path.parent / city.geometry
    if not geometry.is_file():
        raise ValueError(f"city file {where}: geometry {city.geometry!r}: there is no such file beside it")
    return msgspec.structs.replace(city, geometry=str(geometry))


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise ValueError(f"city file {path} is not UTF-8: save it as UTF-8") from None


def _index(cities: Iterable[City]) -> Cities:
    by_name: dict[str, City] = {}
    by_source: dict[str, City] = {}
    for city in cities:
        if city.name in by_name:
            raise ValueError(f"city {city.name!r} is declared twice")
        by_name[city.name] = city
        for source in city.sources:
            if source in by_source:
                raise ValueError(f"source {source!r} is declared by {by_source[source].name!r} and by {city.name!r}")
            by_source[source] = city
    for topic in INPUTS:
        declared = sum(topic in city.sources[name].topics for name, city in by_source.items())
        if declared > MAX_SOURCES:
            raise ValueError(f"{declared} sources are declared for {topic}, at most {MAX_SOURCES} are taken")
    return Cities(by_name, by_source, _fixtures(by_name[SIMULATED]) if SIMULATED in by_name else {})


SIMULATED = "xincheng"
"""The shipped city whose zones and codes the cities of the acceptance scenarios have."""


def _feed(fixture: Fixture) -> Source:
    step = LONGEST_STEP
    return Source(list(fixture.topics), lateness=fixture.lateness, max_ahead=step, max_step=step)


def _fixtures(like: City) -> dict[str, City]:
    """A city for each scenario of `citywatch acceptance`, with one source that may be years behind."""
    return {
        name: msgspec.structs.replace(
            like,
            name=name,
            zh=f"验收 {scenario}",
            en=f"Acceptance {scenario}",
            sources={f"{name}/feed": _feed(fixture)},
            campaigns={each: Campaign(each, each, *span) for each, span in fixture.campaigns.items()},
            floors=dict(fixture.floors),
        )
        for scenario, fixture in ACCEPTANCE.items()
        for name in (fixture_name(scenario),)
    }
