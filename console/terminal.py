"""The screen in a terminal: drawn anew several times a second, with keys; and the same as text without
one."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from rich.console import Console
from rich.live import Live
from rich.text import Text

from console.keyboard import Keyboard
from console.screen import Choice, screen, text
from console.view import View
from console.words import Language

DRAW_SECONDS = 0.5
LOOK_SECONDS = 0.2
"""Between two looks whether it is over."""

TEXT_WIDTH = 140

Look = Callable[[], View]
"""Gives the view of this moment; must return at once."""


def is_terminal() -> bool:
    """True where a screen can be drawn and keys can be read."""
    return sys.stdout.isatty() and sys.stdin.isatty()


def show(look: Look, language: Language, stop: threading.Event, ended: Callable[[], bool] = lambda: False) -> None:
    """Draws the screen until `q`, until `stop` is set, `ended` says so or the terminal goes away. Blocks; leaves the
    terminal as it was."""
    console = Console(file=sys.stdout)
    choice = Choice(language=language)

    def frame() -> Text:
        return Text("\n", no_wrap=True, end="").join(screen(look(), console.width, console.height, choice))

    with Keyboard() as keyboard, Live(console=console, screen=True, auto_refresh=False) as live:
        while not stop.is_set() and not ended():
            live.update(frame(), refresh=True)
            key = keyboard.key(DRAW_SECONDS)
            if key is None or key == "q":
                return
            choice = press(key, choice)


def press(key: str, choice: Choice) -> Choice:
    """What a key changes. Unknown keys change nothing."""
    if key == "?":
        return replace(choice, page=choice.page + 1)
    if key.isdecimal() and key != "0":
        return replace(_figures(choice), city=int(key) - 1)
    if key == "\t":
        return replace(_figures(choice), city=choice.city + 1)
    if key == "p":
        return replace(_figures(choice), sheet=choice.sheet + 1)
    if key == "k":
        return replace(_figures(choice), clocks=not choice.clocks)
    if key == "m":
        return replace(_figures(choice), counters=not choice.counters)
    if key == " ":
        return replace(choice, part=choice.part + 1)
    if key == "c":
        return replace(choice, against="year" if choice.against == "previous" else "previous", page=0)
    if key == "l":
        return replace(choice, language="zh" if choice.language == "en" else "en")
    return choice


def _figures(choice: Choice) -> Choice:
    """The same with no other page open."""
    return replace(choice, page=0, sheet=0, clocks=False, counters=False, part=0)


def snapshot(view: View, language: Language) -> str:
    """The view as text without colours."""
    return text(view, TEXT_WIDTH, language)


def tell(
    look: Look,
    language: Language,
    every: float,
    stop: threading.Event,
    ended: Callable[[], bool] = lambda: False,
) -> None:
    """Prints a snapshot every `every` seconds, as text without colours, until `stop` is set or `ended` says
    so."""
    while not stop.is_set():
        print(snapshot(look(), language), end="\n\n", flush=True)
        due = time.monotonic() + every
        while time.monotonic() < due and not stop.wait(min(LOOK_SECONDS, every)):
            if ended():
                return
