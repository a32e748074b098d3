"""The inputs as they were written, also where the broker has forgotten them; and what they come to."""

from __future__ import annotations

from collections import Counter, defaultdict
from contextlib import closing

from citywatch.audit.compare import Comparison
from citywatch.audit.expected import Expected
from citywatch.audit.reference_verdicts import ReferenceModel
from citywatch.audit.tables import compare_figures
from runtime.cities import cities
from runtime.log import OffsetRange, Place, Record, extents, read
from schemas.topics import INPUTS
from sinks.store_factory import open_store
from tests.deployment import Deployment


class Memory:
    """The inputs as they were written, also where the broker has forgotten them."""

    def __init__(self, deployment: Deployment) -> None:
        self._settings = deployment.settings
        self._records: dict[Place, list[Record]] = defaultdict(list)
        self._next: Counter[Place] = Counter()

    def keep(self) -> None:
        """Read what came since the last time."""
        there = extents(self._settings, INPUTS)
        parts = {place: OffsetRange(self._next[place], extent.end) for place, extent in there.items()}
        read(self._settings, parts, lambda place, records: self._records[place].extend(records))
        self._next.update({place: extent.end - self._next[place] for place, extent in there.items()})

    def expected(self) -> Expected:
        """What it comes to, judged as if nothing had gone."""
        models = []
        for place, records in sorted(self._records.items()):
            models.append(ReferenceModel(place))
            models[-1].judge(records)
        return Expected(models)


def check_figures(deployment: Deployment, expected: Expected) -> None:
    score = Comparison()
    with closing(open_store(deployment.settings)) as store:
        compare_figures(store, expected, cities(deployment.settings), score)
    assert score.equal, score.examples
