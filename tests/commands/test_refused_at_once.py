"""What a command cannot use is one line that names it, before anything is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from citywatch.cli import call
from runtime.http_server import listen
from runtime.pages import WITH_METRICS
from runtime.settings import load_settings
from tests.parts.server import HOST, free_port


@pytest.fixture
def no_directory(tmp_path: Path) -> Path:
    """A file, below which there is nothing."""
    (tmp_path / "file").write_text("")
    return tmp_path / "file"


def only_line(capfd: pytest.CaptureFixture[str]) -> str:
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", 1), err
    return err


@pytest.mark.parametrize("below", ["", "below"])
@pytest.mark.parametrize("command", ["up", "demo", "report", "drain"])
def test_a_data_directory_that_is_none_is_one_line_and_exit_2(
    no_directory: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], command: str, below: str
) -> None:
    monkeypatch.setenv("CITYWATCH_DATA", str(no_directory / below))
    assert call([command]) == 2
    said = only_line(capfd)
    assert said.startswith(f"citywatch: the data directory {no_directory / below} cannot be used (Not a directory)")
    assert "set CITYWATCH_DATA" in said


def test_an_embedded_store_that_cannot_be_made_is_one_line_and_exit_2(
    no_directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CITYWATCH_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("CITYWATCH_CLICKHOUSE", f"chdb://{no_directory / 'store'}")
    assert call(["up"]) == 2
    assert only_line(capfd).startswith(f"citywatch: no store can be made in {no_directory / 'store'} (Not a directory)")


@pytest.mark.parametrize("role", WITH_METRICS)
def test_a_metrics_port_in_use_is_one_line_and_exit_3(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], role: str
) -> None:
    monkeypatch.setenv("CITYWATCH_DATA", str(tmp_path))
    monkeypatch.setenv("CITYWATCH_METRICS", f"{HOST}:{free_port(neighbours=3)}")
    host, port = load_settings().metrics_address(role)
    with listen(host, port):
        assert call(["up"]) == 3
    said = only_line(capfd)
    assert said.startswith(
        f"citywatch: the metrics page of {role} cannot listen on {host}:{port} (Address already in use)"
    )
    assert "set CITYWATCH_METRICS" in said
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("up", "console"), 2, "role console: the web page is not there yet"),
        (("up", "cook"), 2, "there is no role 'cook'"),
        (("up", "heartbeats"), 2, "no city file declares a source"),
        (("watch", "--once"), 3, "analyse does not answer"),
        (("watch", "--lang", "fr"), 2, "--lang fr: there is en and zh"),
    ],
)
def test_what_a_command_has_not_or_does_not_reach_is_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    code: int,
    said: str,
) -> None:
    monkeypatch.setenv("CITYWATCH_DATA", str(tmp_path))
    monkeypatch.setenv("CITYWATCH_METRICS", f"{HOST}:{free_port(neighbours=3)}")
    assert call([*words]) == code
    assert said in only_line(capfd)


def test_a_file_that_this_user_may_not_use_is_one_line_and_exit_2(
    no_directory: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert call(["replay", str(no_directory / "calls.csv"), "--map", "montgomery-pa-911"]) == 2
    assert str(no_directory / "calls.csv") in only_line(capfd)


def test_the_version_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    assert call(["--version"]) == 0
    out, err = capfd.readouterr()
    assert out.split()[0] == "citywatch"
    assert out.split()[1][0].isdecimal()
    assert err == ""
