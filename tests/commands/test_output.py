"""Ends of output: a full disk, a reader that goes away, an encoding that lacks a character, no stderr."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from citywatch.local_deployment import command
from schemas.families.incidents import INCIDENTS
from tests.commands.running import judge_and_store
from tests.deployment import Deployment
from tests.deployments import deployment_of
from tests.end_to_end.events import MIDNIGHT, heartbeats, reported
from tests.parts.need import need
from tests.parts.server import HOST, await_until, free_port
from tests.parts.small_disk import ClickHouseOnSmallDisk

DAY = ("--city", "xincheng", "--from", "2026-03-02", "--to", "2026-03-02")
COMMANDS = (
    ("events", "--help"),
    ("report", "incidents", *DAY, "--by", "beat,category"),
    ("report", "incidents", *DAY, "--json"),
    ("events", "incidents", *DAY, "--json"),
    ("audit",),
    ("doctor", "--no-roles"),
)
"""One of each way to print: help, a table, an object, lines as they come, a few lines, each line at once."""

IN_EVERY_RUN = (COMMANDS[0], COMMANDS[3])
"""Help, and lines as they come; the others at full size."""


def named(words: tuple[str, ...]) -> str:
    return " ".join(word for word in words if word not in DAY)


EACH = [
    pytest.param(words, id=named(words), marks=() if words in IN_EVERY_RUN else pytest.mark.full) for words in COMMANDS
]


@pytest.fixture(scope="module")
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Fifty calls, judged and stored."""
    with deployment_of("real", request, tmp_path_factory.mktemp("output")) as found:
        calls = [(number % 4, reported(f"e-{number}", MIDNIGHT + number)) for number in range(50)]
        found.produce(INCIDENTS, [*heartbeats(MIDNIGHT), *calls])
        judge_and_store(found.settings)
        yield found


@contextmanager
def nobody() -> Iterator[int]:
    """The end of a pipe that nobody reads."""
    read, write = os.pipe()
    os.close(read)
    try:
        yield write
    finally:
        os.close(write)


def ended(
    environment: Mapping[str, str], words: tuple[str, ...], output: int, **more: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*words),
        env={**environment, **more},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("words", EACH)
def test_a_full_disk_is_one_line_and_exit_3(place: Deployment, words: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = ended(place.environment, words, full.fileno())
    assert (done.returncode, done.stderr.count("\n")) == (3, 1), done.stderr
    assert "stdout cannot be written: No space left on device; " in done.stderr


@pytest.mark.parametrize("words", EACH)
def test_a_reader_that_has_gone_ends_a_command_as_it_ends_other_tools(
    place: Deployment, words: tuple[str, ...]
) -> None:
    with nobody() as pipe:
        done = ended(place.environment, words, pipe)
    assert (done.returncode, done.stderr) == (-signal.SIGPIPE, "")


@pytest.mark.parametrize("words", COMMANDS[1:4], ids=named)
def test_a_character_that_the_encoding_lacks_is_replaced(place: Deployment, words: tuple[str, ...]) -> None:
    done = ended(place.environment, words, subprocess.PIPE, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout
    if "--json" not in words:  # JSON is UTF-8 wherever it goes
        assert done.stdout.isascii()


def test_an_output_that_is_closed_is_one_line_and_exit_3(place: Deployment) -> None:
    closed = ["sh", "-c", 'exec "$@" >&-', "sh", *command("audit")]
    done = subprocess.run(closed, env=place.environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (3, 1), done.stderr
    assert "stdout cannot be written" in done.stderr


def test_a_data_directory_on_a_full_disk_is_one_line_and_exit_3(tmp_path: Path) -> None:
    need(ClickHouseOnSmallDisk)  # the same namespace
    full = 'mount -t tmpfs -o size=64k tmpfs "$0" && head -c 65536 /dev/zero >"$0/filler" && exec "$@"'
    metrics = f"{HOST}:{free_port(neighbours=3)}"
    done = subprocess.run(
        ["unshare", "--map-root-user", "--mount", "sh", "-c", full, str(tmp_path), *command("up")],
        env={**os.environ, "CITYWATCH_DATA": str(tmp_path / "data"), "CITYWATCH_METRICS": metrics},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr.count("\n")) == (3, 1), done.stderr
    assert "cannot be written: No space left on device" in done.stderr


def test_what_kept_stdout_from_being_written_is_told_also_where_a_library_has_caught_it() -> None:
    code = (
        "from runtime.output import guard, settle\n"
        "guard()\n"
        "try:\n    print('figures', flush=True)\nexcept Exception:\n    pass\n"
        "settle()\n"
    )
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-c", code], stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=60
        )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("runtime.output.CannotWrite: stdout cannot be written")


def test_a_role_whose_log_nobody_takes_works_on_and_stops_in_order(place: Deployment) -> None:
    with nobody() as pipe:
        role = subprocess.Popen(command("up", "analyse"), env=place.environment, stdout=pipe, stderr=pipe)
    try:
        page = "http://{}:{}/readyz".format(*place.settings.metrics_address("analyse"))
        await_until(lambda: role.poll() is not None or answers(page), 60, "analyse to be ready", every=0.2)
        assert role.poll() is None
        role.terminate()
        assert role.wait(30) == 0
    finally:
        role.kill()
        role.wait()


def answers(page: str) -> bool:
    try:
        with urllib.request.urlopen(page, timeout=5) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False
