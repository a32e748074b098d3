"""Published figures: under a name what was asked, up to when events counted, and the rows as they were."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from figures.periods import Period
from figures.queries.answer import Question
from figures.queries.as_known import Moment
from figures.stretches import Stretch
from runtime.errors import WrongUse
from schemas.cities import Cities
from schemas.measures import MEASURES
from schemas.spelling import instead
from sinks.store import Store

COLUMNS = ("name", "said", "known_at", "measure", "city", "query", "answer")

_MICROSECONDS = 1_000_000


class Asked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A question as it is kept: names and numbers, so that it can be asked again of whatever these mean then."""

    measure: str
    city: str
    tz: str
    span: Period
    unit: str | None = None
    dimensions: tuple[str, ...] = ()
    compare: tuple[str, ...] = ()
    like_for_like: bool = False
    where: dict[str, str] = {}
    stretches: tuple[Stretch, ...] = ()
    by_campaign: bool = False
    decimals: int = 1
    as_of: int | None = None
    at: int
    read: tuple[tuple[str, int, int], ...] | None = None


@dataclass(frozen=True)
class Publication:
    """One revision of a published figure, the first is 1. said: when it was published, in Unix seconds. answer: the
    object of `report --json` as it was then."""

    name: str
    revision: int
    said: int
    asked: Asked
    answer: Mapping[str, Any]

    def question(self, cities: Cities) -> Question:
        """What was asked, as it is asked now. Raises WrongUse where its measure or city is not declared any more."""
        asked = self.asked
        if asked.measure not in MEASURES:
            raise WrongUse(
                f"measure {asked.measure!r} of {self.name!r} is not declared any more: it cannot be recounted"
            )
        if asked.city not in cities.by_name:
            raise WrongUse(f"city {asked.city!r} of {self.name!r} is not declared any more: it cannot be asked again")
        question = Question(
            MEASURES[asked.measure], cities.by_name[asked.city], asked.tz, asked.span, asked.unit, asked.dimensions,
            asked.compare, asked.like_for_like, asked.where, asked.stretches, asked.by_campaign, asked.decimals,
            Moment(asked.at, asked.read),
        )  # fmt: skip
        if not asked.compare:
            return question
        # what is compared is cut where its clock stood
        return replace(question, stretches=tuple(unit.over(asked.as_of) for unit in question.units()))


def publish(store: Store, name: str, question: Question, as_of: int | None, answer: Mapping[str, Any]) -> Publication:
    """Keeps a question that has a `known_at`, and its answer, under a name; one that is there gets another revision.
    as_of: where the clock stood by which it was asked. Blocks on the store."""
    assert question.known_at is not None
    asked = Asked(
        measure=question.measure.name,
        city=question.city.name,
        tz=question.tz,
        span=question.span,
        unit=question.unit,
        dimensions=question.dimensions,
        compare=question.compare,
        like_for_like=question.like_for_like,
        where=dict(question.where),
        stretches=question.stretches,
        by_campaign=question.by_campaign,
        decimals=question.decimals,
        as_of=as_of,
        at=question.known_at.at,
        read=question.known_at.read,
    )
    said = time.time_ns() // 1_000
    query, text = (msgspec.json.encode(each).decode() for each in (asked, answer))
    row = (name, said, asked.at, asked.measure, asked.city, query, text)
    store.insert("published_figures", COLUMNS, [[value] for value in row])
    return next(each for each in revisions(store, name) if each.asked == asked and each.said == said // _MICROSECONDS)


def revisions(store: Store, name: str | None = None) -> list[Publication]:
    """Those of a name, or all, in order of names and of when they were published. Blocks on the store."""
    rows = store.query(
        "SELECT name, said, query, answer FROM published_figures WHERE name = %(name)s OR %(all)s ORDER BY name, said",
        {"name": name or "", "all": int(name is None)},
    )
    found: list[Publication] = []
    for of, said, query, answer in rows:
        revision = found[-1].revision + 1 if found and found[-1].name == of else 1
        asked = msgspec.json.decode(query, type=Asked)
        found.append(Publication(of, revision, int(said) // _MICROSECONDS, asked, msgspec.json.decode(answer)))
    return found


def publication(store: Store, name: str, revision: int | None = None) -> Publication:
    """A revision of a name, the newest where none is said. Blocks on the store. Raises WrongUse where there is none."""
    found = revisions(store, name)
    if not found:
        names = [each for (each,) in store.query("SELECT DISTINCT name FROM published_figures ORDER BY name")]
        raise WrongUse(f"nothing is published as {name!r}: {instead(name, names) if names else 'nothing is at all'}")
    if revision is None:
        return found[-1]
    if not 1 <= revision <= len(found):
        raise WrongUse(f"{name!r} has no revision {revision}; there are 1 to {len(found)}")
    return found[revision - 1]
