"""Cases of the simulated city: what is opened, how long until it is solved, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from schemas.cities import City
from schemas.families.cases import FAMILY
from sources.simcity.desk import DAY, HOUR, Desk
from sources.simcity.event import SimEvent

_OPENED = {
    "110201": 0.5, "110202": 0.6, "110203": 1.1, "110204": 0.1, "110206": 0.3, "110207": 0.2, "110208": 0.05,
    "110209": 0.15, "110299": 0.2, "110102": 0.4, "110101": 0.01, "110301": 0.05, "110401": 1.6, "110402": 0.1,
    "110499": 0.2, "110501": 0.02, "110601": 0.03, "110701": 0.04, "110702": 0.05, "110801": 0.1, "110901": 0.5,
    "119900": 0.2, "120101": 2.6, "120102": 1.2, "120201": 0.9, "120202": 0.3, "120203": 0.02, "120303": 0.7,
    "120401": 0.1, "129900": 0.6,
}  # fmt: skip
"""Cases a day by the city's codes: criminal ones a little fewer than the calls, public-order ones half of them."""

_THEFTS = "1102"
_RECODINGS = {"110203": "110205", "110102": "120101", "120101": "120102", "110299": "120303"}
_SOLVED = {"1101": 0.92, "1102": 0.38, "1104": 0.3, "12": 0.75}
"""Shares of what is ever solved, by the beginning of the code; half of the others."""

_LOST = {"110203": 280_000, "110204": 9_000_000, "110401": 4_500_000, "110402": 3_000_000}
"""Medians in fen."""


def day(seed: int, on: date, city: City) -> Iterator[SimEvent]:
    """All that becomes of the cases and tips that begin on a local day, and the police work of that day."""
    desk = Desk(FAMILY, seed, on, city)
    for code, mean in _OPENED.items():
        for _ in range(desk.how_many(mean)):
            yield from _case(desk, code)
    yield from _tips(desk)
    yield from _at_posts(desk)
    yield from _returns(desk)


def _case(desk: Desk, code: str) -> Iterator[SimEvent]:
    subject, about = desk.subject(), desk.where() | {"category": code}
    opened = desk.moment()
    reported = opened - desk.random.randint(300, 6 * HOUR)
    against = "vulnerable" if code == "110402" or desk.chance(0.06) else "general"
    yield from desk.tell(
        "opened", opened, subject, about,
        happened_at=reported - desk.random.randint(60, DAY), reported_at=reported, against=against,
    )  # fmt: skip
    place = {"beat": about["beat"], "category": code, "opened_at": opened}
    if desk.chance(0.012):
        yield from desk.tell("withdrawn", desk.later(opened, 2 * DAY), subject, place)
        return
    if code in _RECODINGS and desk.chance(0.06):
        yield from desk.tell("recoded", desk.later(opened, 2 * DAY), subject, place, now_category=_RECODINGS[code])
    if code.startswith(_THEFTS):
        yield from _stolen(desk, subject, about, opened, code)
    level = desk.random.choice(("ministry", "province", "city", "city")) if desk.chance(0.04) else "none"
    solved = desk.later(opened, 20 * HOUR if against == "vulnerable" else 4 * DAY)
    share = next((share for begins, share in _SOLVED.items() if code.startswith(begins)), 0.5)
    is_solved = desk.chance(share) or (level != "none" and desk.chance(0.6))
    if level != "none":
        yield from _listed(desk, subject, about, opened, level, solved if is_solved else None)
    if is_solved:
        since = opened - desk.random.randint(5, 35) * 365 * DAY if desk.chance(0.006) else opened  # a cold one
        yield from desk.tell("solved", solved, subject, about, opened_at=since, level=level, against=against)
        yield from _suspects(desk, subject, about, solved, code)


def _stolen(desk: Desk, subject: str, about: dict[str, object], opened: int, code: str) -> Iterator[SimEvent]:
    worth = _money(desk, _LOST.get(code, 60_000))
    yield from desk.tell("property_stolen", opened, subject, about, items=1, amount=worth)
    if desk.chance(0.45):
        found = desk.later(opened, 30 * HOUR)
        yield from desk.tell("property_recovered", found, subject, about, items=1, amount=worth, stolen_at=opened)
    if code == "110203" and desk.chance(0.2):
        series = f"series-{about['beat']}-{desk.day:%y}W{desk.day.isocalendar().week:02d}"
        yield from desk.tell("series_linked", desk.later(opened, 5 * DAY), subject, about, series=series)


def _listed(
    desk: Desk, subject: str, about: dict[str, object], opened: int, level: str, solved: int | None
) -> Iterator[SimEvent]:
    """Supervised from above; nine of ten times a unit answers for it within a day."""
    listed = opened + desk.random.randint(HOUR, 12 * HOUR)
    yield from desk.tell("listed", listed, subject, about, level=level)
    named = listed + (desk.random.randint(HOUR, 20 * HOUR) if desk.chance(0.9) else desk.random.randint(DAY, 3 * DAY))
    yield from desk.tell("owner_named", named, subject, about)
    if solved is not None:
        over = max(solved, named) + HOUR
        yield from desk.tell("delisted", over, subject, about, level=level, reason="solved", listed_at=listed)


def _suspects(desk: Desk, subject: str, about: dict[str, object], solved: int, code: str) -> Iterator[SimEvent]:
    """Whom the solved case led to, as numbers, and what was taken from them."""
    caught = desk.random.choices((1, 2, 3, 6), (70, 20, 8, 2))[0]
    yield from desk.tell("arrest", solved + 60, subject, about, count=caught)
    kind = "detained" if code.startswith("11") else "penalised"
    yield from desk.tell("sanction", solved + desk.random.randint(HOUR, DAY), subject, about, kind=kind, count=caught)
    if kind == "detained" and desk.chance(0.5):
        later = desk.later(solved, 40 * DAY)
        yield from desk.tell("sanction", later, subject, about, kind="prosecuted", count=caught)
    if caught >= 3:
        tier = desk.random.choices(("gang", "syndicate", "organisation"), (90, 9, 1))[0]
        yield from desk.tell("group_dismantled", solved + 120, subject, about, tier=tier)
        if desk.chance(0.3):
            yield from desk.tell("raid", solved + 90, subject, about)
            yield from desk.tell("seizure", solved + 100, subject, about, kind="phone", items=desk.random.randint(1, 9))
    if code.startswith("1104"):
        got = _money(desk, 900_000)
        form = "noncash" if desk.chance(0.2) else "cash"
        yield from desk.tell("loss_recovered", solved + HOUR, subject, about, form=form, amount=got)
    if code in ("120201", "120203"):
        yield from desk.tell(
            "seizure", solved + 100, subject, about, kind="cash", items=0, amount=_money(desk, 300_000)
        )


def _tips(desk: Desk) -> Iterator[SimEvent]:
    for _ in range(desk.how_many(1.2)):
        subject, about, opened = desk.subject(), desk.where() | {"category": "110601"}, desk.moment()
        yield from desk.tell("tip_opened", opened, subject, about)
        if desk.chance(0.9):
            result = desk.random.choices(("unfounded", "case", "other"), (6, 3, 1))[0]
            closed = desk.later(opened, 6 * DAY)
            yield from desk.tell("tip_closed", closed, subject, about, opened_at=opened, result=result)


def _at_posts(desk: Desk) -> Iterator[SimEvent]:
    """Caught at posts and on patrol: in the act, or wanted."""
    for _ in range(desk.how_many(1.5)):
        kind = desk.random.choices(("in_act", "wanted", "wanted_major"), (60, 38, 2))[0]
        context = desk.random.choice(("post", "patrol", "checkpoint"))
        about = desk.where() | {"category": "110299" if kind == "in_act" else "119900"}
        yield from desk.tell("arrest", desk.moment(), desk.subject(), about, kind=kind, context=context)


def _returns(desk: Desk) -> Iterator[SimEvent]:
    """A ceremony at which property is given back, on the 8th and the 23rd."""
    if desk.day.day in (8, 23):
        about = desk.where("B01") | {"category": "110203"}
        items = desk.random.randint(8, 30)
        yield from desk.tell(
            "property_returned", desk.at(10), desk.subject(), about, items=items, amount=items * 230_000
        )


def _money(desk: Desk, median: int) -> int:
    return round(desk.random.lognormvariate(0, 0.9) * median / 100) * 100
