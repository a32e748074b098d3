"""The log against what `analyse` shows: its JSON page and its gauges, where it runs."""

from __future__ import annotations

import http.client
import json
import re
import urllib.request
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from citywatch import deployment
from citywatch.proof.compare import Comparison
from citywatch.proof.expected import Expected, Sum
from citywatch.proof.measured import Measured
from citywatch.questions.answer import WITHIN
from citywatch.settings import Settings
from schemas.cities import Cities
from schemas.measures import MEASURES

SPANS = ("current", "previous", "year")
ANSWER_SECONDS = 10.0

_SAMPLE = re.compile(r"citywatch_(\w+)\{(.*)\} (\S+)$")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')

Page = dict[str, Any]


def address(settings: Settings) -> str:
    """Host and port of analyse."""
    running = deployment.read(settings)
    if running is not None and "analyse" in running.metrics:
        return running.metrics["analyse"]
    return "{}:{}".format(*settings.metrics_address("analyse"))


def fetch(settings: Settings, page: str) -> bytes | None:
    """A page of analyse; None where it does not run."""
    try:
        with urllib.request.urlopen(f"http://{address(settings)}/{page}", timeout=ANSWER_SECONDS) as answer:
            body: bytes = answer.read()
            return body
    except (OSError, http.client.HTTPException):  # it ended while it answered, too
        return None


def live(settings: Settings) -> Page | None:
    """The JSON page of analyse; None where it does not run."""
    body = fetch(settings, "live")
    return None if body is None else json.loads(body)


def compare_live(settings: Settings, expected: Expected, known: Cities, score: Comparison) -> bool:
    """Every number of the JSON page and of the gauges, over the spans the page names. False where none is there."""
    page, gauges = live(settings), fetch(settings, "metrics")
    if page is None or gauges is None:
        return False
    samples = _samples(gauges.decode())
    for city in page["cities"]:
        for measure in city["measures"]:
            if measure["measure"] in MEASURES and city["city"] in known.by_name:
                declared = MEASURES[measure["measure"]]
                place = known.by_name[city["city"]]
                measured = Measured(expected, declared, place, place.tz)
                for period in measure["periods"]:
                    _page(measured, period, score)
                    _gauges(measured, period, samples, score)
    shown = {city["city"] for city in page["cities"] if city["measures"]}
    for name, place in known.by_name.items():
        if name not in shown and any(key.source in place.sources for key in expected.figures):
            score.skipped.append(f"live gauges of {name}: analyse shows none; has it had a heartbeat?")
    return bool(page["cities"])


def _page(measured: Measured, period: Page, score: Comparison) -> None:
    where = f"{measured.city.name} {period['period']}"
    kind = f"live {measured.measure.name}"
    totals = _sums(measured, period, ())
    score.check(kind, where, _three(totals, (), measured.value), _values(period["total"]))
    for name, dims in (("classes", ("class",)), ("beats", ("beat",))):
        sums = _sums(measured, period, dims)
        for row in period[name]:
            score.check(kind, f"{where} {row['code']}", _three(sums, (row["code"],), measured.value), _values(row))
    for span in SPANS if period.get("shares") else ():
        share, total = period["shares"][span], totals[span].get(())
        said = (
            measured.value(total),
            measured.seconds(total),
            *(measured.within(total, edge) for edge in WITHIN),
        )
        found = (share["n"], share["seconds_sum"], *(share["within"][str(edge)] for edge in WITHIN))
        score.check(kind, f"{where} {span} shares", said, found)


def _gauges(
    measured: Measured,
    period: Page,
    samples: dict[str, dict[frozenset[tuple[str, str]], float]],
    score: Comparison,
) -> None:
    measure = measured.measure
    sums = _sums(measured, period, measure.labels)
    fixed = (("city", measured.city.name), ("period", period["period"]))
    series: list[tuple[str, tuple[tuple[str, str], ...], Callable[[Sum | None], int]]] = [
        (measure.name, (), measured.value)
    ]
    if measure.is_phase:
        series.append((f"{measure.name}_seconds_sum", (), measured.seconds))
        series += [
            (f"{measure.name}_within", (("le", str(edge)),), partial(measured.within, edge=edge)) for edge in WITHIN
        ]
    for name, further, number in series:
        for span in SPANS:
            for key in {key for each in sums.values() for key in each}:
                labels = frozenset((*fixed, *further, ("span", span), *zip(measure.labels, key, strict=True)))
                found = samples.get(name, {}).get(labels, 0)
                score.check(
                    f"gauge {name}",
                    f"{span} {' '.join(value for _, value in sorted(labels))}",
                    number(sums[span].get(key)),
                    found,
                )
    _unexplained(measured, fixed, sums, samples, score)


def _unexplained(
    measured: Measured,
    fixed: Iterable[tuple[str, str]],
    sums: dict[str, dict[tuple[str, ...], Sum]],
    samples: dict[str, dict[frozenset[tuple[str, str]], float]],
    score: Comparison,
) -> None:
    """Gauges above nothing where the log has nothing."""
    for labels, value in samples.get(measured.measure.name, {}).items():
        named = dict(labels)
        if not set(fixed) <= labels or not value:
            continue
        key = tuple(named[label] for label in measured.measure.labels)
        if key not in {key for each in sums.values() for key in each}:
            score.check(f"gauge {measured.measure.name}", " ".join(sorted(named.values())), 0, value)


def _sums(measured: Measured, period: Page, dims: tuple[str, ...]) -> dict[str, dict[tuple[str, ...], Sum]]:
    return {
        span: {
            key: total for (_, key), total in measured.by(None, dims, period[span]["from"], period[span]["to"]).items()
        }
        for span in SPANS
    }


def _three(
    sums: dict[str, dict[tuple[str, ...], Sum]], key: tuple[str, ...], value: Callable[[Sum | None], int]
) -> tuple[int, ...]:
    return tuple(value(sums[span].get(key)) for span in SPANS)


def _values(row: Page) -> tuple[int, ...]:
    return row["value"], row["previous"]["value"], row["year"]["value"]


def _samples(text: str) -> dict[str, dict[frozenset[tuple[str, str]], float]]:
    samples: dict[str, dict[frozenset[tuple[str, str]], float]] = {}
    for line in text.splitlines():
        found = _SAMPLE.match(line)
        if found:
            name, labels, value = found.groups()
            pairs = frozenset((key, _unescaped(said)) for key, said in _LABEL.findall(labels))
            samples.setdefault(name, {})[pairs] = float(value)
    return samples


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found.group(1) == "n" else found.group(1), text)
