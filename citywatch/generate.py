"""Writes what follows from declarations: JSON Schemas, and the pages on measures, settings and topics.

`python -m citywatch.generate` writes them, `--check` only says which are out of date (exit 1).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
from pydantic.fields import FieldInfo

from runtime.settings import PREFIX, Settings, kafka_variable
from schemas import control
from schemas.accept import EVENTS
from schemas.categories import LEVELS, TREE
from schemas.effects import Adds, Cancels, Effect
from schemas.envelope import EXTENSION_SHAPE, Event
from schemas.families import TYPES
from schemas.measures import MEASURES, Measure
from schemas.numbers import COUNT, Declared, Interval, Phase
from schemas.phases import EDGES
from schemas.records import Cell, Correction, DeadLetter, Progress, Seam, SourceGap
from schemas.topics import CORRECTIONS, DEAD_LETTERS, INPUTS, PANES, TOPICS

ROOT = Path(__file__).resolve().parents[1]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
NOTICE = "<!-- Made by `make docs` from {}; edit that instead. -->\n"

RECORDS: dict[str, type[msgspec.Struct]] = {
    "cell": Cell,
    "progress": Progress,
    "seam": Seam,
    "source_gap": SourceGap,
    "correction": Correction,
    "dead_letter": DeadLetter,
}
EXAMPLES: tuple[Event, ...] = (*(declared.example for declared in TYPES.values()), *control.EXAMPLES)
WRITTEN = {
    PANES: ("cell", "progress", "seam", "source_gap"),
    CORRECTIONS: ("correction",),
    DEAD_LETTERS: ("dead_letter",),
}

CONTENT_TYPE = {
    "type": "string",
    "description": "application/json in any writing, with parameters; a charset is utf-8",
    "default": "application/json",
}
EXTENSION = {
    "type": ["string", "number", "boolean", "null"],
    "description": "An extension attribute of CloudEvents, or dataschema: no figure depends on it",
}


def term(measure: Measure) -> str:
    """What its value is, in words."""
    if measure.phase is not None:
        return f"seconds from `{measure.phase.since}` to the event"
    if measure.in_minutes:
        return "minutes of the intervals"
    return "how many the events report" if measure.summed is None else f"the sum of `{measure.summed}`"


def event_types() -> dict[str, type[Event]]:
    """Every input event by its `type`."""
    return EVENTS


def generated() -> dict[Path, str]:
    """Each generated file, by its path from the root."""
    schemas: Mapping[str, type[msgspec.Struct]] = {**event_types(), **RECORDS}
    pages = {Path(f"schemas/jsonschema/{name}.json"): json_schema(name, kind) for name, kind in schemas.items()}
    pages[Path("docs/measures.md")] = measures_page()
    pages[Path("docs/settings.md")] = settings_page()
    pages[Path("docs/topics.md")] = topics_page()
    return pages


# --- JSON Schema


def json_schema(name: str, kind: type[msgspec.Struct]) -> str:
    """The schema of one event or record as a document of its own."""
    (root,), parts = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    body = parts.pop(root["$ref"].rpartition("/")[2])
    body["description"] = first_paragraph(kind)
    document = {"$schema": DIALECT, "$id": f"urn:citywatch:{name}", **body}
    if parts:
        document["$defs"] = parts
    for part in (document, *parts.values()):
        if part.get("type") == "object" and "properties" in part:
            part["additionalProperties"] = False
    if issubclass(kind, Event):
        document["properties"]["datacontenttype"] = CONTENT_TYPE
        document["patternProperties"] = {EXTENSION_SHAPE: EXTENSION}
        document["examples"] = [example(event) for event in EXAMPLES if type(event) is kind]
    document["title"] = name
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def example(event: Event) -> dict[str, Any]:
    """An event as its sender writes it."""
    body: dict[str, Any] = msgspec.to_builtins(event)
    if not event.subject:
        del body["subject"]  # none: an empty one is not CloudEvents
    return body


def first_paragraph(kind: type) -> str:
    """Of a class's docstring, or of the nearest base that has one."""
    text = next(base.__doc__ for base in kind.__mro__ if base.__doc__)
    return " ".join(text.split("\n\n")[0].split())


# --- pages


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    lines = [list(head), *([str(cell).replace("|", "\\|") for cell in row] for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def measures_page() -> str:
    rows = [
        (f"`{m.name}`", m.zh, m.en, m.unit, counts(m), f"`citywatch_{m.name}`{labels(m)}") for m in MEASURES.values()
    ]
    phases = ", ".join(f"`{measure.name}`" for measure in MEASURES.values() if measure.is_phase)
    return "\n".join(
        (
            "# Measures",
            NOTICE.format("`schemas/measures.py`"),
            _MEASURES_INTRODUCTION,
            table(("Measure", "名称", "Name", "Unit", "Counts", "Live gauge"), rows),
            _MEASURES_MEANING.format(phases=phases, edges=", ".join(map(str, EDGES))),
            "## The category tree\n",
            f"{len(LEVELS)} levels: {', '.join(LEVELS)}. Cities map their own codes onto it.\n",
            tree(),
        )
    )


def counts(measure: Measure) -> str:
    """What the measure counts, in words."""
    words = [f"{term(measure)}, of `{measure.type}`"]
    if measure.category:
        node = TREE[measure.category]
        words.append(f"under `{node.code}` ({node.zh} {node.en})")
    words += [f"of `{dim}` `{code}` only" for dim, code in measure.where.items()]
    if measure.hours:
        first, end = measure.hours
        words.append(f"from {first:02d}:00 to {end:02d}:00")
    return ", ".join(words)


def labels(measure: Measure) -> str:
    return f" by {', '.join(f'`{label}`' for label in measure.labels)}" if measure.labels else ""


def tree() -> str:
    place = {code: number for number, code in enumerate(TREE)}
    nodes = sorted(TREE.values(), key=lambda node: [place[code] for code in node.path])
    return "".join(f"{'  ' * (node.level - 1)}- `{node.code}` {node.zh} · {node.en}\n" for node in nodes)


def settings_page() -> str:
    rows = [
        (f"`{variable(name)}`", default(field), limits(field), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(
        (
            "# Settings",
            NOTICE.format("`runtime/settings.py`"),
            "Environment variables, or lines of a `.env` file in the working directory; variables win over it.",
            "A wrong value ends the command with one line and exit code 2; so does an unknown",
            "`CITYWATCH_KAFKA_<NAME>`.\n",
            table(("Variable", "Default", "Limits", "Meaning"), rows),
        )
    )


def variable(name: str) -> str:
    return kafka_variable("<NAME>") if name == "kafka_security" else PREFIX + name.upper()


def default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True, validated_data={})
    return "" if value in (None, {}) else f"`{value}`"


def limits(field: FieldInfo) -> str:
    signs = {"ge": "at least", "gt": "more than", "le": "at most"}
    found = [
        f"{word} {getattr(bound, sign):g}" if getattr(bound, sign) < 10_000 else f"{word} {getattr(bound, sign)}"
        for bound in field.metadata
        for sign, word in signs.items()
        if hasattr(bound, sign)
    ]
    return ", ".join(found)


def topics_page() -> str:
    parts = ["# Topics", NOTICE.format("`schemas/topics.py`, `schemas/*.py`"), _TOPICS_INTRODUCTION]
    for topic in TOPICS.values():
        parts += [f"## `{topic.name}`\n", f"{topic.meaning}.\n"]
        kept = topic.config["retention.ms"]
        days = "for ever" if kept == "-1" else f"{int(kept) // 86_400_000} days"
        parts += [f"Kept {days}, by `{topic.config['message.timestamp.type']}`. {_KEYS[topic.name in INPUTS]}\n"]
        parts += [table(("Record", "What it says", "Schema"), _contents(topic.name))]
        if topic.name in INPUTS:
            parts += [table(("Type", "Dimensions", "Numbers", "Effect"), _declared(topic.name))]
    return "\n".join(parts)


def _contents(topic: str) -> Iterable[tuple[str, str, str]]:
    if topic in INPUTS:
        counted = {declared.tag for declared in TYPES.values() if declared.topic == topic}
        found: Mapping[str, type] = {
            name: kind for name, kind in event_types().items() if name in counted or name.startswith("citywatch.")
        }
    else:
        found = {name: RECORDS[name] for name in WRITTEN[topic]}
    for name, kind in found.items():
        yield f"`{name}`", first_paragraph(kind), f"[{name}.json](../schemas/jsonschema/{name}.json)"


def _declared(topic: str) -> Iterable[tuple[str, str, str, str]]:
    for declared in TYPES.values():
        if declared.topic == topic:
            dims = ", ".join(f"`{dim}`" for dim in declared.dims)
            numbers = ", ".join(map(number_words, (COUNT, *declared.numbers)))
            yield f"`{declared.name}`", dims, numbers, effect_words(declared.effect)


def number_words(number: Declared) -> str:
    """What a number of a cell is, in words."""
    if isinstance(number, Phase):
        edges = ", ".join(map(str, number.edges))
        return f"`{number.seconds}` since `{number.since}`, `{number.name}_le_` {edges}"
    if isinstance(number, Interval):
        return f"`{number.name}` since `{number.since}`"
    return f"`{number.name}`" + (f" ({number.unit}, {number.scale} decimal places)" if number.scale else "")


def effect_words(effect: Effect) -> str:
    """What an event does to figures, in words."""
    if isinstance(effect, Adds):
        return "adds"
    if isinstance(effect, Cancels):
        return f"cancels `{effect.of}`"
    return f"moves `{effect.of}`: " + ", ".join(f"`{dim}` to `{name}`" for dim, name in effect.now.items())


_KEYS = {
    True: "Keyed by beat (without one: by source); control records stand in every partition.",
    False: "The partition is that of the input record. Delivered at least once: take the greatest version.",
}

_TOPICS_INTRODUCTION = """\
Values are JSON, one object a record. Inputs are [CloudEvents 1.0](https://cloudevents.io) in structured
mode; a type carries its major version, unknown fields are refused, and a change that breaks readers is a
new type. The schemas are JSON Schema 2020-12. Partition counts and replication come from the
[settings](settings.md).

Extension attributes (`traceparent`, `partitionkey`: any name of small letters and digits, at most 64 of them, with
a text, a number, true, false or null) and `dataschema` are taken, looked at for persons, and kept nowhere; so are
content types with parameters, and times in any writing of RFC 3339. The other modes of CloudEvents are not read:
a record of binary mode (attributes in headers) or a batch is one dead letter that says what to send.

A vendor tests its feed with `citywatch send FILE --check` (`-` is stdin): CloudEvents as JSON Lines are judged as they
would be here, without a broker, and each line that would be refused is named with field and reason. Without `--check`
the good ones go to their topics, keyed as below. What depends on the log, as late, repeated or ahead of the source's
clock, only `aggregate` tells.

An `id` or `subject` that has a whole token (a run of letters and digits) in the form of a mobile or identity
number is refused, as is one that is such a number in groups (`138-0013-8000`). Digits inside a longer token are
not: put a letter right before a number that only looks like a person's (`n16000356905`). Sources, codes, every
other text of a payload and extension attributes are looked at more strictly, digits anywhere in them. A time has no
such number for the fraction of its second.

`(source, id)` names an event: it counts once, whatever else is sent under it. Outputs are named by `log`
(the broker's id of the input topic, so a topic made anew is another log), `partition` and, per record,
`offset`; a repeat is identical. Of cells the greatest `version` rules, and of two values of one version the
one with more `records`. Whoever sees a `progress` record with `read` = n in a partition of the panes topic
has seen every cell of the records below n.

A source writes its **heartbeats** into every partition of its topics, at least once in each `max_step` of its
clock (15 minutes, if its city file says no other), or says `since` when it has vouched without a break. What
its clock goes over in a longer step is not known: [decision 16](decisions/16-what-is-known.md).

Batches may stand in gzip, snappy, lz4 or zstd: as they were sent, or as `compression.type` of the topic or its broker
says. citywatch sends lz4 and reads all of them; a consumer with kafka-python needs the packages `lz4`, `python-snappy`
and `zstandard` for that.
"""

_MEASURES_INTRODUCTION = """\
A measure is declared once, and is then a question to `citywatch report`, a live gauge and a line here. It
is asked of cells (5 minutes, one source, codes as they came), so it can be asked of the past too.
"""

_MEASURES_MEANING = """\
**Dimensions** of every measure: `beat`, `sector`, and time: `hour`, `day`, `duty_day`, `night`, `week`, `month`,
`quarter`, `year`, in the city's time zone; `class` (level 1 of the category tree) and `category` (its node), where
cities map the type's codes onto the tree; and what else its type declares, as `origin` or `mode`
([topics.md](topics.md)). Codes that the city's lists do not know are under `unknown`, so totals stay right; those of
the type's own dimensions are as they came.

**`duty_day`** runs from 08:00 to 08:00, **`night`** from 18:00 to 06:00; both bear the date on which they
began, so 02:00 on 23 July is in the night of the 22nd. What happens from 06:00 to 18:00 is in no night:
nights do not add up to the whole. `--from` and `--to` name whole duty days or nights, the unit before is the
duty day or night before, and the year before has the same date.

**Live gauges** carry `city`, `period` (`hour`, `day`, `week`, `month`) and `span` (`current`, `previous`,
`year`: the same elapsed part of the period before, and of the year before), beside the labels above.

A sample is absent where nothing of its span is known and nothing came. `citywatch_coverage` (`city`,
`measure`, `period`, `span`) is the share of the span that is known: compare only where it is 1 on both sides.
`citywatch_measure_as_of_seconds` says up to when the figures of a measure go, `citywatch_recent_known`
whether the spike rule may speak.

**Response phases** ({phases}) also have `citywatch_<measure>_seconds_sum` and
`citywatch_<measure>_within{{le=..}}`, the number that took at most 60, 180 or 300 seconds; the gauge itself
is the number of events. Cells hold one cumulative histogram for each phase, with its edges at {edges} seconds.

A sum of money is an integer in the cells (fen at 2 decimal places); `report` and gauges show it exactly, in whole
units.

A new measure is one declaration: [how](adding-a-measure.md). So is a family of events: [how](adding-a-family.md).
"""


def main(arguments: list[str] | None = None) -> int:
    """Write the files, or with `--check` name those that are not current. Exit code 0 or 1."""
    parser = argparse.ArgumentParser(
        prog="citywatch.generate", description=__doc__.splitlines()[0] if __doc__ else None
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a file is out of date")
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    stale = [
        path
        for path, text in generated().items()
        if not (given.root / path).exists() or (given.root / path).read_text("utf-8") != text
    ]
    extra = {
        path.relative_to(given.root) for path in (given.root / "schemas/jsonschema").glob("*.json")
    } - generated().keys()
    if given.check:
        if stale or extra:
            names = ", ".join(map(str, (*stale, *sorted(extra))))
            print(f"out of date: {names}; run `make docs` and commit the result", file=sys.stderr)
        return int(bool(stale or extra))
    for path in stale:
        (given.root / path).parent.mkdir(parents=True, exist_ok=True)
        (given.root / path).write_text(generated()[path], "utf-8")
        print(path)
    for path in sorted(extra):
        (given.root / path).unlink()
        print(f"{path} (removed)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
