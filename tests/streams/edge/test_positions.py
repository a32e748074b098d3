"""A position without the note of its own log is no position; what the log cannot give any more is refused."""

from __future__ import annotations

import pytest

from runtime.errors import WrongUse
from runtime.log import OffsetRange
from schemas.records import Progress, Seam
from streams.core.decisions import Decisions
from streams.core.note import Note
from streams.edge.positions import Committed, Kept, begin_at, goes_on, needs_progress, note_of

PLACE = ("log-1", "citywatch.incidents", 3)
NOTE = Note("log-1", 100, 80, 1, 2, 3, Decisions())
OTHER_LOG = Note("log-0", 100, 80, 1, 2, 3, Decisions()).encode()

Begun = tuple[int, Note | None, Seam | None]


def progress(read: int, **more: object) -> Progress:
    told = {"clocks": {}, "boundaries": {}, "open_panes": 1, "bytes": 0, "rules": {}, "since": 7, "open_cells": 5}
    verdicts = {"counted": 90, "late": 1, "duplicates": 2, "dead": 3}
    return Progress(log="log-1", topic=PLACE[1], partition=3, read=read, **{**told, **verdicts, **more})  # type: ignore[arg-type]


def begin(committed: Committed | None, beginning: int = 0, end: int = 500, newest: Progress | None = None) -> Begun:
    extent, note = OffsetRange(beginning, end), note_of(PLACE, committed)
    if newest is not None:
        assert needs_progress(committed, note, extent)
    return begin_at(PLACE, committed, note, extent, newest)


def test_a_position_with_its_note_is_where_to_begin() -> None:
    assert begin(Committed(70, NOTE.encode()), beginning=70) == (70, NOTE, None)


@pytest.mark.parametrize(
    "committed",
    [None, Committed(70, ""), Committed(70, "not a note"), Committed(70, OTHER_LOG)],
    ids=["never committed", "no metadata", "foreign metadata", "another log"],
)
def test_without_the_note_of_this_log_it_begins_at_the_start(committed: Committed | None) -> None:
    assert begin(committed) == (0, None, None)


def test_the_note_of_a_later_version_is_refused_and_not_taken_for_none() -> None:
    later = NOTE.encode().replace('"form":2', '"form":3')
    with pytest.raises(WrongUse, match=r"citywatch\.incidents/3: a later version of citywatch committed the position"):
        begin(Committed(70, later))
    assert begin(Committed(70, later.replace("log-1", "log-0"))) == (0, None, None)


@pytest.mark.parametrize(
    "metadata",
    ["", "not a note", NOTE.encode().replace('"form":2', '"form":0'), OTHER_LOG, None],
    ids=["no metadata", "foreign metadata", "another form", "another log", "never committed"],
)
def test_a_log_that_was_never_judged_and_has_lost_its_start_is_refused(metadata: str | None) -> None:
    with pytest.raises(WrongUse, match=r"citywatch\.incidents/3: the log begins at 20.*`citywatch start-at earliest`"):
        begin(None if metadata is None else Committed(70, metadata), beginning=20)


@pytest.mark.parametrize("committed", [Committed(70, NOTE.encode()), Committed(70, ""), None])
def test_what_open_panes_need_is_gone_and_the_newest_progress_is_gone_on_from(committed: Committed | None) -> None:
    position, note, seam = begin(committed, beginning=71, newest=progress(120))
    assert position == 120
    assert note == Note("log-1", 120, 90, 1, 2, 3, Decisions(), since=7, seeded=5)
    assert seam == Seam(log="log-1", topic=PLACE[1], partition=3, start=120, end=120)


@pytest.mark.parametrize(("newest", "read"), [(None, 100), (progress(100), 100), (progress(110), 110)])
def test_records_that_nobody_judged_are_named_when_they_are_gone(newest: Progress | None, read: int) -> None:
    with pytest.raises(WrongUse, match=rf"citywatch\.incidents/3: offsets {read} to 120 are gone.*start-at earliest"):
        begin(Committed(70, NOTE.encode()), beginning=121, newest=newest)


@pytest.mark.parametrize("newest", [None, progress(130, rules=None)], ids=["gone too", "of an older version"])
def test_without_the_state_of_open_panes_it_does_not_begin(newest: Progress | None) -> None:
    with pytest.raises(WrongUse, match=r"above what open panes need, and their progress at 1.0 is not on"):
        begin(Committed(70, NOTE.encode()), beginning=90, newest=newest)


@pytest.mark.parametrize(("newest", "end"), [(None, 99), (progress(120), 119)])
def test_a_log_that_ends_below_what_was_read_is_refused(newest: Progress | None, end: int) -> None:
    with pytest.raises(WrongUse, match=f"the log ends at {end}, but it was read up to {end + 1}"):
        begin(Committed(70, NOTE.encode()), beginning=71 if newest else 0, end=end, newest=newest)


MINE = Committed(70, NOTE.encode())


@pytest.mark.parametrize(
    ("kept", "committed", "extent", "goes"),
    [
        (Kept(MINE, 120), MINE, OffsetRange(0, 500), True),
        (Kept(MINE, 120), MINE, OffsetRange(70, 120), True),
        (Kept(None, 120), None, OffsetRange(0, 500), False),
        (Kept(Committed(70, ""), 120), Committed(70, ""), OffsetRange(0, 500), False),
        (Kept(MINE, 90), MINE, OffsetRange(0, 99), False),
        (Kept(MINE, 120), Committed(80, NOTE.encode()), OffsetRange(0, 500), False),
        (
            Kept(MINE, 120),
            Committed(70, Note("log-1", 101, 81, 1, 2, 3, Decisions()).encode()),
            OffsetRange(0, 500),
            False,
        ),
        (Kept(None, 120), MINE, OffsetRange(0, 500), False),
        (Kept(MINE, 120), None, OffsetRange(0, 500), False),
        (Kept(MINE, 120), MINE, OffsetRange(71, 500), False),
        (Kept(None, 120), None, OffsetRange(1, 500), False),
        (Kept(MINE, 120), MINE, OffsetRange(0, 119), False),
    ],
    ids=[
        "nobody committed since",
        "the log begins at the position and ends where the state stands",
        "nothing was committed that would tell",
        "no note beside the position",
        "in its re-read, and the log lost what its note has seen",
        "another position",
        "another note",
        "the first commit was another's",
        "the group forgot",
        "what open panes need is gone",
        "the start of the log is gone",
        "the log lost what the state has seen",
    ],
)
def test_a_kept_state_goes_on_only_where_nothing_moved_without_it(
    kept: Kept, committed: Committed | None, extent: OffsetRange, goes: bool
) -> None:
    assert goes_on(kept, committed, note_of(PLACE, committed), extent) is goes
