"""Where a consumer of adjustments reads on behind an export: the end of the topic before the store was asked."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import NewTopic

from citywatch.export.positions import as_json, next_offsets
from citywatch.export.rows import EXPORTS
from runtime.kafka import topic_ids
from runtime.log import Place
from runtime.settings import load_settings
from runtime.topics import ensure_topics
from schemas.topics import ADJUSTMENTS, PANES
from sinks.chdb_store import Chdb
from sinks.migrate import migrate
from tests.parts.kafka import KafkaBroker
from tests.parts.tansu import TansuBroker


def test_adjustments_are_read_on_from_the_end_of_their_topic_and_from_its_beginning_where_there_is_none(
    tansu: TansuBroker, tmp_path: Path
) -> None:
    settings = load_settings(kafka=tansu.bootstrap, data=tmp_path)
    with closing(Chdb(tmp_path / "chdb")) as store:
        assert next_offsets(settings, store, EXPORTS["adjustments"]) == {}
        with closing(KafkaAdminClient(bootstrap_servers=tansu.bootstrap)) as admin:
            admin.create_topics([NewTopic(ADJUSTMENTS, 2, 1)])
        with closing(KafkaProducer(bootstrap_servers=tansu.bootstrap)) as producer:
            for _ in range(3):
                producer.send(ADJUSTMENTS, b"{}", partition=1).get(10)
        told = as_json(next_offsets(settings, store, EXPORTS["adjustments"]))
    assert [(place["topic"], place["partition"], place["next"]) for place in told] == [
        (ADJUSTMENTS, 0, 0),
        (ADJUSTMENTS, 1, 3),
    ]


def test_of_a_topic_that_was_made_anew_the_positions_are_those_of_the_log_that_is_there(
    kafka: KafkaBroker, tmp_path: Path
) -> None:
    settings = load_settings(kafka=kafka.bootstrap, data=tmp_path)
    ensure_topics(settings)
    now = topic_ids(settings, [PANES])[PANES]
    with closing(Chdb(tmp_path / "chdb")) as store:
        migrate(store, settings)
        for log, position in (("00-before", 5_000_000), (now, 1_200), ("zz-before", 7_000_000)):
            store.insert("sink_positions", ("log", "topic", "partition", "position"), [[log], [PANES], [0], [position]])
        assert next_offsets(settings, store, EXPORTS["cells"]) == {Place(now, PANES, 0): 1_200}
