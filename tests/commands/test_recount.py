"""`citywatch audit` and `citywatch recount`: equal and balanced where all is well, loud where anything is not."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pyarrow import parquet

from citywatch.audit.compare import Comparison
from citywatch.audit.expected import Expected
from citywatch.audit.in_city import InCity
from citywatch.audit.long_reports import compare_long_reports
from citywatch.audit.measured import Measured
from citywatch.audit.reference_verdicts import ReferenceModel
from citywatch.cli import call
from citywatch.commandline.arguments import asked_span
from figures.known import Known
from figures.queries.answer import Question, answer
from figures.queries.behind import FIRST_ROWS, behind
from figures.queries.clock import CityClock, measure_clock
from figures.queries.where import Where
from figures.streaks import MonthPair, streak
from figures.stretches import Stretch
from runtime.cities import cities
from runtime.log import OffsetRange, Record, ends, extents, read
from runtime.producer import Producer
from runtime.settings import Settings, load_settings
from schemas.categories import TREE
from schemas.cities import Campaign
from schemas.instants import epoch
from schemas.measures import MEASURES
from schemas.topics import ADJUSTMENTS, INPUTS
from sinks.bind import literal
from sinks.publisher import Publisher
from sinks.store_factory import open_store
from tests.commands.events import archived_events, generated_events
from tests.commands.running import judge_and_store, prepare, send
from tests.parts.tansu import TansuBroker

Asked = Callable[..., tuple[int, dict[str, Any]]]
VERDICTS = ("counted", "late", "duplicates", "dead_lettered")


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A hostile world and history that comes after it, judged and stored: embedded broker and store."""
    folder: Path = tmp_path_factory.mktemp("city")
    with TansuBroker(folder) as broker:
        settings = load_settings(
            kafka=broker.bootstrap, clickhouse=f"chdb://{folder / 'chdb'}", data=folder, metrics="127.0.0.1:29401"
        )
        prepare(settings)
        send(settings, generated_events(seed=7, number=1_500, partitions=4))
        send(settings, archived_events(partitions=4))
        judge_and_store(settings)
        yield settings


@pytest.fixture
def proof(city: Settings, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Asked:
    """Runs a proof and gives its exit code and JSON object."""
    monkeypatch.setenv("CITYWATCH_KAFKA", city.kafka or "")
    monkeypatch.setenv("CITYWATCH_CLICKHOUSE", city.clickhouse or "")
    monkeypatch.setenv("CITYWATCH_DATA", str(city.data))
    monkeypatch.setenv("CITYWATCH_METRICS", city.metrics)

    def run(command: str) -> tuple[int, dict[str, Any]]:
        code = call([command, "--json"])
        out, err = capfd.readouterr()
        assert out, err
        return code, json.loads(out)

    return run


def test_a_hostile_world_balances_and_is_equal(proof: Asked) -> None:
    code, audit = proof("audit")
    assert (code, audit["balanced"]) == (0, True), audit
    assert audit["pending"] == audit["unverified"] == 0
    assert min(audit[term] for term in ("counted", "late", "duplicates", "dead_lettered", "control")) > 20
    code, recount = proof("recount")
    assert recount["examples"] == []
    assert (code, recount["equal"], recount["different"]) == (0, True, 0)
    assert recount["figures"] > 4_000
    assert recount["compared"]["gaps"] > 300
    assert recount["compared"]["known incidents"] > 1_000


def test_the_events_behind_every_figure_add_up_to_it(city: Settings) -> None:
    place = cities(city).by_name["xincheng"]
    days = asked_span("2026-01-31", "2026-02-02", place.tz, None, None)
    store = open_store(city)
    verdicts = set()
    for name in ("incidents", "street_theft", "response_arrival", "stops", "patrol_minutes"):
        measure = MEASURES[name]
        question = Question(measure, place, place.tz, days, None, ("beat", "class"))
        rows = answer(store, question, measure_clock(store, place, measure))
        added: Counter[tuple[str, ...]] = Counter()
        for line in behind(store, place.tz, days, Where(measure, place)):
            beat = line.beat if line.beat in place.beats else "unknown"
            added[beat, TREE[place.node(line.codes[1])].path[0]] += line.adds
            verdicts.add(line.verdict)
        shown = {row.key: row.total.seconds(measure) if measure.value == "seconds" else row.total.count for row in rows}
        assert shown == {key: number for key, number in added.items() if key in shown or number}
    store.close()
    assert verdicts == {"counted", "late", "repeat", "restated", "duplicate", "dead"}


def test_events_can_be_narrowed_to_one_figure(proof: Asked, capfd: pytest.CaptureFixture[str]) -> None:
    span = ("--from", "2026-01-31", "--to", "2026-01-31")
    assert call(["report", "incidents", *span, "--by", "beat,class", "--json"]) == 0
    row = json.loads(capfd.readouterr().out)["rows"][0]
    where = ",".join(f"{name}={code}" for name, code in row["by"].items())
    assert call(["events", "incidents", *span, "--where", where, "--json"]) == 0
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert sum(line["adds"] for line in lines) == row["value"]
    assert {line["beat"] for line in lines} == {row["by"]["beat"]}
    assert call(["events", "incidents", *span, "--where", where]) == 0
    assert f"sum {row['value']}" in capfd.readouterr().out
    assert call(["events", "incidents", *span, "--where", "colour=red"]) == 2


@pytest.mark.parametrize(
    "where",
    [
        "beat=B01,class=criminal",
        "beat=unknown",
        "source=xincheng/110,beat=B07",
        *(
            pytest.param(where, marks=pytest.mark.full)
            for where in (
                "category=no-such-code",
                "sector=unknown",
                "beat=B99",
                "category=theft",
                "category=unknown",
                "origin=officer",
                "beat=",
            )
        ),
    ],
)
def test_a_filter_means_the_same_to_figures_and_to_the_events_behind_them(
    proof: Asked, capfd: pytest.CaptureFixture[str], where: str
) -> None:
    asked = ("incidents", "--from", "2026-01-31", "--to", "2026-02-02", "--where", where, "--json")
    assert call(["report", *asked]) == 0
    (row,) = json.loads(capfd.readouterr().out)["rows"]
    assert call(["events", *asked]) == 0
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert sum(line["adds"] for line in lines) == row["value"] > 0
    if where in ("beat=B99", "category=no-such-code"):
        name, code = where.split("=")
        assert {line[name] for line in lines} == {code}, "the code that the line shows"


@pytest.mark.parametrize(
    ("where", "hint"),
    [
        ("beat=B98", "did you mean B99 or B"),
        ("category=thefts", "did you mean theft?"),
        ("category=Street theft", "did you mean street_theft"),
        ("clas=criminal", "did you mean class?"),
        ("source=xincheng/119", "did you mean xincheng/110 or"),
        ("origin=robot", "there are: citizen, officer"),
        ("theft", "is not NAME=CODE"),
        ("beat=B07,beat=B08", "beat is given twice"),
    ],
)
def test_a_filter_that_nothing_can_meet_is_refused_with_what_there_is(
    proof: Asked, capfd: pytest.CaptureFixture[str], where: str, hint: str
) -> None:
    assert call(["report", "incidents", "--where", where]) == 2
    out, err = capfd.readouterr()
    assert (out, hint in err, err.count("\n")) == ("", True, 1), err


def test_the_first_events_are_the_first_of_all_of_them_in_order_of_time(
    proof: Asked, capfd: pytest.CaptureFixture[str]
) -> None:
    asked = ("events", "incidents", "--from", "2026-01-31", "--to", "2026-02-02", "--json")
    assert call([*asked]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert len(lines) > FIRST_ROWS, "more than is read at first"
    times = [epoch(json.loads(line)["time"]) for line in lines]
    assert times == sorted(times)
    assert call([*asked, "--limit", "12"]) == 0
    assert capfd.readouterr().out.splitlines() == lines[:12]
    assert call([*asked[:-1], "--limit", "12"]) == 0
    told = capfd.readouterr().out.splitlines()
    assert len(told) == 1 + 12 + 1
    total, first = (sum(json.loads(line)["adds"] for line in some) for some in (lines, lines[:12]))
    assert told[-1] == f"sum {total}, of which the first 12 lines add {first}; more with --limit or --json"


@pytest.mark.parametrize("form", ["parquet", pytest.param("csv", marks=pytest.mark.full)])
def test_exported_cells_and_adjustments_add_up_to_the_figures(
    proof: Asked, city: Settings, capfd: pytest.CaptureFixture[str], tmp_path: Path, form: str
) -> None:
    span = ("--from", "2026-01-31", "--to", "2026-02-02")
    added: Counter[str] = Counter()
    for what in ("cells", "adjustments"):
        file = tmp_path / f"{what}.{form}"
        assert call(["export", what, "--city", "xincheng", *span, "--format", form, "--out", str(file), "--json"]) == 0
        told = json.loads(capfd.readouterr().out)
        rows = exported(file)
        assert len(rows) == told["rows"] > 0
        if what == "adjustments":
            identities = [(row["source"], row["pane"], row["type"], tuple(dict(row["dims"]).items())) for row in rows]
            assert len(set(identities)) == len(identities), "absolute: one row an identity"
        for row in rows:
            if row["type"] == "incident.reported":
                added[dict(row["dims"])["beat"]] += dict(row["numbers"])["count"]
    assert call(["report", "incidents", *span, "--by", "beat", "--where", "sector=unknown", "--json"]) == 0
    (unknown,) = json.loads(capfd.readouterr().out)["rows"]
    assert call(["report", "incidents", *span, "--by", "beat", "--json"]) == 0
    shown = {row["by"]["beat"]: row["value"] for row in json.loads(capfd.readouterr().out)["rows"]}
    assert added["B99"] + added[""] == unknown["value"] == shown.pop("unknown")
    assert {beat: number for beat, number in added.items() if beat not in ("B99", "")} == shown


def exported(file: Path) -> list[dict[str, Any]]:
    if file.suffix == ".parquet":
        rows: list[dict[str, Any]] = parquet.read_table(file).to_pylist()
        return rows
    with file.open(encoding="utf-8", newline="") as lines:
        return [
            {**row, "dims": json.loads(row["dims"]), "numbers": json.loads(row["numbers"])}
            for row in csv.DictReader(lines)
        ]


def test_exported_events_are_complete_up_to_the_offsets_that_stand_beside_them(
    proof: Asked, city: Settings, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "events.parquet"
    assert call(["export", "events", "--out", str(file), "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    said = {(place["log"], place["topic"], place["partition"]): place["next"] for place in told["positions"]}
    assert said == {tuple(place): end for place, end in ends(city, INPUTS).items()}
    assert json.loads((tmp_path / "events.parquet.positions.json").read_text())["positions"] == told["positions"]
    table = parquet.read_table(file)
    assert json.loads(table.schema.metadata[b"citywatch"])["positions"] == told["positions"]
    with closing(open_store(city)) as store:
        assert [(table.num_rows,)] == store.query("SELECT count() FROM events FINAL")
    assert {path.name for path in tmp_path.iterdir()} == {"events.parquet", "events.parquet.positions.json"}


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        (("cell",), "did you mean cells?"),
        (("cells", "--format", "xlsx"), "is none of parquet, csv"),
        (("cells", "--out", "no/such/folder/cells.parquet"), "cannot be written"),
    ],
)
def test_an_export_that_cannot_be_is_refused_in_a_line(
    proof: Asked, capfd: pytest.CaptureFixture[str], asked: tuple[str, ...], hint: str
) -> None:
    assert call(["export", *asked]) == 2
    err = capfd.readouterr().err
    assert (hint in err, err.count("\n")) == (True, 1), err


def test_the_recount_shares_no_code_with_what_it_checks() -> None:
    program = (
        "import sys, citywatch.audit.expected, citywatch.audit.measured, citywatch.audit.vouched;"
        "checked = ('streams', 'sinks', 'figures', 'faust', 'sources');"
        "print([name for name in sys.modules if name.split('.')[0] in checked])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --- sabotage: whatever is wrong in the store is named


@pytest.fixture
def without_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports are compared by other tests; tables and views alone are quicker."""
    monkeypatch.setattr("citywatch.audit.recount.compare_reports", lambda *_: None)


@pytest.mark.usefixtures("without_reports")
def test_a_cell_that_is_gone_is_named(city: Settings, proof: Asked) -> None:
    with sabotaged(city, "cells") as table:
        key, records = table.remove_one("source, type, beat, category", "records >= 1")
        code, audit = proof("audit")
        assert (code, audit["balanced"]) == (1, False)
        assert audit["produced"] - sum(audit[term] for term in VERDICTS) == records
        [told] = audit["explained"]
        assert told["missing"] == records
        assert told["what"].startswith(f"records in cells of {key[0]} at ")
        code, recount = proof("recount")
        assert (code, recount["equal"]) == (1, False)
        assert any(line.startswith("cells") and key[0] in line for line in recount["examples"])
        assert any(line.startswith("figures") for line in recount["examples"])


@pytest.mark.full
@pytest.mark.usefixtures("without_reports")
def test_a_raw_row_that_is_gone_is_named(city: Settings, proof: Asked) -> None:
    with sabotaged(city, "events") as table:
        (topic, partition, offset), _ = table.remove_one("topic, partition, offset", "type = 'patrol.stop'")
        code, audit = proof("audit")
        assert (code, audit["balanced"]) == (1, False)
        [told] = audit["explained"]
        assert (told["topic"], told["partition"], told["what"], told["missing"]) == (topic, partition, "raw rows", 1)
        assert (told["from_offset"], told["to_offset"]) == (offset, offset + 1)
        code, recount = proof("recount")
        assert code == 1
        assert [f"{topic} {partition} offset {offset}" in line for line in recount["examples"]] == [True]


@pytest.mark.full
@pytest.mark.usefixtures("without_reports")
def test_a_dead_letter_that_is_gone_is_named(city: Settings, proof: Asked) -> None:
    with sabotaged(city, "dead_letters") as table:
        (topic, partition, offset), _ = table.remove_one("topic, partition, offset", "reason = 'not_json'")
        code, audit = proof("audit")
        assert code == 1
        assert [(at["topic"], at["partition"]) for at in audit["partitions"] if not at["balanced"]] == [
            (topic, partition)
        ]
        code, recount = proof("recount")
        assert code == 1
        assert any(f"{topic} {partition} {offset}: the log says" in line for line in recount["examples"])


@pytest.mark.full
@pytest.mark.usefixtures("without_reports")
def test_a_correction_too_many_is_named(city: Settings, proof: Asked) -> None:
    with sabotaged(city, "corrections") as table:
        table.store.command(
            "INSERT INTO corrections (log, topic, partition, offset, verdict, source, id, subject, time, type, beat,"
            " category, facet, count, values, now_category, now_beat, reported_at)"
            " SELECT log, topic, partition, offset + 1 AS offset, 'late' AS verdict, source, 'invented' AS id, subject,"
            " time, type, beat, category, facet, count, values, now_category, now_beat, reported_at"
            " FROM corrections WHERE verdict = 'late' AND type = 'incident.reported' LIMIT 1"
        )
        table.release()
        code, audit = proof("audit")
        assert code == 1
        assert audit["produced"] - sum(audit[term] for term in VERDICTS) == -1
        code, recount = proof("recount")
        assert code == 1
        assert any(line.startswith("corrections") for line in recount["examples"])


@pytest.mark.usefixtures("without_reports")
@pytest.mark.parametrize(
    "cause", ["jump", *(pytest.param(each, marks=pytest.mark.full) for each in ("declared", "start", "filled"))]
)
def test_a_gap_of_a_source_that_is_gone_is_named(city: Settings, proof: Asked, cause: str) -> None:
    with sabotaged(city, "source_gaps") as table:
        (topic, partition, offset), _ = table.remove_one("topic, partition, offset", f"cause = '{cause}'")
        code, recount = proof("recount")
        assert (code, recount["different"]) == (1, 1)
        [told] = recount["examples"]
        assert told.startswith("gaps ")
        assert f" {topic} {partition} {offset} " in told
        assert told.endswith("found nothing")


@pytest.mark.full
@pytest.mark.usefixtures("without_reports")
def test_a_gap_of_a_source_that_was_made_shorter_is_named(city: Settings, proof: Asked) -> None:
    with sabotaged(city, "source_gaps") as table:
        table.store.command(
            "INSERT INTO source_gaps SELECT log, topic, partition, offset, source, since, until - 300 AS until, cause,"
            " at, why FROM source_gaps WHERE cause = 'jump' LIMIT 1"
        )
        table.release()
        code, recount = proof("recount")
        assert (code, recount["different"]) == (1, 1)
        assert recount["examples"][0].startswith("gaps ")


@pytest.fixture
def incidents_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other measures are compared by other tests."""
    monkeypatch.setattr("citywatch.audit.reported.MEASURES", {"incidents": MEASURES["incidents"]})


@pytest.mark.full
@pytest.mark.usefixtures("incidents_alone")
def test_a_coverage_that_is_off_is_named(proof: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    right = Known.share
    monkeypatch.setattr(Known, "share", lambda known, spans: round(right(known, spans) * 0.9, 4))
    code, recount = proof("recount")
    assert (code, recount["equal"]) == (1, False)
    assert {line.split()[0] for line in recount["examples"]} == {"known"}
    assert all(": coverage: " in line for line in recount["examples"])


@pytest.mark.full
@pytest.mark.usefixtures("incidents_alone")
def test_a_percentage_of_what_nobody_knows_is_named(proof: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("citywatch.audit.compare.EXAMPLES_A_KIND", 10_000)
    monkeypatch.setattr(Known, "covers", lambda *_: True)
    code, recount = proof("recount")
    assert (code, recount["equal"]) == (1, False)
    assert any(": percent: the log says nothing, found " in line for line in recount["examples"])
    assert any(": incomplete: the log says True, found False" in line for line in recount["examples"])


@pytest.mark.full
@pytest.mark.usefixtures("incidents_alone")
def test_a_running_unit_that_holds_more_than_its_clock_has_passed_is_named(
    proof: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CityClock, "as_of", property(lambda clock: clock.known.as_of + 86_400))
    code, recount = proof("recount")
    assert (code, recount["equal"]) == (1, False)
    assert any(": as_of: the log says" in line for line in recount["examples"])


@pytest.fixture(scope="module")
def judged_again(city: Settings) -> Expected:
    """What the reference model makes of the log."""
    parts = {place: OffsetRange(0, extent.end) for place, extent in extents(city, INPUTS).items()}
    models = {place: ReferenceModel(place) for place in sorted(parts)}
    read(city, parts, lambda place, records: models[place].judge(records))
    return Expected(models.values())


WINTER = Campaign("冬季", "Winter", date(2026, 1, 28), date(2026, 2, 26))


@pytest.fixture
def long_reports(city: Settings, judged_again: Expected) -> Callable[[], Comparison]:
    """Compares those of calls with the log, in a city with a campaign."""
    place = msgspec.structs.replace(cities(city).by_name["xincheng"], campaigns={"winter": WINTER})
    measured = Measured(InCity(judged_again, place), MEASURES["incidents"])

    def compare() -> Comparison:
        score = Comparison()
        with closing(open_store(city)) as store:
            compare_long_reports(store, measured, "2026-02-01", score)
        return score

    return compare


def test_campaigns_nights_and_streaks_are_compared_and_are_what_the_log_says(
    long_reports: Callable[[], Comparison],
) -> None:
    score = long_reports()
    assert score.examples == []
    assert score.compared.total() >= 10


def test_a_campaign_that_is_compared_with_another_span_is_named(
    long_reports: Callable[[], Comparison], monkeypatch: pytest.MonkeyPatch
) -> None:
    right = Stretch.earlier
    monkeypatch.setattr(
        Stretch,
        "earlier",
        lambda of, which, tz, as_of: right(of, "previous_month" if of.campaign else which, tz, as_of),
    )
    score = long_reports()
    assert score.examples
    assert all(" of winter in xincheng" in line for line in score.examples)
    assert any("previous of winter in xincheng: span" in line for line in score.examples)


def test_nights_that_hold_the_days_between_them_are_named(
    long_reports: Callable[[], Comparison], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("figures.stretches.of_nights", lambda whole, tz: Stretch((whole,), None, "night"))
    score = long_reports()
    assert score.examples
    assert all(" of nights " in line for line in score.examples)


def test_a_streak_that_counts_the_month_that_runs_is_named(
    long_reports: Callable[[], Comparison], monkeypatch: pytest.MonkeyPatch
) -> None:
    right = streak
    monkeypatch.setattr(
        "figures.queries.streaked.streak",
        lambda months, direction: right([*months, MonthPair("9999-12", 0, 1)], direction),
    )
    score = long_reports()
    assert score.different.total() == 1
    assert "months in a row in xincheng" in score.examples[0]


def test_recount_fails_when_it_compared_nothing(
    tansu: TansuBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CITYWATCH_KAFKA", tansu.bootstrap)
    monkeypatch.setenv("CITYWATCH_DATA", str(tmp_path))
    assert call(["topics"]) == 0
    assert call(["migrate"]) == 0
    capfd.readouterr()
    assert call(["recount", "--json"]) == 1
    recount = json.loads(capfd.readouterr().out)
    assert (recount["equal"], recount["figures"]) == (False, 0)


class Table:
    """A table that can be spoilt; `restore` puts its rows back. The store is open only in between."""

    def __init__(self, settings: Settings, name: str) -> None:
        self.store = open_store(settings)
        self._settings = settings
        self._name = name
        self.store.command(f"CREATE TABLE kept AS {name}")
        self.store.command(f"INSERT INTO kept SELECT * FROM {name}")

    def remove_one(self, key: str, condition: str) -> tuple[tuple[Any, ...], int]:
        """Take one row away that fulfils the condition; its key, and its records where it has such a column."""
        records = "records" if self._name == "cells" else "1"
        ((*found, number),) = self.store.query(
            f"SELECT {key}, {records} FROM {self._name} FINAL WHERE {condition} ORDER BY {key} LIMIT 1"
        )
        full = self.store.query(f"SELECT * FROM {self._name} FINAL WHERE {condition} ORDER BY {key} LIMIT 1")[0]
        names = [name for (name, *_) in self.store.query(f"DESCRIBE TABLE {self._name}")]
        same = " AND ".join(
            f"{name} = {literal(value)}" for name, value in zip(names, full, strict=True) if name != "values"
        )
        self.store.command(f"TRUNCATE TABLE {self._name}")
        self.store.command(f"INSERT INTO {self._name} SELECT * FROM kept WHERE NOT ({same})")
        self.release()
        return tuple(found), number

    def release(self) -> None:
        self.store.close()

    def restore(self) -> None:
        self.store.close()
        self.store = open_store(self._settings)
        self.store.command(f"TRUNCATE TABLE {self._name}")
        self.store.command(f"INSERT INTO {self._name} SELECT * FROM kept")
        self.store.command("DROP TABLE kept")
        self.store.close()


@contextmanager
def sabotaged(settings: Settings, name: str) -> Iterator[Table]:
    table = Table(settings, name)
    try:
        yield table
    finally:
        table.restore()


@pytest.mark.full
@pytest.mark.usefixtures("without_reports")
def test_an_adjustment_on_the_topic_that_is_off_is_named(city: Settings, proof: Asked) -> None:
    """The last of this city: before, nobody has published."""
    code, recount = proof("recount")
    assert code == 0
    assert [line.split(":")[0] for line in recount["skipped"]].count("adjustments") == 1
    with closing(open_store(city)) as store:
        Publisher(city, store, lambda: True).look()
    code, recount = proof("recount")
    assert (code, recount["different"]) == (0, 0)
    assert recount["compared"]["adjustments"] > 50
    published: list[Record] = []
    read(city, extents(city, [ADJUSTMENTS]), lambda _, records: published.extend(records))
    last = json.loads(published[-1].value or b"")
    wrong = last | {"version": last["version"] + 1, "records": last["records"] + 1}
    with Producer(city, [ADJUSTMENTS]) as producer:
        producer.send(ADJUSTMENTS, 0, published[-1].key or b"", json.dumps(wrong).encode())
    code, recount = proof("recount")
    assert (code, recount["different"]) == (1, 1)
    assert recount["examples"][0].startswith(f"adjustments {last['source']} {last['pane']} {last['type']} ")
