"""Where Kafka is, how its clients are set up, and which log a topic is."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from runtime import deployment
from runtime.errors import CheckFailed, Unreachable, WrongUse
from runtime.settings import Settings, kafka_variable

REACH_SECONDS = 5.0
TLS_FILES = ("ssl_cafile", "ssl_certfile", "ssl_keyfile")


def bootstrap(settings: Settings) -> str:
    """Bootstrap servers of the setting, else of the embedded broker that runs. Raises Unreachable when none does."""
    if settings.kafka:
        return settings.kafka
    running = deployment.read(settings)
    if running is None or running.kafka is None:
        raise Unreachable(
            f"no broker: CITYWATCH_KAFKA is not set and nothing runs in {settings.data}; start `citywatch up` or set it"
        )
    return running.kafka


def client_options(settings: Settings) -> dict[str, Any]:
    """Options that every kafka-python client takes. Raises Unreachable, WrongUse."""
    return {"bootstrap_servers": bootstrap(settings).split(","), **_security(settings)}


def aiokafka_options(settings: Settings) -> dict[str, Any]:
    """Options that every aiokafka client takes. Raises Unreachable, WrongUse."""
    return {"bootstrap_servers": bootstrap(settings), **_security(settings)}


async def stop_consumer(consumer: Any) -> None:
    """Stops an aiokafka consumer.

    Where one of its fetches has failed and waits to try again, its `stop` ends half way with the CancelledError of that
    task: whoever waits would take it for its own, and a thread would end by it.
    """
    ending = asyncio.ensure_future(consumer.stop())
    await asyncio.wait({ending})
    if ending.cancelled():
        await consumer._client.close()
    else:
        ending.result()


def _security(settings: Settings) -> dict[str, Any]:
    """What is set is for the broker that is set; the embedded one knows neither passwords nor TLS."""
    given = settings.kafka_security if settings.kafka else {}
    security: dict[str, Any] = {name: value for name, value in given.items() if name not in TLS_FILES}
    if "SSL" in given.get("security_protocol", ""):
        security["ssl_context"] = _tls(*(given.get(name) for name in TLS_FILES))
    return security


@cache
def _tls(authorities: str | None, certificate: str | None, key: str | None) -> ssl.SSLContext:
    """Read once a process: one that runs goes on with what it began with while its files are being replaced."""
    try:
        context = ssl.create_default_context(cafile=authorities)
    except OSError as wrong:
        raise WrongUse(f"setting {kafka_variable('ssl_cafile')}: cannot use {authorities} ({wrong})") from None
    if certificate:
        try:
            context.load_cert_chain(certificate, key)
        except OSError as wrong:
            names = " and ".join(map(kafka_variable, TLS_FILES[1:]))
            raise WrongUse(f"settings {names}: cannot use {certificate} with {key} ({wrong})") from None
    return context


class Untrusted(WrongUse):
    """A broker that answers, and with which there is no TLS as the settings ask for it."""


def _require_trust(options: Mapping[str, Any], settings: Settings) -> None:
    """Raises Untrusted where brokers answer and there is TLS with none: clients say, after seconds, that they do not.

    Blocks at most a few seconds. Who cannot be connected to, or breaks off, is left to the client: it may be starting.
    """
    context: ssl.SSLContext | None = options.get("ssl_context")
    if context is None:
        return
    untrusted: Untrusted | None = None
    for server in options["bootstrap_servers"]:
        host, _, port = server.rpartition(":")
        host = host.strip("[]")
        try:
            with (
                socket.create_connection((host, int(port)), REACH_SECONDS) as connection,
                context.wrap_socket(connection, server_hostname=host),
            ):
                return
        except ssl.SSLCertVerificationError as refused:
            trusted = settings.kafka_security.get("ssl_cafile", "what this machine trusts")
            untrusted = Untrusted(
                f"setting {kafka_variable('ssl_cafile')}: the certificate of {server} is not good by {trusted} "
                f"({refused.verify_message.rstrip('.')})"
            )
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
            continue
        except ssl.SSLError as failed:
            untrusted = Untrusted(
                f"setting {kafka_variable('security_protocol')}: {server} does not speak TLS with us ({failed.reason})"
            )
        except OSError:
            continue
    if untrusted is not None:
        raise untrusted


def admin(settings: Settings) -> Any:
    """A kafka-python admin client. Blocks at most a few seconds; raises Unreachable and Untrusted in one line."""
    from kafka import KafkaAdminClient
    from kafka.errors import KafkaError

    options = client_options(settings)
    _require_trust(options, settings)
    try:
        return KafkaAdminClient(
            **options, client_id="citywatch", bootstrap_timeout_ms=int(REACH_SECONDS * 1000), request_timeout_ms=10_000
        )
    except (KafkaError, OSError, ValueError) as error:
        servers = ",".join(options["bootstrap_servers"])
        raise Unreachable(
            f"Kafka at {servers} does not answer ({type(error).__name__}); is it up, and is CITYWATCH_KAFKA right?"
        ) from None


def topic_ids(settings: Settings, topics: Iterable[str]) -> dict[str, str]:
    """The log of each topic: the broker's topic id, so that a topic made anew is another log.

    Raises Unreachable when the broker does not answer, WrongUse when a topic is missing.
    """
    from kafka.errors import KafkaError

    wanted = list(topics)
    client = admin(settings)
    try:
        described = client.describe_topics(wanted)
    except (KafkaError, OSError) as error:
        raise Unreachable(f"Kafka did not describe the topics ({type(error).__name__}); try again") from None
    finally:
        client.close()
    found = {str(topic.get("name") or topic.get("topic")): topic for topic in described}
    missing = [name for name in wanted if name not in found or found[name].get("error_code")]
    if missing:
        raise WrongUse(f"topic {missing[0]} does not exist; run `citywatch topics`")
    return {name: _log(name, found[name]) for name in wanted}


def _log(name: str, described: dict[str, Any]) -> str:
    topic_id = str(described.get("topic_id") or "")
    # The embedded broker gives no ids; its logs live as long as its process, which a new deployment follows.
    return topic_id if topic_id.strip("0-") else f"{name}@embedded"


class LogWatch:
    """Whether topics are still the logs that a role was started for: one made anew must not be taken for the old one.

    An aiokafka client asks for new metadata when a broker does not know a partition: its topic may have been deleted,
    and the next fetch would read another log under its name. What comes after that is in doubt until it is looked at.
    """

    def __init__(self, settings: Settings, logs: Mapping[str, str]) -> None:
        self._settings = settings
        self._logs = logs
        self._in_doubt = False

    def mind(self, client: Any) -> None:
        """Doubt whenever this client asks for new metadata."""
        refresh = client.force_metadata_update

        def doubting() -> Any:
            self._in_doubt = True
            return refresh()

        client.force_metadata_update = doubting

    async def is_sure(self) -> bool:
        """Whether records that have come may be taken; looks where that is in doubt. As `look`."""
        if not self._in_doubt:
            return True
        self._in_doubt = False
        self._in_doubt = not await self.look() or self._in_doubt
        return not self._in_doubt

    async def look(self) -> bool:
        """True: the logs are the same. False: nobody tells at the moment. Raises WrongUse where a topic is gone,
        CheckFailed where it was made anew."""
        try:
            now = await asyncio.to_thread(topic_ids, self._settings, self._logs)
        except (Unreachable, Untrusted):
            return False
        for topic, known in self._logs.items():
            if now[topic] != known:
                raise CheckFailed(f"topic {topic} was made anew while this role ran; it has to be started again")
        return True
