"""After a round: everything has arrived, and nothing is lost, doubled or different."""

from __future__ import annotations

from contextlib import closing

from citywatch.audit.balance import audit
from citywatch.audit.recount import recount
from citywatch.drain import drain
from runtime.errors import CitywatchError
from runtime.settings import Settings
from sinks.store_factory import open_store
from tests.faults import undisturbed
from tests.faults.schedule import EVENTS
from tests.faults.undisturbed import Differences
from tests.faults.workers import Workers
from tests.parts.notes import positions_without_note

DRAIN_SECONDS = 90.0


def prove(workers: Workers, found: Differences) -> None:
    """Adds to `found` what does not hold now that everything is up: all arrived, every proof equal. Blocks.

    Raises CitywatchError when something cannot be proved.
    """
    settings = workers.deployment.settings
    behind: CitywatchError | None = None
    try:
        drain(settings, DRAIN_SECONDS)
    except CitywatchError as failed:
        behind = failed
    found += undisturbed.differences(workers.deployment)
    if behind is not None:
        found.differ("the drain", "all arrived", behind)
        return
    with closing(open_store(settings)) as store:
        account = audit(settings, store)
        score = recount(settings, store, lambda _: None)
    for each in account.partitions:
        missing = each.produced - each.counted - each.late - each.duplicates - each.dead_lettered
        found.lost += max(0, missing) + each.pending
        found.doubled += max(0, -missing)
        if missing or each.pending:
            found.say(f"audit of {each.topic}/{each.partition}: {each}")
    found.different += score.total_different + len(score.skipped)
    found.examples += [*score.examples, *score.skipped]
    if not score.total or account.total("produced") < EVENTS:
        found.differ("what was proved", f"{EVENTS} events", f"{account.total('produced')}, {score.total} figures")
    for bare in _without_note(workers, settings):
        found.differ("committed", "a position with its note", bare)


def _without_note(workers: Workers, settings: Settings) -> list[str]:
    with workers.admin() as admin:
        return [each for each in positions_without_note(admin) if each.startswith(f"{settings.group_aggregate} ")]
