"""Published figures as text and as JSON: the list, one of them as it was, and what has changed since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from citywatch.commandline.differences import difference_json, print_difference_text
from citywatch.commandline.printing import print_table
from figures.compare import TOO_FEW, few
from figures.periods import rfc3339
from figures.queries.answer import Question
from figures.queries.as_known import Moment
from figures.queries.differences import Changed, Difference
from figures.queries.published import Publication

UNEXPLAINED = "no event explains it: a list of codes, the measure's declaration or the log is another one now"


def publication_json(kept: Publication, *, rows: bool = True) -> dict[str, Any]:
    """With the answer as it was, or without its rows."""
    tz = kept.asked.tz
    answer = dict(kept.answer) if rows else {name: said for name, said in kept.answer.items() if name != "rows"}
    return {"name": kept.name, "revision": kept.revision, "published": rfc3339(kept.said, tz), "answer": answer}


def print_list(found: Sequence[Publication]) -> None:
    """One line each."""
    if not found:
        print("nothing is published; `citywatch publish NAME MEASURE` keeps a figure")
        return
    heads = ("name", "revision", "published", "as known at", "measure", "city", "from", "to")
    rows = [
        (
            each.name,
            str(each.revision),
            rfc3339(each.said, each.asked.tz),
            rfc3339(each.asked.at, each.asked.tz),
            each.asked.measure,
            each.asked.city,
            *_edges(each.answer),
        )
        for each in found
    ]
    print_table(None, heads, rows, (1,), whole=(0, 1))


def print_publication(kept: Publication) -> None:
    """Its rows as they were, whatever has become of measure and lists."""
    answer, tz = kept.answer, kept.asked.tz
    compare = kept.asked.compare
    first = answer["rows"][0] if answer["rows"] else None
    heads = ["from", "to", *(first["by"] if first else ()), answer["unit"], "status"]
    for name in compare:
        heads += [name, "change"]
    narrowed = "".join(f", {name}={code}" for name, code in answer.get("where", {}).items())
    title = f"{kept.name}, revision {kept.revision}: {answer['measure']} ({answer['unit']})"
    title += f", {answer['city']}, {tz}{narrowed}"
    if first is None:
        print(f"{title}\nno figures from {' to '.join(_edges(answer))}")
    else:
        numbers = [place for place, head in enumerate(heads) if head in (answer["unit"], *compare)]
        print_table(title, heads, [_cells(row, kept) for row in answer["rows"]], numbers, whole=(0, 1))
    print(f"published {rfc3339(kept.said, tz)}, as known at {rfc3339(kept.asked.at, tz)}")


def _edges(said: Mapping[str, Any]) -> tuple[str, str]:
    return said["from"], said["to"]


def _cells(row: Mapping[str, Any], kept: Publication) -> list[str]:
    cells = [*_edges(row), *row["by"].values(), _shown(row["value"]), row["status"]]
    for name in kept.asked.compare:
        cells += [_shown(row[name]["value"]), _change(row["value"], row[name])]
    return cells


def _change(value: Any, before: Mapping[str, Any]) -> str:
    """As `report` has it: below ten cases the difference, and of a part of the span with the counts of that."""
    alike = before.get("like_for_like")
    now, then = (value, before["value"]) if alike is None else (alike["value"], alike["before"])
    why = before.get("reason") or ""
    if before["percent"] is None and not why.startswith(TOO_FEW):
        return why
    # of an amount, which is a text, a few are no few cases; what was published before has a percentage of few
    words = f"{now - then:+d} (few)" if isinstance(then, int) and few(then) else f"{before['percent']} %"
    return words if alike is None else f"{words} of {now} to {then}"


def _shown(value: object) -> str:
    return "–" if value is None else str(value)


def since_json(
    kept: Publication, question: Question, later: Moment, rows: Sequence[Changed], lines: Sequence[Difference]
) -> dict[str, Any]:
    """As `report --diff` has it; `published` is what a row was, `value` what the same events are counted as today."""
    shown = difference_json(question, later, rows, lines)
    zero = question.measure.shown(0)
    was = {_identity(row): row for row in kept.answer["rows"]}
    for row in shown["rows"]:
        row["published"] = was.pop(_identity(row), {"value": zero})["value"]
    shown["rows"] += [
        {**{name: row[name] for name in ("from", "to", "by")}, "value": zero, "later": zero, "difference": 0,
         "published": row["value"]}
        for row in was.values()
    ]  # fmt: skip
    return {
        "name": kept.name,
        "revision": kept.revision,
        "published": rfc3339(kept.said, question.tz),
        **shown,
        "not_compared": list(kept.asked.compare),
        "unexplained": [row for row in shown["rows"] if (row["published"] or zero) != row["value"]],
    }


def print_since(
    kept: Publication, question: Question, later: Moment, rows: Sequence[Changed], lines: Sequence[Difference]
) -> None:
    """The rows that differ, the events behind that, and what no event explains."""
    print(f"{kept.name}, revision {kept.revision}, published {rfc3339(kept.said, question.tz)}")
    print_difference_text(question, later, rows, lines)
    if kept.asked.compare:
        print(
            f"not looked at: what has changed of {' and '.join(kept.asked.compare)}; ask `report --diff` for that span"
        )
    unexplained = since_json(kept, question, later, rows, lines)["unexplained"]
    if unexplained:
        print()
        heads = ("from", "to", *unexplained[0]["by"], "published", "counted today as known then")
        cells = [
            (*_edges(row), *row["by"].values(), _shown(row["published"]), _shown(row["value"])) for row in unexplained
        ]
        print_table(None, heads, cells, (len(heads) - 2, len(heads) - 1), whole=(0, 1))
        print(UNEXPLAINED)


def _identity(row: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """One that still ran when it was compared ends elsewhere."""
    return row["from"], tuple(row["by"].values())
