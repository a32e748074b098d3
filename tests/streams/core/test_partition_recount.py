"""The judge of `citywatch recount`, the core and the oracle of these worlds: three writings of the same rules agree."""

from __future__ import annotations

import json

from citywatch.audit.reference_verdicts import ReferenceModel, instant
from runtime.log import Place, Record
from schemas.accept import accept
from tests.schemas.events import SAMPLES
from tests.streams.core.generated import generated_logs
from tests.streams.core.lab import TOPIC
from tests.streams.core.oracle import judge


def test_the_judge_of_recount_gives_every_record_the_verdict_of_the_oracle() -> None:
    for seed in range(60):
        for log in generated_logs(seed).logs:
            truth = judge(log.records)
            other = ReferenceModel(Place(log.name, TOPIC, 0))
            other.judge([Record(r.offset, r.timestamp, r.value) for r in log.records])
            found = {row.offset: row.verdict for row in other.rows if not row.verdict.startswith("dead")}
            found |= {dead.offset: dead.reason for dead in other.dead}
            expected = {offset: verdict for offset, verdict in truth.verdicts.items() if verdict != "control"}
            assert found == expected, f"seed {seed}, {log.name}"
            assert other.controls == list(truth.verdicts.values()).count("control")
            assert other.clocks == truth.clocks(log.end)
            assert [(gap[1], *gap[2:]) for gap in other.gaps] == truth.gaps
            known = truth.boundaries(log.end)
            assert {name: edge for name, edge in other.boundaries.items() if edge} == {
                n: b for n, b in known.items() if b
            }


def test_the_instants_of_recount_are_those_of_the_door() -> None:
    for path in SAMPLES.glob("*.json"):
        event = accept(path.read_bytes())
        assert instant(event.time) == event.epoch, path.name


def test_an_unset_subject_is_none_for_both() -> None:
    body = json.loads((SAMPLES / "patrol.stop.v1.json").read_bytes())
    judge = ReferenceModel(Place("log", TOPIC, 0))
    judge.judge([Record(0, 0, json.dumps({**body, "subject": None}).encode())])
    assert [row.subject for row in judge.rows] == [""]
