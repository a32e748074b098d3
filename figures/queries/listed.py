"""Rows with codes as they came, in SQL, and what the lists of a city say of these: as the view `figures` has it."""

from __future__ import annotations

from figures.queries.where import Where
from sinks import dims
from sinks.bind import literal


def as_figures(where: Where, counted: str) -> str:
    """In SQL what stands in for the view `figures`, as far as `sums` reads it. `counted`: rows with source, type, pane,
    the codes as `at_beat` and so on, n (records), all_count, all_values, why (the reason)."""
    rows = listed(where, counted, "source, type, pane, n, all_count, all_values, why")
    return (
        "(SELECT source, type, pane, n AS records, all_count AS count, all_values AS values, why AS reason,"
        f" {dims.SQL}, sector, beat_known, class, node FROM ({rows}))"
    )


def listed(where: Where, counted: str, carried: str) -> str:
    """In SQL rows with what the lists of the city say of their codes, as the view `figures` has it. The codes stand in
    `at_beat` and so on; `carried` are further columns."""
    city, is_coded = literal(where.city.name), where.measure.event.coded is not None
    known = "list_node != ''" if is_coded else "0"
    codes = ", ".join(f"at_{name}" for name in dims.NAMES)
    return (
        f"SELECT {carried}, {', '.join(f'at_{name} AS {name}' for name in dims.NAMES)},"
        " if(list_sector = '', 'unknown', list_sector) AS sector, list_sector != '' AS beat_known,"
        f" if({known}, list_class, 'unknown') AS class, if({known}, list_node, 'unknown') AS node"
        f" FROM (SELECT {carried}, {codes}, list_sector"
        f" FROM ({counted}) AS l ANY LEFT JOIN ("
        f"SELECT beat AS at_beat, sector AS list_sector FROM zone_list WHERE city = {city}) AS r USING at_beat"
        ") AS l ANY LEFT JOIN ("
        "SELECT category AS at_category, node AS list_node, class AS list_class FROM code_list"
        f" WHERE city = {city}) AS r USING at_category"
    )
