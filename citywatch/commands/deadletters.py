"""`citywatch deadletters`: the refused records; what they were, and how they come back once their cause is mended."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
import typer

from citywatch.commandline.options import JsonOption, ZoneOption
from citywatch.commandline.printing import print_json, print_table, progress
from citywatch.commandline.store import opened_store
from citywatch.dead_letters.arrival import await_stored
from citywatch.dead_letters.originals import Found, Originals, Unreadable
from citywatch.dead_letters.retry import retry as put_back
from citywatch.dead_letters.stored import Choice, by_reason, newest, pages
from citywatch.rules import write_rules
from figures.periods import rfc3339, span
from runtime.errors import CheckFailed, Unreachable, WrongUse
from runtime.log import Place
from runtime.settings import Settings, load_settings
from schemas.accept import Refused, accept, blank
from schemas.instants import epoch
from schemas.records import DeadLetter
from schemas.topics import INPUTS

if TYPE_CHECKING:
    from sinks.store import Store

EXCERPT = 60
"""Characters of a record in the table."""

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)

ReasonOption = Annotated[str | None, typer.Option("--reason", help="Only those refused for this reason.")]
Topic = Annotated[str, typer.Argument(help=f"{' or '.join(INPUTS)}.")]
Partition = Annotated[int, typer.Argument(min=0)]
Offset = Annotated[int, typer.Argument(min=0)]


@app.callback()
def run() -> None:
    """Refused records: list them, show one with its original, put them back once their cause is mended."""


@app.command("list")
def list_(
    reason: ReasonOption = None,
    since: Annotated[str | None, typer.Option(help="Day, or an instant, from which on they came.")] = None,
    limit: Annotated[int, typer.Option(min=1)] = 20,
    tz: ZoneOption = None,
    json: JsonOption = False,
) -> int:
    """The refused records that came last, the newest first, and how many there are of each reason.

    Waits up to half a minute until those are stored that were written before it was asked, and says if some are not.
    """
    settings = load_settings()
    zone = tz or settings.tz
    choice = Choice(reason=reason, since=None if since is None else _moment(since, zone))
    with opened_store(settings) as store:
        missing = _missing(settings, store)
        reasons = by_reason(store, choice)
        letters = newest(store, choice, limit)
    if json:
        shown = [_shown(letter, zone) for letter in letters]
        told = {"listed": len(letters), "total": sum(reasons.values()), "reasons": reasons, "letters": shown}
        print_json(told | ({"missing": missing} if missing else {}))
        return 0
    if letters:
        _print_letters(letters, reasons, zone)
    else:
        print("no dead letters are stored" if missing else "no dead letters")
    if missing:
        print(missing)
    return 0


def _missing(settings: Settings, store: Store) -> str:
    """What may be missing in the store, in a line; nothing when it has all that was written."""
    try:
        lacking = await_stored(settings, store)
    except Unreachable as away:
        return f"the newest may be missing: {away}"
    return _not_stored(lacking) if lacking else ""


def _not_stored(lacking: int) -> str:
    return f"dead letters still to be stored: {lacking}; does the sink run? see `citywatch doctor`"


def _print_letters(letters: Sequence[DeadLetter], reasons: Mapping[str, int], zone: str) -> None:
    rows = [
        (
            _came(letter, zone) or "",
            letter.reason,
            f"{letter.topic} {letter.partition} {letter.offset}",
            letter.source,
            letter.excerpt[:EXCERPT],
        )
        for letter in letters
    ]
    print_table(None, ("came", "reason", "topic partition offset", "source", "excerpt"), rows, ())
    print(f"{sum(reasons.values())} in all: " + ", ".join(f"{name} {number}" for name, number in reasons.items()))


@app.command()
def show(topic: Topic, partition: Partition, offset: Offset, tz: ZoneOption = None, json: JsonOption = False) -> int:
    """One refused record: why, and the original as it stands in the log. Of one that would still be refused only the
    form is shown, without what may be a person's."""
    settings = load_settings()
    zone = tz or settings.tz
    with opened_store(settings) as store:
        letters = newest(store, Choice(place=_place(topic, partition, offset)), 1)
    if not letters:
        raise WrongUse(f"{topic} {partition} {offset} is no dead letter; `citywatch deadletters list` names them")
    letter = letters[0]
    found = Originals(settings).read(Place(letter.log, topic, partition), [offset])[offset]
    text, refused = _original(found)
    damage = found.why if isinstance(found, Unreadable) else None
    if json:
        told = {"gone": found is None, "original": text, "now_refused": refused, "unreadable": damage}
        print_json({**_shown(letter, zone), **told})
        return 0
    print(f"{topic} {partition} {offset}, came {_came(letter, zone) or 'nobody knows when'}")
    print(f"refused: {letter.reason}: {letter.detail}")
    if damage:
        print(f"the original cannot be read ({damage}); look at the disk of its broker")
    elif found is None:
        print("the original is gone: the log does not hold it any more")
    else:
        print(f"original: {text}")
        print(f"it would still be refused: {refused}" if refused else "its form would be accepted now")
    return 0


@app.command()
def retry(
    topic: Annotated[str | None, typer.Argument(help="With partition and offset: this one only.")] = None,
    partition: Annotated[int | None, typer.Argument(min=0)] = None,
    offset: Annotated[int | None, typer.Argument(min=0)] = None,
    reason: ReasonOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: JsonOption = False,
) -> int:
    """Read each original at its offset and put back into its partition what would be taken now: once, however often
    this is done. The rules of declared sources are brought up to date before. The old letters stay.

    One whose original cannot be read keeps no other back; it is named, and the exit code is 1."""
    settings = load_settings()
    if topic is not None and (partition is None or offset is None):
        raise WrongUse("name one record by TOPIC PARTITION OFFSET, or many by --reason")
    place = None if topic is None or partition is None or offset is None else _place(topic, partition, offset)
    choice = Choice(reason=reason, place=place)
    with opened_store(settings) as store:
        if lacking := await_stored(settings, store):
            raise CheckFailed(_not_stored(lacking))
        reasons = by_reason(store, choice)
        if reasons and not yes:
            _ask(reasons)
        write_rules(settings)
        with progress("putting back", sum(reasons.values())) as advance:
            done = put_back(settings, store, Originals(settings), pages(store, choice), advance)
    damaged = done.unreadable or []
    if json:
        print_json(done)
        return 1 if damaged else 0
    print(
        f"{done.listed} letters: {done.retried} put back, {done.still_bad} would be refused again, {done.gone} gone"
        f" from the log, {done.already} counted already, {done.control} control records left"
    )
    for each in damaged:
        where = f"{each.topic} {each.partition} {each.offset}"
        print(f"{where} cannot be read ({each.why}) and stays; look at the disk of its broker")
    return 1 if damaged else 0


def _ask(reasons: dict[str, int]) -> None:
    if not sys.stdin.isatty():
        raise WrongUse("retry asks before it puts records back; without a terminal give --yes")
    listed = ", ".join(f"{number} {name}" for name, number in reasons.items())
    typer.confirm(f"Put back what would be taken now of {listed}?", abort=True, err=True)


def _place(topic: str, partition: int, offset: int) -> tuple[str, int, int]:
    if topic not in INPUTS:
        raise WrongUse(f"{topic!r} is no input topic; inputs are {', '.join(INPUTS)}")
    return topic, partition, offset


def _original(found: Found) -> tuple[str | None, str | None]:
    """What may be shown of it, and why it would still be refused."""
    if found is None or isinstance(found, Unreadable):
        return None, None
    refused = _refused(found.value)
    return _text(found.value, refused), refused


def _refused(value: bytes | None) -> str | None:
    try:
        accept(value)
    except Refused as refused:
        return str(refused)
    return None


def _text(value: bytes | None, refused: str | None) -> str:
    """Of an accepted record all: every text in it was looked at. Of any other what `blank` leaves."""
    return blank(value) if refused or value is None else value.decode()


def _shown(letter: DeadLetter, zone: str) -> dict[str, Any]:
    return {**msgspec.to_builtins(letter), "received": _came(letter, zone)}


def _came(letter: DeadLetter, zone: str) -> str | None:
    return rfc3339(letter.received, zone) if letter.received else None


def _moment(text: str, zone: str) -> int:
    try:
        if len(text) == len("2026-01-01"):
            day = date.fromisoformat(text)
            return span(day, day, zone).start
        try:
            return epoch(text)
        except ValueError:
            local = datetime.fromisoformat(text)
            return int((local if local.tzinfo else local.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC).timestamp())
    except ValueError:
        raise WrongUse(f"--since {text!r} is no time; write 2026-01-31 or 2026-01-31T08:00:00+08:00") from None
