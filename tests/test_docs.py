"""What the documentation names exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
PROMISES = (ROOT / "docs" / "promises.md").read_text("utf-8")


@pytest.mark.parametrize("place", re.findall(r"`(tests/[\w/]+\.py::\w+)`", PROMISES))
def test_a_test_that_holds_a_promise_exists(place: str) -> None:
    file, _, name = place.partition("::")
    assert re.search(rf"^(async )?def {name}\(", (ROOT / file).read_text("utf-8"), re.M)


@pytest.mark.parametrize("line", re.findall(r"^- `tests/.*::.*", PROMISES, re.M), ids=lambda line: line[3:80])
def test_a_promise_says_whether_only_make_prove_shows_it(line: str) -> None:
    file, name = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", line)[0]
    marks = re.search(rf"((?:^@.*\n)*)^(?:async )?def {name}\(", (ROOT / file).read_text("utf-8"), re.M)
    assert marks
    assert ("(`make prove`)" in line) == ("@pytest.mark.full\n" in marks[1])


@pytest.mark.parametrize("number", range(1, 12))
def test_every_promise_has_its_heading_and_a_test(number: int) -> None:
    section = re.search(rf"^## P{number} .*?(?=^## |\Z)", PROMISES, re.M | re.S)
    assert section
    assert "`tests/" in section.group()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target
