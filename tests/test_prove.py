"""`make prove` writes its page from what it measured, and only when all of it held."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests import prove
from tests.prove import Failed, PromiseRow, page, rows_of
from tests.test_year_figures import year

SPEED = {
    "vs_faust": 138.0,
    "vs_bare": 1.05,
    "peak_mb": 151,
    "p99_metrics_s": 0.4,
    "p99_clickhouse_s": 0.9,
    "runs": {"bare_loop": [{"events": 1_000_000, "wall": 5.0, "cpu": 5.0, "peak_mb": 240.0}]},
}


def test_the_page_says_when_at_which_commit_on_what_and_what_was_shown() -> None:
    text = page(
        datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
        "abc1234",
        [PromiseRow("store: a million rows", 52.3, "18200 rows/s")],
        PromiseRow("`make chaos SEED=5 ROUNDS=3`", 60.0, "0 lost, 0 doubled, 0 different"),
        year(),
        SPEED,
    )
    assert "on 2026-01-02 at 03:04 UTC, commit abc1234" in text
    assert "200,000 events/s" in text
    assert "| store: a million rows | 52 | 18200 rows/s |" in text
    assert "3,900,000 events of 365 days" in text
    assert "| `make chaos SEED=5 ROUNDS=3` | 60 | 0 lost, 0 doubled, 0 different |" in text


def test_the_cases_of_a_test_are_one_row_and_one_that_was_skipped_is_none(tmp_path: Path) -> None:
    results = tmp_path / "results.xml"
    case = '<testcase classname="tests.faults.test_crash" name="test_kill_9[{}]" time="1.5">{}</testcase>'
    seeds = [f'<properties><property name="seed" value="{seed}: 6 kills"/></properties>' for seed in (1, 2)]
    results.write_text(f"<testsuites>{case.format(1, seeds[0])}{case.format(2, seeds[1])}</testsuites>")
    assert list(rows_of(results)) == [PromiseRow("crash: kill 9, 2 cases", 3.0, "1: 6 kills; 2: 6 kills")]
    results.write_text(f"<testsuites>{case.format(1, '<skipped/>')}</testsuites>")
    with pytest.raises(Failed, match="was skipped"):
        list(rows_of(results))


def test_a_step_that_fails_leaves_the_page_as_it_was_and_the_other_steps_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(words: list[str]) -> str:
        raise Failed(f"`{' '.join(words[:2])}` ended with 1")

    written = tmp_path / "proof.md"
    written.write_text("as it was")
    monkeypatch.setattr(prove, "ROOT", tmp_path)
    monkeypatch.setattr(prove, "PAGE", written)
    monkeypatch.setattr(prove, "_run", failing)
    monkeypatch.setattr("sys.argv", ["prove"])
    assert prove.main() == 1
    assert written.read_text() == "as it was"
    steps = [f"`-m {module}` ended with 1" for module in ("pytest", "tests.faults", "bench.year", "bench")]
    told = [f"make prove: {each}" for each in (*steps, "proof.md stays as it was")]
    assert capsys.readouterr().err.splitlines() == told


def test_a_step_s_words_are_shown_and_its_exit_code_counts(capsys: pytest.CaptureFixture[str]) -> None:
    assert prove._run(["-c", "print('shown')"]) == "shown\n"
    assert capsys.readouterr().out == "shown\n"
    with pytest.raises(Failed, match="ended with 3"):
        prove._run(["-c", "raise SystemExit(3)"])
