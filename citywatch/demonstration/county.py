"""Montgomery County's calls of 2015 and 2016, all rows, spread over some seconds."""

from __future__ import annotations

import sys

from citywatch.demonstration.pace import Stopped, throttle
from citywatch.supervisor import stop_signals
from runtime.settings import load_settings

SAMPLE = "montgomery-pa-911"


def main(seconds: float) -> int:
    """Replays the sample within `seconds`, or as fast as it goes. Blocks; a signal ends it early."""
    from sources.replay import replay

    with stop_signals() as stop:
        try:
            done = replay(load_settings(), SAMPLE, SAMPLE, on_progress=throttle(seconds, stop))
        except Stopped:
            print("county: stopped before the end", flush=True)
            return 0
    print(f"county: {done.rows:,} rows sent, {done.refused} refused", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1])))
