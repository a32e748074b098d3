"""What `GET /live` of the analyse role says: the JSON twin of its gauges, for screens and checks.

Times are UTC epoch seconds; spans are half open. A `percent` is a string rounded half up to one decimal, a
`z` is Poisson's; both are null where the earlier value is 0 or a side is not wholly known, and `z` where the value is
no count of events. A value is null where nothing of its span is known and nothing came: that is no 0.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

NOT_LOADED = "history not loaded"
"""How the `note` begins that says why there is no history."""

NO_SINK = "the sink does not run, and with it the embedded store"
"""Why there may be none."""


CAMPAIGN = "campaign:"
"""How the `period` of a campaign begins; its name follows."""


class Comparison(Struct, frozen=True):
    """The value of an earlier span, and how the current one compares with it."""

    value: int | None
    percent: str | None
    z: float | None


class Coverage(Struct, frozen=True):
    """The share of each span that is known, cut to four decimals: 1.0 is all of it."""

    current: float
    previous: float
    year: float


class Absent(Struct, frozen=True):
    """A source that stands still: figures go on without it, and nothing of it is known since then."""

    source: str
    since: int


class Span(Struct, frozen=True, rename={"start": "from", "end": "to"}):
    """`[from, to)`."""

    start: int
    end: int


class LiveRow(Struct, frozen=True):
    """One value beside its two earlier ones. `code` is a class or a beat; names are in both languages."""

    code: str
    zh: str
    en: str
    value: int | None
    previous: Comparison
    year: Comparison


class Share(Struct, frozen=True):
    """A response phase within one span: how many there were, their seconds, and how many took 1, 3, 5 minutes
    at most. The share is `within / n`, and null where `n` is 0."""

    n: int
    seconds_sum: int
    within: dict[str, int]
    share: dict[str, float | None]


class Shares(Struct, frozen=True):
    current: Share
    previous: Share
    year: Share


class Running(Struct, frozen=True):
    """One measure in the period that holds its `as_of`, compared with the same elapsed span of the earlier
    ones. A campaign (`campaign:NAME`) is compared with the span of equal length just before it, and shown for a week
    after its end.
    """

    period: str
    current: Span
    previous: Span
    year: Span
    coverage: Coverage
    total: LiveRow
    classes: list[LiveRow]
    beats: list[LiveRow]
    shares: Shares | None
    """Only for response phases, whose values are the numbers of their events."""


class MeasureView(Struct, frozen=True):
    """`as_of`: its figures go up to here, the slowest of its sources that move; null before any heartbeat of them.
    `periods`: hour, day, week, month, quarter, year, then the campaigns that run. Classes and beats are sorted by their
    value, greatest first. `scale`: decimal places of its values, which are integers: at 2 they are in hundredths.
    """

    measure: str
    zh: str
    en: str
    unit: str
    as_of: int | None
    absent: list[Absent]
    periods: list[Running]
    scale: int = 0


class StockRow(Struct, frozen=True):
    """The stock by one code of a list of the city; names are in both languages."""

    code: str
    zh: str
    en: str
    value: int


class StockView(Struct, frozen=True):
    """How many subjects are in the states that count, or the sum of what they said last: after all steps before then.

    value, unmatched: null where nothing is known, or not all steps are loaded yet: that is no 0. unmatched: subjects
    whose first step is none that opens. oldest: for how many seconds that one has been there which began first; null
    where none counts. coverage: the share that is known of all from the first heartbeat up to `as_of`. beats: greatest
    first. scale: decimal places of values, which are integers. came, went: how often subjects began to count and ceased
    to since the local day began; null of a sum, and where not all of the day is known.
    """

    stock: str
    zh: str
    en: str
    unit: str
    as_of: int | None
    value: int | None
    unmatched: int | None
    oldest: int | None
    coverage: float
    beats: list[StockRow]
    scale: int = 0
    came: int | None = None
    went: int | None = None


class SourceView(Struct, frozen=True):
    """A source's clock at its furthest; `behind` is how far it is behind the city's, `quiet` for how many
    seconds of this process's time it has not moved. A clock is null before the first heartbeat. `topics`: what
    it feeds. `max_step`: seconds that it may be behind the others before it stands still. `awaited_to`: of a source
    that another one goes on from, where that one begins: what is between the clock and there is still to come. Null of
    all others.
    """

    source: str
    clock: int | None
    behind: int | None
    quiet: float
    topics: list[str]
    max_step: int
    awaited_to: int | None = None


class Spike(Struct, frozen=True):
    """Citizens' calls of the last 7 days, of the 28 days before, and by how many standard deviations (`z`) they
    are above what those let expect. `code` is a class, or the measure for the whole of it. `alarm`: the spike
    rule holds; never where its windows are not wholly `known`. `coverage`: the share of them that is known.
    """

    measure: str
    code: str
    zh: str
    en: str
    value: int
    before: int
    z: float
    alarm: bool
    known: bool
    coverage: float = 1.0


class Unlisted(Struct, frozen=True):
    """A code that the city's list of `codes` or `beats` (`kind`) lacks, as it came, and how many events of the running
    month came with it. They are counted under `unknown`.
    """

    kind: Literal["codes", "beats"]
    code: str
    value: int


class CampaignView(Struct, frozen=True):
    """A campaign that is shown: all of it is `[from, to)`."""

    name: str
    zh: str
    en: str
    span: Span


class AlarmView(Struct, frozen=True):
    """An alarm of a clock that stands: `warned`, or `expired`. `beat`: '' where it is not known."""

    id: str
    source: str
    subject: str
    beat: str
    state: Literal["warned", "expired"]
    begin: int
    due: int | None
    raised_at: int


class ClockView(Struct, frozen=True):
    """A clock that a source of the city feeds, with what it says. `warned` and `expired` count all of its alarms that
    stand; `alarms` are those that were given last, the last one first, and not more than 20."""

    clock: str
    zh: str
    en: str
    says_zh: str
    says_en: str
    warned: int
    expired: int
    alarms: list[AlarmView]


class CityView(Struct, frozen=True):
    """A city's figures. `as_of`: the furthest clock of its sources, rounded up to a whole pane; null before any
    heartbeat. How far each measure goes, it says itself. `unlisted`: codes first, of each kind the most frequent first,
    and not more than a dozen. `campaigns`: those that any measure is shown of. `stocks`: those that its sources feed.
    `clocks`: in the order of their declaration.
    """

    city: str
    zh: str
    en: str
    tz: str
    clock: int | None
    as_of: int | None
    sources: list[SourceView]
    measures: list[MeasureView]
    spikes: list[Spike]
    unlisted: list[Unlisted] = []
    campaigns: list[CampaignView] = []
    stocks: list[StockView] = []
    clocks: list[ClockView] = []


class Totals(Struct, frozen=True):
    """Verdicts over all input partitions, as the last progress records have them, and restatements whose
    incident is not there, as the store has them.
    """

    counted: int
    late: int
    duplicates: int
    refused: int
    unmatched: int


class ReadTo(Struct, frozen=True):
    """Everything of a partition below `position` is in these figures."""

    log: str
    topic: str
    partition: int
    position: int


class Live(Struct, frozen=True):
    """`panes`: how far the panes topic is read, by partition. `store`: the sink's positions that the
    adjustments (late, repeated, restated events) reflect. Figures are final once both reach the ends of
    what was written. `revision`: another one exactly where anything is another but how long sources have been
    `quiet`; the `ETag` of the page and the `id` of its events.
    """

    history_loaded: bool
    note: str
    totals: Totals
    panes: list[ReadTo]
    store: list[ReadTo]
    cities: list[CityView]
    revision: str = ""
