"""What the driver of clickhouse-server is kept from."""

from __future__ import annotations

import subprocess
import sys

_ASKED = """
import sinks.clickhouse
from clickhouse_driver.columns.datecolumn import DateColumn
print(len(DateColumn.date_lut))
"""


def test_it_makes_no_dates_before_any_are_asked_for() -> None:
    assert subprocess.check_output([sys.executable, "-c", _ASKED], text=True) == "0\n"
