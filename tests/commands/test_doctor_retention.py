"""`citywatch doctor` on what restarts rest on: positions that live as long as the logs, and are not far behind."""

from __future__ import annotations

from kafka.admin import ConfigResource

from citywatch.health.finding import Finding
from citywatch.health.retention import check_distance, check_retention
from runtime.settings import load_settings
from runtime.topics import ensure_topics
from schemas.families.incidents import INCIDENTS
from schemas.topics import INPUTS
from tests.parts.kafka import KafkaBroker
from tests.parts.server import await_until


def test_positions_that_are_forgotten_before_the_inputs_are_wrong(kafka: KafkaBroker) -> None:
    """The broker of the tests keeps positions for a year."""

    def told(milliseconds: int) -> str:
        admin.alter_configs([ConfigResource("TOPIC", INCIDENTS, {"retention.ms": str(milliseconds)})])
        await_until(lambda: found()[0].state == "wrong", 20, "the broker to know the new retention", every=0.2)
        return f"{found()[0].text}; {found()[0].remedy}"

    def found() -> list[Finding]:
        return list(check_retention(admin, dict.fromkeys(INPUTS)))

    with kafka.admin() as admin:
        ensure_topics(load_settings(kafka=kafka.bootstrap))
        assert [finding.state for finding in found()] == ["ok"]
        short = told(400 * 86_400_000)
        assert "after 365 days, the inputs are kept 400 days; set offsets.retention.minutes=577440" in short


def test_a_position_far_behind_what_was_judged_is_told_with_its_partition() -> None:
    assert [finding.state for finding in check_distance({"a/0": 10})] == ["ok"]
    [far] = check_distance({"a/0": 10, "a/1": 5_000_000})
    assert (far.state, "5,000,000 offsets again (a/1)" in far.text) == ("note", True)
