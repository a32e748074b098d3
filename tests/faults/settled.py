"""After the faults: everything has arrived, and three proofs hold that share no code."""

from __future__ import annotations

from collections import Counter

from citywatch.audit.balance import Audit, audit
from citywatch.audit.recount import recount
from citywatch.commandline.store import opened_store
from citywatch.drain import drain
from runtime.errors import CitywatchError
from tests.deployment import PATIENCE, Deployment
from tests.faults.undisturbed import differences
from tests.from_topics import await_published


def arrived(deployment: Deployment, seconds: float = PATIENCE) -> float:
    """Waits until all that was written is judged, stored and shown; gives the seconds that took."""
    try:
        return drain(deployment.settings, seconds).seconds
    except CitywatchError as failed:
        logs = "".join(f"--- {path.name}\n{path.read_text()[-3000:]}" for path in deployment.directory.glob("*.log"))
        raise AssertionError(f"{failed}\n{logs}") from None


def settled(deployment: Deployment) -> Audit:
    """All has arrived; the audit balances with nothing pending, the recount is equal, and everything is what one
    undisturbed worker would have written. Gives the audit."""
    arrived(deployment)
    await_published(deployment)  # recount waits only for a sink that has published before
    with opened_store(deployment.settings) as store:
        account = audit(deployment.settings, store)
        score = recount(deployment.settings, store, lambda _: None)
    found = differences(deployment)
    assert account.balanced, account.as_json()
    assert account.total("pending") == 0, account.as_json()
    assert score.equal, score.as_json()
    assert not score.skipped, score.skipped
    assert score.compared["live incidents"] > 0
    assert not found, found
    assert found.compared["raw row"] > 0, found
    return account


TABLES = (
    "events",
    "cells",
    "corrections",
    "dead_letters",
    "repeated_events",
    "restated_events",
    "adjustments",
    "figures",
    "conflicts",
)
VIEWS = ("adjustments", "figures", "conflicts")


def rows(deployment: Deployment, table: str) -> Counter[tuple[object, ...]]:
    """Every row of a table, as it counts, or of a view."""
    final = "" if table in VIEWS else " FINAL"
    return Counter(
        tuple(tuple(value) if isinstance(value, list) else value for value in row)
        for row in deployment.query(f"SELECT * FROM {table}{final}")
    )
