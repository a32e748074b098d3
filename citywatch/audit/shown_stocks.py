"""The log against the stocks that `analyse` shows: at the moment up to which they go, on its page and in its gauges."""

from __future__ import annotations

from collections.abc import Mapping

from citywatch.audit.compare import Comparison
from citywatch.audit.in_city import InCity
from citywatch.audit.lives import Lives, by_life
from runtime.pages import Page
from schemas.derived import STOCKS
from schemas.stock import Stock

Samples = Mapping[str, Mapping[frozenset[tuple[str, str]], float]]


def compare_stocks(place: InCity, shown: Page, samples: Samples, score: Comparison) -> None:
    """Every stock that the page has of a city. One of which nothing came may be null: it is looked at where it is 0."""
    known = [(STOCKS[view["stock"]], view) for view in shown["stocks"] if view["stock"] in STOCKS]
    for life, views in by_life(known, lambda each: each[0]):
        lives = Lives(place.expected, life, place.city)
        for stock, view in views:
            _compare(place.vouched(stock.topic).as_of, lives, stock, view, samples, score)


def _compare(as_of: int | None, lives: Lives, stock: Stock, view: Page, samples: Samples, score: Comparison) -> None:
    city, kind = lives.city, f"live stock {stock.name}"
    score.check(f"known {stock.name}", f"live in {city.name}: as_of", as_of, view["as_of"])
    if as_of is None:
        return
    (by_beat,) = lives.stock(stock, [as_of])
    value, unmatched = (sum(column) for column in zip(*by_beat.values(), strict=True)) if by_beat else (0, 0)
    said = (view["value"], view["unmatched"]) if by_beat or view["value"] is not None else (0, 0)
    score.check(kind, city.name, (value, unmatched), said)
    for row in view["beats"]:
        score.check(kind, f"{city.name} {row['code']}", by_beat.get(row["code"], (0, 0))[0], row["value"])
    of = (("city", city.name), ("stock", stock.name))
    if view["value"] is not None:
        for name, right in (("stock", value / 10**stock.scale), ("stock_unmatched", unmatched)):
            score.check(f"gauge {name}", f"{city.name} {stock.name}", right, samples.get(name, {}).get(frozenset(of)))
    if "beat" in stock.labels:
        found = {
            dict(labels)["beat"]: number
            for labels, number in samples.get("stock_by_beat", {}).items()
            if {*of} <= labels
        }
        right_by_beat = {beat: number / 10**stock.scale for beat, (number, _) in by_beat.items() if number}
        score.check_all(f"gauge stock_by_beat {stock.name}", right_by_beat, found)
