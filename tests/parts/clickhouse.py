"""Debian's clickhouse-server: 18.16, old, but the real server over the real protocol."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from clickhouse_driver import Client

from tests.parts.server import HOST, Server, free_port, http_ok


class ClickHouseServer(Server):
    """A server with nothing but loopback ports and a folder of its own."""

    name: ClassVar[str] = "clickhouse"

    def __init__(self, directory: Path, timezone: str = "UTC") -> None:
        super().__init__(directory)
        self.port = free_port()
        self.http_port = free_port()
        self.timezone = timezone

    @classmethod
    def missing(cls) -> str | None:
        return None if cls._binary() else "clickhouse-server (Debian: clickhouse-server)"

    @property
    def url(self) -> str:
        """Its default database, as CITYWATCH_CLICKHOUSE takes it."""
        return self.url_of("default")

    def url_of(self, database: str) -> str:
        return f"clickhouse://default:@{HOST}:{self.port}/{database}"

    @contextmanager
    def fresh_database(self) -> Iterator[str]:
        """The address of an empty database that is gone afterwards."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        self.execute(f"CREATE DATABASE {name}")
        try:
            yield self.url_of(name)
        finally:
            if self.running:
                self.execute(f"DROP DATABASE IF EXISTS {name}")

    def execute(self, sql: str) -> list[tuple[object, ...]]:
        """Rows of one statement; a connection of its own."""
        with Client(HOST, self.port) as client:
            return list(client.execute(sql) or [])

    @property
    def data(self) -> Path:
        """Where its tables lie."""
        return self.directory / "data"

    def prepare(self) -> None:
        (self.directory / "config.xml").write_text(self._config())
        (self.directory / "users.xml").write_text(_USERS)

    def command(self) -> list[str]:
        return [self._binary() or "clickhouse-server", f"--config-file={self.directory}/config.xml"]

    def ready(self) -> bool:
        return http_ok(f"http://{HOST}:{self.http_port}/ping")

    @staticmethod
    def _binary() -> str | None:
        return shutil.which("clickhouse-server") or shutil.which("/usr/sbin/clickhouse-server")

    def _config(self) -> str:
        return f"""\
<?xml version="1.0"?>
<yandex>
    <logger><level>warning</level><console>1</console></logger>
    <listen_host>{HOST}</listen_host>
    <tcp_port>{self.port}</tcp_port>
    <http_port>{self.http_port}</http_port>
    <path>{self.data}/</path>
    <tmp_path>{self.directory}/tmp/</tmp_path>
    <user_files_path>{self.directory}/user_files/</user_files_path>
    <format_schema_path>{self.directory}/format_schemas/</format_schema_path>
    <users_config>users.xml</users_config>
    <default_profile>default</default_profile>
    <default_database>default</default_database>
    <mark_cache_size>268435456</mark_cache_size>
    <timezone>{self.timezone}</timezone>
    <max_connections>256</max_connections>
</yandex>
"""


_USERS = f"""\
<?xml version="1.0"?>
<yandex>
    <profiles><default><max_memory_usage>4000000000</max_memory_usage></default></profiles>
    <users>
        <default>
            <password></password>
            <networks><ip>{HOST}</ip></networks>
            <profile>default</profile>
            <quota>default</quota>
        </default>
    </users>
    <quotas><default></default></quotas>
</yandex>
"""
