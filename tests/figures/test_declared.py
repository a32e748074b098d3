"""Every stock and funnel that is declared can be asked for, by whatever it has."""

from __future__ import annotations

from pathlib import Path

from figures.known import Known
from figures.periods import Period
from figures.queries.clock import CityClock
from figures.queries.funnels import FunnelQuestion, funnel_answer
from figures.queries.stocks import ages, levels
from runtime.settings import Settings
from schemas.cities import load_cities
from schemas.derived import FUNNELS, STOCKS
from schemas.funnel import Funnel
from schemas.stock import Stock
from tests.deployments import SERVER_UNLESS_FULL
from tests.figures.stepped import Row, judge, write_rows
from tests.migrated import open_migrated

CITY = load_cities().by_name["xincheng"]
BEGIN = 1_767_225_600
DAY = 86_400


@SERVER_UNLESS_FULL
def test_each_counts_a_subject_of_its_first_step_by_whatever_it_has(store_url: str, tmp_path: Path) -> None:
    store = open_migrated(Settings(clickhouse=store_url, data=tmp_path))
    figures: list[Stock | Funnel] = [*STOCKS.values(), *FUNNELS.values()]
    lives = {figure.lifecycle.name: figure.lifecycle for figure in figures}
    firsts = sorted({life.steps[0] for life in lives.values()})
    named = {field: "n-1" for life in lives.values() for field in life.named_by if field != "subject"}
    said = {"beat": "B07", **named}
    rows = [Row(n, "xincheng/110", f"e-{n}", "s-1", BEGIN, kind, said) for n, kind in enumerate(firsts)]
    write_rows(store, rows)
    for topic in {life.topic for life in lives.values()}:
        judge(store, topic, {0: len(rows)})
    clock = CityClock(Known(BEGIN + DAY, (Period(BEGIN - DAY, BEGIN + DAY),)), BEGIN + DAY)
    for stock in STOCKS.values():
        dims = stock.dimensions
        found = levels(store, stock, CITY, [BEGIN + DAY], dims)[BEGIN + DAY]
        counts = stock.lifecycle.states[0] in stock.counted and not stock.where
        shown = ages(store, stock, CITY, [BEGIN + DAY], dims)[BEGIN + DAY]
        assert sum(each.old.n for each in shown.values()) == counts, stock.name
        assert all(key[dims.index("beat")] == "B07" for key in found), stock.name
    for funnel in FUNNELS.values():
        question = FunnelQuestion(funnel, CITY, CITY.tz, Period(BEGIN, BEGIN + DAY), None, funnel.dimensions)
        assert [row.n for row in funnel_answer(store, question, clock)] == [1], funnel.name
    store.close()
