"""Where the file of refused rows stands: where settings say, and never beside the file that was read."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.errors import WrongUse
from runtime.settings import Settings
from sources.refusals import RowRefused
from sources.refused_file import RefusedFile
from sources.shipped import data_path


def write(settings: Settings, source: Path) -> Path:
    with RefusedFile(settings, source) as refused:
        refused.add(3, RowRefused("at", "is empty"))
    return refused.path


def test_it_stands_in_the_data_directory_whatever_may_be_written_beside_the_input(tmp_path: Path) -> None:
    path = write(Settings(data=tmp_path / "data"), tmp_path / "calls.csv")
    assert path == tmp_path / "data" / "calls.csv.refused.csv"
    assert path.read_text().splitlines() == ["line,column,reason", "3,at,is empty"]


def test_a_setting_of_its_own_names_another_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYWATCH_REFUSED", str(tmp_path / "out" / "refused"))
    assert write(Settings(data=tmp_path / "data"), tmp_path / "calls.csv").parent == tmp_path / "out" / "refused"
    assert not (tmp_path / "data").exists()


def test_that_of_a_shipped_file_has_the_name_of_its_data_set(tmp_path: Path) -> None:
    path = write(Settings(data=tmp_path), data_path("montgomery-pa-911"))
    assert path == tmp_path / "montgomery-pa-911.refused.csv"


def test_a_place_that_cannot_be_written_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = Settings(data=tmp_path / "file" / "data")
    with pytest.raises(WrongUse, match="set CITYWATCH_REFUSED to a directory"), RefusedFile(settings, tmp_path / "x"):
        raise AssertionError
