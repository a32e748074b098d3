"""What an ordinary week of the simulated city looks like. Published figures are named as such."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

WEEKLY = {
    "criminal": 44,
    "public_order": 125,
    "traffic": 913,
    "fire": 3,
    "dispute": 334,
    "help": 298,
    "complaint": 27,
    "other": 1456,
}
"""Valid calls of one week by class: 3,200, as a city's bulletin gives them."""

SHARES: dict[str, dict[str, float]] = {
    "criminal": {
        "110101": 0.1, "110102": 3, "110103": 0.4, "110201": 5, "110202": 4.5, "110203": 9, "110204": 0.6,
        "110205": 1, "110206": 2, "110207": 1.4, "110208": 0.3, "110209": 1, "110299": 1.2, "110301": 0.5,
        "110401": 11, "110402": 0.4, "110499": 1.6, "119900": 1,
    },
    "public_order": {
        "120101": 34, "120102": 14, "120201": 9, "120202": 3, "120301": 38, "120302": 12, "120303": 9,
        "120401": 0.5, "129900": 5.5,
    },
    "traffic": {
        "130101": 560, "130201": 190, "130202": 12, "130301": 70, "130302": 48, "130303": 13, "139900": 20,
    },
    "fire": {"140101": 1.2, "140102": 0.6, "140103": 0.3, "140104": 0.4, "140201": 0.3, "140301": 0.2},
    "dispute": {
        "150101": 92, "150102": 38, "150103": 74, "150104": 52, "150105": 33, "150106": 5, "159900": 40,
    },
    "help": {"160101": 96, "160102": 0.6, "160201": 34, "160202": 88, "169900": 79},
    "complaint": {"170101": 15, "170102": 8, "179900": 4},
    "other": {"190102": 910, "199900": 546},
}  # fmt: skip
"""How a class splits into local codes; only the proportions count."""

# Thefts by six hours from midnight: 14, 39, 56, 49 of 158, two published weeks of a city.
_THEFT = [14 / 6] * 6 + [39 / 6] * 6 + [56 / 6] * 6 + [49 / 6] * 6
_ROAD = [1, 0.7, 0.5, 0.5, 0.6, 1, 3, 7, 8, 5.5, 5, 5, 4.5, 4.5, 5, 5.5, 6.5, 8.5, 8, 5, 4, 3, 2.2, 1.5]
_EVENING = [3, 2, 1.3, 0.8, 0.6, 0.6, 1, 1.8, 3, 4, 4.5, 4.5, 4.2, 4, 4.2, 4.5, 5, 5.5, 6.5, 8, 9, 8.5, 7, 5]
_NIGHT = [8, 6, 4.5, 3, 2, 1.2, 1, 1, 1.2, 1.5, 1.5, 1.8, 2.5, 2.2, 1.8, 1.8, 2, 2.5, 3.5, 5, 7, 9, 10, 9.5]
_OFFICE = [0.8, 0.5, 0.4, 0.3, 0.4, 0.8, 2, 4, 7, 8.5, 9, 8, 6, 6, 8, 8.5, 8, 7, 5.5, 5, 4.5, 3.5, 2.2, 1.4]

_SHAPES = {"traffic": _ROAD, "dispute": _EVENING, "public_order": _NIGHT, "fire": _EVENING}
_THEFT_CODES = "1102"

# Monday to Sunday; each has mean 1.
_WORKDAYS = (1.06, 1.03, 1.02, 1.03, 1.1, 0.92, 0.84)
_WEEKEND = (0.93, 0.91, 0.92, 0.95, 1.08, 1.14, 1.07)
_WEEKEND_CLASSES = ("dispute", "public_order", "criminal")

BEATS = {f"B{number:02d}": weight for number, weight in enumerate(
    (9, 8, 7, 3, 4, 3, 4, 3, 5, 4, 3, 4, 3, 5, 4, 3, 3, 2, 2, 2, 6, 7, 3, 2, 3, 4, 3), start=1
)}  # fmt: skip
_THEFT_BEATS = {"B02": 2.2, "B03": 1.8, "B06": 1.5, "B21": 2.0, "B22": 2.5}


@dataclass(frozen=True)
class Response:
    """How a class is answered: the share that gets a unit, and medians in seconds of the three phases."""

    share: float
    dispatch: float
    arrival: float
    handling: float


RESPONSES = {
    "criminal": Response(0.98, 35, 260, 2_700),
    "public_order": Response(0.97, 45, 330, 1_800),
    "traffic": Response(0.95, 55, 480, 1_500),
    "fire": Response(1.0, 25, 300, 3_600),
    "dispute": Response(0.96, 60, 420, 2_100),
    "help": Response(0.8, 70, 540, 1_500),
    "complaint": Response(0.3, 150, 1_200, 1_800),
    "other": Response(0.12, 120, 900, 900),
}
SPREAD = 0.55
"""Standard deviation of the logarithm of each phase."""

RECODINGS = {
    "110299": "120303", "110203": "110205", "110102": "120101", "120101": "150103", "120102": "120101",
    "150101": "110102", "110201": "160202", "140101": "149900",
}  # fmt: skip
RECODED = 0.06
CANCELLED = 0.012


@dataclass(frozen=True)
class Stream:
    """Calls of one code."""

    code: str
    weekly: float
    hours: tuple[float, ...]
    days: tuple[float, ...]
    beats: dict[str, float]
    of_class: str

    def rate(self, day: date, hour: int) -> float:
        """Calls expected in an hour of a day; the mean over a year and its weeks is `weekly`."""
        return self.weekly / 7 * self.days[day.weekday()] * self.season(day) * self.hours[hour]

    def season(self, day: date) -> float:
        """Summer brings more thefts and quarrels; mean 1 over a year."""
        swing = 0.06 if self.days is _WEEKEND else 0.02
        return 1 + swing * math.cos(2 * math.pi * (day.timetuple().tm_yday - 200) / 365.25)


def streams() -> list[Stream]:
    """All streams, in a fixed order."""
    made = []
    for of_class, shares in SHARES.items():
        total = sum(shares.values())
        for code, share in shares.items():
            theft = code.startswith(_THEFT_CODES)
            hours = _THEFT if theft else _SHAPES.get(of_class, _OFFICE)
            beats = {beat: w * (_THEFT_BEATS.get(beat, 1.0) if theft else 1.0) for beat, w in BEATS.items()}
            made.append(
                Stream(
                    code,
                    WEEKLY[of_class] * share / total,
                    tuple(weight / sum(hours) for weight in hours),
                    _WEEKEND if of_class in _WEEKEND_CLASSES else _WORKDAYS,
                    beats,
                    of_class,
                )
            )
    return made
