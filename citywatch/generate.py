"""Writes what follows from declarations: JSON Schemas, AsyncAPI, the alerts of clocks, and pages on what is declared.

`python -m citywatch.generate` writes them, `--check` only says which are out of date (exit 1).
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from pydantic.fields import FieldInfo

from citywatch import clock_pages, coverage
from citywatch.stocks_page import stocks_page
from figures.durations import DAY
from runtime.metrics import DECLARED
from runtime.settings import PREFIX, Settings, kafka_variable
from schemas.categories import LEVELS, TREE
from schemas.clocks import WATCHED
from schemas.contract.asyncapi import asyncapi
from schemas.contract.channels import channels, messages
from schemas.contract.json_schema import first_paragraph, json_schema, text
from schemas.control import MAX_KNOWN, MAX_SOURCES
from schemas.effects import Adds, Cancels, Effect
from schemas.families import TYPES
from schemas.measures import MEASURES, Measure
from schemas.numbers import COUNT, Declared, Interval, Phase
from schemas.phases import EDGES, WITHIN
from schemas.topics import ADJUSTMENTS, ALARMS, CODES, CORRECTIONS, DEAD_LETTERS, PANES, Topic
from streams.live import gauges
from streams.live.asked import MOST_ALARMS
from streams.live.pages import FOLLOWERS, HEARTBEAT_SECONDS, LOOK_SECONDS, READ_SECONDS
from streams.live.state import KEPT
from streams.live.subjects import KEPT as SUBJECTS_KEPT
from streams.live.told import MOST_SPANS, MOST_SUBJECTS

ROOT = Path(__file__).resolve().parents[1]
CLOCK_RULES = Path("deploy/prometheus/rules/clocks.yml")
RUNBOOKS = Path("docs/runbooks/README.md")
NOTICE = "<!-- Made by `make docs` from {}; edit that instead. -->\n"


def term(measure: Measure) -> str:
    """What its value is, in words."""
    if measure.phase is not None:
        return f"seconds from `{measure.phase.since}` to the event"
    if measure.in_minutes:
        return "minutes of the intervals"
    return "how many the events report" if measure.summed is None else f"the sum of `{measure.summed}`"


@cache
def generated() -> Mapping[Path, str]:
    """Each generated file, by its path from the root."""
    pages = {
        Path(f"schemas/jsonschema/{name}.json"): text(json_schema(message)) for name, message in messages().items()
    }
    pages[Path("schemas/asyncapi.json")] = text(asyncapi())
    pages[Path("docs/coverage.md")] = coverage.page(
        NOTICE.format("`schemas/requirements.toml` and what names its rows")
    )
    pages[Path("docs/measures.md")] = measures_page()
    pages[Path("docs/stocks.md")] = stocks_page(table, NOTICE.format("`schemas/stocks.py` and `schemas/families`"))
    pages[Path("docs/metrics.md")] = metrics_page()
    pages[Path("docs/settings.md")] = settings_page()
    pages[Path("docs/topics.md")] = topics_page()
    pages[CLOCK_RULES] = clock_pages.rules(WATCHED.values())
    pages[Path("deploy/prometheus/tests/clocks.yml")] = clock_pages.tests(WATCHED.values())
    pages |= {Path(f"docs/runbooks/{clock.alert}.md"): clock_pages.runbook(clock) for clock in WATCHED.values()}
    pages[RUNBOOKS] = order_of_work()
    return pages


def order_of_work() -> str:
    """The page of the runbooks, with the alerts of the clocks that are declared now."""
    page = (ROOT / RUNBOOKS).read_text("utf-8")
    return re.sub(r"(?<=^\| 11 \| ).*?(?= \|)", clock_pages.order(WATCHED.values()), page, flags=re.M)


# --- pages


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    lines = [list(head), *([str(cell).replace("|", "\\|") for cell in row] for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def measures_page() -> str:
    rows = [
        (f"`{m.name}`", m.zh, m.en, m.unit, counts(m), f"`citywatch_{m.gauge}`{labels(m)}") for m in MEASURES.values()
    ]
    phases = ", ".join(f"`{measure.name}`" for measure in MEASURES.values() if measure.is_phase)
    return "\n".join(
        (
            "# Measures",
            NOTICE.format("`schemas/measures.py` and `schemas/families`"),
            _MEASURES_INTRODUCTION,
            table(("Measure", "名称", "Name", "Unit", "Counts", "Live gauge"), rows),
            _MEASURES_MEANING.format(
                phases=phases, edges=_seconds(EDGES), shown=_seconds(WITHIN), others=other_edges()
            ),
            "## The category tree\n",
            f"{len(LEVELS)} levels: {', '.join(LEVELS)}. Cities map their own codes onto it.\n",
            tree(),
        )
    )


def other_edges() -> str:
    """Phases with edges of their own, those with the same in one row."""
    alike: dict[tuple[str, str], list[str]] = {}
    for measure in MEASURES.values():
        if measure.phase is not None and measure.phase.edges != EDGES:
            edges = _seconds(measure.phase.shown), _seconds(measure.phase.edges)
            alike.setdefault(edges, []).append(f"`{measure.name}`")
    rows = [(", ".join(names), *edges) for edges, names in alike.items()]
    return table(("Phases", "Shown, in seconds", "Edges, in seconds"), rows)


def _seconds(edges: Iterable[int]) -> str:
    return ", ".join(map(str, edges))


def counts(measure: Measure) -> str:
    """What the measure counts, in words."""
    words = [f"{term(measure)}, of `{measure.type}`"]
    if measure.category:
        node = TREE[measure.category]
        words.append(f"under `{node.code}` ({node.zh} {node.en})")
    words += [
        f"of `{dim}` {' or '.join(f'`{code}`' for code in sorted(codes))} only" for dim, codes in measure.only.items()
    ]
    if measure.hours:
        first, end = measure.hours
        words.append(f"from {first:02d}:00 to {end:02d}:00")
    return ", ".join(words)


def labels(measure: Measure) -> str:
    return "".join(f", `_by_{label}`" for label in measure.labels)


def tree() -> str:
    place = {code: number for number, code in enumerate(TREE)}
    nodes = sorted(TREE.values(), key=lambda node: [place[code] for code in node.path])
    return "".join(f"{'  ' * (node.level - 1)}- `{node.code}` {node.zh} · {node.en}\n" for node in nodes)


def metrics_page() -> str:
    asked = alerts()
    parts = ["# Metrics", NOTICE.format("`runtime/metrics.py`, `streams/live/gauges.py`, the alert rules")]
    parts += [
        _METRICS_INTRODUCTION.format(
            look=LOOK_SECONDS,
            heartbeat=HEARTBEAT_SECONDS,
            followers=FOLLOWERS,
            read=READ_SECONDS,
            alarms=MOST_ALARMS,
            days=KEPT // DAY,
            over=SUBJECTS_KEPT // DAY,
            spans=MOST_SPANS,
            subjects=MOST_SUBJECTS,
        )
    ]
    head = ("Metric", "Type", "Labels", "Meaning", "Role", "Alert")
    for title, metrics in (("Health", DECLARED), ("Live figures", gauges.all_declared())):
        rows = [
            (
                f"`{one.name}`",
                one.kind,
                ", ".join(f"`{label}`" for label in one.labels),
                one.meaning,
                ", ".join(one.roles),
                ", ".join(f"[{alert}](runbooks/{alert}.md)" for alert in asked.get(one.name, ())),
            )
            for one in sorted(metrics)
        ]
        parts += [f"## {title}\n", table(head, rows)]
    return "\n".join(parts)


def alerts() -> dict[str, list[str]]:
    """By metric, the alerts whose rules ask for it."""
    found: dict[str, list[str]] = {}
    written = [path for path in sorted((ROOT / "deploy/prometheus/rules").glob("*.yml")) if path != ROOT / CLOCK_RULES]
    for rules in (*(path.read_text("utf-8") for path in written), clock_pages.rules(WATCHED.values())):
        for rule in rules.split("- alert: ")[1:]:
            expression = rule.partition("expr:")[2].partition("labels:")[0]
            for name in dict.fromkeys(re.findall(r"\bcitywatch_\w+", expression)):
                found.setdefault(name, []).append(rule.partition("\n")[0])
    return found


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
            "A wrong value ends the command with one line and exit code 2; so does a `CITYWATCH_` name that is none of",
            "these, but for what Kubernetes sets for services (`CITYWATCH_KAFKA_SERVICE_HOST`).\n",
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
    parts = [
        "# Topics",
        NOTICE.format("`schemas/topics.py`, `schemas/families`, records in `schemas`"),
        _TOPICS_INTRODUCTION,
    ]
    for channel in channels():
        topic = channel.topic
        parts += [f"## `{topic.name}`\n", f"{topic.meaning}.\n"]
        parts += [f"{how_long_kept(topic)} {_READING.get(topic.name, _KEYS)}\n"]
        rows = [
            (
                f"`{each.name}`",
                first_paragraph(each.kind),
                f"[{each.name}.json](../schemas/jsonschema/{each.name}.json)",
            )
            for each in channel.messages
        ]
        parts += [table(("Record", "What it says", "Schema"), rows)]
        if channel.is_input:
            parts += [table(("Type", "Dimensions", "Numbers", "Effect"), _declared(topic.name))]
    return "\n".join(parts)


def how_long_kept(topic: Topic) -> str:
    """How long records stay, in a sentence."""
    if topic.config["cleanup.policy"] == "compact":
        return f"Of each key the newest record is kept for ever. {topic.partitions} partition."
    kept = topic.config["retention.ms"]
    days = "for ever" if kept == "-1" else f"{int(kept) // 86_400_000} days"
    return f"Kept {days}, by `{topic.config['message.timestamp.type']}`."


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


_KEYS = (
    "Keyed by beat (without one: by source). Heartbeats and rules stand in every partition, a close and a resume in "
    "the one that they are about, a gap in that of its source."
)

_OF_INPUT = "The partition is that of the input record. Delivered at least once"

_READING = {
    PANES: f"{_OF_INPUT}: of a cell take the greatest (`version`, `records`), of progress the greatest `read`; steps, "
    "seams and gaps that come again are identical. Of steps with the same (`source`, `id`) the first by (`log`, "
    "`partition`, `offset`) counts.",
    CORRECTIONS: f"{_OF_INPUT}: a record that comes again is identical, so take each (`log`, `topic`, "
    "`partition`, `offset`) once. It has no version, and what it does to figures is in the adjustments.",
    DEAD_LETTERS: f"{_OF_INPUT}: a record that comes again is identical, so take each (`log`, `topic`, "
    "`partition`, `offset`) once.",
    ADJUSTMENTS: "The key is the JSON array of `source`, `pane`, `type`, `dims` (those that are not empty), without "
    "blanks. Delivered at least once: take the greatest `version`.",
    ALARMS: "The key is the `id`. Delivered at least once: take the greatest `version`. Nothing is told of a start "
    "that gave no alarm.",
    CODES: "The key is the JSON array of `kind`, `city` and `code` or `beat`, without blanks. The last record of a key "
    "rules; one without a value takes the key out.",
}
"""How each output is read."""

_TOPICS_INTRODUCTION = f"""\
Values are JSON, one object a record. Inputs are [CloudEvents 1.0](https://cloudevents.io) in structured
mode; a type carries its major version, unknown fields are refused, and a change that breaks senders is a
new type. The schemas are JSON Schema 2020-12: each field has its meaning, its unit (`x-unit`) and its part
in the identity (`x-identity`). Partition counts, where a topic does not say its own, and replication come from the
[settings](settings.md).

All of this page for machines is [schemas/asyncapi.json](../schemas/asyncapi.json): AsyncAPI 3.0 with Kafka bindings,
in one file, from the side of those who send to citywatch and read from it. To look at it, open it in
[AsyncAPI Studio](https://studio.asyncapi.com), or `npx @asyncapi/cli start studio schemas/asyncapi.json`; the
[generators](https://www.asyncapi.com/tools) make clients and models from it.

The contract has a major version. Within it fields that may be missing, kinds of records and topics are added, and a
consumer passes over what it does not know (the schemas of outputs are open for that); nothing that senders or readers
go by is taken away or means something else. A test holds that against
[what was accepted](../schemas/contract/accepted), inputs and outputs; `make contract` accepts what was added, and
refuses what breaks.

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

`(source, id)` names an event: it counts once, whatever else is sent under it. What `aggregate` writes is named by `log`
(the broker's id of the input topic, so a topic made anew is another log), `partition` and, per record,
`offset`; a repeat is identical. Of cells the greatest `version` rules, and of two values of one version the
one with more `records`. Whoever sees a `progress` record with `read` = n in a partition of the panes topic
has seen every cell of the records below n.

**Figures from topics alone**: a figure is the sum of the newest cells and the newest adjustments, and nothing has to be
decided twice. Cells hold every log and partition apart, adjustments all together: a source that was sent again into
a new log has its cells twice, and an adjustment that takes the repeats away. Group by the codes that you need, and
take names and tree from the codes topic; a code that it does not have counts as `unknown`. The sink publishes an
adjustment once it is in the store: in between (metric `citywatch_adjustments_age_seconds`: usually a second or two)
a repeat or a re-coding is not taken into account yet.
[examples/figures_from_topics.py](examples/figures_from_topics.py) is such a consumer in kafka-python, and a test
compares what it prints with `citywatch report`. How adjustments come about and what they promise:
[decision 21](decisions/21-adjustments-are-published.md).

A consumer that starts late, when the panes topic has lost what is older than 60 days, begins from
`citywatch export cells --format csv` and reads the panes topic on from the positions that stand beside the file. Of
adjustments and codes the newest record of each key stays, so they are read from their beginning at any time.

A source writes its **heartbeats** into every partition of its topics, at least once in each `max_step` of its
clock (15 minutes, if its city file says no other), or says `since` when it has vouched without a break. What
its clock goes over in a longer step is not known: [decision 16](decisions/16-what-is-known.md).

At most {MAX_SOURCES} sources may be declared for a topic, and a log knows at most {MAX_KNOWN} over its
life, those that are no longer declared among them: [decision 20](decisions/20-notes-of-many-sources.md).

Batches may stand in gzip, snappy, lz4 or zstd: as they were sent, or as `compression.type` of the topic or its broker
says. citywatch sends lz4 and reads all of them; a consumer with kafka-python needs the packages `lz4`, `python-snappy`
and `zstandard` for that.
"""

_METRICS_INTRODUCTION = """\
Each role shows its own on `/metrics`, as Prometheus text or, for who accepts it, OpenMetrics; ports as in
[`CITYWATCH_METRICS`](settings.md). A histogram is `<name>_bucket`, `_sum` and `_count`. Labels are bounded: declared
cities, sources and codes, topics and their partitions; never an id. Each page also has `process_*` (memory, processor
time, open files, start) as every Prometheus client has them.

What is counted in a window is a gauge named `citywatch_window_...`: an exact number, to be read as it is, and not a
counter for `rate()`.

`analyse` also says on `/live` what its gauges do, as JSON: [`schemas/live.py`](../schemas/live.py). Its `ETag` (in the
page: `revision`) is another one exactly where anything is another but how long sources have been quiet, and
`If-None-Match` is answered with 304. `/live?city=NAME` is the same of one city alone.

`/metrics/clocks` of `analyse` has the gauges of clocks alone, which stand on `/metrics` too: they cost a millisecond,
the whole page a tenth of a second, so Prometheus asks for them every second.

`/live/events` sends that page as server-sent events: one at once, then one whenever the revision is another, but not
more often than every {look:g} s (what changes between is one event), and a comment after {heartbeat:g} s without one.
{followers} may follow; the next one gets 503. Who does not read for {read:g} s is dropped, and may come again.

What `/live` has no place for is told to who asks for it, from the same cells and subjects, up to the same moment:

- `/live/figure`, in the form of `report --json` without `share`, `total` and `sum_of_rows`: `city` and the `name` of a
  measure, stock, funnel, sum or ratio; `by`, a unit of time and declared dimensions; `from` and `to` (dates, or Unix
  seconds), `campaign`, or `nights=FROM..TO`; `compare=previous,previous_month,year`; `where=NAME=CODE,..`; `decimals`
  of a measure, stock or sum; of a measure `streak=falling` or `rising`.
- `/live/alarms`: `city`; `clock`, `state`, `subject`. Its `alarms` are those in any state, each as its record on
  [`citywatch.alarms`](topics.md) (times in Unix seconds), that given last first, {alarms:,} of them at most; `counts`,
  by state, are of all.

A wrong question gets 400 and a line that says why. What is not held is `not_live` with the reason, in place of rows,
and never 0: what was more than {days} days before the clock; subjects that have been over for more than {over} days; of
how long things took the edges beside those shown, and so quantiles; rows of one source; more than {spans} spans, or
walks through more than {subjects:,} subjects. Nothing is kept for these questions: rows are added up when they are
asked for, from cells, which have their codes as they came.
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

**Live gauges** carry `city`, `period` (`hour`, `day`, `week`, `month`, `quarter`, `year` and `campaign:NAME`) and
`span` (`current`, `previous`, `year`: the same elapsed part of the period before, and of the year before). Beside a
campaign `previous` is the span of equal length just before it; it is shown until 7 days after its end. Those by a
dimension (`_by_beat`) carry it, with `city` and `period` (`day` and `month` that run); what they are compared with is
on `/live` and in `report`.

A sample is absent where nothing of its span is known and nothing came. `citywatch_window_coverage_ratio` (`city`,
`topic`, `period`, `span`) is the share of the span that is known: compare only where it is 1 on both sides.
`citywatch_measure_as_of_seconds` says up to when the figures of a measure go, `citywatch_recent_known`
whether the spike rule may speak.

**Phases** ({phases}) also have `citywatch_window_<measure>_seconds`, the sum, and
`citywatch_window_<measure>_events_within{{seconds=..}}`, the number that took at most so long, for each edge that is
shown; the gauge itself is the number of events. Intervals are in seconds on the gauge, not in minutes. Cells hold one
cumulative histogram for each phase, with its edges at {edges} seconds, of which
{shown} are shown; some have others:

{others}
A sum of money is an integer in the cells (fen at 2 decimal places); `report` and gauges show it exactly, in whole
units.

Figures of subjects, and of several measures together: [stocks, funnels and ratios](stocks.md).

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
    there = [*(given.root / "schemas/jsonschema").glob("*.json"), *_runbooks_made(given.root)]
    extra = {path.relative_to(given.root) for path in there} - generated().keys()
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


def _runbooks_made(root: Path) -> Iterator[Path]:
    """Pages of clocks, also of those that are declared no longer."""
    for path in (root / "docs" / "runbooks").glob("Clock*.md"):
        if "Made by `make docs`" in path.read_text("utf-8"):
            yield path


if __name__ == "__main__":
    sys.exit(main())
