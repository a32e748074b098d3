"""The screen as text, at three sizes and in two languages; and no word on it that `?` does not explain."""

from __future__ import annotations

import re

import pytest
from rich.cells import cell_len, set_cell_size

from citywatch.audit.balance import Audit, Balance
from citywatch.demonstration.account import account_lines
from console.meanings import MEANINGS, pages, term
from console.screen import Choice, screen
from console.terminal import press
from console.words import _WORDS, Language
from schemas.families import FAMILIES
from tests.console.pictures import FOLDER, LANGUAGES, busy_evening, pictures
from tests.source import ROOT


@pytest.mark.parametrize(("name", "text"), list(pictures()), ids=lambda value: value if "." in value[-4:] else "")
def test_the_screen_is_as_in_its_picture(name: str, text: str) -> None:
    assert text == (FOLDER / name).read_text("utf-8"), "see tests/console/pictures.py"


def test_the_picture_in_the_docs_is_the_screen() -> None:
    page = (ROOT / "docs" / "screen.md").read_text("utf-8")
    for name in ("clocks.80x24.en.txt", "clocks.80x24.zh.txt"):
        assert (FOLDER / name).read_text("utf-8") in page, name


SENTENCES = {
    *(
        "clocks watched",
        "legend clocks",
        "no clocks",
        "clocks wait",
        "all in time",
        "no sink",
        "start",
        "stocks in all",
        "part of",
        "more counters",
    ),
    *("behind", "from past", "old", "no answer", "no clock", "waiting", "spike", "more", "alarm z", "of n", "none yet"),
    *("missing since", "only up to", "up to", "none came", "part known", "and", "of kind", "since", "codes", "beats"),
    *("day of", "more rows", "legend sheet"),
    *("legend previous", "legend year", "legend both", "keys", "help keys", "help", *FAMILIES),
    *("unit s", "unit min", "unit h", "unit d", "unit y", "days", "hours", "minutes", "previous hour", "previous day"),
    *(
        "previous month",
        "year hour",
        "year day",
        "year month",
        "year all",
        "up to day",
        "until",
        "starting",
        "draining",
    ),
}
"""Words that say themselves what they mean: sentences and what stands in them, units, kinds, keys."""


def test_every_word_on_the_screen_is_explained() -> None:
    explained = {key for keys, _, _ in MEANINGS for key in keys}
    assert explained | SENTENCES >= set(_WORDS)
    assert explained <= set(_WORDS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [(80, 24), (120, 40), (180, 50)])
def test_the_pages_of_meanings_hold_all_of_them_and_lead_back_to_the_figures(
    size: tuple[int, int], language: Language
) -> None:
    figures = [line.plain for line in screen(busy_evening(), *size, Choice(language=language))]
    choice, seen = press("?", Choice(language=language)), ""
    while (lines := [line.plain for line in screen(busy_evening(), *size, choice)]) != figures:
        assert len(lines) == size[1]
        seen += "\n".join(lines)
        choice = press("?", choice)
        assert choice.page < 9, "it never comes back"
    words = " ".join(re.sub(r"\s+", " ", line[:22].strip()) for line in seen.splitlines())
    for keys, _, _ in MEANINGS:
        for key in keys:
            assert term(key, language) in words


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_meaning_is_cut(language: Language) -> None:
    lines = [line.plain for page in pages(80, 200, language) for line in page]
    whole = "".join(line[len(set_cell_size(line, 23)) :].replace(" ", "") for line in lines)
    for _, english, chinese in MEANINGS:
        assert (chinese if language == "zh" else english).replace(" ", "") in whole


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_account_at_the_end_fits_80_columns_and_its_columns_stand_below_their_heads(language: Language) -> None:
    partitions = [
        Balance("log", f"citywatch.{topic}", number, 9, 131_565, 131_380, 138, 47, 0, pending=12_345 * number)
        for topic in ("incidents", "patrols")
        for number in range(4)
    ]
    partitions[3].produced += 1
    lines = account_lines(Audit(partitions, conflicts=3), language)
    assert max(map(cell_len, lines)) <= 80
    heads, first, *_ = lines
    assert "131,565 =" in first
    signs = ((first, "="), (lines[2], "="), (lines[9], "≠"))
    assert len({cell_len(line.partition(sign)[0]) for line, sign in signs}) == 1
    assert "131,566 ≠" in lines[4]
    assert ("NOT BALANCED" if language == "en" else "账目不符") in lines
    assert heads.endswith("pending" if language == "en" else "待定")


def test_an_account_without_pending_records_has_no_column_for_them() -> None:
    lines = account_lines(Audit([Balance("log", "citywatch.incidents", 0, 9, 100, 97, 1, 2, 0)]))
    assert lines == [
        "records in   produced = counted + late + duplicates + dead letters",
        "incidents 0       100 =      97 +    1 +          2 +            0",
        "all               100 =      97 +    1 +          2 +            0",
        "balanced: nothing is lost, nothing counts twice",
    ]
