"""Events of a city by local day and class, from citywatch's topics alone: newest cells plus newest adjustments.

    python figures_from_topics.py localhost:9092 xincheng incident.reported

Prints a line `day,class,count` for each, up to where the topics end now. Needs the packages kafka-python and lz4.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from kafka import KafkaConsumer, TopicPartition

PANES, ADJUSTMENTS, CODES = "citywatch.panes", "citywatch.adjustments", "citywatch.codes"


def records(bootstrap: str, *topics: str) -> Iterator[tuple[bytes | None, dict]]:
    """Key and value of every record, in order within a partition; the value is empty where there is none."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, isolation_level="read_committed", enable_auto_commit=False)
    parts = [TopicPartition(topic, number) for topic in topics for number in consumer.partitions_for_topic(topic) or ()]
    consumer.assign(parts)
    consumer.seek_to_beginning()
    ends = consumer.end_offsets(parts)
    while any(consumer.position(part) < ends[part] for part in parts):
        for batch in consumer.poll(500).values():
            yield from ((record.key, json.loads(record.value) if record.value else {}) for record in batch)
    consumer.close()


def newest_counts(bootstrap: str) -> Iterator[tuple[dict, int]]:
    """Of each identity the newest cell or adjustment, and what it counts. Other kinds of records are passed over."""
    newest: dict[object, tuple[tuple[int, int], dict]] = {}
    for key, said in records(bootstrap, PANES, ADJUSTMENTS):
        if said.get("kind") == "cell":
            codes = frozenset((name, code) for name, code in said["dims"].items() if code)
            place = said["log"], said["topic"], said["partition"]
            identity = (*place, said["source"], said["pane"], said["type"], codes)
            rank = said["version"], said["records"]
        elif said.get("kind") == "adjustment":
            identity, rank = key, (said["version"], 0)
        else:
            continue
        if identity not in newest or rank >= newest[identity][0]:
            newest[identity] = rank, said
    yield from ((said, said["numbers"]["count"]) for _, said in newest.values())


def main(bootstrap: str, city: str, kind: str) -> None:
    """Print the figures of one city and event type."""
    lists = dict(records(bootstrap, CODES))  # the last record of a key rules
    home = lists[json.dumps(["city", city], separators=(",", ":"), ensure_ascii=False).encode()]
    classes = {said["code"]: said["path"][0]["node"] for said in lists.values() if is_of(said, "code", city)}
    zone = ZoneInfo(home["tz"])
    figures: Counter[tuple[str, str]] = Counter()
    for said, count in newest_counts(bootstrap):
        if said["source"] in home["sources"] and said["type"] == kind:
            day = datetime.fromtimestamp(said["pane"], zone).date().isoformat()
            figures[day, classes.get(said["dims"].get("category", ""), "unknown")] += count
    for (day, name), count in sorted(figures.items()):
        print(f"{day},{name},{count}")


def is_of(said: dict, kind: str, city: str) -> bool:
    """Whether a record of the codes topic is one of this kind and city."""
    return said.get("kind") == kind and said["city"] == city


if __name__ == "__main__":
    main(*sys.argv[1:])
