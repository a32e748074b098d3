"""What every store promises, asked of every store: a server, chDB in process, chDB through its owner."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from runtime.errors import Unreachable
from sinks.store import Rejected, Store

TABLE = """
CREATE TABLE things (
    n UInt64, signed Int64, text String, time DateTime('UTC'), numbers Array(Int64), flag UInt8
)
ENGINE = ReplacingMergeTree ORDER BY n
"""
COLUMNS = ("n", "signed", "text", "time", "numbers", "flag")
EDGE_TEXTS = [
    "",
    "it's",
    'a "quote"',
    "back\\slash",
    "tab\tand\nline",
    "%(n)s %s %%",
    "路面警情",
    "\0 \x01 \x7f",
    "{x:UInt8}",
    "🚓; DROP",
]


@pytest.fixture
def things(store: Store) -> Store:
    store.command(TABLE)
    return store


def test_rows_come_back_as_they_went_in(things: Store) -> None:
    count = len(EDGE_TEXTS)
    numbers = [[], [0], [-(2**63), 2**63 - 1], *([[1, 2, 3]] * (count - 3))]
    data = [
        [2**64 - 1 - place for place in range(count)],
        [-(2**63), 2**63 - 1, *range(count - 2)],
        EDGE_TEXTS,
        [0, 4_102_444_799, *range(1_767_225_600, 1_767_225_600 + count - 2)],
        numbers,
        [place % 2 for place in range(count)],
    ]
    things.insert("things", COLUMNS, data)
    expected = [
        (n, signed, text, datetime.fromtimestamp(time, UTC), list(array), flag)
        for n, signed, text, time, array, flag in zip(*data, strict=True)
    ]
    assert things.query("SELECT * FROM things ORDER BY n DESC") == expected


def test_columns_may_come_in_any_order_and_the_rest_are_empty(things: Store) -> None:
    things.insert("things", ("text", "n"), [("a", "b"), (1, 2)])
    assert things.query("SELECT n, text, numbers FROM things ORDER BY n") == [(1, "a", []), (2, "b", [])]


def test_an_insert_of_no_rows_does_nothing(things: Store) -> None:
    things.insert("things", COLUMNS, [[] for _ in COLUMNS])
    assert things.query("SELECT count() FROM things") == [(0,)]


def test_a_query_without_rows_gives_none(things: Store) -> None:
    assert things.query("SELECT n FROM things") == []


def test_many_rows_go_in_and_out(things: Store) -> None:
    count = 70_000  # an answer of more than 65,536 rows comes in several blocks
    data = [
        range(count),
        range(count),
        ["text"] * count,
        [1_767_225_600] * count,
        [(1, 2)] * count,
        [0] * count,
    ]
    things.insert("things", COLUMNS, [list(column) for column in data])
    rows = things.query("SELECT n, signed, numbers FROM things ORDER BY n")
    assert rows == [(n, n, [1, 2]) for n in range(count)]


def test_a_text_parameter_is_only_text(things: Store) -> None:
    beside = [text + "x" for text in EDGE_TEXTS]
    things.insert("things", ("n", "text"), [[*range(2 * len(EDGE_TEXTS))], [*EDGE_TEXTS, *beside]])
    for place, text in enumerate(EDGE_TEXTS):
        found = things.query("SELECT n FROM things WHERE text = %(text)s", {"text": text})
        assert found == [(place,)], repr(text)


def test_parameters_are_numbers_times_and_lists(things: Store) -> None:
    things.insert("things", ("n", "time"), [[1, 2, 3], [100, 200, 300]])
    at = datetime.fromtimestamp(200, UTC)
    assert things.query("SELECT n FROM things WHERE time >= %(at)s ORDER BY n", {"at": at}) == [(2,), (3,)]
    assert things.query("SELECT n FROM things WHERE n IN %(some)s ORDER BY n", {"some": [1, 3]}) == [
        (1,),
        (3,),
    ]
    assert things.query("SELECT n FROM things WHERE n IN %(none)s", {"none": []}) == []


def test_values_of_a_query_have_the_same_types_everywhere(store: Store) -> None:
    row = store.query(
        "SELECT (1, 'a') AS pair, ['x', 'y'] AS texts, toDecimal64('1.50', 2) AS money,"
        " toDate('2026-01-02') AS day, toDateTime(86400, 'UTC') AS time, 0.5 AS half,"
        " [toDateTime(0, 'UTC')] AS times"
    )
    assert [[str(type(value).__name__) for value in found] for found in row] == [
        ["tuple", "list", "Decimal", "date", "datetime", "float", "list"]
    ]
    ((pair, texts, money, day, time, half, times),) = row
    assert (pair, texts, money, str(day), half) == ((1, "a"), ["x", "y"], Decimal("1.5"), "2026-01-02", 0.5)
    assert (time, times) == (datetime(1970, 1, 2, tzinfo=UTC), [datetime(1970, 1, 1, tzinfo=UTC)])


def test_a_command_may_insert_from_a_select(things: Store) -> None:
    things.insert("things", ("n", "text"), [[1], ["a"]])
    things.command("INSERT INTO things (n, text) SELECT n + 1, concat(text, %(more)s) FROM things", {"more": "b"})
    assert things.query("SELECT n, text FROM things ORDER BY n") == [(1, "a"), (2, "ab")]


def test_a_refused_statement_says_why_in_one_line_and_the_next_one_works(things: Store) -> None:
    for wrong in ("SELECT nothing FROM things", "SELECT * FROM no_such_table", "SELEC 1"):
        with pytest.raises(Rejected) as refused:
            things.query(wrong)
        assert "\n" not in str(refused.value)
        assert refused.value.code > 0
        assert things.query("SELECT 1") == [(1,)]


def test_of_an_answer_that_breaks_off_nothing_is_in_the_next_one(store: Store) -> None:
    with pytest.raises(Rejected):
        store.query("SELECT throwIf(number = 3000000) FROM numbers(10000000)")
    assert store.query("SELECT 2") == [(2,)]


def test_a_refused_insert_leaves_nothing_behind(things: Store) -> None:
    with pytest.raises(Rejected):
        things.insert("things", ("n", "no_such_column"), [[1], [2]])
    assert things.query("SELECT count() FROM things") == [(0,)]


def test_threads_share_a_store(things: Store) -> None:
    wrong: list[object] = []

    def ask(number: int) -> None:
        for _ in range(20):
            if things.query("SELECT %(n)s", {"n": number}) != [(number,)]:
                wrong.append(number)
            things.insert("things", ("n",), [[number]])

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert things.query("SELECT uniqExact(n), count() FROM things FINAL") == [(4, 4)]


def test_the_version_is_that_of_the_engine(store: Store) -> None:
    ((text,),) = store.query("SELECT version()")
    assert store.version == tuple(int(part) for part in text.split(".")[:2])


def test_a_closed_store_may_be_closed_again(store: Store) -> None:
    store.close()
    store.close()


def test_no_parameter_is_forgotten(store: Store) -> None:
    with pytest.raises(KeyError):
        store.query("SELECT %(absent)s", {})
    with pytest.raises(TypeError):
        store.query("SELECT %(half)s", {"half": object()})


@pytest.mark.parametrize(
    "url",
    ["clickhouse://default:@127.0.0.1:9/default", "clickhouse://default:@no-such-host.invalid:9000/default"],
)
def test_a_server_that_is_not_there_is_one_line(url: str) -> None:
    from sinks.clickhouse import ClickHouse

    with pytest.raises(Unreachable) as gone:
        ClickHouse(url)
    assert "\n" not in str(gone.value)
    assert "CITYWATCH_CLICKHOUSE" in str(gone.value)
