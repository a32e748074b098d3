"""Partitions that are added to a topic that lives: an id counts once, wherever it appears."""

from __future__ import annotations

import pytest

from tests.deployment import Deployment
from tests.end_to_end.events import MIDNIGHT, TOPIC, heartbeat, heartbeats, reported


@pytest.mark.full
def test_the_same_event_after_partitions_were_added_counts_once(real: Deployment) -> None:
    real.start()
    real.produce(TOPIC, [*heartbeats(MIDNIGHT), (0, reported("twice", MIDNIGHT + 40))])
    real.must("topics", CITYWATCH_PARTITIONS="5")
    real.produce(TOPIC, [(4, heartbeat(MIDNIGHT)), (4, reported("twice", MIDNIGHT + 40))])
    audit = real.balanced()
    assert (audit["counted"], audit["duplicates"]) == (1, 1)
