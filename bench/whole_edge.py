"""(a) citywatch's `aggregate` as it runs in production, every promise on; only watched from outside.

Usage: python -m bench.whole_edge BOOTSTRAP EVENTS
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from bench.contest import Outcome, Stopwatch, report
from runtime.embedded import free_port
from runtime.settings import load_settings
from streams import aggregate
from streams.edge.batch import FetchedBatch
from streams.edge.judging import Judging
from streams.edge.publication import Publication, Taken
from tests.parts.server import HOST


def run(bootstrap: str, events: int) -> Outcome:
    """Runs the role until it has committed what vouches for so many counted events."""
    watch = Stopwatch()
    counted: dict[Any, int] = {}
    take, commit = Judging.take, Publication.commit

    def watched_take(self: Judging, batch: FetchedBatch) -> bool:
        if batch.records:
            watch.start()
        return take(self, batch)

    async def watched_commit(self: Publication, taken: Taken) -> None:
        await commit(self, taken)
        counted.update({tp: snapshot.progress.counted for tp, (_, snapshot) in taken.items()})
        watch.lap()
        if sum(counted.values()) >= events:
            os.kill(os.getpid(), signal.SIGTERM)

    Judging.take, Publication.commit = watched_take, watched_commit  # type: ignore[method-assign]
    if code := aggregate.run(load_settings(kafka=bootstrap, metrics=f"{HOST}:{free_port(neighbours=3)}")):
        raise SystemExit(code)
    return watch.outcome(sum(counted.values()))


if __name__ == "__main__":
    report(run(sys.argv[1], int(sys.argv[2])))
