"""The audit at the end of the demo, as sums that can be checked by eye."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from citywatch.audit.balance import Audit, Balance
from console.lines import fit
from console.words import Language

_HEADS: dict[Language, tuple[str, ...]] = {
    "en": ("records in", "produced", "counted", "late", "duplicates", "dead letters", "pending"),
    "zh": ("记录", "产生", "已计", "迟到", "重复", "拒收", "待定"),
}
_TERMS = ("produced", "counted", "late", "duplicates", "dead_lettered", "pending")
_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "all": "all",
        "balanced": "balanced: nothing is lost, nothing counts twice",
        "not balanced": "NOT BALANCED",
        "conflicts": "{:,} ids came again with other content and count once",
    },
    "zh": {
        "all": "合计",
        "balanced": "账目相符:无丢失,无重复计数",
        "not balanced": "账目不符",
        "conflicts": "{:,} 个编号重复到达且内容不同,只计一次",
    },
}


def account_lines(found: Audit, language: Language = "en") -> list[str]:
    """A line for each partition and one for all, under their heads, and the verdict: within 80 columns."""
    words = _WORDS[language]
    heads = _HEADS[language]
    rows = [_row(f"{one.topic.removeprefix('citywatch.')} {one.partition}", one) for one in found.partitions]
    rows.append((words["all"], *(f"{found.total(term):,}" for term in _TERMS)))
    columns = len(heads) if found.total("pending") else len(heads) - 1
    widths = [max(cell_len(row[at]) for row in (heads, *rows)) for at in range(columns)]
    are_equal = [True, *(one.balanced for one in found.partitions), found.balanced]
    lines = [_line(row, widths, "=" if equal else "≠") for row, equal in zip((heads, *rows), are_equal, strict=True)]
    lines.append(words["balanced" if found.balanced else "not balanced"])
    if found.conflicts:
        lines.append(words["conflicts"].format(found.conflicts))
    return lines


def _row(name: str, balance: Balance) -> tuple[str, ...]:
    return (name, *(f"{getattr(balance, term):,}" for term in _TERMS))


def _line(row: Sequence[str], widths: Sequence[int], equal: str) -> str:
    signs = ("", "  ", f" {equal} ", " + ", " + ", " + ", "  ")
    return "".join(
        sign + fit(row[at], width, "right" if at else "left")
        for at, (sign, width) in enumerate(zip(signs, widths, strict=False))
    )
