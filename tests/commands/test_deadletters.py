"""`citywatch deadletters`: what was refused can be looked at, and comes back once its cause is mended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, redirect_stdout
from dataclasses import dataclass, field
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient, TopicPartition
from msgspec.structs import replace

from citywatch.cli import call
from citywatch.dead_letters import arrival, stored
from citywatch.dead_letters.stored import Choice
from runtime.settings import load_settings
from schemas.families.incidents import INCIDENTS
from schemas.records import DeadLetter
from schemas.topics import DEAD_LETTERS
from sinks.migrate import migrate
from sinks.rows import DEAD_LETTER_COLUMNS
from sinks.store import Store
from sinks.store_factory import open_store
from tests.commands.stored import LOG, Filled
from tests.deployment import PATIENCE, Deployment, Value
from tests.deployments import deployment_of
from tests.end_to_end.events import MIDNIGHT, heartbeat, heartbeats, reported
from tests.faults.settled import arrived
from tests.parts.server import await_until

NEW = "harbour/110"
HOUR = 3600
UNKNOWN, AHEAD, BROKEN = 12, 2, 3
"""Records of the new source before it is declared, from the future, and beyond repair."""

ALL = UNKNOWN + 1 + AHEAD + BROKEN
"""With a heartbeat of the new source."""

CITY = """
name = "harbour"
zh = "港口"
en = "Harbour"
tz = "Asia/Shanghai"
[sectors.S01]
zh = "北港"
en = "North Port"
[beats.B01]
sector = "S01"
zh = "一号码头"
en = "Pier 1"
[codes]
120301 = "noise"
[sources."harbour/110"]
topics = ["citywatch.incidents"]
heartbeats = "own"
"""

PERSON = "13812345678"


@dataclass
class Story:
    """A source that nobody declared sends; it is declared; what was refused is put back, by two people at once."""

    world: Deployment
    places: list[tuple[int, int]] = field(default_factory=list)
    said: dict[str, dict[str, Any]] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)

    def ask(self, name: str, *arguments: str) -> None:
        self.said[name] = answer(*arguments)

    def await_dead(self, number: int) -> None:
        """Until the store holds so many dead letters."""
        sql = "SELECT count() FROM dead_letters FINAL"
        try:
            await_until(lambda: self.world.query(sql) == [(number,)], PATIENCE, f"{number} dead letters", every=0.2)
        except TimeoutError as late:
            logs = "".join(f"\n--- {role}\n{self.world.log(role)}" for role in self.world.running)
            raise TimeoutError(f"{late}; there are {self.world.query(sql)}{logs}") from None

    def refuse_one_without_sink(self, patched: pytest.MonkeyPatch) -> None:
        """What is said of one more that the store has not got; then to one who asks before the sink comes back."""
        found = self.world
        before = len(found.consume(DEAD_LETTERS))
        found.terminate("sink")
        found.produce(INCIDENTS, [(3, b"{")])
        await_until(lambda: len(found.consume(DEAD_LETTERS)) > before, 60, "one more dead letter", every=0.2)
        with patched.context() as hurried:
            hurried.setattr(arrival, "PATIENCE", 0.2)
            self.ask("behind", "deadletters", "list", "--reason", "not_json")
            self.codes["retry behind"] = call(["deadletters", "retry", "--reason", "not_json", "--yes"])
        with ThreadPoolExecutor(1) as one:
            asked = one.submit(found.answer, "deadletters", "list", "--reason", "not_json")
            found.start("sink")
            self.said["waited"] = asked.result()


def answer(*arguments: str) -> dict[str, Any]:
    """The JSON object that a command prints; run in this process, in the world that its variables name."""
    with redirect_stdout(TextIOWrapper(BytesIO())) as out:
        code = call([*arguments, "--json"])
        out.flush()
        found: dict[str, Any] = json.loads(out.buffer.getvalue())
    assert code == 0, found
    return found


def refused() -> Iterator[tuple[int, Value]]:
    for number in range(UNKNOWN):
        yield number % 2, reported(f"new-{number}", MIDNIGHT + number, source=NEW)
    yield 0, heartbeat(MIDNIGHT, NEW)
    for number in range(AHEAD):
        yield 0, reported(f"ahead-{number}", MIDNIGHT + 2 * HOUR + number)
    yield 0, b"{"
    yield 0, None
    yield 0, reported("caller", MIDNIGHT, caller=PERSON)


@pytest.fixture(scope="module")
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder: Path = tmp_path_factory.mktemp("story")
    cities = folder / "cities"
    cities.mkdir()
    with (
        deployment_of("real", request, folder, cities=str(cities)) as found,
        pytest.MonkeyPatch.context() as patched,
    ):
        for name, value in found.environment.items():
            patched.setenv(name, value)
        story = Story(found)
        found.start("aggregate", "sink")
        found.produce(INCIDENTS, [*heartbeats(MIDNIGHT), (0, reported("good", MIDNIGHT))])
        story.places = found.produce(INCIDENTS, refused())
        story.await_dead(ALL)
        story.ask("list", "deadletters", "list")
        story.ask("some", "deadletters", "list", "--reason", "future", "--limit", "1")
        story.ask("too early", "deadletters", "retry", "--yes")

        (cities / "harbour.toml").write_text(CITY, "utf-8")
        assert call(["topics"]) == call(["migrate"]) == 0
        found.produce(INCIDENTS, heartbeats(MIDNIGHT + 2 * HOUR))
        arrived(found)
        with ThreadPoolExecutor(2) as two:
            people = [two.submit(found.answer, "deadletters", "retry", "--yes") for _ in range(2)]
            story.said["one"], story.said["other"] = (person.result() for person in people)
        arrived(found)
        story.ask("audit", "audit")
        story.ask("recount", "recount")
        figures = ("report", "incidents", "--city", "harbour", "--from", "2026-03-02", "--to", "2026-03-02")
        story.ask("figures", *figures)
        story.ask("again", "deadletters", "retry", "--reason", "undeclared_source", "--yes")
        arrived(found)
        story.ask("figures again", *figures)

        story.refuse_one_without_sink(patched)

        partition, offset = story.places[0]
        with closing(KafkaAdminClient(bootstrap_servers=found.bootstrap)) as admin:
            admin.delete_records({TopicPartition(INCIDENTS, partition): offset + 1})
        yield story


@pytest.fixture
def story(told: Story, monkeypatch: pytest.MonkeyPatch) -> Story:
    """Commands of the test find its world."""
    for name, value in told.world.environment.items():
        monkeypatch.setenv(name, value)
    return told


def test_they_are_listed_newest_first_with_their_reasons(story: Story) -> None:
    said = story.said["list"]
    assert said["reasons"] == {"undeclared_source": UNKNOWN + 1, "future": AHEAD, "not_json": 2, "person": 1}
    assert said["listed"] == said["total"] == ALL
    came = [letter["received"] for letter in said["letters"]]
    assert came == sorted(came, reverse=True)
    assert all(came)
    assert {(each["partition"], each["offset"]) for each in said["letters"]} == set(story.places)
    assert (story.said["some"]["listed"], story.said["some"]["total"]) == (1, AHEAD)


def test_the_list_waits_for_what_was_written_before_it_was_asked_and_says_what_is_not_stored(story: Story) -> None:
    behind, waited = story.said["behind"], story.said["waited"]
    assert behind["missing"].startswith("dead letters still to be stored: 1; ")
    assert "missing" not in waited
    assert waited["total"] == behind["total"] + 1
    assert "missing" not in story.said["list"]


def test_none_is_put_back_while_some_are_not_stored(story: Story) -> None:
    assert story.codes == {"retry behind": 1}


def test_what_would_be_refused_again_is_not_put_back(story: Story) -> None:
    assert story.said["too early"] == {
        "listed": ALL,
        "retried": 0,
        "still_bad": UNKNOWN + AHEAD + BROKEN,
        "gone": 0,
        "already": 0,
        "control": 1,
    }


def test_once_the_source_is_declared_what_it_sent_before_counts_once_even_if_two_people_put_it_back(
    story: Story,
) -> None:
    one, other, audit = story.said["one"], story.said["other"], story.said["audit"]
    for each in (one, other):
        assert each["retried"] + each["already"] == UNKNOWN + AHEAD
        assert (each["still_bad"], each["gone"], each["control"]) == (BROKEN, 0, 1)
    assert one["retried"] + other["retried"] >= UNKNOWN + AHEAD
    assert audit["counted"] == 1 + UNKNOWN + AHEAD
    assert audit["duplicates"] == one["retried"] + other["retried"] - UNKNOWN - AHEAD
    assert audit["dead_lettered"] == ALL, "the old letters stay"
    assert story.said["recount"]["equal"]
    assert sum(row["value"] for row in story.said["figures"]["rows"]) == UNKNOWN


def test_putting_back_again_changes_no_figure(story: Story) -> None:
    again = story.said["again"]
    assert (again["listed"], again["already"], again["control"], again["retried"]) == (UNKNOWN + 1, UNKNOWN, 1, 0)
    assert story.said["figures again"] == story.said["figures"]


def test_one_is_shown_with_its_original_and_what_may_be_a_person_is_not(
    story: Story, capfd: pytest.CaptureFixture[str]
) -> None:
    partition, offset = story.places[1]
    shown = answer("deadletters", "show", INCIDENTS, str(partition), str(offset))
    assert (shown["reason"], shown["gone"], shown["now_refused"]) == ("undeclared_source", False, None)
    assert json.loads(shown["original"])["id"] == "new-1"
    partition, offset = story.places[-1]
    shown = answer("deadletters", "show", INCIDENTS, str(partition), str(offset))
    assert shown["now_refused"].startswith("person")
    assert PERSON not in json.dumps(shown)
    assert call(["deadletters", "show", INCIDENTS, str(partition), str(offset)]) == 0
    out = capfd.readouterr().out
    assert "still be refused" in out
    assert PERSON not in out


def test_of_one_that_retention_took_it_says_that_it_is_gone(story: Story) -> None:
    place = (INCIDENTS, *map(str, story.places[0]))
    shown = answer("deadletters", "show", *place)
    assert (shown["gone"], shown["original"]) == (True, None)
    done = answer("deadletters", "retry", *place, "--yes")
    assert (done["listed"], done["gone"], done["retried"]) == (1, 1, 0)


@pytest.mark.usefixtures("story")
@pytest.mark.parametrize(
    ("words", "hint"),
    [(("show", INCIDENTS, "3", "999"), "deadletters list"), (("retry", INCIDENTS), "--reason"), (("retry",), "--yes")],
    ids=["no letter there", "half a place", "unasked without a terminal"],
)
def test_wrong_use_is_one_line_that_says_what_to_do(
    words: tuple[str, ...], hint: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert call(["deadletters", *words]) == 2
    err = capfd.readouterr().err
    assert (err.count("\n"), hint in err) == (1, True)


# --- the store


def insert(store: Store, letters: list[DeadLetter]) -> None:
    rows = [[getattr(letter, name) for letter in letters] for name in DEAD_LETTER_COLUMNS]
    store.insert("dead_letters", DEAD_LETTER_COLUMNS, rows)


def letter(number: int) -> DeadLetter:
    reason = ("not_json", "future", "future")[number % 3]
    return DeadLetter(
        log=LOG,
        topic=INCIDENTS,
        partition=number % 4,
        offset=number,
        reason=reason,
        detail="",
        control=False,
        source="",
        excerpt="it's",
        received=MIDNIGHT + number,
    )


def test_pages_hold_every_letter_once_in_the_order_of_places(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "PAGE", 7)
    letters = [letter(number) for number in range(30)]
    insert(filled.store, letters)
    insert(filled.store, letters[:5])
    pages = list(stored.pages(filled.store, Choice()))
    assert [len(page) for page in pages] == [7, 7, 7, 7, 2]
    assert [each for page in pages for each in page] == sorted(letters, key=lambda each: (each.partition, each.offset))
    assert stored.by_reason(filled.store, Choice()) == {"future": 20, "not_json": 10}
    late = Choice(reason="future", since=MIDNIGHT + 25)
    assert [each.offset for each in stored.newest(filled.store, late, 3)] == [29, 28, 26]
    assert [each.offset for each in stored.newest(filled.store, Choice(place=(INCIDENTS, 2, 6)), 3)] == [6]


def test_a_store_of_an_earlier_version_gets_the_column_that_its_letters_lack(store_url: str, tmp_path: Path) -> None:
    settings = load_settings(clickhouse=store_url, data=tmp_path)
    with closing(open_store(settings)) as store:
        store.command(
            "CREATE TABLE dead_letters (log String, topic String, partition UInt32, offset UInt64, reason String,"
            " detail String, control UInt8, source String, excerpt String) ENGINE = ReplacingMergeTree"
            " ORDER BY (log, topic, partition, offset)"
        )
        old = letter(3)
        names = DEAD_LETTER_COLUMNS[:-1]
        store.insert("dead_letters", names, [[getattr(old, name)] for name in names])
        migrate(store, settings)
        migrate(store, settings)
        assert stored.newest(store, Choice(), 5) == [replace(old, received=0)]
