"""`make prove`: every promise at full size; what it gave goes to docs/proof.md, from a run in which nothing failed."""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import msgspec

from bench.contest import Outcome
from bench.year_figures import Year, lines
from tests.parts.server import ROOT

Shown = TypeVar("Shown")

PAGE = ROOT / "docs" / "proof.md"
ROUNDS = 10
SMOKE = ("--events", "1000000", "--faust-seconds", "20", "--latency-seconds", "20", "--rounds", "1")
"""Of the benchmark: that it runs, and about what it gives. Its own figures come from `make bench`."""


class Failed(Exception):
    """A step did not hold; what it wrote stands above."""


@dataclass(frozen=True)
class PromiseRow:
    """One thing that was shown, in how many seconds, and with which figures."""

    what: str
    seconds: float
    figures: str = ""


def main() -> int:
    parser = argparse.ArgumentParser(prog="make prove", description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="of the first round of chaos; default: a fresh one")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    asked = parser.parse_args()
    seed = random.SystemRandom().randrange(10**9) if asked.seed is None else asked.seed
    begun = datetime.now(UTC)
    at_full_size = _held(_at_full_size)
    chaos = _held(lambda: _chaos(seed, asked.rounds))
    year = _held(_year)
    speed = _held(_benchmark)
    if at_full_size is None or chaos is None or year is None or speed is None:
        print(f"make prove: {PAGE.relative_to(ROOT)} stays as it was", file=sys.stderr)
        return 1
    PAGE.write_text(page(begun, _commit(), at_full_size, chaos, year, speed), "utf-8")
    print(f"make prove: all of it held; {PAGE.relative_to(ROOT)} says so")
    return 0


def _held(step: Callable[[], Shown]) -> Shown | None:
    """What a step gave; None, and why, where it failed: the others run all the same, since each costs its while."""
    try:
        return step()
    except Failed as failed:
        print(f"make prove: {failed}", file=sys.stderr)
        return None


def _at_full_size() -> list[PromiseRow]:
    """The tests that are marked `full`, three files at a time."""
    with tempfile.TemporaryDirectory(prefix="citywatch-prove-") as scratch:
        results = Path(scratch) / "results.xml"
        _run(["-m", "pytest", "-m", "full", "-n", "3", "--dist", "loadfile", f"--junit-xml={results}"])
        return list(rows_of(results))


def rows_of(results: Path) -> Iterator[PromiseRow]:
    """A row for each test, its cases together. Raises Failed where one was skipped."""
    shown: dict[str, list[Element]] = {}
    for case in ElementTree.parse(results).iter("testcase"):
        if case.find("skipped") is not None:
            raise Failed(f"{case.get('name')} was skipped")
        module = case.get("classname", "").rpartition(".")[2].removeprefix("test_")
        name = case.get("name", "").partition("[")[0].removeprefix("test_").replace("_", " ")
        shown.setdefault(f"{module}: {name}", []).append(case)
    for what, cases in shown.items():
        figures = "; ".join(each.get("value", "") for case in cases for each in case.iter("property"))
        times = f", {len(cases)} cases" if len(cases) > 1 else ""
        yield PromiseRow(what + times, sum(float(case.get("time", 0)) for case in cases), figures)


def _chaos(seed: int, rounds: int) -> PromiseRow:
    begun = time.monotonic()
    found = json.loads(_run(["-m", "tests.faults", "--seed", str(seed), "--rounds", str(rounds)]).splitlines()[-1])
    figures = f"{found['lost']} lost, {found['doubled']} doubled, {found['different']} different"
    return PromiseRow(f"`make chaos SEED={seed} ROUNDS={rounds}`", time.monotonic() - begun, figures)


def _year() -> Year:
    """Its books and its recount have to hold; what is slower than asked is told."""
    return msgspec.json.decode(_run(["-m", "bench.year", "--json"]).splitlines()[-1], type=Year)


def _benchmark() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_run(["-m", "bench", "--json", *SMOKE]).splitlines()[-1])
    return found


def _run(arguments: Sequence[str]) -> str:
    """What a step wrote on standard output, which is shown as well. Raises Failed. Blocks until it ends."""
    environment = {**os.environ, "CI": "true"}  # a missing part is a failure
    with subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as step:
        assert step.stdout is not None
        lines = []
        for line in step.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    if step.returncode:
        raise Failed(f"`python {' '.join(arguments[:2])}` ended with {step.returncode}")
    return "".join(lines)


def _commit() -> str:
    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no")
    return git("rev-parse", "--short", "HEAD") + (", with changes that are not committed" if changed else "")


def page(
    begun: datetime,
    commit: str,
    at_full_size: Sequence[PromiseRow],
    chaos: PromiseRow,
    year: Year,
    speed: dict[str, Any],
) -> str:
    """docs/proof.md."""
    bare = msgspec.convert(speed["runs"]["bare_loop"][0], Outcome)
    rows = "\n".join(f"| {row.what} | {row.seconds:.0f} | {row.figures} |" for row in (*at_full_size, chaos))
    year_rows = "\n".join(lines(year))
    return f"""# What was shown at full size

Written by `make prove` on {begun:%Y-%m-%d} at {begun:%H:%M} UTC, commit {commit}, on {os.cpu_count()} cores with
CPython {sys.version.split()[0]}; the bare loop of the benchmark reads {bare.per_second:,.0f} events/s there. Nothing
failed and nothing was left out: else this page would be the one of the run before.

`make test` shows the promises on the same real parts, small. What only stands here
([test-tiers.md](test-tiers.md) has all of it): the county's nine months on
both kinds of parts and in another order, a million rows behind, 600,000 events beside a store that is away, further
seeds of `kill -9`, planted defects of the crash lab, random rounds, and a year of the simulated city.

| Shown | Seconds | Figures |
|---|---:|---|
{rows}

A year of the simulated city ([all that is asked of it](year-figures.md)); a limit is held by the best of several
runs:

{year_rows}

A short run of the benchmark ([whose figures](benchmark.md) come from `make bench`): {speed["vs_faust"]} times
documented Faust, {speed["vs_bare"]} times the bare loop, at most {speed["peak_mb"]} MB; of 1,000 events/s 99 in 100 on
the metrics page within {speed["p99_metrics_s"]} s, in ClickHouse within {speed["p99_clickhouse_s"]} s.
"""


if __name__ == "__main__":
    sys.exit(main())
