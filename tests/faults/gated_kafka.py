"""Apache Kafka behind gates, one for each worker; and a cluster of three, whose leaders can be lost."""

from __future__ import annotations

import uuid
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Self

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from tests.faults.gate import Gate
from tests.parts.kafka import KafkaBroker
from tests.parts.server import HOST, await_until, free_port

SLOTS = 12

CLUSTER_SECONDS = 150.0
"""Three brokers start at once, and a busy machine has two cores."""


class GatedKafka(KafkaBroker):
    """A broker with a further listener for each gate, advertised at the gate: clients that come in by a gate are
    never told another way. The gates outlive the broker, and are closed with `with`.
    """

    def __init__(
        self, directory: Path, slots: int = SLOTS, properties: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        inner = [free_port() for _ in range(slots)]
        self.gates = [Gate(port) for port in inner]
        super().__init__(directory)
        names = [f"GATE{number}" for number in range(slots)]
        listeners = [f"{name}://{HOST}:{port}" for name, port in zip(names, inner, strict=True)]
        advertised = [f"{name}://{HOST}:{gate.port}" for name, gate in zip(names, self.gates, strict=True)]
        protocols = ("PLAINTEXT", "CONTROLLER", *names)
        plain = f"PLAINTEXT://{HOST}:{self.port}"
        self._more = {
            "listeners": ",".join((plain, f"CONTROLLER://{HOST}:{self._controller_port}", *listeners)),
            "advertised.listeners": ",".join((plain, *advertised)),
            "listener.security.protocol.map": ",".join(f"{name}:PLAINTEXT" for name in protocols),
            "inter.broker.listener.name": "PLAINTEXT",
            **properties,
        }

    def __exit__(self, *exc: object) -> None:
        for gate in self.gates:
            gate.close()
        super().__exit__(*exc)


class _Node(KafkaBroker):
    """One of several: it answers only once most of them are there."""

    def __init__(self, directory: Path, number: int, cluster: str) -> None:
        super().__init__(directory)
        self.number = number
        self._cluster = cluster

    @property
    def voter(self) -> str:
        return f"{self.number}@{HOST}:{self._controller_port}"

    def configure(self, properties: Mapping[str, str]) -> None:
        self._more = {"node.id": str(self.number), **properties}


class KafkaCluster:
    """Brokers 1 to n, each a controller too; what is written is on all of them. A context manager."""

    def __init__(self, directory: Path, brokers: int = 3) -> None:
        cluster = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        self.nodes = {number: _Node(directory / f"kafka-{number}", number, cluster) for number in range(1, brokers + 1)}
        copies = str(min(3, brokers))
        for node in self.nodes.values():
            node.configure(
                {
                    "controller.quorum.voters": ",".join(each.voter for each in self.nodes.values()),
                    "offsets.topic.replication.factor": copies,
                    "default.replication.factor": copies,
                    "transaction.state.log.replication.factor": copies,
                    "min.insync.replicas": "2" if brokers > 2 else "1",
                    "replica.lag.time.max.ms": "3000",
                }
            )

    @property
    def bootstrap(self) -> str:
        """All brokers, as CITYWATCH_KAFKA takes them."""
        return ",".join(node.bootstrap for node in self.nodes.values())

    @property
    def running(self) -> list[int]:
        return [number for number, node in self.nodes.items() if node.running]

    def admin(self) -> KafkaAdminClient:
        """An admin client; close it (or use it as a context manager)."""
        return KafkaAdminClient(bootstrap_servers=[node.bootstrap for node in self.nodes.values() if node.running])

    def start(self, number: int | None = None) -> Self:
        """Start one broker, or all that do not run; blocks until they are members."""
        for node in self.nodes.values():
            if not node.running and number in (None, node.number):
                node.launch()
        await_until(self._complete, CLUSTER_SECONDS, f"brokers {self.running} to be members")
        return self

    def kill(self, number: int) -> None:
        """`kill -9` of one broker."""
        self.nodes[number].kill()

    def leader(self, topic: str, partition: int) -> int:
        """The broker that leads a partition now; -1 where there is none."""
        with self.admin() as admin:
            (described,) = admin.describe_topics([topic])
        found = {part.get("partition_index", part.get("partition")): part for part in described["partitions"]}
        return int(found[partition].get("leader_id", found[partition].get("leader", -1)))

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        for node in self.nodes.values():
            node.kill()  # an orderly end waits for a quorum that is going

    def _complete(self) -> bool:
        try:
            with self.admin() as admin:
                members = {
                    int(broker.get("broker_id", broker.get("node_id", -1)))
                    for broker in admin.describe_cluster()["brokers"]
                }
        except KafkaError:
            return False
        return set(self.running) <= members
