"""What a worker shows of partitions: of its own all, of another worker's nothing."""

from __future__ import annotations

from dataclasses import replace

import msgspec
from faust.types import TP

from runtime import metrics
from runtime.readiness import Readiness
from schemas.acceptance import ACCEPTANCE, fixture_name
from schemas.records import SourceRules
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


def test_a_source_that_is_declared_no_longer_is_not_waited_for() -> None:
    judged = Partition("log-1", *PLACE)
    health = Health(Readiness("aggregate"))

    def published(*, declared: bool) -> float | None:
        rules = {"city/feed": SourceRules(lateness=900, max_ahead=3600, declared=declared, newest=0)}
        taken = judged.snapshot()
        progress = msgspec.structs.replace(taken.progress, clocks={"city/feed": 1_000}, rules=rules)
        health.published(PLACE, replace(taken, progress=progress), arrived=None, now=0.0, seconds=0.1)
        health.observe(PLACE, judged, 0, "")
        labels = {"source": "city/feed", "topic": PLACE.topic, "partition": str(PLACE.partition)}
        return metrics.REGISTRY.get_sample_value("citywatch_heartbeat_age_seconds", labels)

    assert published(declared=True) is not None
    assert published(declared=False) is None
    assert published(declared=True) is not None
    health.keep_only(set())


def test_no_gauge_has_a_source_of_acceptance_whose_clock_stands_still_for_ever() -> None:
    judged = Partition("log-1", *PLACE)
    health = Health(Readiness("aggregate"))
    taken = judged.snapshot()
    clocks = {f"{fixture_name(scenario)}/feed": 1_000 for scenario in ACCEPTANCE} | {"city/beside": 1_000}
    progress = msgspec.structs.replace(taken.progress, clocks=clocks)
    health.published(PLACE, replace(taken, progress=progress), arrived=None, now=0.0, seconds=0.1)
    health.observe(PLACE, judged, 0, "")
    shown = {
        sample.labels["source"]
        for metric in metrics.REGISTRY.collect()
        for sample in metric.samples
        if {"source", "partition"} <= sample.labels.keys() and sample.labels["partition"] == str(PLACE.partition)
    }
    health.keep_only(set())
    assert shown == {"city/beside"}


def _records() -> float | None:
    labels = {"topic": PLACE.topic, "partition": str(PLACE.partition), "verdict": "counted"}
    return metrics.REGISTRY.get_sample_value("citywatch_records", labels)
