"""(b) Faust as its documentation shows it: `Record`, a tumbling table, `async for`.

Usage: python -m bench.faust_documented BOOTSTRAP TOPIC SECONDS DATA_DIRECTORY [APP_ID GUARANTEE]
It tells its outcome after so many seconds of reading; 0: it goes on until it is killed.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import datetime, timedelta

import faust

from bench.contest import Stopwatch, report

bootstrap, topic_name, seconds, directory = sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4]
app_id, guarantee = sys.argv[5:] or (f"bench-faust-{int(time.time())}", "at_least_once")
SESSION_SECONDS = 6


class Data(faust.Record):
    beat: str = ""
    category: str = ""


class Event(faust.Record, coerce=True):
    specversion: str
    type: str
    source: str
    id: str
    time: datetime
    subject: str = ""
    data: Data = None  # type: ignore[assignment]


app = faust.App(
    app_id,
    broker=f"kafka://{bootstrap}",
    datadir=directory,
    topic_partitions=4,
    topic_replication_factor=1,
    web_enabled=False,
    processing_guarantee=guarantee,
    broker_session_timeout=SESSION_SECONDS,
    broker_heartbeat_interval=SESSION_SECONDS / 3,
)
topic = app.topic(topic_name, value_type=Event)
counts = (
    app.Table("counts", default=int, partitions=4)
    .tumbling(timedelta(minutes=5), expires=timedelta(hours=1))
    .relative_to_field(Event.time)  # type: ignore[arg-type]  # of the class it is Faust's descriptor
)
watch = Stopwatch()


@app.agent(topic)
async def count(events: faust.StreamT[Event]) -> None:
    seen = 0
    end = 0.0
    async for event in events:
        if not end:
            watch.start()
            end = time.monotonic() + (seconds or float("inf"))
        if event.type == "incident.reported.v1":
            counts[f"{event.data.beat}|{event.data.category}"] += 1
            seen += 1
        if seen % 100 == 0 and time.monotonic() >= end:
            watch.lap()
            report(watch.outcome(seen))
            # A worker that is told to stop first drains and commits; the figures are out, so it need not.
            os._exit(0)


if __name__ == "__main__":
    app.conf.web_enabled = False
    sys.argv = [sys.argv[0], "worker", "-l", "info", "--without-web"]
    app.main()
