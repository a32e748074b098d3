"""The crash lab finds planted defects, each in a round with the fault that shows it; `make defects` hunts at random."""

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


@pytest.mark.full
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_defect_is_found_in_a_round_with_the_fault_that_shows_it(
    defect: Defect, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    need(KafkaBroker)
    need(ClickHouseServer)
    today = datetime.now(UTC).toordinal()
    with Lab(tmp_path, defect.plant(tmp_path)) as lab:
        outcome = lab.run(today, defect.schedule(today))
    record_property("seed", f"{defect.name}: {line(outcome)}")
    assert outcome.found, f"{defect.meaning}: not found"


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_defect_can_still_be_planted(defect: Defect, tmp_path: Path) -> None:
    assert (defect.plant(tmp_path) / "streams").is_dir()
