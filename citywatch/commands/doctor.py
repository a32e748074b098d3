"""`citywatch doctor`: what this deployment is connected to, what is wrong, and what to do."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer

from citywatch.commandline.options import JsonOption
from citywatch.commandline.printing import print_json
from citywatch.health.broker import check_broker
from citywatch.health.finding import Finding, exit_code
from citywatch.health.roles import check_roles
from citywatch.health.store import check_store
from citywatch.restart_points import input_positions
from runtime import deployment
from runtime.errors import CitywatchError
from runtime.settings import Settings, load_settings

LIBRARIES = ("faust-streaming", "aiokafka", "kafka-python", "msgspec", "chdb", "clickhouse-driver")

_SIGNS = {"ok": "ok   ", "note": "note ", "wrong": "WRONG", "unreachable": "AWAY "}


def run(
    roles: Annotated[bool, typer.Option("--roles/--no-roles", help="Also ask the roles on their pages.")] = True,
    json: JsonOption = False,
) -> int:
    """What citywatch is connected to, versions, lag, clocks, what is wrong and what to do.

    Exit code 0: nothing is wrong, but there may be notes: what senders sent that does not count as they meant it, and
    other things to know; 1: something is wrong; 3: a part does not answer.
    """
    settings = load_settings()
    findings = []
    for finding in examine(settings, roles=roles):
        findings.append(finding)
        if not json:
            print(told(finding), flush=True)
    code = exit_code(findings)
    notes = sum(finding.state == "note" for finding in findings)
    if json:
        print_json({"healthy": code == 0, "notes": notes, "findings": findings})
    elif code == 0:
        print(f"nothing is broken; {notes} thing{'s' if notes > 1 else ''} to know" if notes else "nothing is wrong")
    return code


def examine(settings: Settings, *, roles: bool) -> Iterator[Finding]:
    """Every check in turn. Blocks for some seconds where parts do not answer."""
    yield _software()
    yield _settings(settings)
    answered = settings.kafka is not None
    for finding in check_broker(settings):
        answered = answered and finding.state != "unreachable"
        yield finding
    if answered:
        yield from _starts(settings)
    yield from check_store(settings)
    if roles:
        yield from check_roles(settings)


def told(finding: Finding) -> str:
    """A finding as one line, and below it what to do."""
    text = f"{_SIGNS[finding.state]}  {finding.part:<18} {finding.text}"
    return f"{text}\n       {'':<18} -> {finding.remedy}" if finding.remedy else text


def _software() -> Finding:
    missing, found = [], []
    for name in ("citywatch", *LIBRARIES):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    python = f"Python {platform.python_version()}, {os.cpu_count()} cores"
    if missing:
        return Finding("software", "wrong", f"{python}; missing: {', '.join(missing)}", "run `make setup`")
    return Finding("software", "ok", f"{python}; {', '.join(found)}")


def _starts(settings: Settings) -> Iterator[Finding]:
    """Partitions where aggregate refuses to begin, as it would say when it starts."""
    try:
        for each in input_positions(settings):
            if each.waits:
                text, _, remedy = each.waits.partition("; ")
                yield Finding("positions", "wrong", text, remedy)
    except CitywatchError as failed:
        yield Finding("positions", "wrong", f"where aggregate would begin cannot be told: {failed}", "try again")


def _settings(settings: Settings) -> Finding:
    running = deployment.read(settings)
    here = f"running as process {running.pid}" if running else "nothing runs in it"
    broker = settings.kafka or "embedded"
    return Finding("settings", "ok", f"broker {broker}; data {settings.data} ({here}); metrics {settings.metrics}")
