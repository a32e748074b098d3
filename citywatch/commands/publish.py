"""`citywatch publish`: a figure as it stands in the bulletin, kept under a name with what was asked and when."""

from __future__ import annotations

from typing import Annotated

import typer

from citywatch.commandline.arguments import NOW
from citywatch.commandline.asked import Typed, question_known
from citywatch.commandline.asked_time import TimeOptions
from citywatch.commandline.filters import WhereOption
from citywatch.commandline.options import (
    CampaignOption,
    CityOption,
    FromOption,
    JsonOption,
    NightsOption,
    ToOption,
    ZoneOption,
)
from citywatch.commandline.printing import print_json
from citywatch.commandline.published_text import print_publication, publication_json
from citywatch.commandline.store import opened_store
from figures.queries.answer import answer, as_json
from figures.queries.published import publish
from runtime.errors import WrongUse
from runtime.settings import load_settings
from schemas.person import find_person

LONGEST = 100


def run(
    name: Annotated[str, typer.Argument(help="What it is called; a name that is there gets a further revision.")],
    measure: Annotated[str, typer.Argument(help="A measure; `citywatch report` lists them.")],
    from_: FromOption = None,
    to: ToOption = None,
    campaign: CampaignOption = None,
    nights: NightsOption = None,
    ytd: Annotated[bool, typer.Option("--ytd", help="The year to date, or up to --to.")] = False,
    by: Annotated[str | None, typer.Option(help="As in `report`: a unit of time, and dimensions.")] = None,
    compare: Annotated[str | None, typer.Option(help="As in `report`: previous, previous_month, year.")] = None,
    like_for_like: Annotated[
        bool, typer.Option("--like-for-like", help="Where not all is known, compare what both spans know.")
    ] = False,
    decimals: Annotated[int, typer.Option(min=0, max=4, help="Decimals of percentages, rounded half up.")] = 1,
    where: WhereOption = None,
    at: Annotated[
        str, typer.Option("--at", help="As known then: a local time, an instant with offset, or `now`.")
    ] = NOW,
    city: CityOption = None,
    tz: ZoneOption = None,
    json: JsonOption = False,
) -> int:
    """Keep a figure as it is published: what was asked, as known when, and its rows as they are.

    Nothing is frozen by it: `report` goes on to restate. `citywatch published NAME` shows what was said, with --diff
    what has changed since, and by which events. A name is never overwritten: published again it has a revision more.
    """
    _check(name)
    settings = load_settings()
    typed = Typed(
        measure, TimeOptions(from_, to, campaign, nights, ytd), by, compare, like_for_like, decimals, where, city, tz
    )
    with opened_store(settings) as store:
        question, clock = question_known(store, settings, typed, at)
        shown = as_json(question, answer(store, question, clock), clock)
        kept = publish(store, name, question, clock.as_of, shown)
    if json:
        print_json(publication_json(kept))
    else:
        print_publication(kept)
    return 0


def _check(name: str) -> None:
    if not name.strip() or len(name) > LONGEST or not name.isprintable():
        raise WrongUse(f"a name has 1 to {LONGEST} printable characters, not {name[:LONGEST]!r}")
    if (found := find_person(name)) is not None:
        raise WrongUse(f"the name looks like a person's ({found}); call it by what it is of, as bulletin-2026-07")
