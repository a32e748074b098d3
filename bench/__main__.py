"""`make bench`: this project's aggregate, documented Faust and a bare loop on the same topic of real Kafka.

All in turn and in one run, so that their ratios hold on a machine whose speed drifts.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from bench.command import exit_with
from bench.contest import Outcome
from bench.events import stream
from bench.latency import measure, p99
from bench.load import load
from bench.totals import totals
from runtime.errors import CheckFailed, Unreachable
from schemas.families.incidents import INCIDENTS
from tests.parts.clickhouse import ClickHouseServer
from tests.parts.kafka import KafkaBroker

EVENTS = 5_000_000
PARTITIONS = 4
FAUST_SECONDS = 65
LATENCY_SECONDS = 60
ROUNDS = 3
CITYWATCH = Path(sys.executable).with_name("citywatch")


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--events", type=int, default=EVENTS, help=f"events in the topic ({EVENTS:,})")
    parser.add_argument("--faust-seconds", type=int, default=FAUST_SECONDS)
    parser.add_argument("--latency-seconds", type=int, default=LATENCY_SECONDS)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="runs of (a) and (c), in turn; medians count")
    asked = parser.parse_args()
    for part in (KafkaBroker, ClickHouseServer):
        if missing := part.missing():
            raise Unreachable(f"the benchmark needs {missing}; run `make parts`")
    say = Console(stderr=True)
    with tempfile.TemporaryDirectory() as scratch:
        found = _throughput(asked, Path(scratch), say) | _latency(asked, Path(scratch), say)
    print(json.dumps(found)) if asked.json else _show(found)
    return 0


def _throughput(asked: argparse.Namespace, scratch: Path, say: Console) -> dict[str, Any]:
    with KafkaBroker(scratch / "throughput", lasting=True) as kafka:
        environment = os.environ | {
            "CITYWATCH_KAFKA": kafka.bootstrap,
            "CITYWATCH_PARTITIONS": str(PARTITIONS),
        }
        subprocess.run([CITYWATCH, "topics"], env=environment, check=True, stdout=subprocess.DEVNULL)
        say.print(f"writing {asked.events:,} events")
        load(kafka.bootstrap, INCIDENTS, stream(asked.events, PARTITIONS))
        whole: list[Outcome] = []
        plain: list[Outcome] = []
        bare: list[Outcome] = []
        for number in range(asked.rounds):
            say.print(f"round {number + 1} of {asked.rounds}: the bare loop, then aggregate, then without promises")
            bare.append(_run("bench.bare_loop", kafka.bootstrap, INCIDENTS, str(asked.events)))
            for module, outcomes in (("bench.whole_edge", whole), ("bench.without_promises", plain)):
                if whole:
                    _forget_positions(kafka)
                outcomes.append(_run(module, kafka.bootstrap, str(asked.events)))
        say.print(f"Faust as documented, for {asked.faust_seconds} s")
        faust = _run(
            "bench.faust_documented",
            kafka.bootstrap,
            INCIDENTS,
            str(asked.faust_seconds),
            str(scratch / "faust"),
        )
        say.print("reading the panes back")
        _check_totals(kafka.bootstrap, asked.events)
    return {
        "vs_faust": round(min(_ratios(_median(whole), faust)), 1),
        "vs_bare": round(min(_ratios(_median(whole), _median(bare))), 2),
        "cost_of_promises": round(1 - min(_ratios(_median(whole), _median(plain))), 2),
        "peak_mb": round(max(each.peak_mb for each in whole)),
        "runs": {
            "aggregate": [msgspec.to_builtins(each) for each in whole],
            "without_promises": [msgspec.to_builtins(each) for each in plain],
            "bare_loop": [msgspec.to_builtins(each) for each in bare],
            "faust_documented": [msgspec.to_builtins(faust)],
        },
    }


def _latency(asked: argparse.Namespace, scratch: Path, say: Console) -> dict[str, Any]:
    say.print(f"1,000 events/s for {asked.latency_seconds} s")
    with (
        KafkaBroker(scratch / "latency", lasting=True) as kafka,
        ClickHouseServer(scratch / "clickhouse") as server,
        server.fresh_database() as url,
    ):
        found = measure(kafka.bootstrap, url, scratch, asked.latency_seconds)
    return {f"p99_{name}_s": round(p99(values), 3) for name, values in found.items()}


def _run(module: str, *arguments: str) -> Outcome:
    """Run a contestant as a process of its own; its outcome is the last JSON line it wrote."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], capture_output=True, text=True, check=False, timeout=900
    )
    for line in reversed((done.stdout + done.stderr).splitlines()):
        if (start := line.find('{"events"')) >= 0:
            return msgspec.json.decode(line[start:].strip(), type=Outcome)
    raise CheckFailed(f"{module} gave no outcome (exit code {done.returncode}): {done.stderr[-2000:]}")


def _forget_positions(kafka: KafkaBroker) -> None:
    with kafka.admin() as admin:
        admin.delete_groups(["citywatch-aggregate"])


def _check_totals(bootstrap: str, events: int) -> None:
    found = sum(totals(bootstrap).values())
    if found != events:
        raise CheckFailed(f"the panes topic holds {found:,} events, {events:,} were written: no figure counts")


def _median(outcomes: list[Outcome]) -> Outcome:
    return sorted(outcomes, key=lambda outcome: outcome.cpu)[len(outcomes) // 2]


def _ratios(ours: Outcome, theirs: Outcome) -> tuple[float, float]:
    """How many times faster, by the wall and by the CPU."""
    return ours.per_second / theirs.per_second, ours.per_cpu_second / theirs.per_cpu_second


def _show(found: dict[str, Any]) -> None:
    table = Table(title="Count by category, beat and 5 minutes; one process each")
    for column in ("", "events", "events/s", "events per CPU-s", "peak MB"):
        table.add_column(column, justify="right" if column else "left")
    for name, runs in found["runs"].items():
        for run in runs:
            outcome = msgspec.convert(run, Outcome)
            table.add_row(
                name,
                f"{outcome.events:,}",
                f"{outcome.per_second:,.0f}",
                f"{outcome.per_cpu_second:,.0f}",
                f"{outcome.peak_mb:.0f}",
            )
    console = Console()
    console.print(table)
    console.print(f"aggregate is {found['vs_faust']} times documented Faust, {found['vs_bare']} times the bare loop")
    console.print(
        f"at 1,000 events/s, 99 of 100 are on the metrics page within {found['p99_metrics_s']} s"
        f" and in ClickHouse within {found['p99_clickhouse_s']} s"
    )


if __name__ == "__main__":
    exit_with(main)
