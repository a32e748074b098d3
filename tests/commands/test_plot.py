"""`report --plot`: bars as long as their figures, with the comparison beside them; what is not known is a gap."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from citywatch.cli import call
from citywatch.commandline.plot import Bar, Group, groups, print_plot
from citywatch.commandline.svg import BAR_WIDTH, svg
from figures.periods import Period
from figures.queries.answer import Earlier, Question, ReportRow
from figures.queries.sums import NOTHING, Total
from schemas.cities import load_cities
from schemas.instants import epoch
from schemas.measures import MEASURES

SVG = "{http://www.w3.org/2000/svg}"
MAY, JUNE, JULY, AUGUST = (epoch(f"2022-0{month}-01T00:00:00+08:00") for month in (5, 6, 7, 8))


def counted(number: int) -> Total:
    return Total(number, number)


@pytest.fixture
def bars() -> list[Group]:
    """June is half known, and of May nothing is; July is known, and so is what is compared with it of June."""
    city = load_cities().by_name["xincheng"]
    question = Question(
        MEASURES["incidents"], city, "Asia/Shanghai", Period(JUNE, AUGUST), "month", ("beat",), ("previous",)
    )
    may, june, july = Period(MAY, JUNE), Period(JUNE, JULY), Period(JULY, AUGUST)
    before_june = {"previous": Earlier(may, NOTHING, 0, None, None)}
    before_july = {"previous": Earlier(june, counted(20), 1.0, counted(40), counted(20))}
    nothing_before = {"previous": Earlier(june, NOTHING, 1.0, None, None)}
    rows = [
        ReportRow(june, june, ("B01",), counted(20), "incomplete", 0.5, before_june),
        ReportRow(july, july, ("B01",), counted(40), "final", 1.0, before_july),
        ReportRow(july, july, ("B07",), NOTHING, "incomplete", 0, nothing_before),
    ]
    return groups(question, rows)


def test_what_is_not_known_is_a_gap_and_never_a_bar_of_0(bars: list[Group]) -> None:
    lengths = [[bar.length for bar in group.bars] for group in bars]
    assert lengths == [[20, None], [40, 20], [None, 0]]
    assert [bar.figure for bar in bars[2].bars] == ["–", "0"]


def test_in_the_terminal_a_bar_is_as_long_as_its_figure_and_has_its_change_beside(
    bars: list[Group], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    print_plot("Reported incidents", bars)
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert lines == SHOWN
    assert max(map(len, lines)) <= 100


SHOWN = """\
Reported incidents
2022-06-01..2022-06-30, B01 People's     now      ██████████           20 incomplete
Square
                                         previous                       – – (15 of 30 days known, 0
                                                                          of 31 days known before)
2022-07-01..2022-07-31, B01 People's     now      ████████████████████ 40
Square
                                         previous ██████████           20 +100.0 % (z 3.7)
2022-07-01..2022-07-31, B07 Software     now                            – incomplete
Park
                                         previous                       0 – (0 of 31 days known)
""".splitlines()


def test_the_chart_is_one_file_with_a_bar_for_each_figure_that_is_known(bars: list[Group]) -> None:
    root = ElementTree.fromstring(svg("Calls <all>", bars, ["as of 2022-08-01"]))
    widths = [float(each.get("width", "")) for each in root.iter(f"{SVG}rect") if each.get("width") != "100%"]
    assert widths == [BAR_WIDTH / 2, BAR_WIDTH, BAR_WIDTH / 2, 0]
    said = [each.text or "" for each in root.iter(f"{SVG}text")]
    assert (said[0], said[-1]) == ("Calls <all>", "as of 2022-08-01")
    assert any("+100.0 % (z " in text for text in said)
    assert not any("href" in name for each in root.iter() for name in each.attrib)


def test_nothing_is_drawn_of_no_figures() -> None:
    assert b"<svg" in svg("Calls", [], [])
    assert b"nan" not in svg("Calls", [Group("all", (Bar("now", 0, "0"),))], [])


@pytest.mark.parametrize(
    "asked",
    [("incidents", "x.svg"), ("incidents", "x.png", "--plot"), ("incidents", "--plot", "--csv"), ("--plot", "--json")],
)
def test_forms_that_exclude_each_other_are_refused_before_the_store_is_asked(
    asked: tuple[str, ...], capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITYWATCH_DATA", str(tmp_path))
    assert call(["report", *asked]) == 2
    assert capsys.readouterr().err.count("\n") == 1
