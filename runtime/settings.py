"""Every setting of citywatch, read from `CITYWATCH_*` variables and a `.env` file."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, EnvSettingsSource, NoDecode, SettingsConfigDict

from runtime.errors import WrongUse
from runtime.variables import refuse_unknown

PREFIX = "CITYWATCH_"

KAFKA_SECURITY = (
    "security_protocol",
    "sasl_mechanism",
    "sasl_plain_username",
    "sasl_plain_password",
    "ssl_cafile",
    "ssl_certfile",
    "ssl_keyfile",
)
"""Names that may follow `CITYWATCH_KAFKA_` (upper case); they are passed to every client of a broker that is set."""

PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
"""Those that a name and a password are enough for."""

LAST_PORT = 65_533
"""The roles take this one and the two after it."""


_STORES = "clickhouse://user:password@host:port/database or chdb:///path"
_SECURE = {"secure": ("0", "1", "true", "false")}
"""What may follow the `?` of a server's address."""


class Settings(BaseSettings):
    """One object with all settings; `docs/settings.md` is generated from it."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True
    )

    kafka: str | None = Field(None, description="Bootstrap servers, `host:port,host:port`. Unset: the embedded broker.")
    clickhouse: str | None = Field(
        None,
        description="`clickhouse://user:password@host:port/database` or `chdb:///path`; unset: chDB, in the data.",
    )
    data: Path = Field(Path("data"), description="Directory of the embedded store, the run file and refused rows.")
    refused: Path | None = Field(
        None, description="Directory of the files in which `replay` names refused rows; unset: that of the data."
    )
    metrics: str = Field(
        "127.0.0.1:9401",
        description="Address of the metrics page of `aggregate`; `analyse` takes the next port, `sink` the one after.",
    )
    tz: str = Field(
        "Asia/Shanghai",
        description="Time zone of days and times. When set, questions about one city (`report`, `events`, ...) use it"
        " in place of the city's own. `deadletters`, `start-at`, `export` without `--city` and `conflicts list` (for"
        " when records came) use it, or its default.",
    )
    city: str | None = Field(None, description="City that questions are about; needed where the store holds several.")
    cities: Path | None = Field(None, description="Directory of further city files (TOML), beside the shipped ones.")
    lateness: int = Field(
        900, ge=0, le=604_800, description="Allowed lateness in seconds, for sources that declare none."
    )
    max_ahead: int = Field(
        3600, ge=0, le=604_800, description="Seconds an event may be ahead of its source's clock before it is refused."
    )
    partitions: int = Field(
        4, ge=1, le=1024, description="Partitions of each topic; more may be added later, never fewer."
    )
    replication: int = Field(1, ge=1, le=7, description="Replicas of each topic. Production: 3.")
    keep_raw: int = Field(400, ge=1, description="Days that raw events stay in ClickHouse.")
    group: str = Field(
        "citywatch", description="Prefix of the consumer groups, so that deployments can share a broker."
    )
    publish_interval: float = Field(
        0.2, gt=0, le=60, description="Seconds between two publications of panes that changed."
    )
    memory_limit: int = Field(
        2_000_000_000, ge=1_000_000, description="Bytes of open panes a worker may hold before the oldest closes early."
    )
    breaker_run: int = Field(
        500, ge=0, description="So many refused records in a row stop a partition until `citywatch resume`; 0: never."
    )
    breaker_ratio: float = Field(
        0.5, ge=0, le=1, description="More refused than this share of a partition's last 1,000 stop it too; 0: never."
    )
    idle_close: int = Field(
        21_600,
        ge=1,
        description="Seconds that a pane stays open for a source whose clock stands still, beyond its lateness and"
        " max_ahead; then it closes through the log, and what comes later restates it.",
    )
    session_timeout: float = Field(
        6.0, ge=1, le=300, description="Seconds without a heartbeat after which a worker is given up."
    )
    log_format: Literal["text", "json"] = Field(
        "text", description="How roles log, to stderr: `text`, or `json`, an object a line. Times are in UTC."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="What roles log: `debug`, `info`, `warning` or `error`, and all that is graver."
    )
    kafka_security: Annotated[dict[str, str], NoDecode] = Field(
        default_factory=dict,
        description="For every client of the broker in CITYWATCH_KAFKA; the embedded one needs none. NAME is one of: "
        + ", ".join(name.upper() for name in KAFKA_SECURITY)
        + ".",
    )

    @model_validator(mode="before")
    @classmethod
    def _empty_zone_is_none(cls, given: dict[str, object]) -> dict[str, object]:
        return {name: value for name, value in given.items() if name != "tz" or value != ""}

    @field_validator("tz")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as unknown:
            raise ValueError(f"{value!r} is not a time zone; use a name such as Asia/Shanghai") from unknown
        return value

    @field_validator("metrics")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host or not port.isdecimal() or int(port) > LAST_PORT:
            raise ValueError(f"{value!r} is not host:port; use for example 127.0.0.1:9401")
        if not int(port):
            raise ValueError(f"{value!r} names no port: others have to find it; use one from 1 to {LAST_PORT}")
        return value

    @field_validator("kafka")
    @classmethod
    def _servers(cls, value: str | None) -> str | None:
        if value is None or not value.strip():
            return None
        servers = [server.strip() for server in value.split(",")]
        for server in servers:
            host, _, port = server.rpartition(":")
            if not host or not port.isdigit():
                raise ValueError(f"{server!r} is not host:port; use for example kafka-1:9092,kafka-2:9092")
        # aiokafka fails late and unclearly when a server is named twice
        return ",".join(dict.fromkeys(servers))

    @field_validator("clickhouse")
    @classmethod
    def _store_url(cls, value: str | None) -> str | None:
        if value is None or not value.strip():
            return None
        if not value.startswith(("clickhouse://", "chdb://")):
            raise ValueError(f"is no store; use {_STORES}")  # it may hold a password
        _refuse_parameters(value)
        return value

    @property
    def group_aggregate(self) -> str:
        """Consumer group of the aggregate role."""
        return f"{self.group}-aggregate"

    @property
    def group_sink(self) -> str:
        """Consumer group of the sink role."""
        return f"{self.group}-sink"

    def metrics_address(self, role: str) -> tuple[str, int]:
        """Host and port of a role's metrics page."""
        host, _, port = self.metrics.rpartition(":")
        return host, int(port) + ("aggregate", "analyse", "sink").index(role)


def load_settings(**overrides: object) -> Settings:
    """The settings of this process. Raises WrongUse, in one line, when a variable is wrong."""
    try:
        return Settings(**{"kafka_security": _kafka_security(), **overrides})  # type: ignore[arg-type]
    except ValidationError as wrong:
        first = wrong.errors()[0]
        name = PREFIX + "_".join(str(part) for part in first["loc"]).upper()
        raise WrongUse(f"setting {name}: {first['msg'].removeprefix('Value error, ')}") from None


def kafka_variable(name: str) -> str:
    """The variable of one of KAFKA_SECURITY."""
    return f"{PREFIX}KAFKA_{name.upper()}"


def _kafka_security() -> dict[str, str]:
    """What is given of KAFKA_SECURITY, read from where the other settings are; an empty value is none.

    Raises WrongUse for a variable that is no setting: a misspelt one would leave a connection without what it was to be
    secured by, or a figure without the lateness that was meant.
    """
    read = {**DotEnvSettingsSource(Settings).env_vars, **EnvSettingsSource(Settings).env_vars}
    given: Mapping[str, str | None] = {name.upper(): value for name, value in read.items()}
    security = [kafka_variable(name) for name in KAFKA_SECURITY]
    refuse_unknown(given, security, kafka_variable(""))
    settings = [PREFIX + name.upper() for name in Settings.model_fields if name != "kafka_security"]
    refuse_unknown(given, (*settings, *security), PREFIX)
    found = {name: value for name in KAFKA_SECURITY if (value := given.get(kafka_variable(name)))}
    for name, allowed in (("security_protocol", PROTOCOLS), ("sasl_mechanism", MECHANISMS)):
        if found.get(name, allowed[0]) not in allowed:
            raise WrongUse(f"setting {kafka_variable(name)}: there is no {found[name]!r}; use {', '.join(allowed)}")
    if found.get("security_protocol", "").startswith("SASL") and "sasl_mechanism" not in found:
        needed, by = kafka_variable("sasl_mechanism"), kafka_variable("security_protocol")
        raise WrongUse(f"setting {needed}: {by}={found['security_protocol']} needs one of {', '.join(MECHANISMS)}")
    return found


def _refuse_parameters(store: str) -> None:
    """Raises ValueError for what stands behind the `?` of a store's address and would be ignored."""
    address, _, behind = store.partition("?")
    if not behind:
        return
    if address.startswith("chdb://"):
        raise ValueError("chdb:///path takes no parameters: nothing may follow a '?'")
    if "@" in behind:
        raise ValueError("has a '?' in its user or password; write it as %3F there")
    for name, value in parse_qsl(behind, keep_blank_values=True):
        allowed = _SECURE.get(name)
        if allowed is None:
            near = "; did you mean secure=1?" if get_close_matches(name, _SECURE) else ""
            raise ValueError(f"there is no parameter {name!r}{near or '; only secure=1, for TLS'}")
        if value not in allowed:
            raise ValueError(f"parameter {name} is one of {', '.join(allowed)}")
