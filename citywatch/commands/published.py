"""`citywatch published`: what was published under which name, and what has changed since."""

from __future__ import annotations

from typing import Annotated

import typer

from citywatch.commandline.arguments import asked_moment
from citywatch.commandline.options import JsonOption
from citywatch.commandline.printing import print_json
from citywatch.commandline.published_text import (
    print_list,
    print_publication,
    print_since,
    publication_json,
    since_json,
)
from citywatch.commandline.store import opened_store
from figures.queries.as_known import Moment
from figures.queries.differences import changed, differences
from figures.queries.published import publication, revisions
from runtime.cities import cities
from runtime.errors import WrongUse
from runtime.settings import load_settings


def run(
    name: Annotated[str | None, typer.Argument(help="A published figure; none: the list.")] = None,
    revision: Annotated[int | None, typer.Option(min=1, help="Which of them; the newest unless said.")] = None,
    diff: Annotated[bool, typer.Option("--diff", help="What has changed since, and by which events.")] = False,
    at: Annotated[str, typer.Option("--at", help="With --diff: up to then, in place of now.")] = "now",
    json: JsonOption = False,
) -> int:
    """What was published: the list, one of them with its rows as they were, or what has changed since.

    A change that no event explains is named as such: then a list of codes, the measure or the log is another one now.
    """
    if name is None and (revision is not None or diff):
        raise WrongUse("--revision and --diff are of one name: `citywatch published` lists them")
    settings = load_settings()
    with opened_store(settings) as store:
        if name is None:
            found = revisions(store)
            if json:
                print_json({"published": [publication_json(each, rows=False) for each in found]})
            else:
                print_list(found)
            return 0
        kept = publication(store, name, revision)
        if not diff:
            if json:
                print_json(publication_json(kept))
            else:
                print_publication(kept)
            return 0
        question = kept.question(cities(settings))
        later = asked_moment("--at", at, kept.asked.tz)
        if later is None or question.known_at is None or later < question.known_at.at:
            raise WrongUse(f"--at {at} is before what {name!r} was as known at")
        rows = changed(store, question, Moment(later))
        since = differences(store, question.tz, question.spans(), question.narrowed(), question.known_at, Moment(later))
        if json:
            print_json(since_json(kept, question, Moment(later), rows, list(since)))
        else:
            print_since(kept, question, Moment(later), rows, list(since))
    return 0
