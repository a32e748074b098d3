"""What a worker shows of partitions: of its own all, of another worker's nothing."""

from __future__ import annotations

from faust.types import TP

from citywatch import metrics
from citywatch.readiness import Readiness
from streams.core.partition import Partition
from streams.edge.health import Health

PLACE = TP("citywatch.incidents", 7)


def test_what_is_published_after_a_partition_was_given_up_is_shown_no_longer() -> None:
    judged = Partition("log-1", *PLACE)
    judged.feed((), 3)
    health = Health(Readiness("aggregate"))
    health.published(PLACE, judged.snapshot(), arrived=None, now=0.0, seconds=0.1)
    assert _records() == 0.0
    health.keep_only(set())
    assert _records() is None


def _records() -> float | None:
    labels = {"topic": PLACE.topic, "partition": str(PLACE.partition), "verdict": "counted"}
    return metrics.REGISTRY.get_sample_value("citywatch_records", labels)
