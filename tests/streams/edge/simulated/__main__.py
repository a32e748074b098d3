"""Seeds of the simulation, one after the other: `python -m tests.streams.edge.simulated SEED [COUNT] [--log]`.

Ends with the first that fails, exit code 1. `--log`: with what the edge says, and what happened when.
"""

from __future__ import annotations

import argparse
import logging
import sys

from tests.streams.edge.simulated.durable import Wrong
from tests.streams.edge.simulated.simulation import simulate


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.streams.edge.simulated")
    parser.add_argument("seed", type=int)
    parser.add_argument("count", type=int, nargs="?", default=1)
    parser.add_argument("--log", action="store_true")
    asked = parser.parse_args()
    if asked.log:
        logging.basicConfig(level=logging.INFO, format="%(message)s")
        logging.getLogger("streams.edge").setLevel(logging.INFO)
    for seed in range(asked.seed, asked.seed + asked.count):
        try:
            outcome = simulate(seed)
        except Wrong as wrong:
            print(wrong)
            return 1
        if asked.log:
            print(*outcome.story, sep="\n")
    print(f"{asked.count} seeds from {asked.seed} on: 0 lost, 0 doubled, 0 different")
    return 0


if __name__ == "__main__":
    sys.exit(main())
