"""`citywatch send`: CloudEvents as JSON Lines to their topics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from citywatch.commandline.options import JsonOption
from citywatch.commandline.printing import print_json, progress
from runtime.errors import CheckFailed, printable
from runtime.settings import load_settings

if TYPE_CHECKING:
    from sources.send import Sent

_NAMED = 20
"""Refused lines that are named in text, of many."""


def run(
    file: Annotated[str, typer.Argument(help="A file with one CloudEvent in JSON in each line; - is stdin.")],
    check: Annotated[bool, typer.Option("--check", help="Only judge: nothing is sent, no broker is needed.")] = False,
    json: JsonOption = False,
) -> int:
    """Send events to their topics, in their order, and wait until the broker has them; or test a feed with --check.

    An event goes where its type belongs, by its beat (without one: by its source); a heartbeat into every partition
    of its source's topics. Lines that would be refused are named with field and reason and are not sent, the others
    are; exit 1 where there is one. Late, repeated, ahead of its source's clock: that only the log can tell. --json
    counts all refused lines and lists the first 1000.
    """
    from runtime.cities import cities
    from sources.send import send

    settings = load_settings()
    with progress(printable(f"{'checking' if check else 'sending'} {file}"), None, "lines") as advance:
        result = send(settings, cities(settings), file, check=check, advance=advance)
    if json:
        print_json(result)
    else:
        for line in summary(result, check=check):
            print(printable(line))
    return CheckFailed.exit_code if result.refused else 0


def summary(result: Sent, *, check: bool) -> Iterator[str]:
    """What was sent, or would be, then what was refused, line by line."""
    types = ", ".join(f"{number} {kind}" for kind, number in result.types.most_common())
    done = f"{result.good} of {result.read} lines{': ' if types else ''}{types}"
    yield f"good are {done}; nothing was sent" if check else f"sent {done}"
    if not result.refused:
        return
    yield f"refused {result.refused} lines"
    for each in result.refusals[:_NAMED]:
        yield f"  line {each.line}: {f'{each.field}: ' if each.field else ''}{each.reason}: {each.detail}"
    if (more := result.refused - _NAMED) > 0:
        yield f"  and {more} more"
