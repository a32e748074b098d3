"""The gate does to a plain echo server what its orders say, and nothing else."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.faults.gate import Gate, State
from tests.parts.server import HOST, await_until, free_port


class Echo:
    """Answers what it is sent, and keeps it in `heard`."""

    def __init__(self) -> None:
        self.heard = bytearray()
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._answer, args=(client,), daemon=True).start()

    def _answer(self, client: socket.socket) -> None:
        with suppress(OSError), client:
            while data := client.recv(65_536):
                self.heard += data
                client.sendall(data)


@pytest.fixture
def echo() -> Iterator[Echo]:
    server = Echo()
    yield server
    server.close()


@pytest.fixture
def gate(echo: Echo) -> Iterator[Gate]:
    with Gate(echo.port) as found:
        yield found


@pytest.fixture
def client(gate: Gate) -> Iterator[socket.socket]:
    with connect(gate) as found:
        yield found


def connect(gate: Gate) -> socket.socket:
    return socket.create_connection((HOST, gate.port), 5)


def says(client: socket.socket, data: bytes) -> bytes:
    """What comes back for `data`."""
    client.sendall(data)
    return receive(client, len(data))


def receive(client: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size and (data := client.recv(size - len(found))):
        found += data
    return found


def hears_nothing(client: socket.socket, seconds: float = 0.2) -> bool:
    client.settimeout(seconds)
    try:
        return client.recv(1) is None
    except TimeoutError:
        return True
    finally:
        client.settimeout(5)


def test_an_open_gate_lets_everything_through_and_counts_it(gate: Gate, client: socket.socket) -> None:
    assert says(client, b"x" * 5_000_000) == b"x" * 5_000_000
    # it counts what it has sent: the last bytes may be here before they are counted
    await_until(lambda: (gate.to_target, gate.from_target) == (5_000_000, 5_000_000), 5, "the gate to count them all")
    assert (gate.connections, gate.live, gate.cuts) == (1, 1, 0)


def test_a_client_that_leaves_is_forgotten(gate: Gate, client: socket.socket) -> None:
    assert says(client, b"a") == b"a"
    client.close()
    await_until(lambda: gate.live == 0, 5, "the gate to let go")


def test_a_target_that_is_away_closes_the_client() -> None:
    with Gate(free_port()) as gate:
        with suppress(ConnectionError), connect(gate) as client:  # the reset may come before connect returns
            assert client.recv(1) == b""
        await_until(lambda: (gate.connections, gate.live) == (1, 0), 5, "the gate to take the client and let it go")


def test_cut_breaks_connections_and_refuses_new_ones_until_open(gate: Gate, client: socket.socket) -> None:
    assert says(client, b"a") == b"a"
    gate.cut()
    with pytest.raises(ConnectionResetError):
        client.recv(1)
    with pytest.raises(ConnectionRefusedError):
        connect(gate)
    assert (gate.cuts, gate.live) == (1, 0)
    gate.open()
    with connect(gate) as again:
        assert says(again, b"b") == b"b"


def test_stall_keeps_connections_and_moves_no_byte_until_open(gate: Gate, echo: Echo, client: socket.socket) -> None:
    assert says(client, b"a") == b"a"
    gate.stall()
    client.sendall(b"b")
    with connect(gate) as second:
        second.sendall(b"c")
        assert hears_nothing(client)
        assert hears_nothing(second)
        assert echo.heard == b"a"
        gate.open()
        assert receive(client, 1) == b"b"
        assert receive(second, 1) == b"c"
    assert gate.cuts == 0


def test_swallow_applies_the_request_and_cut_loses_the_reply(gate: Gate, echo: Echo, client: socket.socket) -> None:
    assert says(client, b"a") == b"a"
    gate.swallow()
    client.sendall(b"applied")
    await_until(lambda: bytes(echo.heard) == b"aapplied", 5, "the request to go through")
    await_until(lambda: gate.withheld == len(b"applied"), 5, "its reply")
    assert hears_nothing(client)
    gate.cut()
    with pytest.raises(ConnectionResetError):
        client.recv(1)
    assert gate.swallowed == len(b"applied")


def test_swallowed_replies_come_late_when_the_gate_opens(gate: Gate, client: socket.socket) -> None:
    gate.swallow()
    client.sendall(b"late")
    assert hears_nothing(client)
    gate.open()
    assert receive(client, 4) == b"late"


def test_orders_may_come_in_any_sequence(gate: Gate) -> None:
    for order in (gate.cut, gate.cut, gate.stall, gate.swallow, gate.cut, gate.swallow, gate.open, gate.open):
        order()
    with connect(gate) as client:
        assert says(client, b"a") == b"a"
    gate.close()
    gate.close()


def test_what_is_on_its_way_to_a_slow_reader_is_not_withheld(gate: Gate) -> None:
    """Who waits for the reply that is swallowed must not take one for it that was only passing."""
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        client.connect((HOST, gate.port))
        client.settimeout(0.2)
        with suppress(TimeoutError):
            while True:  # until what comes back, and is not read, is held up all the way
                client.sendall(b"x" * 65_536)
        assert len(gate._live[0].ways[1].held) > 0
        assert (gate.state, gate.withheld) == (State.OPEN, 0)
        gate.swallow()
        assert gate.withheld > 0


def test_a_gate_that_lies_in_wait_swallows_the_reply_to_a_long_request_only(
    echo: Echo, client: socket.socket, gate: Gate
) -> None:
    gate.swallow(after=100)
    assert says(client, b"short") == b"short"
    client.sendall(b"x" * 200)
    await_until(lambda: len(echo.heard) == 205, 5, "the long request to arrive")
    await_until(lambda: gate.withheld == 200, 5, "its reply")
    assert gate.state is State.SWALLOWING
    gate.cut()
    assert gate.swallowed == 200
