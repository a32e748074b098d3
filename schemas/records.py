"""What citywatch writes on its own topics: cells and progress, corrections, dead letters. One JSON object a record."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Struct, field

from schemas.control import MAX_STEP
from schemas.fields import about
from schemas.named import Named

Log = Annotated[str, about("The broker's id of the input topic: a topic made anew is another log", identity=True)]
InputTopic = Annotated[str, about("The input topic", identity=True)]
Partition = Annotated[int, about("The partition of the input topic", unit="partition numbers from 0", identity=True)]
Offset = Annotated[int, about("Where the input record stands", unit="offsets of its partition", identity=True)]
DeclaredSource = Annotated[str, about("The source, as city/system")]
EventType = Annotated[str, about("The event type, without its major version")]
Numbers = Annotated[
    dict[str, int],
    about(
        "The additive numbers of the type by their names, `count` always among them; one that is not there is 0",
        unit="what the type declares for each",
    ),
]


class Cell(Named, frozen=True, gc=False, kw_only=True, tag_field="kind", tag="cell"):
    """The absolute value of one cell. The greatest version of the same identity rules; a repeat is identical.

    Identity: log, topic, partition, source, pane (UTC epoch seconds of its start), type, dims. `dims` are codes by
    the dimensions of the type; one that is not there is as ''. `version` is the offset of the last record in it.
    `records` counts records, `numbers` are the additive numbers of the type by their names, `count` (what its events
    report) always among them; one that is not there is 0. Where a crash came between a cell and its progress, and a
    seam after it, one version may have two values: the one with more records rules, which has all of the other.
    """

    log: Log
    topic: InputTopic
    partition: Partition
    source: Annotated[DeclaredSource, about("The source of the events, as city/system", identity=True)]
    pane: Annotated[int, about("The start of the five minutes of event time", unit="Unix seconds", identity=True)]
    type: Annotated[EventType, about("The event type, without its major version", identity=True)]
    dims: Annotated[
        dict[str, str],
        about("The codes by the dimensions of the type, as they came; one that is not there is ''", identity=True),
    ]
    version: Annotated[int, about("The last record in it; the greatest rules", unit="offsets of its partition")]
    records: Annotated[int, about("How many records are in it", unit="records")]
    numbers: Numbers

    @property
    def rank(self) -> tuple[int, int]:
        """Of one identity the value with the greatest rules."""
        return self.version, self.records


class SourceRules(Struct, frozen=True):
    """What a partition goes by for one source: seconds, the start of the latest pane that was ever open, and which
    panes ahead of the clock have events (bit n: the nth after the clock's own; -1: a version before this one)."""

    lateness: Annotated[int, about("How far behind the source's clock a pane stays open", unit="seconds")]
    max_ahead: Annotated[int, about("How far ahead of the source's clock an event may be", unit="seconds")]
    declared: Annotated[bool, about("Whether the rules name it: what another one sends is refused")]
    newest: Annotated[
        int, about("The start of the latest pane that was ever open; -300: none was", unit="Unix seconds")
    ]
    max_step: Annotated[
        int, about("How far the clock may go in one step and vouch for what it passed", unit="seconds")
    ] = MAX_STEP
    ahead: Annotated[
        int,
        about(
            "Bit n is set where the nth pane after the clock's own has an event; -1: not told", unit="bits, a pane each"
        ),
    ] = -1


class Progress(Struct, frozen=True, gc=False, kw_only=True, tag_field="kind", tag="progress"):
    """How far a partition is judged: every cell of the records below `read` stands before this record.

    The four verdicts are counted over the whole log up to `read`. Panes of a source before its boundary are closed.
    `ruled` and `rules` are the rest of what decides at `read` (None: written by a version without them). Open panes
    hold `open_cells` cells, which stand on this topic since `since` (Unix seconds; 0: no pane is open).
    """

    log: Log
    topic: InputTopic
    partition: Partition
    read: Annotated[int, about("All records below it are judged; the greatest rules", unit="offsets of its partition")]
    counted: Annotated[int, about("Verdicts below `read`: counted, in a cell or as a restatement", unit="records")]
    late: Annotated[int, about("Verdicts below `read`: late, on the corrections topic", unit="records")]
    duplicates: Annotated[int, about("Verdicts below `read`: the id was counted before", unit="records")]
    dead: Annotated[int, about("Verdicts below `read`: refused, on the dead-letters topic", unit="records")]
    clocks: Annotated[dict[str, int], about("By source its clock at `read`, where it has one", unit="Unix seconds")]
    boundaries: Annotated[
        dict[str, int],
        about("By source the start of its first pane that is not closed; 0: none is closed", unit="Unix seconds"),
    ]
    open_panes: Annotated[int, about("How many panes are open at `read`, over all sources", unit="panes")]
    bytes: Annotated[int, about("Estimated memory of the open panes", unit="bytes")]
    ruled: Annotated[bool, about("Whether a rules record has come: from there on only declared sources are taken")] = (
        False
    )
    rules: Annotated[
        dict[str, SourceRules] | None,
        about("By source the rest of what decides at `read`; null: of a version that did not tell"),
    ] = None
    since: Annotated[
        int,
        about("When the first record of the open panes came to the broker; 0: no pane is open", unit="Unix seconds"),
    ] = 0
    open_cells: Annotated[int, about("How many cells the open panes hold", unit="cells")] = 0


class Seam(Struct, frozen=True, gc=False, kw_only=True, tag_field="kind", tag="seam"):
    """Judging of a partition went on at `end` from durable cells: the ids counted below it were not known any more.

    Records in [start, end) were never judged, because they were gone or somebody chose so; none where both are equal.
    `spans`: by source the event times that those may have had, as [from, to) in Unix seconds; from 0: any.
    """

    log: Log
    topic: InputTopic
    partition: Partition
    start: Annotated[
        int, about("The first record that was never judged", unit="offsets of its partition", identity=True)
    ]
    end: Annotated[int, about("Where judging went on", unit="offsets of its partition", identity=True)]
    spans: Annotated[
        dict[str, tuple[int, int]],
        about(
            "By source the event times that the records in [start, end) may have had, as [from, to); from 0: any",
            unit="Unix seconds",
        ),
    ] = {}


class SourceGap(Struct, frozen=True, gc=False, kw_only=True, tag_field="kind", tag="source_gap"):
    """A span of event time of one source, `[since, until)` in Unix seconds, on which the record at `offset` decides.

    cause: `start` (its first heartbeat: nothing before `until` is known, by this partition), `jump` (its clock went
    over it in one step), `declared` and `filled` (an operator's word, with `why`). `at`: when that record came to the
    broker, in Unix seconds. Of `declared` and `filled` the last one by (at, log, partition, offset) rules, over all.
    """

    log: Log
    topic: InputTopic
    partition: Partition
    offset: Annotated[Offset, about("The record that decides", unit="offsets of its partition", identity=True)]
    source: Annotated[DeclaredSource, about("The source of which the span is told, as city/system", identity=True)]
    since: Annotated[int, about("Where the span begins", unit="Unix seconds", identity=True)]
    until: Annotated[int, about("Where the span ends, itself not in it", unit="Unix seconds")]
    cause: Annotated[
        Literal["start", "jump", "declared", "filled"],
        about("The first heartbeat, a step of the clock, or an operator's word: not known, or known by now"),
    ]
    at: Annotated[int, about("When the deciding record came to the broker", unit="Unix seconds")]
    why: Annotated[str, about("The operator's words; empty: none")] = ""


Scalar = str | int
"""What a subject has: a code, a text, an instant as it was sent; or an integer."""


class Step(Struct, frozen=True, gc=False, kw_only=True, tag_field="kind", tag="step"):
    """An accepted event that is a step in the life of its subject, or moves or cancels one: counted or late. A repeat
    is identical.

    Of several with the same (source, id) the first by (log, partition, offset) counts. The state of a subject is its
    last step by (time, place in the lifecycle, id). `attributes` are fields of the payload as they came: those that
    name the subject or describe it, without those that are empty. Of events that restate the steps of type `restates`
    with the same (source, subject) the one with the greatest (time, id) rules: these steps never were, or have the
    codes `now`.
    """

    log: Log
    topic: InputTopic
    partition: Partition
    offset: Offset
    source: Annotated[DeclaredSource, about("The source of the event, as city/system; (source, id) names the event")]
    id: Annotated[str, about("Unique within the source; (source, id) names the event")]
    subject: Annotated[str, about("What it is about, as its source names it; empty: fields of it name it")]
    time: Annotated[int, about("When it happened", unit="Unix seconds")]
    type: EventType
    dims: Annotated[dict[str, str], about("The codes by the dimensions of the type; one that is not there is ''")]
    attributes: Annotated[
        dict[str, Scalar],
        about(
            "What it tells of its subject beside the codes, by the names of fields; one that is not there was not told",
            unit="what the type declares for each",
        ),
    ]
    effect: Annotated[
        Literal["adds", "moves", "cancels"], about("`adds`: it is a step; else it moves or cancels those it restates")
    ] = "adds"
    restates: Annotated[str, about("Of an event that moves or cancels steps their type; else empty")] = ""
    now: Annotated[
        dict[str, str], about("Of one that moves steps the new codes, by the dimensions that change; else empty")
    ] = field(default_factory=dict)


class Correction(Named, frozen=True, gc=False, kw_only=True):
    """An accepted event that no cell holds: a late one (`verdict` late), or one that restates (late or counted).

    `dims` and `numbers` are those of a cell. `now`: of an event that moves another the new codes, by the dimensions
    that change. `reported_at`: of one that moves or cancels another the time of that one, in Unix seconds.
    """

    log: Log
    topic: InputTopic
    partition: Partition
    offset: Offset
    verdict: Annotated[str, about("`late`, or `counted` of one that restates")]
    source: Annotated[DeclaredSource, about("The source of the event, as city/system; (source, id) names the event")]
    id: Annotated[str, about("Unique within the source; (source, id) names the event")]
    subject: Annotated[str, about("What it is about; empty: none. A restatement names it by (source, subject)")]
    time: Annotated[int, about("When it happened", unit="Unix seconds")]
    type: EventType
    dims: Annotated[dict[str, str], about("The codes by the dimensions of the type; one that is not there is ''")]
    numbers: Numbers
    now: Annotated[
        dict[str, str], about("Of one that moves another the new codes, by the dimensions that change; else empty")
    ] = field(default_factory=dict)
    reported_at: Annotated[
        int | None,
        about("Of one that restates: the time of what it restates. Null: it does not restate", unit="Unix seconds"),
    ] = None


class DeadLetter(Struct, frozen=True, gc=False, kw_only=True):
    """A refused record: where it stands, why, and its first characters with person-like values blanked.

    `received`: when it came to the broker, in Unix seconds; 0 where that is not known.
    """

    log: Log
    topic: InputTopic
    partition: Partition
    offset: Offset
    reason: Annotated[
        str, about("Why it was refused, in one word: `future`, `person`, `unknown_type`...; more may come")
    ]
    detail: Annotated[str, about("The same in one line that names fields and repeats no value")]
    control: Annotated[bool, about("Whether it was a control record, which no count has")]
    source: Annotated[DeclaredSource, about("The source that it names, where that could be read; else empty")]
    excerpt: Annotated[
        str, about("Its first 200 characters, with all that may be a person's blanked", unit="at most 200 characters")
    ]
    received: Annotated[int, about("When it came to the broker; 0: not known", unit="Unix seconds")] = 0


PaneRecord = Cell | Progress | Seam | SourceGap | Step
"""What stands on the panes topic."""

EXAMPLES = (
    Cell(
        log="mM2tV9Y3QzqC0mXJ0bZ7Zg",
        topic="citywatch.incidents",
        partition=3,
        source="xincheng/110",
        pane=1_767_225_600,
        type="incident.reported",
        dims={"beat": "B07", "category": "110201", "origin": "citizen"},
        version=4_711,
        records=2,
        numbers={"count": 2},
    ),
    Progress(
        log="mM2tV9Y3QzqC0mXJ0bZ7Zg",
        topic="citywatch.incidents",
        partition=3,
        read=4_712,
        counted=4_200,
        late=3,
        duplicates=2,
        dead=1,
        clocks={"xincheng/110": 1_767_226_500},
        boundaries={"xincheng/110": 1_767_225_600},
        open_panes=4,
        bytes=61_500,
        ruled=True,
        rules={"xincheng/110": SourceRules(900, 3_600, True, 1_767_226_500, 900, 0)},
        since=1_767_225_601,
        open_cells=30,
    ),
    Seam(
        log="mM2tV9Y3QzqC0mXJ0bZ7Zg",
        topic="citywatch.incidents",
        partition=3,
        start=4_712,
        end=5_000,
        spans={"xincheng/110": (1_767_225_600, 1_767_229_200)},
    ),
    SourceGap(
        log="mM2tV9Y3QzqC0mXJ0bZ7Zg",
        topic="citywatch.incidents",
        partition=3,
        offset=4_800,
        source="xincheng/110",
        since=1_767_225_600,
        until=1_767_229_200,
        cause="declared",
        at=1_767_230_000,
        why="line cut",
    ),
    Step(
        log="mM2tV9Y3QzqC0mXJ0bZ7Zg",
        topic="citywatch.incidents",
        partition=3,
        offset=4_850,
        source="xincheng/110",
        id="c-000000123",
        subject="i-000000123",
        time=1_767_229_200,
        type="incident.closed",
        dims={"beat": "B07", "category": "110201", "origin": "citizen"},
        attributes={"disposition": "mediated"},
    ),
    Correction(
        log="mM2tV9Y3QzqC0mXJ0bZ7Zg",
        topic="citywatch.incidents",
        partition=3,
        offset=4_900,
        verdict="counted",
        source="xincheng/110",
        id="x-000000123",
        subject="i-000000123",
        time=1_767_229_200,
        type="incident.reclassified",
        dims={"beat": "B07", "category": "110201", "origin": "citizen"},
        numbers={"count": 1},
        now={"category": "110299", "beat": "B08"},
        reported_at=1_767_225_600,
    ),
    DeadLetter(
        log="mM2tV9Y3QzqC0mXJ0bZ7Zg",
        topic="citywatch.incidents",
        partition=3,
        offset=4_950,
        reason="unknown_field",
        detail="field colour at $.data is not in the schema",
        control=False,
        source="xincheng/110",
        excerpt='{"specversion":"1.0","type":"incident.reported.v1","source":"xincheng/110","id":"r-9"}',
        received=1_767_229_300,
    ),
)
"""One of each, with every field given: what the JSON Schemas show."""
