"""Events of a city by local day and class, from citywatch's topics alone: newest cells plus newest adjustments.

    python figures_from_topics.py localhost:9092 xincheng incident.reported [cells.csv]

Prints `day,class,count`, up to where the topics end now. Cells older than the panes topic come from a file, if one is
given: `citywatch export cells --format csv`. Needs the packages kafka-python and lz4.
"""

import csv
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from kafka import KafkaConsumer, TopicPartition

PANES, ADJUSTMENTS, CODES = "citywatch.panes", "citywatch.adjustments", "citywatch.codes"


def records(bootstrap: str, topics: list[str], positions: Mapping[TopicPartition, int] = {}) -> Iterator[tuple]:
    """Key and value of every record from these positions on, else from the beginning, in order within a partition."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, isolation_level="read_committed", enable_auto_commit=False)
    parts = [TopicPartition(topic, number) for topic in topics for number in consumer.partitions_for_topic(topic) or ()]
    consumer.assign(parts)
    begins, ends = consumer.beginning_offsets(parts), consumer.end_offsets(parts)
    for part in parts:
        start = positions.get(part, begins[part])
        if not begins[part] <= start <= ends[part]:
            sys.exit(f"{part.topic} has no offset {start} any more: export again")
        consumer.seek(part, start)
    while any(consumer.position(part) < ends[part] for part in parts):
        for batch in consumer.poll(500).values():
            yield from ((record.key, json.loads(record.value) if record.value else {}) for record in batch)
    consumer.close()


def exported(path: str) -> Iterator[tuple[None, dict]]:
    """The cells of an export, as they stand on their topic."""
    for row in csv.DictReader(Path(path).read_text("utf-8").splitlines()):
        told = {name: json.loads(row[name]) for name in ("partition", "version", "records", "dims", "numbers")}
        yield None, row | told | {"kind": "cell", "pane": int(datetime.fromisoformat(row["pane"]).timestamp())}


def newest_counts(bootstrap: str, path: str) -> Iterator[tuple[dict, int]]:
    """Of each identity the newest cell or adjustment, and what it counts. Other kinds of records are passed over."""
    said_before = json.loads(Path(f"{path}.positions.json").read_text())["positions"] if path else []
    positions = {TopicPartition(at["topic"], at["partition"]): at["next"] for at in said_before}
    newest: dict[object, tuple[tuple[int, int], dict]] = {}
    for source in (exported(path) if path else (), records(bootstrap, [PANES, ADJUSTMENTS], positions)):
        for key, said in source:
            identity, rank = key, (said.get("version", 0), 0)
            if said.get("kind") == "cell":
                codes = frozenset(code for code in said["dims"].items() if code[1])
                identity = *(said[name] for name in ("log", "topic", "partition", "source", "pane", "type")), codes
                rank = said["version"], said["records"]
            elif said.get("kind") != "adjustment":
                continue
            if identity not in newest or rank >= newest[identity][0]:
                newest[identity] = rank, said
    yield from ((said, said["numbers"]["count"]) for _, said in newest.values())


def main(bootstrap: str, city: str, kind: str, path: str = "") -> None:
    """Print the figures of one city and event type."""
    lists = [said for said in dict(records(bootstrap, [CODES])).values() if said.get("city") == city]
    (home,) = (said for said in lists if said["kind"] == "city")
    classes = {said["code"]: said["path"][0]["node"] for said in lists if said["kind"] == "code"}
    figures: Counter[tuple[str, str]] = Counter()
    for said, count in newest_counts(bootstrap, path):
        if said["source"] in home["sources"] and said["type"] == kind:
            day = datetime.fromtimestamp(said["pane"], ZoneInfo(home["tz"])).date().isoformat()
            figures[day, classes.get(said["dims"].get("category", ""), "unknown")] += count
    print(*(f"{day},{name},{count}" for (day, name), count in sorted(figures.items())), sep="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
