"""The crash lab finds planted defects: one of them here, another every day; `make defects` hunts all of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.faults.chaos import line
from tests.faults.defects import DEFECTS, Defect
from tests.faults.round import Lab
from tests.parts.clickhouse import ClickHouseServer
from tests.parts.kafka import KafkaBroker
from tests.parts.need import need


@pytest.mark.timeout(1200)
def test_the_defect_of_today_is_found_in_a_round_with_the_fault_that_shows_it(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    need(KafkaBroker)
    need(ClickHouseServer)
    today = datetime.now(UTC).toordinal()
    defect = DEFECTS[today % len(DEFECTS)]
    with Lab(tmp_path, defect.plant(tmp_path)) as lab:
        outcome = lab.run(today, defect.schedule(today))
    record_property("seed", f"{defect.name}: {line(outcome)}")
    assert outcome.found, f"{defect.meaning}: not found"


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_defect_can_still_be_planted(defect: Defect, tmp_path: Path) -> None:
    assert (defect.plant(tmp_path) / "streams").is_dir()
