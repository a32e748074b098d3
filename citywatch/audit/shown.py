"""The log against what `analyse` shows: its JSON page and its gauges, where it runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial

from citywatch.audit.compare import Comparison
from citywatch.audit.expected import Sum
from citywatch.audit.in_city import InCity
from citywatch.audit.live_spans import spans_of
from citywatch.audit.measured import Measured, percent
from citywatch.audit.shown_stocks import compare_stocks
from runtime.pages import Page, fetch, live
from runtime.settings import Settings
from schemas.measures import MEASURES

SPANS = ("current", "previous", "year")
WATCHED = ("incidents", "street_theft")
"""Measures that the spike rule looks at."""
BY_PERIODS = ("day", "month")
"""Periods whose current span is shown by dimension."""
RULE_SECONDS = (7 + 28) * 86_400
"""What it looks back on."""

_SAMPLE = re.compile(r"citywatch_(\w+)\{(.*)\} (\S+)$")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')

Samples = dict[str, dict[frozenset[tuple[str, str]], float]]
"""By name without its prefix, and labels."""


def compare_live(settings: Settings, cities: Mapping[str, InCity], score: Comparison) -> bool:
    """Every number of the JSON page and of the gauges, over the spans the page names. False where none is there."""
    page, gauges = live(settings), fetch(settings, "metrics")
    if page is None or gauges is None:
        return False
    samples = _samples(gauges.decode())
    for city in page["cities"]:
        if city["city"] in cities:
            place = cities[city["city"]]
            _city(place, city, samples, score)
            _recent(place, page, city, samples, score)
            if city["measures"]:
                compare_stocks(place, city, samples, score)
    shown = {city["city"] for city in page["cities"] if city["measures"]}
    for name, place in cities.items():
        if name not in shown and place.types:
            score.skipped.append(_unseen(name))
    return bool(page["cities"])


def _city(place: InCity, shown: Page, samples: Samples, score: Comparison) -> None:
    for measure in shown["measures"]:
        if measure["measure"] not in MEASURES:
            continue
        measured = Measured(place, MEASURES[measure["measure"]])
        _known(measured, measure, samples, score)
        for period in measure["periods"]:
            _page(measured, period, score)
            _gauges(measured, period, samples, score)
        if not measure["periods"] and measured.first is not None:
            score.skipped.append(_unseen(f"{measure['measure']} of {place.city.name}"))


def _unseen(name: str) -> str:
    return f"live gauges of {name}: analyse shows none; has it had a heartbeat?"


def _known(measured: Measured, shown: Page, samples: Samples, score: Comparison) -> None:
    """Up to when a measure is shown, and without whom."""
    vouched, kind = measured.vouched, f"known {measured.measure.name}"
    where = f"live in {measured.city.name}"
    score.check(kind, f"{where}: as_of", vouched.as_of, shown["as_of"])
    score.check(kind, f"{where}: absent", vouched.absent, [(each["source"], each["since"]) for each in shown["absent"]])
    labels = frozenset((("city", measured.city.name), ("measure", measured.measure.name)))
    found = samples.get("measure_as_of_seconds", {}).get(labels)
    score.check(f"gauge known {measured.measure.name}", f"{where}: as_of", vouched.as_of, found)


def _recent(place: InCity, page: Page, shown: Page, samples: Samples, score: Comparison) -> None:
    """Whether the spike rule may speak: all of its days are known of all that it watches."""
    city, all_known = place.city, bool(page["history_loaded"])
    for name in WATCHED:
        vouched = place.vouched(MEASURES[name].topic)
        at = vouched.as_of
        is_known = page["history_loaded"] and at is not None and vouched.is_whole(at - RULE_SECONDS, at)
        all_known = all_known and is_known
        for spike in shown["spikes"]:
            if spike["measure"] == name:
                score.check(f"known {name}", f"spike of {spike['code']} in {city.name}", is_known, spike["known"])
    if shown["as_of"] is not None:
        found = samples.get("recent_known", {}).get(frozenset((("city", city.name),)))
        score.check("gauge recent_known", city.name, int(all_known), found)


def _page(measured: Measured, period: Page, score: Comparison) -> None:
    where = f"{measured.city.name} {period['period']}"
    kind, known = f"live {measured.measure.name}", f"known {measured.measure.name}"
    _spans(measured, period, where, score)
    shares = _shares_known(measured, period)
    score.check(known, f"{where}: coverage", shares, {span: period["coverage"][span] for span in SPANS})
    totals = _sums(measured, period, ())
    _row(measured, period, totals, (), period["total"], where, score)
    for name, dims in (("classes", ("class",)), ("beats", ("beat",))):
        sums = _sums(measured, period, dims)
        for row in period[name]:
            _row(measured, period, sums, (row["code"],), row, f"{where} {row['code']}", score)
    for span in SPANS if period.get("shares") else ():
        share, total = period["shares"][span], totals[span].get(())
        said = (
            measured.value(total),
            measured.seconds(total),
            *(measured.within(total, edge) for edge in measured.edges),
        )
        found = (share["n"], share["seconds_sum"], *(share["within"][str(edge)] for edge in measured.edges))
        score.check(kind, f"{where} {span} shares", said, found)


def _spans(measured: Measured, period: Page, where: str, score: Comparison) -> None:
    """Those of the longer periods are the right ones; all but campaigns that are over end where figures do."""
    as_of, known = measured.vouched.as_of, f"known {measured.measure.name}"
    said = None if as_of is None else spans_of(period["period"], as_of, measured.city)
    if said is None:
        score.check(known, f"{where}: ends", as_of, period["current"]["to"])
        return
    for name, span in zip(SPANS, said, strict=True):
        score.check(known, f"{where}: {name}", span, (period[name]["from"], period[name]["to"]))


def _row(
    measured: Measured,
    period: Page,
    sums: dict[str, dict[tuple[str, ...], Sum]],
    key: tuple[str, ...],
    row: Page,
    where: str,
    score: Comparison,
) -> None:
    """The three values, null where nothing is known and nothing came; percentages only where both sides are known."""
    vouched, shares = measured.vouched, _shares_known(measured, period)
    values = {span: measured.value(sums[span].get(key)) for span in SPANS}
    said = tuple(values[span] if values[span] or shares[span] else None for span in SPANS)
    score.check(f"live {measured.measure.name}", where, said, _values(row))
    whole = {span: vouched.is_whole(period[span]["from"], period[span]["to"]) for span in SPANS}
    changes = {
        span: percent(values["current"], values[span], measured.measure.scale)
        if whole["current"] and whole[span]
        else None
        for span in SPANS[1:]
    }
    found = {span: row[span]["percent"] for span in SPANS[1:]}
    score.check(f"known {measured.measure.name}", f"{where}: percent", changes, found)


def _shares_known(measured: Measured, period: Page) -> dict[str, float]:
    return {span: measured.vouched.coverage(period[span]["from"], period[span]["to"]) for span in SPANS}


def _gauges(measured: Measured, period: Page, samples: Samples, score: Comparison) -> None:
    """All windows without a dimension, and those that are shown by one."""
    measure, number = measured.measure, measured.seconds if measured.measure.in_minutes else measured.value
    shares = _shares_known(measured, period)
    for span in SPANS:
        labels = {"city": measured.city.name, "topic": measure.topic, "period": period["period"], "span": span}
        found = samples.get("window_coverage_ratio", {}).get(frozenset(labels.items()))
        score.check(f"gauge known {measure.name}", f"{span} {measured.city.name}: coverage", shares[span], found)
    _gauge(measured, measure.gauge, (), number, period, samples, score)
    if measure.is_phase:
        _gauge(measured, f"window_{measure.name}_seconds", (), measured.seconds, period, samples, score)
        for edge in measured.edges:
            further = (("seconds", str(edge)),)
            within = partial(measured.within, edge=edge)
            _gauge(measured, f"{measure.gauge}_within", (), within, period, samples, score, further)
    if period["period"] in BY_PERIODS:
        for label in measure.labels:
            _gauge(measured, f"{measure.gauge}_by_{label}", (label,), number, period, samples, score)


def _gauge(
    measured: Measured,
    name: str,
    dims: tuple[str, ...],
    number: Callable[[Sum | None], int],
    period: Page,
    samples: Samples,
    score: Comparison,
    further: tuple[tuple[str, str], ...] = (),
) -> None:
    """One gauge over the windows of a period that it shows: by a dimension the one that runs. Above nothing where the
    log has nothing."""
    sums, shares, found = _sums(measured, period, dims), _shares_known(measured, period), samples.get(name, {})
    fixed = (("city", measured.city.name), ("period", period["period"]), *further)
    expected: dict[frozenset[tuple[str, str]], float | None] = {}
    for span in SPANS[:1] if dims else SPANS:
        window = () if dims else (("span", span),)
        for key in {key for each in sums.values() for key in each}:
            total = sums[span].get(key)
            labels = frozenset((*fixed, *window, *zip(dims, key, strict=True)))
            value = float(measured.shown(number(total)))  # a sum with decimal places in whole units
            expected[labels] = value if measured.value(total) or shares[span] else None
    for labels, right in expected.items():
        score.check(f"gauge {name}", " ".join(value for _, value in sorted(labels)), right, found.get(labels))
    for labels, shown in found.items():
        if set(fixed) <= labels and shown and labels not in expected:
            score.check(f"gauge {name}", " ".join(value for _, value in sorted(labels)), 0, shown)


def _sums(measured: Measured, period: Page, dims: tuple[str, ...]) -> dict[str, dict[tuple[str, ...], Sum]]:
    return {
        span: {
            key: total for (_, key), total in measured.by(None, dims, period[span]["from"], period[span]["to"]).items()
        }
        for span in SPANS
    }


def _values(row: Page) -> tuple[int | None, ...]:
    return row["value"], row["previous"]["value"], row["year"]["value"]


def _samples(text: str) -> Samples:
    samples: Samples = {}
    for line in text.splitlines():
        found = _SAMPLE.match(line)
        if found:
            name, labels, value = found.groups()
            pairs = frozenset((key, _unescaped(said)) for key, said in _LABEL.findall(labels))
            samples.setdefault(name, {})[pairs] = float(value)
    return samples


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found.group(1) == "n" else found.group(1), text)
