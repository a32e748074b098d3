"""What a recount says is known is what the system says, for any starts, jumps, words and clocks."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from citywatch.audit.reference_verdicts import Gap, ReferenceModel
from citywatch.audit.vouched import Vouched
from figures.known import Facts, city_known
from figures.periods import Period
from runtime.log import Place
from schemas.cities import City, Source, load_cities
from schemas.control import PANE
from schemas.families.incidents import INCIDENTS
from schemas.families.patrols import PATROLS
from schemas.records import SourceGap

BEGIN = 1_767_225_600
PANES = 40
STEPS = {"a/110": 900, "b/110": 3_600, "c/110": 900}
CITY = replace(
    load_cities().by_name["xincheng"],
    sources={name: Source([INCIDENTS, PATROLS], max_step=step) for name, step in STEPS.items()},
)
CONTINUED = replace(CITY, sources=CITY.sources | {"c/110": replace(CITY.sources["c/110"], continues="a/110")})
PLACES = [Place(log, topic, part) for log in ("log-1", "log-2") for topic in (INCIDENTS, PATROLS) for part in (0, 1)]


@st.composite
def judged(draw: st.DrawFn) -> list[ReferenceModel]:
    """What some partitions have said of some sources."""
    models = []
    for place in draw(st.lists(st.sampled_from(PLACES), unique=True, min_size=1)):
        model = ReferenceModel(place)
        for source in draw(st.lists(st.sampled_from(sorted(STEPS)), unique=True)):
            start = draw(st.integers(0, PANES))
            model.clocks[source] = BEGIN + start * PANE + draw(st.integers(0, PANES * PANE))
            model.gaps.append(gap(model, source, -BEGIN // PANE, start, "start", 0))
            for cause in draw(st.lists(st.sampled_from(("jump", "declared", "filled")), max_size=6)):
                since = draw(st.integers(0, PANES))
                until = since + draw(st.integers(1, PANES))
                model.gaps.append(gap(model, source, since, until, cause, draw(st.integers(0, 3))))
        models.append(model)
    return models


def gap(model: ReferenceModel, source: str, since: int, until: int, cause: str, at: int) -> Gap:
    edges = (BEGIN + since * PANE, BEGIN + until * PANE)
    return Gap(model.place, len(model.gaps), source, *edges, cause, at, "")


@given(
    judged(),
    st.lists(st.tuples(st.integers(-5, 2 * PANES), st.integers(1, PANES)), max_size=8),
    st.sampled_from((CITY, CONTINUED)),
    st.sampled_from(((INCIDENTS,), (INCIDENTS, PATROLS))),
)
def test_both_ways_say_the_same_of_any_log(
    models: list[ReferenceModel], asked: list[tuple[int, int]], city: City, topics: tuple[str, ...]
) -> None:
    facts = Facts()
    for model in models:
        for said in model.gaps:
            place, *rest = said
            facts.take(msgspec.convert(dict(zip(SourceGap.__struct_fields__, (*place, *rest), strict=True)), SourceGap))
        for source, clock in model.clocks.items():
            facts.tick(source, model.place.topic, (model.place.log, model.place.partition), clock)
    known = city_known(facts, city, topics)
    vouched = Vouched(models, city, *topics)
    assert vouched.as_of == known.as_of
    assert vouched.absent == [tuple(absent) for absent in known.absent]
    assert vouched.spans == [(span.start, span.end) for span in known.spans]
    for start, panes in asked:
        span = Period(BEGIN + start * PANE, BEGIN + (start + panes) * PANE)
        assert vouched.coverage(span.start, span.end) == known.coverage(span)
        assert vouched.is_whole(span.start, span.end) == known.covers(span)
        assert vouched.within(span.start, span.end) == [(part.start, part.end) for part in known.part(span)]
