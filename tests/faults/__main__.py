"""`python -m tests.faults [SEED] [ROUNDS]`: rounds of the crash lab; the last line is JSON. See docs/crash-lab.md."""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
from functools import partial
from pathlib import Path

from tests.faults.chaos import run
from tests.parts.clickhouse import ClickHouseServer
from tests.parts.kafka import KafkaBroker


def main() -> int:
    arguments = argparse.ArgumentParser(prog="make chaos", description="Random faults, and figures that stay exact.")
    arguments.add_argument("--seed", type=int, default=None, help="of the first round; default: a fresh one")
    arguments.add_argument("--rounds", type=int, default=10)
    arguments.add_argument("--source", type=Path, default=None, help="a changed copy of the packages to run")
    given = arguments.parse_args()
    for lacking in (part.missing() for part in (KafkaBroker, ClickHouseServer)):
        if lacking is not None:
            print(f"make chaos: missing: {lacking}", file=sys.stderr)
            return 2
    for name in [name for name in os.environ if name.startswith("CITYWATCH_")]:
        del os.environ[name]
    seed = random.SystemRandom().randrange(10**9) if given.seed is None else given.seed
    directory = Path(tempfile.mkdtemp(prefix="citywatch-chaos-"))
    chaos = run(seed, given.rounds, directory, partial(print, flush=True), given.source)
    print(chaos.table())
    print(chaos.as_json())
    return 1 if chaos.failed else 0


if __name__ == "__main__":
    sys.exit(main())
