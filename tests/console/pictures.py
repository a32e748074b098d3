"""What the screen shows of one evening, at three sizes in two languages, as text that people can look at.

`python -m tests.console.pictures` writes the pictures anew: look at what has changed before they are kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from console.screen import Choice, screen
from console.view import Unlisted, View
from console.words import Language
from tests.console.sample import ALARMS, CLOCKS, STOCKS, evening

FOLDER = Path(__file__).with_name("pictures")
SIZES = ((80, 24), (120, 40), (180, 50))
LANGUAGES: tuple[Language, ...] = ("en", "zh")


def busy_evening() -> View:
    """The evening with alarms, what is due, what stands open, a silent feed, and codes that no list has."""
    view = evening()
    unlisted = (Unlisted("codes", "batery", 12), Unlisted("codes", "9902", 3), Unlisted("beats", "B99", 4))
    city = replace(view.cities[0], alarms=ALARMS, clocks=CLOCKS, stocks=STOCKS, unlisted=unlisted)
    return replace(view, cities=(city, *view.cities[1:]))


def pictures() -> Iterator[tuple[str, str]]:
    """The names of the files and what has to stand in them."""
    for language in LANGUAGES:
        for width, height in SIZES:
            of_page = {"": Choice(), "campaign.": Choice(sheet=1), "clocks.": Choice(clocks=True)} | (
                {"counters.": Choice(counters=True)} if width == 80 else {}
            )
            for page, choice in of_page.items():
                drawn = _drawn(width, height, replace(choice, language=language))
                yield f"{page}{width}x{height}.{language}.txt", drawn
        yield f"meanings.{language}.txt", _drawn(80, 120, Choice(language=language, page=1))


def _drawn(width: int, height: int, choice: Choice) -> str:
    lines = [line.plain.rstrip() for line in screen(busy_evening(), width, height, choice)]
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    for name, text in pictures():
        (FOLDER / name).write_text(text, "utf-8")
