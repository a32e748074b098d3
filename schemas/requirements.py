"""The rows of the reports that citywatch answers for, as data: docs/coverage.md says what answers each."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib import resources

import msgspec


class Requirement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row. zh: the words of the reports. reading: which of the figures that answer it is meant by them. refused:
    what of it is not counted on purpose, and why. out_of_scope: why nothing of it can be. open: what of it is not there
    yet, beside what answers it.
    """

    number: int
    zh: str
    en: str
    reading: str = ""
    refused: str = ""
    out_of_scope: str = ""
    open: str = ""


def parse(text: str) -> dict[int, Requirement]:
    """The rows by their number. Raises ValueError where two have one number."""
    found: dict[int, Requirement] = {}
    for row in msgspec.convert(tomllib.loads(text)["row"], list[Requirement]):
        if row.number in found:
            raise ValueError(f"requirement {row.number} stands twice")
        found[row.number] = row
    return found


REQUIREMENTS: Mapping[int, Requirement] = parse(
    resources.files("schemas").joinpath("requirements.toml").read_text("utf-8")
)
