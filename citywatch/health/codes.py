"""Codes that a city's lists lack: how many, in how many records, and the most frequent by name."""

from __future__ import annotations

from collections.abc import Iterator

from citywatch.health.finding import Finding
from sinks.store import Store

SHOWN = 3

_LISTS = {"beat": ("beats", "zone_list"), "category": ("codes", "code_list")}
"""Of each column its name in a city file, and the view of what is known."""

_LACKING = """
SELECT city, count() AS codes, sum(n) AS records, groupArray({shown})(code) AS most
FROM (
    SELECT city, code, sum(n) AS n
    FROM (
        SELECT source, {column} AS code, argMax(records, version) AS n
        FROM cells WHERE (source, {column}) NOT IN ({known})
        GROUP BY log, topic, partition, source, pane, type, beat, category, facet
        UNION ALL
        SELECT source, {column} AS code, uniqExact(log, topic, partition, offset) AS n
        FROM corrections WHERE verdict = 'late' AND (source, {column}) NOT IN ({known})
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
    for column, (name, view) in _LISTS.items():
        known = _KNOWN.format(column=column, view=view)
        for city, codes, records, most in store.query(_LACKING.format(column=column, known=known, shown=SHOWN)):
            some = ", ".join(map(repr, most)) + (", ..." if codes > SHOWN else "")
            text = f"{city}: its list of {name} lacks {codes:,}, on {records:,} records, counted under unknown: {some}"
            yield Finding("codes", "note", text, "add them to the city's file and run `citywatch migrate`")
