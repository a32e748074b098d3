"""What a check found out, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

State = Literal["ok", "note", "wrong", "unreachable"]


class Finding(Struct, frozen=True):
    """`note` is worth knowing and no fault; `wrong` and `unreachable` come with what to do about it."""

    part: str
    state: State
    text: str
    remedy: str = ""


def exit_code(findings: Iterable[Finding]) -> int:
    """3 when a part could not be asked, else 1 when something is wrong, else 0."""
    states = {finding.state for finding in findings}
    if "unreachable" in states:
        return 3
    return 1 if "wrong" in states else 0
