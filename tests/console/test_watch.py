"""`citywatch watch` in a real terminal and without one."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from citywatch.cli import call
from citywatch.local_deployment import command
from runtime.embedded import free_port
from tests.console.pages import live_page, serving
from tests.console.terminal import Terminal
from tests.parts.need import Tmux, need


@contextmanager
def roles(data: Path) -> Iterator[tuple[dict[str, str], ExitStack]]:
    """Pages of the three roles, the settings that lead to them, and the stack that ends analyse's when
    closed."""
    port = free_port(neighbours=3)
    settings = {"CITYWATCH_METRICS": f"127.0.0.1:{port}", "CITYWATCH_DATA": str(data)}
    with ExitStack() as others, ExitStack() as analyse:
        others.enter_context(serving(port, b'citywatch_lag_records{role="aggregate",topic="t",partition="0"} 7.0\n'))
        others.enter_context(serving(port + 2, b""))
        analyse.enter_context(serving(port + 1, live_page(int(time.time()) - 2)))
        yield settings, analyse


def watch(settings: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command("watch", *options),
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_small_terminal_shows_the_figures_turns_to_the_year_and_ends_with_q(tmp_path: Path) -> None:
    need(Tmux)
    with roles(tmp_path) as (settings, _), Terminal(tmp_path, 80, 24, command("watch"), settings) as terminal:
        page = terminal.until("duplicates 2")
        lines = page.splitlines()
        assert len(lines) == 24
        assert "Xincheng 新城" in lines[0]
        assert "as of 20" in lines[1]
        assert "lag" in lines[1]
        assert lines[2].startswith("ALARM  Reported incidents: expected 20, observed 44 in 7 days, 120% more")
        assert any(line.startswith("Unknown 未知") for line in lines), "a code that no list knows is shown"
        assert "≤3min  67%" in page
        assert "counted 75  to read 7  refused 1  unmatched 0  late 2  duplicates 2" in page
        terminal.press("?")
        terminal.until("What the words mean 1/")
        terminal.press("1")
        terminal.until("1-9/tab city")
        terminal.press("c")
        terminal.until("year change")
        terminal.press("l")
        terminal.until("全部警情")
        terminal.press("q")
        terminal.until("ENDED")


def test_a_wall_shows_both_comparisons(tmp_path: Path) -> None:
    need(Tmux)
    with (
        roles(tmp_path) as (settings, _),
        Terminal(tmp_path, 200, 60, command("watch"), settings) as terminal,
    ):
        page = terminal.until("prev change  year change")
        assert "B01" in page


def test_a_screen_that_gets_no_more_answers_says_stale(tmp_path: Path) -> None:
    need(Tmux)
    with (
        roles(tmp_path) as (settings, analyse),
        Terminal(tmp_path, 80, 24, command("watch"), settings) as terminal,
    ):
        terminal.until("All calls")
        analyse.close()
        page = terminal.until("STALE: no answer from analyse for")
        assert "All calls" in page, "the old figures stay, and are called old"


def test_without_a_terminal_there_is_plain_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with roles(tmp_path) as (settings, _):
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        code = call(["watch", "--once"])
    out, err = capfd.readouterr()
    assert (code, err) == (0, "")
    assert "Xincheng 新城  as of 20" in out
    assert "All calls 全部警情" in out
    assert "ALARM  Reported incidents: expected 20, observed 44 in 7 days, 120% more" in out
    assert "\x1b" not in out


@pytest.mark.parametrize("options", [(), ("--text", "--every", "0.2")], ids=["screen", "text"])
def test_it_ends_when_its_terminal_goes_away(tmp_path: Path, options: tuple[str, ...]) -> None:
    """The terminal is not the process's own: no signal tells it."""
    ours, its = pty.openpty()
    with roles(tmp_path) as (settings, _):
        process = subprocess.Popen(
            command("watch", *options),
            env={**os.environ, **settings, "TERM": "xterm"},
            stdin=its,
            stdout=its,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        os.close(its)
        try:
            shown = b""
            while b"All calls" not in shown:
                shown += os.read(ours, 65_536)
            os.close(ours)
            _, errors = process.communicate(timeout=30)
        finally:
            process.kill()
            process.wait()
    assert (process.returncode in (0, -signal.SIGHUP), errors) == (True, "")


def test_without_any_input_it_prints_snapshots_at_its_pace(tmp_path: Path) -> None:
    ours, its = pty.openpty()
    with roles(tmp_path) as (settings, _):
        process = subprocess.Popen(
            command("watch", "--every", "5"),
            env={**os.environ, **settings, "TERM": "xterm"},
            stdin=subprocess.DEVNULL,
            stdout=its,
            start_new_session=True,
        )
        os.close(its)
        try:
            shown = b""
            while b"counted" not in shown:
                shown += os.read(ours, 65_536)
            process.terminate()
            assert process.wait(30) == 0
        finally:
            process.kill()
            process.wait()
            os.close(ours)
    assert shown.count(b"as of") == 1


def test_a_snapshot_for_an_encoding_without_chinese_has_question_marks(tmp_path: Path) -> None:
    with roles(tmp_path) as (settings, _):
        done = watch({**settings, "PYTHONIOENCODING": "ascii"}, "--once")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Xincheng ??  as of 20" in done.stdout
