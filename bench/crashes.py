"""`make bench-crashes`: aggregate, and Faust as documented in both guarantees, on one log and under the same kills.

All three read one topic while it is written, and are killed with -9 and started again at the same moments. When all of
it is committed, what they counted is read back: from the panes topic, and from the changelogs of Faust's tables.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from rich.console import Console
from rich.table import Table

from bench.events import PER_SECOND, stream
from bench.load import load
from bench.totals import records, totals
from runtime.embedded import free_port
from runtime.errors import Unreachable
from schemas.families.incidents import INCIDENTS
from tests.parts.kafka import KafkaBroker
from tests.parts.server import await_until

EVENTS = 150_000
RATE = 1_500
"""Events a second: documented Faust, twice on two cores, keeps up with that."""
KILLS = (0.25, 0.5, 0.75)
"""When all are killed, as shares of the feed."""
PARTITIONS = 4
OURS = "citywatch aggregate"
GUARANTEES = ("at_least_once", "exactly_once")
PATIENCE = 300.0
CITYWATCH = Path(sys.executable).with_name("citywatch")


@dataclass
class Contestant:
    """A worker that is killed and started again. `group`: the consumer group in which it commits."""

    name: str
    group: str
    command: list[str]
    environment: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, env=self.environment, stdout=log, stderr=log)

    def kill(self) -> None:
        """`kill -9` of one that runs. Raises Unreachable when it died by itself."""
        assert self.process is not None
        if self.process.poll() is not None:
            raise Unreachable(f"{self.name} ended by itself (exit {self.process.returncode}): {self._tail()}")
        self.end()
        self.deaths += 1

    def end(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def _tail(self) -> str:
        return self.log.read_text(errors="replace")[-1500:]


@contextmanager
def contestants(bootstrap: str, scratch: Path) -> Iterator[list[Contestant]]:
    """All three, running; none of them outlives the block."""
    environment = os.environ | {
        "CITYWATCH_KAFKA": bootstrap,
        "CITYWATCH_PARTITIONS": str(PARTITIONS),
        "CITYWATCH_DATA": str(scratch / "data"),
        "CITYWATCH_METRICS": f"127.0.0.1:{free_port(neighbours=3)}",
    }
    subprocess.run([CITYWATCH, "topics"], env=environment, check=True, stdout=subprocess.DEVNULL)
    ours = [str(CITYWATCH), "up", "aggregate"]
    found = [Contestant(OURS, "citywatch-aggregate", ours, environment, scratch / "citywatch.log")]
    for guarantee in GUARANTEES:
        group = f"documented-{guarantee.replace('_', '-')}"
        arguments = [bootstrap, INCIDENTS, "0", str(scratch / group), group, guarantee]
        theirs = [sys.executable, "-m", "bench.faust_documented", *arguments]
        found.append(Contestant(f"documented Faust, {guarantee}", group, theirs, os.environ, scratch / f"{group}.log"))
    with ExitStack() as running:
        for each in found:
            each.start()
            running.callback(each.end)
        yield found


def feed(bootstrap: str, events: int, rate: int) -> None:
    """Write the events at their rate. Blocks that long."""
    # up to now: windows of last year would have expired in Faust's tables while they still fill
    whole = stream(events, PARTITIONS, start=int(time.time()) - events // PER_SECOND)
    begun, done = time.monotonic(), 0
    while chunk := list(islice(whole, rate // 5)):
        load(bootstrap, INCIDENTS, chunk)
        done += len(chunk)
        time.sleep(max(0.0, begun + done / rate - time.monotonic()))


def unread(bootstrap: str, group: str) -> int:
    """Records of the topic that the group has not committed."""
    parts = [TopicPartition(INCIDENTS, number) for number in range(PARTITIONS)]
    with KafkaConsumer(bootstrap_servers=bootstrap) as consumer:
        ends = consumer.end_offsets(parts)
    with KafkaAdminClient(bootstrap_servers=bootstrap) as admin:
        committed = admin.list_group_offsets(group)[group]
    return sum(ends[part] - max(0, committed[part].offset if part in committed else 0) for part in parts)


async def _changelog_total(bootstrap: str, topic: str) -> int:
    newest = {key: int(json.loads(value)) async for key, value in records(bootstrap, topic) if value is not None}
    return sum(newest.values())


def counted(bootstrap: str, each: Contestant) -> int:
    """What the contestant would show: the newest value of every window."""
    if each.name == OURS:
        return sum(totals(bootstrap).values())
    return asyncio.run(_changelog_total(bootstrap, f"{each.group}-counts-changelog"))


def is_through(bootstrap: str, each: Contestant, events: int) -> bool:
    """Whether it has committed all. aggregate commits the first record that an open pane needs: what it has read stands
    in its panes."""
    return counted(bootstrap, each) >= events if each.name == OURS else unread(bootstrap, each.group) == 0


def run(events: int, rate: int, scratch: Path, say: Console) -> list[dict[str, object]]:
    """One row a contestant: counted, difference, deaths, records it left uncommitted."""
    with KafkaBroker(scratch / "kafka", lasting=True) as kafka, contestants(kafka.bootstrap, scratch) as found:
        say.print(f"writing {events:,} events at {rate:,}/s, killing at {', '.join(f'{at:.0%}' for at in KILLS)}")
        feeding = threading.Thread(target=feed, args=(kafka.bootstrap, events, rate), daemon=True)
        feeding.start()
        begun = time.monotonic()
        for share in KILLS:
            time.sleep(max(0.0, begun + share * events / rate - time.monotonic()))
            for each in found:
                each.kill()
                each.start()
        feeding.join()
        for each in found:
            say.print(f"waiting until {each.name} has committed all of it")
            await_until(partial(is_through, kafka.bootstrap, each, events), PATIENCE, each.name, every=2.0)
        return [
            {
                "contestant": each.name,
                "events": events,
                "counted": (total := counted(kafka.bootstrap, each)),
                "different": total - events,
                "kills": each.deaths,
            }
            for each in found
        ]


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench-crashes", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--rate", type=int, default=RATE, help=f"events a second ({RATE:,})")
    asked = parser.parse_args()
    if missing := KafkaBroker.missing():
        raise Unreachable(f"the benchmark needs {missing}; run `make parts`")
    with tempfile.TemporaryDirectory() as scratch:
        rows = run(asked.events, asked.rate, Path(scratch), Console(stderr=True))
    if asked.json:
        print(json.dumps({"runs": rows}))
        return 0
    table = Table(title=f"{asked.events:,} events, `kill -9` of each {len(KILLS)} times")
    for column in rows[0]:
        table.add_column(column, justify="left" if column == "contestant" else "right")
    for row in rows:
        table.add_row(*(str(value) if isinstance(value, str) else f"{value:,}" for value in row.values()))
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
