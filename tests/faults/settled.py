"""After the faults: everything has arrived, and every proof holds."""

from __future__ import annotations

from citywatch.commands.common import opened_store
from citywatch.errors import CitywatchError
from citywatch.proof.arrival import drain
from citywatch.proof.audit import Audit, audit
from citywatch.proof.recount import recount
from citywatch.settings import Settings
from tests.deployment import PATIENCE, Deployment


def arrived(deployment: Deployment, seconds: float = PATIENCE) -> float:
    """Waits until all that was written is judged, stored and shown; gives the seconds that took."""
    try:
        return drain(deployment.settings, seconds).seconds
    except CitywatchError as failed:
        logs = "".join(f"--- {path.name}\n{path.read_text()[-3000:]}" for path in deployment.directory.glob("*.log"))
        raise AssertionError(f"{failed}\n{logs}") from None


def settled(deployment: Deployment) -> Audit:
    """All has arrived, the audit balances, the recount is equal; the audit."""
    arrived(deployment)
    return proven(deployment.settings)


def proven(settings: Settings) -> Audit:
    """The audit balances with nothing pending, and the recount is equal; the audit."""
    with opened_store(settings) as store:
        account = audit(settings, store)
        score = recount(settings, store, lambda _: None)
    assert account.balanced, account.as_json()
    assert account.total("pending") == 0, account.as_json()
    assert score.equal, score.as_json()
    assert not score.skipped, score.skipped
    assert score.compared["live incidents"] > 0
    return account
