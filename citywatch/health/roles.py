"""The roles, asked on their own pages: alive, ready, how far behind, and the clocks of the sources."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from urllib.request import urlopen

import msgspec
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from citywatch.health.finding import Finding
from citywatch.health.ready import check_balance, check_ready
from console.answers import SILENT
from console.clock import span
from console.heading import HISTORY
from runtime.pages import addresses
from runtime.settings import Settings
from schemas.live import Live, SourceView

TIMEOUT = 3.0
STUCK = 60.0
"""Seconds that records may wait for a commit before it is called wrong."""


def check_roles(settings: Settings) -> Iterator[Finding]:
    """Blocks for a few seconds per role at most."""
    for role, address in addresses(settings).items():
        try:
            with urlopen(f"http://{address}/metrics", timeout=TIMEOUT) as page:
                families = {family.name: family for family in text_string_to_metric_families(page.read().decode())}
        except OSError as away:
            text = f"does not answer on {address} ({getattr(away, 'reason', away)})"
            yield Finding(role, "unreachable", text, f"start `citywatch up {role}`, or set CITYWATCH_METRICS")
            continue
        yield _role(role, address, families)
        yield from check_ready(role, address, TIMEOUT)
        yield from check_balance(families)
        if role == "analyse":
            yield from check_live(address)


def _role(role: str, address: str, families: Mapping[str, Metric]) -> Finding:
    since = _values(families, "citywatch_up_since_seconds")
    lag = sum(_values(families, "citywatch_lag_records"))
    seconds = max(_values(families, "citywatch_lag_seconds"), default=0.0)
    waiting = max(_values(families, "citywatch_commit_age_seconds"), default=0.0)
    if not any(since):
        return Finding(role, "note", f"{address}: starts", "")
    text = f"{address}: up for {span(time.time() - max(since))}, {lag:,.0f} records to read"
    if lag:
        text += f", the newest one read is {span(seconds)} old"
    if waiting > STUCK:
        remedy = "look at its log: the broker or the store does not take what it writes"
        return Finding(role, "wrong", f"{text}; nothing committed for {span(waiting)}", remedy)
    return Finding(role, "ok", text)


def _values(families: Mapping[str, Metric], name: str) -> list[float]:
    family = families.get(name)
    return [sample.value for sample in family.samples] if family else []


def check_live(address: str) -> Iterator[Finding]:
    """What analyse says of itself, of each source's clock and of the records. Blocks for some seconds at most."""
    try:
        with urlopen(f"http://{address}/live", timeout=TIMEOUT) as page:
            live = msgspec.json.decode(page.read(), type=Live)
    except (OSError, msgspec.MsgspecError) as error:
        yield Finding("analyse", "wrong", f"http://{address}/live: {error}", "restart the roles with one version")
        return
    if not live.history_loaded:
        yield Finding("analyse", "wrong", live.note, "bring the store up; analyse looks again by itself")
    for city in live.cities:
        for source in city.sources:
            yield _source(source)
    totals = live.totals
    text = f"counted {totals.counted:,}, late {totals.late:,}, duplicates {totals.duplicates:,}"
    yield Finding("records", "ok", f"{text}, refused {totals.refused:,}, unmatched {totals.unmatched:,}")


def _source(source: SourceView) -> Finding:
    name, clock, quiet = source.source, source.clock, source.quiet
    if clock is None:
        return Finding(name, "note", "no heartbeat yet")
    behind = max(0.0, time.time() - clock)
    moved = f"its clock moved {span(quiet)} ago"
    if behind > HISTORY:
        return Finding(name, "note", f"replays history: its clock is {span(behind)} behind, {moved}")
    if quiet > SILENT:
        remedy = "check the feed: it sends no heartbeats, so its figures stay provisional"
        return Finding(name, "wrong", f"silent: {moved}, {span(behind)} behind", remedy)
    if behind > source.max_step:
        remedy = f"it goes on, but more than {span(source.max_step)} behind; figures go up to its clock"
        return Finding(name, "note", f"behind: its clock is {span(behind)} behind, {moved}", remedy)
    return Finding(name, "ok", f"clock {span(behind)} behind, {moved}")
