"""Codes that a city's lists lack: how many, in how many records, and the most frequent by name."""

from __future__ import annotations

from collections.abc import Iterator

from citywatch.health.finding import Finding
from schemas.acceptance import is_fixture
from sinks import dims
from sinks.store import Store

SHOWN = 3

_LISTS = {
    "beat": ("beats", "zone_list", "1"),
    "category": ("codes", "code_list", "type IN (SELECT type FROM type_list WHERE coded != '')"),
}
"""Of each column its name in a city file, the view of what is known, and which rows have to be in it."""

_LACKING = """
SELECT city, count() AS codes, sum(n) AS records, groupArray({shown})(code) AS most
FROM (
    SELECT city, code, sum(n) AS n
    FROM (
        SELECT source, {column} AS code, argMax(records, version) AS n
        FROM cells WHERE {listed} AND (source, {column}) NOT IN ({known})
        GROUP BY log, topic, partition, source, pane, type, {dims}
        UNION ALL
        SELECT source, {column} AS code, uniqExact(log, topic, partition, offset) AS n
        FROM corrections WHERE verdict = 'late' AND {listed} AND (source, {column}) NOT IN ({known})
        GROUP BY source, {column}
    ) AS l ANY LEFT JOIN (SELECT source, city FROM source_list) AS r USING source
    WHERE city != ''
    GROUP BY city, code
    ORDER BY n DESC, code
)
GROUP BY city ORDER BY city
"""
_KNOWN = (
    "SELECT source, {column} FROM source_list AS l ALL INNER JOIN (SELECT city, {column} FROM {view}) AS r USING city"
)


def check_codes(store: Store) -> Iterator[Finding]:
    """One finding for each city and list that lacks some. Blocks on the store; raises Unreachable, Rejected."""
    for column, (name, view, listed) in _LISTS.items():
        known = _KNOWN.format(column=column, view=view)
        asked = _LACKING.format(column=column, known=known, listed=listed, dims=dims.SQL, shown=SHOWN)
        for city, codes, records, most in store.query(asked):
            if is_fixture(city):
                continue  # a scenario may want what no list knows
            some = ", ".join(map(repr, most)) + (", ..." if codes > SHOWN else "")
            text = f"{city}: its list of {name} lacks {codes:,}, on {records:,} records, counted under unknown: {some}"
            yield Finding("codes", "note", text, "add them to the city's file and run `citywatch migrate`")
