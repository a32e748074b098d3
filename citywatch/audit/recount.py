"""P2: recounts the log in plain batch and compares every figure that anybody can see."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from citywatch.audit import stored
from citywatch.audit.adjusted import compare_adjustments
from citywatch.audit.asked_once import AskedOnce
from citywatch.audit.compare import Comparison
from citywatch.audit.expected import Expected
from citywatch.audit.in_city import in_cities
from citywatch.audit.moment import still_moment
from citywatch.audit.raw_answers import compare_raw_answers
from citywatch.audit.reference_verdicts import ReferenceModel
from citywatch.audit.reported import compare_reports
from citywatch.audit.shown import compare_live
from citywatch.audit.stood import compare_stood
from citywatch.audit.stored import Seams
from citywatch.audit.tables import compare_figures, compare_records, compare_tables
from runtime.cities import cities
from runtime.errors import CheckFailed, Unreachable
from runtime.log import Advance, OffsetRange, Place, extents, read
from runtime.settings import Settings
from schemas.topics import INPUTS
from sinks.positions import progress
from sinks.store import Store

TRIES = 3

Step = Callable[[str], None]


def recount(settings: Settings, store: Store, say: Step, advance: Advance | None = None) -> Comparison:
    """Read the log up to what is durable, recount it, compare. Blocks; while records flow it tries up to 3 times.

    `say` is told what is being done. Raises CheckFailed when what is to be compared never stands still.
    """
    for attempt in range(TRIES):
        cuts = still_moment(settings, store).cuts
        score = _compare(settings, store, cuts, say, advance)
        if score.equal or {place: at.read for place, at in progress(store).items()} == cuts:
            return score
        if attempt + 1 < TRIES:
            say("new records came in while counting: once more")
    raise CheckFailed("figures move faster than they can be recounted; run `citywatch drain` first, then recount")


def _compare(
    settings: Settings, store: Store, cuts: Mapping[Place, int], say: Step, advance: Advance | None
) -> Comparison:
    score = Comparison()
    there = extents(settings, INPUTS)
    seams = stored.seams(store)
    whole = {
        place: cut
        for place, cut in cuts.items()
        if place in there and there[place].begin == 0 and place.topic in INPUTS and place not in seams
    }
    partly = {
        place: OffsetRange(there[place].begin, cut)
        for place, cut in cuts.items()
        if place in there and place.topic in INPUTS and place not in whole and there[place].begin < cut
    }
    for place in sorted(cuts.keys() - whole.keys()):
        score.skipped.append(f"{place.topic} {place.partition} of log {place.log}: {_gone(place, there, seams)}")
    for place, cut in cuts.items():
        if place in there and cut > there[place].end:
            raise Unreachable(
                f"{place.topic} {place.partition} ends at {there[place].end}, but {cut} records were judged;"
                " is this the right broker?"
            )
    parts = {**{place: OffsetRange(0, cut) for place, cut in whole.items()}, **partly}
    models = {place: ReferenceModel(place) for place in sorted(parts)}
    say(f"reading {sum(extent.end - extent.begin for extent in parts.values())} records")
    read(settings, parts, lambda place, records: models[place].judge(records), advance)
    expected = Expected(models[place] for place in sorted(whole))
    known = cities(settings)
    say("comparing cells, raw rows, dead letters, corrections, gaps")
    compare_tables(store, expected, whole, score)
    compare_records(store, models, partly, seams, score)
    unreadable = bool(score.skipped)
    score.skipped += not_judged(cuts, there)
    if unreadable:
        score.skipped.append(
            "figures, reports, live gauges and what is known: they go back to a log that cannot be read any more"
        )
        return score
    say("comparing figures, reports, response, presence, and what is known")
    compare_figures(store, expected, known.with_fixtures(), score)
    places, asked_once = in_cities(expected, known), AskedOnce(store)
    compare_reports(asked_once, places.values(), score)
    compare_stood(asked_once, places.values(), score)
    compare_raw_answers(asked_once, places.values(), score)
    say("comparing the topic of adjustments")
    compare_adjustments(settings, store, expected, score)
    say("comparing live gauges")
    if not compare_live(settings, places, score):
        score.skipped.append("live gauges: analyse does not run")
    return score


def not_judged(cuts: Mapping[Place, int], there: Mapping[Place, OffsetRange]) -> list[str]:
    """Partitions with records that aggregate has not begun with: equal figures say nothing of them."""
    return [
        f"{place.topic} {place.partition}: nothing of its {extent.end - extent.begin} offsets is judged;"
        " does aggregate read it?"
        for place, extent in sorted(there.items())
        if place not in cuts and extent.begin < extent.end
    ]


def _gone(place: Place, there: Mapping[Place, OffsetRange], seams: Mapping[Place, Seams]) -> str:
    if place not in there:
        return "the broker has another log under this name now"
    only = "; raw rows and refused records are compared, verdicts, cells and what is known are not"
    if there[place].begin:
        return f"the broker holds it from offset {there[place].begin} on only{only}"
    return f"judging went on at offset {seams[place].at[-1]} without what was before{only}"
