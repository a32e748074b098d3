"""Apache Kafka itself: one KRaft broker from the jars of Maven Central, on Java."""

from __future__ import annotations

import shutil
import subprocess
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from tests.parts.server import HOST, PARTS, Server, ServerFailed, free_port, is_listening

JARS = PARTS / "kafka-libs"
CLASSES = PARTS / "kafka-classes.jsa"
"""Classes as Java has loaded and checked them once, see `kafka_classes`. One of another Java is passed over."""

_SHORT_LIVED = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")


class KafkaBroker(Server):
    """A broker that deletes nothing by age (event times are years old) and starts groups at once.

    `properties` are broker settings that rule over those here. `lasting`: Java compiles all it can, which costs more
    than it gives in the minutes of a test; for benchmarks.
    """

    name: ClassVar[str] = "kafka"
    kind: ClassVar[str] = "kafka"

    def __init__(
        self,
        directory: Path,
        port: int | None = None,
        properties: Mapping[str, str] = MappingProxyType({}),
        lasting: bool = False,
    ) -> None:
        super().__init__(directory)
        self._java_options = () if lasting else _SHORT_LIVED
        self._more = properties
        self._cluster = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        self.port = port or free_port()
        self._controller_port = free_port()
        self._properties = directory / "server.properties"
        self._data = directory / "data"

    @classmethod
    def missing(cls) -> str | None:
        if shutil.which("java") is None:
            return "Java 17 (Debian: openjdk-17-jre-headless)"
        if not any(JARS.glob("kafka_*.jar")):
            return "the jars of Apache Kafka (make parts; needs mvn)"
        return None

    @property
    def bootstrap(self) -> str:
        """`host:port` for clients."""
        return f"{HOST}:{self.port}"

    def prepare(self) -> None:
        more = "".join(f"{name}={value}\n" for name, value in self._more.items())
        self._properties.write_text(self._settings() + more)  # of two lines for one setting the later counts
        if self._data.exists():
            return
        java = self._java(*_SHORT_LIVED)
        cluster = f"--cluster-id={self._cluster}"  # one in 64 begins with a dash
        command = [*java, "kafka.tools.StorageTool", "format", cluster, "-c", str(self._properties)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=self.directory)
        if done.returncode:
            raise ServerFailed(f"kafka: cannot format its storage\n{done.stdout}{done.stderr}")

    def command(self) -> list[str]:
        log_level = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
        java = self._java(*self._java_options, "-Xms256m", "-Xmx1g", log_level)
        return [*java, "kafka.Kafka", str(self._properties)]

    def ready(self) -> bool:
        if not is_listening(self.port):
            return False
        try:
            admin = KafkaAdminClient(bootstrap_servers=self.bootstrap, bootstrap_timeout_ms=3000)
        except KafkaError:
            return False
        with admin:
            return bool(admin.describe_cluster()["brokers"])

    def admin(self) -> KafkaAdminClient:
        """An admin client; close it (or use it as a context manager)."""
        return KafkaAdminClient(bootstrap_servers=self.bootstrap)

    def _java(self, *options: str) -> list[str]:
        archived = [f"-XX:SharedArchiveFile={CLASSES}"] if CLASSES.exists() else []
        return ["java", *archived, *options, "-cp", f"{JARS}/*"]

    def _settings(self) -> str:
        return f"""\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{HOST}:{self._controller_port}
listeners=PLAINTEXT://{HOST}:{self.port},CONTROLLER://{HOST}:{self._controller_port}
advertised.listeners=PLAINTEXT://{HOST}:{self.port}
controller.listener.names=CONTROLLER
log.dirs={self._data}
auto.create.topics.enable=false
metadata.max.idle.interval.ms=60000
num.partitions=4
log.retention.ms=-1
log.retention.bytes=-1
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
offsets.retention.minutes=525600
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
"""
