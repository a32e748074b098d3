"""The family that the documentation shows is taken by the checks of the house as it stands there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.source import ROOT

MODULE = "schemas/families/thefts.py"


@pytest.fixture(scope="module")
def shown() -> str:
    found = re.search(r"```python\n(.*?)```", (ROOT / "docs" / "adding-a-family.md").read_text("utf-8"), re.S)
    assert found
    return found.group(1)


@pytest.mark.parametrize("check", [("check",), ("format", "--check")], ids=" ".join)
def test_it_is_written_as_the_source_is(shown: str, check: tuple[str, ...]) -> None:
    ruff = Path(sys.executable).with_name("ruff")
    said = subprocess.run(
        [ruff, *check, "--stdin-filename", ROOT / MODULE, "-"], input=shown, text=True, capture_output=True, check=False
    )
    assert said.returncode == 0, said.stdout + said.stderr
