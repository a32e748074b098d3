"""TLS with a broker that answers: what does not fit is told by its setting, not as a broker that is away."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from citywatch.cli import call
from runtime.errors import Unreachable
from runtime.kafka import Untrusted, admin
from runtime.settings import load_settings
from tests.parts.server import HOST
from tests.runtime.test_settings import AUTHORITY

CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIBmjCCAUGgAwIBAgIUCsXiB5uOyiq8mJ6zBm8LYEEIinYwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEzMDA1MTYyOFoYDzIxMjYxMTA2
MDUxNjI4WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAS3UnuTHNI32WUrndImVTuw8ZVOi8x6Pi5q0oQAec7iJjzysfTqtnzC
4iEJ458Kez7m+5jcuKCWoG39Ow6YQ4O7o28wbTAdBgNVHQ4EFgQUgS531EA7GHIC
/2c7AkUCg5JxCFIwHwYDVR0jBBgwFoAUgS531EA7GHIC/2c7AkUCg5JxCFIwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARhwR/AAABgglsb2NhbGhvc3QwCgYIKoZI
zj0EAwIDRwAwRAIgGdxYV/m0yV9VnX0OO6fW1DIkgeyzsZOF5jqF51LSvtwCIG1L
pdEar5LBgi9zbRthZK39G9/SfuoWKTJz3kTnj7PF
-----END CERTIFICATE-----
"""
KEY = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgpJE3U5q2YS2Z87Ew
IObirOOl5kv3gtTZ1/Lj7SaRyvqhRANCAAS3UnuTHNI32WUrndImVTuw8ZVOi8x6
Pi5q0oQAec7iJjzysfTqtnzC4iEJ458Kez7m+5jcuKCWoG39Ow6YQ4O7
-----END PRIVATE KEY-----
"""
"""Of {HOST}, for a hundred years, signed by itself."""


@contextmanager
def listening(context: ssl.SSLContext | None) -> Iterator[int]:
    """A port that greets as TLS does, or with plain bytes, and says no more; all before Kafka's protocol begins."""
    with socket.create_server((HOST, 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:  # it was closed
                    return
                with client, suppress(OSError):
                    if context is None:
                        client.recv(1)
                        client.sendall(b"no TLS here\r\n")
                    else:
                        context.wrap_socket(client, server_side=True).close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.fixture
def tls(tmp_path: Path) -> ssl.SSLContext:
    """What a server needs to be {HOST}."""
    (tmp_path / "own.pem").write_text(CERTIFICATE)
    (tmp_path / "key.pem").write_text(KEY)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "own.pem", tmp_path / "key.pem")
    return context


def test_an_authority_that_is_not_the_brokers_is_one_line_that_names_it_and_exit_2(
    tls: ssl.SSLContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    authority = tmp_path / "authority.pem"
    authority.write_text(AUTHORITY)
    with listening(tls) as port:
        monkeypatch.setenv("CITYWATCH_KAFKA", f"{HOST}:{port}")
        monkeypatch.setenv("CITYWATCH_KAFKA_SECURITY_PROTOCOL", "SSL")
        monkeypatch.setenv("CITYWATCH_KAFKA_SSL_CAFILE", str(authority))
        assert call(["topics"]) == 2
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert f"setting CITYWATCH_KAFKA_SSL_CAFILE: the certificate of {HOST}:{port} is not good by {authority}" in err


def test_a_broker_without_tls_is_told_from_one_that_is_away(tmp_path: Path) -> None:
    with listening(None) as port, pytest.raises(Untrusted, match=r"SECURITY_PROTOCOL: .* does not speak TLS"):
        admin(load_settings(kafka=f"{HOST}:{port}", kafka_security={"security_protocol": "SSL"}))


def test_an_authority_that_is_the_brokers_is_good(
    tls: ssl.SSLContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.kafka.REACH_SECONDS", 0.5)
    security = {"security_protocol": "SSL", "ssl_cafile": str(tmp_path / "own.pem")}
    with listening(tls) as port, pytest.raises(Unreachable, match="does not answer"):  # it goes on to ask for Kafka
        admin(load_settings(kafka=f"{HOST}:{port}", kafka_security=security))
