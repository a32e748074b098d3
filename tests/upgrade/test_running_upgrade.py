"""Everything that a landed version left on Kafka and in the store is taken over by roles of this one while they run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from citywatch.audit.recount import recount
from citywatch.commandline.store import opened_store
from runtime.topics import ensure_topics
from sinks.store_factory import open_store
from tests.deployment import Deployment
from tests.parts.kafka import KafkaBroker
from tests.upgrade.recording import (
    NAMES,
    PARTITIONS,
    answers,
    load_store,
    load_topics,
    recorded_answers,
    send_held_back,
)


class Landed(Deployment):
    """Topics, positions and store of a recording."""

    def __init__(self, name: str, bootstrap: str, store_url: str, directory: Path) -> None:
        self.name = name
        super().__init__(bootstrap, store_url, directory, partitions=str(PARTITIONS))

    def prepare(self) -> None:
        ensure_topics(self.settings)
        logs = load_topics(self, self.name)
        with closing(open_store(self.settings)) as store:
            load_store(store, self.name, logs)


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(params=["clickhouse", "chdb"])
def landed(request: pytest.FixtureRequest, kafka: KafkaBroker, name: str, tmp_path: Path) -> Iterator[Landed]:
    with Landed(name, kafka.bootstrap, request.getfixturevalue(f"{request.param}_url"), tmp_path) as deployment:
        yield deployment


def differing(deployment: Deployment) -> dict[str, list[str]]:
    """Of a recount the kinds of figures that differ from the log, with examples."""
    with opened_store(deployment.settings) as store:
        score = recount(deployment.settings, store, lambda _: None)
    assert score.compared["raw rows"] > 100
    assert score.compared["cells"] > 100 or score.skipped, "cells of a log without its beginning cannot be recounted"
    return {kind: [line for line in score.examples if line.startswith(f"{kind} ")] for kind in score.different}


def is_of_what_is_known(kind: str, examples: list[str]) -> bool:
    """Whether they differ in what is known of a source, not in a figure: no version before wrote that down, and one
    that goes on from its notes does not make it up (decision 16)."""
    unknown = kind.startswith("live ") and all(line.endswith("found (None, None, None)") for line in examples)
    return unknown or kind == "gaps" or kind.startswith(("known ", "gauge known "))


def settled(deployment: Deployment) -> dict[str, Any]:
    """All has arrived, no figure differs from a plain recount of the log; the audit, which balances."""
    deployment.drain()
    wrong = {kind: lines for kind, lines in differing(deployment).items() if not is_of_what_is_known(kind, lines)}
    assert not wrong, wrong
    audit = deployment.answer("audit")
    assert audit["pending"] == 0
    return audit


@pytest.mark.full
def test_roles_that_start_on_it_answer_as_it_did_and_count_on(landed: Landed) -> None:
    then = recorded_answers(landed.name)
    landed.must("topics")
    landed.start()
    before = settled(landed)
    now = answers(landed)
    assert now.keys() == then.keys()
    # the rules of this version are records too, and are judged
    changed = {question: (then[question], now[question]) for question in now if now[question] != then[question]}
    assert changed.keys() <= {"judged"}, changed
    assert landed.answer("migrate", "--plan") | {"engine": ""} == {"engine": "", "files": {}, "views": [], "lists": []}

    send_held_back(landed, landed.name)
    after = settled(landed)
    assert after["produced"] > before["produced"]
    assert after["counted"] > before["counted"]
