"""The supervisor with real processes: restarts, giving up, stopping, and dying together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from citywatch.supervisor import Program, Supervisor, how_it_ended, stop_signals
from runtime.errors import Unreachable, WrongUse

FIVE_DEATHS = r"worker died 5 times within 60 s \(exit 3, last words: no broker\): giving up"
SLEEPER = "import time; time.sleep(60)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);print('deaf', flush=True); time.sleep(60)"


def python(code: str, name: str = "worker", log: Path | None = None) -> Program:
    return Program(name, [sys.executable, "-c", code], log=log)


def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_program_that_dies_is_started_again_with_a_loud_line() -> None:
    said: list[str] = []
    supervisor = Supervisor([python(SLEEPER)], said.append)
    supervisor.start()
    try:
        first = supervisor.pids["worker"]
        os.kill(first, signal.SIGKILL)

        def again() -> bool:
            supervisor.check()
            return supervisor.pids.get("worker", first) != first

        until(again)
        assert alive(supervisor.pids["worker"])
    finally:
        supervisor.stop()
    assert said == ["WORKER DIED (killed by SIGKILL); starting it again in 0.5 s"]


def test_five_deaths_within_a_minute_are_the_end_and_the_last_words_are_told(tmp_path: Path) -> None:
    now = [0.0]
    log = tmp_path / "worker.log"
    supervisor = Supervisor(
        [python("raise SystemExit(print('no broker') or 3)", log=log)],
        lambda line: None,
        clock=lambda: now[0],
    )
    supervisor.start()

    def give_up() -> bool:
        now[0] += 0.1  # the waits between two starts pass quickly
        supervisor.check()
        return False

    with pytest.raises(Unreachable, match=FIVE_DEATHS):
        until(give_up)


def test_deaths_that_are_far_apart_are_forgiven() -> None:
    now = [0.0]
    deaths: list[str] = []
    supervisor = Supervisor([python("raise SystemExit(1)")], deaths.append, clock=lambda: now[0])
    supervisor.start()

    def many() -> bool:
        supervisor.check()
        now[0] += 20.0 if len(deaths) > many_seen[0] else 0.0
        many_seen[0] = len(deaths)
        return len(deaths) == 7

    many_seen = [0]
    try:
        until(many)
    finally:
        supervisor.stop()


def test_a_role_that_ran_and_now_cannot_reach_a_part_does_not_take_the_others_with_it() -> None:
    now = [0.0]
    deaths: list[str] = []
    supervisor = Supervisor([python("raise SystemExit(3)")], deaths.append, clock=lambda: now[0])
    supervisor.start()
    now[0] = 61.0  # it was there for a minute

    def many() -> bool:
        supervisor.check()
        now[0] += 0.1
        return len(deaths) == 7

    try:
        until(many)
    finally:
        supervisor.stop()
    assert deaths[-1].endswith("starting it again in 8 s")


def test_a_program_that_was_used_wrongly_is_not_started_again(tmp_path: Path) -> None:
    log = tmp_path / "log"
    code = "import sys; sys.exit(print('citywatch: setting CITYWATCH_TZ: no such zone', file=sys.stderr) or 2)"
    supervisor = Supervisor([python(code, log=log)], lambda line: None)
    supervisor.start()

    def refused() -> bool:
        supervisor.check()
        return False

    with pytest.raises(WrongUse, match=r"worker refused to start .*no such zone"):
        until(refused)


def test_stopping_leaves_no_process_even_when_one_does_not_listen(tmp_path: Path) -> None:
    log = tmp_path / "log"
    supervisor = Supervisor([python(DEAF, "deaf", log), python(SLEEPER, "sleeper")], lambda line: None)
    supervisor.start()
    pids = list(supervisor.pids.values())
    until(lambda: log.exists() and "deaf" in log.read_text())
    supervisor.stop(patience=0.3)
    assert not any(alive(pid) for pid in pids)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_when_the_parent_is_killed_the_children_die_with_it(tmp_path: Path) -> None:
    code = (
        "import time\n"
        "from citywatch.supervisor import Program, Supervisor\n"
        f"s = Supervisor([Program('a', [{sys.executable!r}, '-c', {SLEEPER!r}])], print)\n"
        "s.start(); print(s.pids['a'], flush=True); time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent.stdout:
        child = int(parent.stdout.readline())
        assert alive(child)
        parent.kill()
        parent.wait()
        until(lambda: not alive(child))


def test_an_ending_is_told_in_words() -> None:
    assert how_it_ended(3) == "exit 3"
    assert how_it_ended(-9) == "killed by SIGKILL"
    assert how_it_ended(-60) == "killed by signal 60"


def test_under_nohup_a_terminal_that_closes_stops_nothing() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stop_signals() as stop:
            os.kill(os.getpid(), signal.SIGHUP)
            assert not stop.is_set()
            os.kill(os.getpid(), signal.SIGTERM)
            assert stop.is_set()
    finally:
        signal.signal(signal.SIGHUP, before)
