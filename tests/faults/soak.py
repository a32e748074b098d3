"""An outage of ClickHouse in the middle third of a long, steady run, with what it costs in memory.

`make soak MINUTES=60` (`python -m tests.faults.soak --minutes 60`): 1,000 events a second, and an hour of event time
however long it takes. The report, in Markdown, goes to stdout; each look is told on stderr. Exit code 1 when a role
died, the audit is out of balance, or the store lacks a row.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.events import stream
from citywatch.audit.balance import Audit, audit
from citywatch.commandline.store import opened_store
from tests.deployment import ROLES
from tests.faults.gate import Gate
from tests.faults.outage import PARTITIONS, Course, Pour, Sample, outage
from tests.faults.workers import Workers
from tests.parts.clickhouse import ClickHouseServer
from tests.parts.kafka import KafkaBroker
from tests.parts.server import HOST, await_until

EVENT_SECONDS = 3600
LINES = 24
BAR_MB = 20
READY = {"aggregate": "aggregate is ready", "analyse": "history loaded", "sink": "sink is ready"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs it; gives the exit code."""
    parser = argparse.ArgumentParser(prog="soak", description="A long outage of the store at a steady rate.")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=1_000.0, help="events a second")
    asked = parser.parse_args(arguments)
    events = int(asked.minutes * 60 * asked.rate)
    with tempfile.TemporaryDirectory(prefix="citywatch-soak-") as folder:
        course, account, alive = run(Path(folder), events, asked.rate)
    print("\n".join(report(course, asked.minutes, asked.rate)))
    good = alive and account.balanced and account.total("counted") == events
    print(f"\n{account.total('counted'):,} of {events:,} events counted; the audit is", end=" ")
    print("balanced." if account.balanced else "OUT OF BALANCE.", "" if alive else "A role died.")
    return 0 if good else 1


def run(folder: Path, events: int, rate: float) -> tuple[Course, Audit, bool]:
    """One run on servers of its own; what was seen, the audit afterwards, and whether every role lived."""
    with (
        KafkaBroker(folder / "kafka", lasting=True) as kafka,
        ClickHouseServer(folder / "clickhouse") as server,
        Gate(server.port) as gate,
    ):
        url = f"clickhouse://default:@{HOST}:{gate.port}/default"
        with Workers(kafka, url, folder / "workers") as workers:
            started = [workers.start(role) for role in ROLES]
            await_until(lambda: all(READY[each.role] in each.log() for each in started), 60, "the roles to be ready")
            every = max(1.0, events / rate / 360)
            with Pour(kafka.bootstrap, stream(events, PARTITIONS, per_second=events / EVENT_SECONDS), rate) as pour:
                course = outage(workers, gate, pour, (events // 3, 2 * events // 3), every, tell)
            workers.deployment.must("drain", timeout=300)
            with opened_store(workers.deployment.settings) as store:
                account = audit(workers.deployment.settings, store)
            return course, account, all(worker.alive for worker in started)


def tell(sample: Sample) -> None:
    """One line on stderr."""
    found = "  ".join(f"{role} {size:.0f} MB" for role, size in sample.megabytes.items())
    print(
        f"{sample.seconds:7.0f} s  {'no store' if sample.away else '        '}  sent {sample.sent:>11,}  {found}",
        file=sys.stderr,
        flush=True,
    )


def report(course: Course, minutes: float, rate: float) -> list[str]:
    """Markdown: the memory of each role over time, and how fast the backlog went in."""
    step = max(1, len(course.samples) // LINES)
    lines = [
        f"{minutes:g} minutes at {rate:,.0f} events/s; a bar is {BAR_MB} MB of the sink.",
        "",
        "| Minute | Store | Sent | " + " | ".join(f"{role} MB" for role in ROLES) + " | |",
        "|---:|---|---:|" + "---:|" * len(ROLES) + "---|",
    ]
    for sample in course.samples[::step]:
        sizes = " | ".join(f"{sample.megabytes[role]:.0f}" for role in ROLES)
        bar = "▇" * round(sample.megabytes["sink"] / BAR_MB)
        store = "away" if sample.away else "there"
        lines.append(f"| {sample.seconds / 60:.1f} | {store} | {sample.sent:,} | {sizes} | {bar} |")
    grown = ", ".join(f"{role} {course.growth(role, 0.0):+.0f} MB" for role in ROLES)
    return [
        *lines,
        "",
        f"While the store was away: {grown}. When it was back, {course.rows:,} raw rows went in within",
        f"{course.seconds:.1f} s, with their cells: {course.rate:,.0f} rows/s.",
    ]


if __name__ == "__main__":
    sys.exit(main())
