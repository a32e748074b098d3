"""When the live map has every step that stands before the progress that is known, whoever told of that."""

from __future__ import annotations

from schemas.families.incidents import INCIDENTS
from schemas.topics import PANES
from streams.live.handover import Handover
from tests.streams.live_cells import LOG, progress

PLACE = (LOG, INCIDENTS, 0)
T0 = 1_780_243_200


def test_progress_of_the_store_is_waited_for_on_a_topic_that_is_followed_from_its_start() -> None:
    handover = Handover(begun={("panes", PANES, 0): 0})
    stored = progress(T0 + 900, read=500)
    handover.follow(progress(T0, read=100))
    assert not handover.is_whole({PLACE: stored})
    handover.loaded[PLACE] = 500
    assert not handover.is_whole({PLACE: stored}), "of a subject with many steps the store gives the last ones"
    handover.follow(stored)
    assert handover.is_whole({PLACE: stored})


def test_of_a_topic_that_is_followed_from_somewhere_the_rows_before_have_to_be_loaded() -> None:
    handover = Handover(begun={("panes", PANES, 0): 70})
    first = progress(T0, read=100)
    handover.follow(first)
    assert not handover.is_whole({PLACE: first})
    handover.loaded[PLACE] = 100
    assert handover.is_whole({PLACE: first})
    ahead = progress(T0 + 900, read=500)
    assert not handover.is_whole({PLACE: ahead})
    handover.loaded[PLACE] = 500
    assert handover.is_whole({PLACE: ahead})


def test_a_source_is_heard_when_no_partition_has_records_that_nobody_judged_and_does_not_name_it() -> None:
    handover = Handover()
    other = (LOG, INCIDENTS, 1)
    handover.stand({PLACE: 100, other: 100}, {PLACE: progress(T0, read=100)}, [])
    assert not handover.is_heard(INCIDENTS, {(LOG, 0)})
    assert handover.is_heard(INCIDENTS, {(LOG, 0), (LOG, 1)}), "it was heard in what is read still"
    handover.judged(progress(T0, read=99, partition=1))
    assert not handover.is_heard(INCIDENTS, {(LOG, 0)})
    handover.judged(progress(T0, read=100, partition=1))
    assert handover.is_heard(INCIDENTS, {(LOG, 0)}), "it does not write there"


def test_a_source_that_is_heard_while_it_runs_waits_for_what_its_topic_has_by_then() -> None:
    handover = Handover()
    first, second, other = ("a/110", INCIDENTS), ("b/110", INCIDENTS), (LOG, INCIDENTS, 1)
    handover.stand({}, {}, [first])
    handover.stand({PLACE: 100, other: 50}, {PLACE: progress(T0, read=100)}, [first])
    assert handover.is_heard(INCIDENTS, {(LOG, 0)}), "nobody is new"
    handover.stand({PLACE: 100, other: 50}, {PLACE: progress(T0, read=100)}, [first, second])
    assert not handover.is_heard(INCIDENTS, {(LOG, 0)})
    assert handover.is_heard(INCIDENTS, {(LOG, 0), (LOG, 1)})
    handover.judged(progress(T0, read=50, partition=1))
    assert handover.is_heard(INCIDENTS, {(LOG, 0)})


def test_a_log_that_is_gone_holds_nothing_up() -> None:
    handover = Handover()
    handover.stand({PLACE: 100}, {}, [])
    handover.keep({PLACE})
    assert not handover.is_heard(INCIDENTS, set())
    handover.keep({("made-anew", INCIDENTS, 0)})
    assert handover.is_heard(INCIDENTS, set())
