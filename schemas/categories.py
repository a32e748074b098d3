"""The category tree (`categories.toml`): what codes of any city are counted under."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

UNKNOWN = "unknown"
"""Where codes that no table knows are counted, beside their siblings, so that totals stay right."""

LEVELS = ("class", "type", "kind", "member")


@dataclass(frozen=True, slots=True)
class Node:
    """One node. `path` leads from its class down to itself; `level` is 1 for a class."""

    code: str
    parent: str | None
    path: tuple[str, ...]
    zh: str
    en: str

    @property
    def level(self) -> int:
        return len(self.path)

    def ancestor(self, level: int) -> str:
        """The node of the path at a level, or the node itself where the path is shorter."""
        return self.path[min(level, len(self.path)) - 1]


def parse(text: str) -> tuple[str, dict[str, Node]]:
    """Version and nodes of a tree in TOML. Raises ValueError for an unknown parent, a cycle, or a fifth level."""
    raw = tomllib.loads(text)
    version = str(raw.pop("version"))

    def path(code: str, below: tuple[str, ...] = ()) -> tuple[str, ...]:
        if code not in raw:
            raise ValueError(f"category {below[0]!r}: parent {code!r} is not in the tree")
        if code in below or len(below) == len(LEVELS):
            raise ValueError(f"category {(below or (code,))[0]!r}: more than {len(LEVELS)} levels, or a cycle")
        parent = raw[code].get("parent")
        return (*path(parent, (*below, code)), code) if parent else (code,)

    nodes = {code: Node(code, raw[code].get("parent"), path(code), raw[code]["zh"], raw[code]["en"]) for code in raw}
    return version, nodes


@cache
def _shipped() -> tuple[str, dict[str, Node]]:
    version, nodes = parse(resources.files("schemas").joinpath("categories.toml").read_text("utf-8"))
    nodes[UNKNOWN] = Node(UNKNOWN, None, (UNKNOWN,), "未知", "Unknown")
    return version, nodes


VERSION, TREE = _shipped()
CLASSES = tuple(code for code, node in TREE.items() if node.level == 1)


def under(code: str, ancestor: str) -> bool:
    """Whether a node is the ancestor or stands below it."""
    return ancestor in TREE[code].path
