"""The district's drowning warnings: 20 sensors, 72 alerts, one sensor that falls silent."""

from __future__ import annotations

from collections.abc import Iterator

from citywatch.acceptance.events import event, some
from citywatch.acceptance.question import Report, at, span
from citywatch.acceptance.scenario import Fed, Figure, Scenario
from citywatch.acceptance.stood import Alarmed, Stood
from schemas.instants import rfc3339

DAY = "2022-07-16"
TODAY, AFTERNOON = span(DAY, DAY), span(f"{DAY}T12:00:00+08:00", f"{DAY}T17:00:00+08:00")
FIRST, LAST, SILENT = at(f"{DAY} 12:00:00"), at(f"{DAY} 18:00:00"), at(f"{DAY} 17:15:00")


def _sensors() -> Iterator[Fed]:
    """All send every minute; sensor 7 sends nothing for 21 of them. Each alert is spoken to after 4 to 12 seconds."""
    for number in range(20):
        about, subject = {"beat": f"B{number % 5 + 11:02d}", "kind": "drowning"}, f"sensor-{number:02d}"
        yield event("prevention.sensor_listed", f"l-{number}", FIRST, about, subject)
        for minute, time in enumerate(range(FIRST, LAST, 60)):
            if number != 7 or not SILENT <= time < SILENT + 1_260:
                yield event("prevention.sensor_heartbeat", f"h-{number}-{minute}", time, about, subject)
        yield event("prevention.sensor_delisted", f"d-{number}", LAST, about, subject)
    for number in range(81):
        alerted = FIRST + 240 * number
        subject = f"sensor-{number % 6:02d}"
        about = {"beat": f"B{number % 6 % 5 + 11:02d}", "kind": "drowning", "alert": f"al-{number}"}
        later = {**about, "alerted_at": rfc3339(alerted)}
        persuaded = number % 9 != 8
        outcome = {"outcome": "persuaded", "persuaded": 2} if persuaded else {"outcome": "false_alarm"}
        yield event("prevention.sensor_alert", f"a-{number}", alerted, about, subject)
        yield event("prevention.sensor_voice", f"v-{number}", alerted + 4 + number % 9, later, subject)
        yield event("prevention.sensor_answered", f"w-{number}", alerted + 50, later, subject)
        yield event("prevention.sensor_resolved", f"r-{number}", alerted + 170, {**later, **outcome}, subject)
    yield from some("prevention.talk", "talk", 6, DAY, DAY, {"kind": "lecture"})


def _day(measure: str, take: str = "value") -> Report:
    return Report(measure, span(DAY, DAY), take, "day")


S24 = Scenario(
    "S2.4",
    "20 drowning sensors, 72 alerts resolved by persuasion",
    at(f"{DAY} 00:00:00"),
    at("2022-07-17"),
    _sensors,
    (
        Figure(
            "sensors listed",
            Stood("sensors_in_place", AFTERNOON),
            20,
            rows=(77,),
        ),
        Figure("sensors that fell silent", Alarmed("sensor_silent"), 1, rows=(77,)),
        Figure("sensor 7 is back", Alarmed("sensor_silent", ("missed",), "sensor-07"), 1, rows=(77,)),
        Figure("it was down at", Alarmed("sensor_silent", take="due"), SILENT + 240, rows=(77,)),
        Figure("alerts open at the end", Stood("sensor_alerts_open", TODAY), 0, rows=(77,)),
        Figure(
            "resolved by persuasion, in percent",
            Stood("alerts_persuaded_of_resolved", span(DAY, DAY)),
            "88.89",
            rows=(77,),
        ),
        Figure("alerts", _day("sensor_alerts"), 81, rows=(77,)),
        Figure(
            "alerts resolved by persuasion",
            _day("alerts_persuaded"),
            70,
            fed=72,
            reading="alerts, not persons: of these twice as many were persuaded",
            rows=(77,),
        ),
        Figure("resolved by persuasion, exactly", _day("alerts_persuaded"), 72, rows=(77,)),
        Figure("persons persuaded", _day("persuaded"), 144, rows=(77,)),
        Figure("alert to voice, mean seconds", _day("sensor_voice", "seconds_mean"), 8.0, rows=(77,)),
        Figure(
            "alert to voice, median seconds",
            Stood("sensor_way", span(DAY, DAY), "sensor_voice.since_first.seconds_p50"),
            8,
            rows=(77,),
        ),
        Figure("spoken to within 5 seconds", _day("sensor_voice", "bucket:5"), 18, rows=(77,)),
        Figure("spoken to within 10 seconds", _day("sensor_voice", "bucket:10"), 63, rows=(77,)),
    ),
)

SCENARIOS = (S24,)
