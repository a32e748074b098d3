"""`citywatch resume`: lets partitions go on that too many dead letters have stopped."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import msgspec
import typer

from citywatch.commandline.options import JsonOption
from citywatch.commandline.printing import print_json
from citywatch.health.breakers import Stop, stops
from runtime.errors import Unreachable, WrongUse
from runtime.kafka import admin
from runtime.settings import Settings, load_settings
from schemas.control import Resume


def run(yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False, json: JsonOption = False) -> int:
    """Say which partitions are stopped, since which offset and why, and let them go on. Whatever came meanwhile is
    judged then, bad or good; bad records that come later can stop it again. Mend the feed first."""
    settings = load_settings()
    found = stopped(settings)
    if not json:
        print("\n".join(f"stopped: {stop}" for stop in found) or "nothing is stopped")
    if found:
        if not yes:
            _ask(found)
        write_resume(settings, found)
    if json:
        print_json({"resumed": found})
    elif found:
        print("they go on within seconds; where aggregate does not run, when it starts")
    return 0


def stopped(settings: Settings) -> list[Stop]:
    """Every stopped partition. Raises Unreachable."""
    from kafka.errors import KafkaError

    client = admin(settings)
    try:
        return stops(client, settings)
    except (KafkaError, OSError) as error:
        raise Unreachable(f"Kafka did not tell the positions ({type(error).__name__}); try again") from None
    finally:
        client.close()


def write_resume(settings: Settings, found: Sequence[Stop]) -> None:
    """Append a resume record to each partition; blocks until they are acknowledged. Twice is as good as once."""
    from runtime.producer import Producer

    now = datetime.now(UTC)
    with Producer(settings, sorted({stop.topic for stop in found})) as producer:
        for stop in found:
            record = Resume(
                specversion="1.0",
                source="citywatch",
                id=f"resume-{stop.topic}-{stop.partition}-{now.timestamp():.0f}"[:64],
                time=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            )
            producer.send(stop.topic, stop.partition, b"citywatch", msgspec.json.encode(record))


def _ask(found: Sequence[Stop]) -> None:
    if not sys.stdin.isatty():
        raise WrongUse("resume asks before it lets them go on; without a terminal give --yes")
    typer.confirm(f"Is the feed mended? Let {len(found)} partition(s) go on?", abort=True, err=True)
