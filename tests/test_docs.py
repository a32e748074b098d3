"""What the documentation names exists: files, tests, commands with their options, targets of make."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from functools import cache
from io import StringIO
from pathlib import Path

import pytest

from citywatch.cli import COMMANDS, call
from tests.source import PACKAGES, ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FOLDERS = "|".join((*PACKAGES, "bench", "deploy", "docs", "tests", r"\.ci"))
NOT_THERE_YET = {"schemas/families/thefts.py": "the example of its page"}
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


def code_of(page: Path) -> Iterator[str]:
    """What a page says as code: lines of its blocks, and what stands between backticks."""
    for block, inline in re.findall(r"^```.*?\n(.*?)^```|`([^`\n]+)`", page.read_text("utf-8"), re.M | re.S):
        yield from block.splitlines() if block else [inline]


@cache
def help_of(*command: str) -> str:
    with redirect_stdout(StringIO()) as said:
        assert call([*command, "--help"]) == 0, command
    return said.getvalue()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_that_a_page_names_exist(page: Path) -> None:
    said = [re.fullmatch(rf"((?:{FOLDERS})/[\w./-]+)(?:::\w+)?", code) for code in code_of(page)]
    named = {found[1] for found in said if found} - {*NOT_THERE_YET}
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_and_options_that_a_page_names_exist(page: Path) -> None:
    targets = {*re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M)}
    for code in code_of(page):
        if (made := re.match(r"make ([a-z-]+)", code)) is not None:
            assert made[1] in targets, code
        for name, rest in re.findall(r"(?:^|[\s/])citywatch ([a-z-]+)([^|&;#]*)", code):
            if name.startswith("--"):
                assert name in help_of(), code
                continue
            assert name in COMMANDS, code
            words = rest.split()
            is_of_group = "\nCommands:" in help_of(name) and words and not words[0].startswith("-")
            described = help_of(name, words[0]) if is_of_group else help_of(name)
            for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*", rest):
                assert re.search(rf"{option}\b", described), code
