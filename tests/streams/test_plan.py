"""Series are placed by the codes that decide: that is only a short cut."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from random import Random

import numpy as np
import pytest

from schemas.areas import AREA
from schemas.cities import City, load_cities
from schemas.family import BEAT
from schemas.measures import MEASURES, Measure
from streams.live.plan import Codes, Fold, Label, label_of

CITY = load_cities().by_name["xincheng"]
SERIES = 60
PAIRS = 3


def some_series(draw: Random, measure: Measure, city: City) -> list[Codes]:
    """Codes that the measure takes, others that the lists have, and ones that no list has."""
    event = measure.event
    listed = {BEAT: [*sorted(city.beats)[:3]], event.coded: draw.sample(sorted(city.codes), 4)}
    codes = {dim: ["", "zz", *measure.only.get(dim, ["q"]), *listed.get(dim, ["a"])] for dim in event.dims}
    return [tuple(draw.choice(codes[dim]) for dim in event.dims) for _ in range(SERIES)]


@pytest.mark.parametrize("name", MEASURES)
def test_each_series_counts_under_the_label_that_all_its_codes_give(name: str) -> None:
    measure, draw = MEASURES[name], Random(name)
    alone = [dimension for dimension in measure.dimensions if dimension != AREA]
    series = some_series(draw, measure, CITY)
    numbers = np.arange(1.0, SERIES + 1).reshape(1, SERIES, 1)  # which of them were added up can be told
    for asked in [(), *((one,) for one in alone), *list(combinations(alone, 2))[:PAIRS]]:
        fold = Fold(measure, CITY, asked, [0])
        for end in (SERIES // 2, SERIES):
            fold.extend(series[:end])
        expected: Counter[Label] = Counter()
        for number, codes in enumerate(series, 1):
            (node,) = label_of(measure, CITY, ("category",), codes)
            if measure.takes_node(node) and measure.takes_codes(codes):
                expected[label_of(measure, CITY, asked, codes)] += number
        found = dict(zip(fold.labels, fold.sums(numbers)[0, 0].tolist(), strict=True))
        assert {label: number for label, number in found.items() if number} == expected, asked
