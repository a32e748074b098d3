"""What a role says of itself on `/readyz`, and the sink's books: is every partition moving, and in balance?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.error import HTTPError
from urllib.request import urlopen

import msgspec
from prometheus_client import Metric

from citywatch.health.finding import Finding
from runtime.readiness import Ready, Wait

SHOWN = 3
"""Things waited for that a finding names; the rest are counted."""

REMEDIES: Mapping[str, str] = {
    "kafka": "look at the broker: is it up, has every partition a leader, are enough replicas in sync?",
    "store": "look at the store; the role goes on by itself when it is back",
    "panes": "do what it says, or wait while a number falls; else see docs/runbooks/NoProgress.md",
    "history": "bring the store up; analyse looks again by itself",
    "loop": "start the role again",
}


def check_ready(role: str, address: str, timeout: float) -> Iterator[Finding]:
    """One finding where the role is not ready, or has nothing to do. Blocks for up to `timeout` seconds."""
    try:
        with urlopen(f"http://{address}/readyz", timeout=timeout) as page:
            body = page.read()
    except HTTPError as refused:
        body = refused.read()
    except OSError as away:
        yield Finding(role, "unreachable", f"http://{address}/readyz: {away}", f"start `citywatch up {role}`")
        return
    try:
        said = msgspec.json.decode(body, type=Ready)
    except msgspec.MsgspecError as error:
        yield Finding(role, "wrong", f"http://{address}/readyz: {error}", "restart the roles with one version")
        return
    if not said.ready:
        yield Finding(role, "wrong", f"not ready: {_named(said.waiting)}", REMEDIES[said.waiting[0].part])
    elif said.note:
        yield Finding(role, "note", f"ready; {said.note}")


def check_balance(families: Mapping[str, Metric]) -> Iterator[Finding]:
    """What the sink's page tells of the balance of its partitions."""
    imbalance = families.get("citywatch_audit_imbalance_records")
    samples = imbalance.samples if imbalance is not None else []
    off = [f"{each.labels['topic']}/{each.labels['partition']} by {each.value:.0f}" for each in samples if each.value]
    if off:
        text = f"verdicts and rows differ: {', '.join(off)}"
        yield Finding("audit", "wrong", text, "`citywatch audit` tells which rows; docs/runbooks/AuditImbalance.md")
    elif samples:
        yield Finding("audit", "ok", f"verdicts and rows of {len(samples)} partitions balance")


def _named(waiting: list[Wait]) -> str:
    named = [f"{_place(wait)}{wait.waits_for} (since {wait.since})" for wait in waiting[:SHOWN]]
    rest = f"; and {len(waiting) - SHOWN} more" if len(waiting) > SHOWN else ""
    return "; ".join(named) + rest


def _place(wait: Wait) -> str:
    return "" if wait.topic is None else f"{wait.topic}/{wait.partition}: "
