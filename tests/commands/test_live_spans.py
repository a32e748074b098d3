"""The calendar of the recount and that of the live figures name the same spans."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from citywatch.audit.live_spans import spans_of
from schemas.cities import Campaign, load_cities
from schemas.instants import epoch
from streams.live.figures import windows

CAMPAIGNS = {
    "leap": Campaign("", "", date(2024, 1, 20), date(2024, 3, 10)),
    "duty": Campaign("", "", date(2024, 2, 29), date(2024, 11, 5), "duty_day"),
    "long": Campaign("", "", date(2023, 3, 1), date(2024, 2, 29)),
}
LONG = ("quarter", "year", *(f"campaign:{name}" for name in CAMPAIGNS))


@pytest.mark.parametrize(
    "zone",
    [
        "Australia/Lord_Howe",
        *(pytest.param(zone, marks=pytest.mark.full) for zone in ("Asia/Shanghai", "America/New_York")),
    ],
)
def test_the_spans_of_quarters_years_and_campaigns_are_the_same_by_both(zone: str) -> None:
    city = msgspec.structs.replace(load_cities().by_name["xincheng"], tz=zone, campaigns=CAMPAIGNS)
    seen = set()
    for step in range(0, 2 * 366 * 86_400, 86_700):
        as_of = epoch("2023-02-01T00:00:00Z") + step // 300 * 300
        for window in windows(as_of, city):
            if window.period in LONG:
                seen.add(window.period)
                said = spans_of(window.period, as_of, city)
                assert said == tuple((span.start, span.end) for span in window.spans), (window.period, as_of)
    assert seen == set(LONG)


def test_of_other_periods_nothing_is_said() -> None:
    city = load_cities().by_name["xincheng"]
    assert spans_of("month", epoch("2026-05-14T00:00:00Z"), city) is None
    assert spans_of("campaign:none", epoch("2026-05-14T00:00:00Z"), city) is None
