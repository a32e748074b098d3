"""A position without the note of its own log is no position; what the log cannot give any more is refused."""

from __future__ import annotations

import pytest

from citywatch.errors import CheckFailed
from streams.core.decisions import Decisions
from streams.core.note import Note
from streams.edge.positions import Committed, Origin, begin_at

PLACE = ("citywatch.incidents", 3)
NOTE = Note("log-1", 100, 80, 1, 2, 3, Decisions())


def begin(committed: Committed | None, beginning: int = 0, end: int = 500) -> Origin:
    return begin_at(PLACE, 1, "log-1", committed, beginning, end)


def test_a_position_with_its_note_is_where_to_begin() -> None:
    assert begin(Committed(70, NOTE.encode())) == Origin(1, 70, NOTE)


@pytest.mark.parametrize(
    "committed",
    [
        None,
        Committed(70, ""),
        Committed(70, "not a note"),
        Committed(70, Note("log-0", 100, 80, 1, 2, 3, Decisions()).encode()),
    ],
    ids=["never committed", "no metadata", "foreign metadata", "another log"],
)
def test_without_the_note_of_this_log_it_begins_at_the_start(committed: Committed | None) -> None:
    assert begin(committed) == Origin(1, 0, None)


@pytest.mark.parametrize(
    "committed",
    [None, Committed(70, Note("log-0", 100, 80, 1, 2, 3, Decisions()).encode())],
    ids=["never committed", "another log"],
)
def test_a_log_that_was_never_read_begins_where_it_begins(committed: Committed | None) -> None:
    assert begin(committed, beginning=20) == Origin(1, 20, None)


@pytest.mark.parametrize(
    "metadata",
    ["", "not a note", Note("log-1", 100, 80, 1, 2, 3, Decisions(), form=0).encode()],
    ids=["no metadata", "foreign metadata", "another form"],
)
def test_a_position_without_its_note_is_refused_where_the_start_is_gone(metadata: str) -> None:
    with pytest.raises(CheckFailed, match=r"citywatch\.incidents/3: the committed position 70 has no note"):
        begin(Committed(70, metadata), beginning=20)


def test_a_log_that_begins_above_the_position_is_refused() -> None:
    with pytest.raises(CheckFailed, match=r"citywatch\.incidents/3: the log begins at 71"):
        begin(Committed(70, NOTE.encode()), beginning=71)


def test_a_log_that_ends_below_what_was_read_is_refused() -> None:
    with pytest.raises(CheckFailed, match="the log ends at 99, but it was read up to 100"):
        begin(Committed(70, NOTE.encode()), end=99)
