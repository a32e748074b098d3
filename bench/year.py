"""`make bench-year`: a year of the simulated city through Apache Kafka and clickhouse-server, and what it costs to ask.

All of it is judged, stored and shown; then a month and stocks are asked for, `analyse` starts with the year in the
store, and every figure is counted again from the log. Exit code 1 where the books do not balance, or a figure differs;
what is slower than asked is told, and is no failure.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar

import msgspec
from rich.console import Console

from bench.asked import last_month, month_by_beat_and_category, month_by_command, stocks_at_month_ends
from bench.command import exit_with
from bench.fresh_start import cpu_seconds, fresh_starts, page_at_rest, peak_mb
from bench.open_subjects import Held
from bench.year_figures import Counted, Role, Year, lines
from runtime.errors import Unreachable
from schemas.cities import load_cities
from sinks.store_factory import open_store
from tests.deployment import ROLES, Deployment
from tests.parts.clickhouse import ClickHouseServer
from tests.parts.kafka import KafkaBroker

T = TypeVar("T")

DAYS = 365
CITY = "xincheng"
PATIENCE = 6 * 3600
"""Seconds for any one step: a year on a machine that has other work."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench-year", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--days", type=int, default=DAYS, help=f"of the city, up to the end of last month ({DAYS})")
    asked = parser.parse_args()
    for part in (KafkaBroker, ClickHouseServer):
        if missing := part.missing():
            raise Unreachable(f"the benchmark needs {missing}; run `make parts`")
    with tempfile.TemporaryDirectory(prefix="citywatch-year-") as scratch:
        found = run(Path(scratch), asked.days, Console(stderr=True).print)
    sys.stdout.write((msgspec.json.encode(found).decode() if asked.json else "\n".join(lines(found))) + "\n")
    return 0 if found.holds else 1


def run(folder: Path, days: int, say: Callable[[str], object]) -> Year:
    """All of it, on servers of its own. Blocks for many minutes."""
    last = date.today().replace(day=1) - timedelta(days=1)
    roles = folder / "roles"
    roles.mkdir(parents=True)
    with (
        KafkaBroker(folder / "kafka", lasting=True) as kafka,
        ClickHouseServer(folder / "clickhouse") as server,
        Deployment(kafka.bootstrap, server.url, roles) as deployment,
    ):
        say(f"making {days} days up to {last}")
        first = last - timedelta(days=days - 1)
        span = ("--from", str(first), "--days", str(days))
        made, sent = _took(lambda: deployment.must("simulate", *span, "--json", timeout=PATIENCE))
        events = json.loads(sent)["sent"]
        say(f"{events:,} events; bringing them in")
        deployment.start(*ROLES)
        drained, _ = _took(lambda: deployment.must("drain", "--timeout", str(PATIENCE), timeout=PATIENCE))
        return measured(deployment, (first, last), (events, made, drained), say)


def measured(
    deployment: Deployment, days: tuple[date, date], brought: tuple[int, float, float], say: Callable[[str], object]
) -> Year:
    """What a year of these days costs that is there. brought: how many events, in how many seconds made and drained."""
    (first, last), (events, made, drained) = days, brought
    number = (last - first).days + 1
    roles = {
        role: Role(round(cpu_seconds(process.pid), 1), peak_mb(process.pid))
        for role, process in deployment.running.items()
    }
    say("asking for a month, and for stocks")
    city, month = load_cities().by_name[CITY], last_month(number, last)
    with closing(open_store(deployment.settings)) as store:
        report = month_by_beat_and_category(store, city, *month)
        stocks = stocks_at_month_ends(store, city, first, last)
    command = month_by_command(deployment.environment, city, *month)
    say("starting analyse with it")
    expected = page_at_rest(deployment.settings)
    deployment.terminate("analyse")
    start = fresh_starts(deployment.settings, deployment.environment, expected)
    say("holding open subjects")
    held = subprocess.run([sys.executable, "-m", "bench.open_subjects"], capture_output=True, check=True).stdout
    say("counting all of it again")
    deployment.start("analyse")
    deployment.must("drain", "--timeout", str(PATIENCE), timeout=PATIENCE)
    page_at_rest(deployment.settings)
    audit = json.loads(deployment.call("audit", "--json", timeout=PATIENCE).stdout)
    seconds, recount = _took(lambda: deployment.call("recount", "--json", timeout=PATIENCE).stdout)
    score = json.loads(recount)
    return Year(
        days=number,
        events=events,
        made=round(made, 1),
        drained=round(drained, 1),
        roles=roles,
        report=report,
        report_command=command,
        stocks=stocks,
        start=start,
        held=msgspec.json.decode(held, type=Held),
        balanced=audit["balanced"],
        recount=Counted(score["figures"], score["different"], round(seconds, 1)),
    )


def _took(work: Callable[[], T]) -> tuple[float, T]:
    begun = time.monotonic()
    found = work()
    return time.monotonic() - begun, found


if __name__ == "__main__":
    exit_with(main)
