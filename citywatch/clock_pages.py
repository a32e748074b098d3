"""What follows from the declared clocks: alert rules of Prometheus, their tests, and a runbook each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from figures.alarms import duration
from schemas.clock import DAY, After, Clock, Due, Floor, Hours, Trend, Watched, WholeDays

MADE = "Made by `make docs` from the declared clocks (schemas/clock.py); edit these instead."
_RUNBOOKS = "{{ with $externalLabels.runbooks }}{{ . }}{{ else }}docs/runbooks{{ end }}"

_STATE_ZH = '{{ if eq $labels.state "expired" }}到期{{ else }}预警{{ end }}'

_EVERY = "1s"
"""An alarm of a clock is to be at the webhook within 5 s."""

_RULE = """\
      - alert: {alert}
        expr: max by (city, state) (citywatch_clock_alarms{{clock="{name}"}}) > 0
        keep_firing_for: 2m
        labels: {{ severity: warning, kind: clock }}
        annotations:
          summary: '{{{{ $labels.city }}}}: {en}: {{{{ $value }}}} {{{{ $labels.state }}}}'
          summary_zh: '{{{{ $labels.city }}}}：{zh}：{{{{ $value }}}} 件{state_zh}'
          runbook: docs/runbooks/{alert}.md
          runbook_url: '{runbooks}/{alert}.md'
"""

_TEST = """\
  - name: "{alert}: {how}"
    interval: 1m
    input_series:
{series}    promql_expr_test:
      - expr: count(ALERTS{{alertname="{alert}",alertstate="firing"}}) or vector(0)
        eval_time: 5m
        exp_samples:
          - labels: '{{}}'
            value: {firing}
"""

_FIRES = """\
    alert_rule_test:
      - eval_time: 5m
        alertname: {alert}
        exp_alerts:
          - exp_labels: {{ city: c, state: expired, severity: warning, kind: clock }}
            exp_annotations:
              summary: 'c: {en}: 2 expired'
              summary_zh: 'c：{zh}：2 件到期'
              runbook: docs/runbooks/{alert}.md
              runbook_url: docs/runbooks/{alert}.md
"""

_RUNBOOK = """\
# {alert}

<!-- {made} -->
## Meaning
{zh}：{says_zh}{zh_rule}

{en}: {says_en} {en_rule}

## First
```
citywatch alarms list --city CITY --clock {name}
```

## Fix
{todo}
{last}. {if_wrong}

## Over
{over_zh} {over_en}; `citywatch_clock_alarms{{clock="{name}"}}` is 0.
"""

_IF_WRONG = (
    "If the alarm is wrong, an event is missing: send it, late as it is, and the alarm is withdrawn."
    " 如为误报，补报漏报的事件，告警自动撤回。"
)

_TREND = (
    "（当月结束并等过允许的迟到时间后判定；未结束的月份不计。）",
    "Told when the month has closed and the lateness has passed; the month that runs never counts.",
)
_FLOOR = (
    "（自然日结束并等过允许的迟到时间后判定；下限在城市文件的 `floors` 中设定。）",
    "Told when the local day has closed and the lateness has passed; `floors` of the city's file has the number.",
)

_AGAIN = {"falling": ("下降", "below"), "rising": ("上升", "above")}


def rules(clocks: Iterable[Watched]) -> str:
    """The rules file. They compare with zero, and know nothing else of clocks."""
    always = {"runbooks": _RUNBOOKS, "state_zh": _STATE_ZH}
    found = "\n".join(
        _RULE.format(alert=each.alert, name=each.name, en=_quoted(each.en), zh=each.zh, **always) for each in clocks
    )
    head = f"# {MADE}\n# `max` makes several analyse processes, which all show the same, and both pages of each, one.\n"
    return f"{head}groups:\n  - name: citywatch-clocks\n    interval: {_EVERY}\n    rules:\n{found}"


def tests(clocks: Iterable[Watched]) -> str:
    """What promtool tests of them: firing, quiet and absent."""
    head = f"# {MADE}\nrule_files: [../rules/clocks.yml]\nevaluation_interval: 1m\n\ntests:\n"
    return head + "\n".join(test for each in clocks for test in _tests(each))


def _tests(clock: Watched) -> Iterator[str]:
    for how, value, firing in (("fires on what is due", "2x10", 1), ("does not fire on none", "0x10", 0)):
        series = _series(clock.name, "expired", value) + _series(clock.name, "warned", "0x10")
        more = _FIRES.format(alert=clock.alert, en=_quoted(clock.en), zh=clock.zh) if firing else ""
        yield _TEST.format(alert=clock.alert, how=how, series=series, firing=firing) + more
    other = _series("another", "expired", "1x10")
    yield _TEST.format(alert=clock.alert, how="absent", series=other, firing=0)


def _series(clock: str, state: str, values: str) -> str:
    name = f'citywatch_clock_alarms{{city="c",clock="{clock}",state="{state}"}}'
    return f"      - series: '{name}'\n        values: '{values}'\n"


def runbook(clock: Watched) -> str:
    todo = list(zip(clock.todo_zh, clock.todo_en, strict=True))
    zh_rule, en_rule = _rule(clock)
    over_zh, over_en = _over(clock)
    return _RUNBOOK.format(
        alert=clock.alert,
        made=MADE,
        name=clock.name,
        zh=clock.zh,
        en=clock.en,
        says_zh=clock.says_zh,
        says_en=clock.says_en,
        zh_rule=zh_rule,
        en_rule=en_rule,
        todo="\n".join(f"{number}. {en} {zh}" for number, (zh, en) in enumerate(todo, 1)),
        last=len(todo) + 1,
        if_wrong=_IF_WRONG,
        over_zh=over_zh,
        over_en=over_en,
    )


def order(clocks: Iterable[Watched]) -> str:
    """The row of the runbooks' order of work."""
    return ", ".join(f"[{each.alert}]({each.alert}.md)" for each in clocks)


def _rule(clock: Watched) -> tuple[str, str]:
    """When it is due, in words."""
    if isinstance(clock, Floor):
        return _FLOOR
    if isinstance(clock, Trend):
        return _TREND
    assert isinstance(clock, Clock)
    zh, en = _expiry(clock)
    if clock.waits:
        zh += "，并等过数据源允许的迟到时间"
        en += ", and after the lateness that its source is allowed"
    return f"（{zh}。时间以数据源的事件时间为准。）", f"Due {en}, by the event time of its source."


def _over(clock: Watched) -> tuple[str, str]:
    """What ends its alarm, in words."""
    if isinstance(clock, Floor):
        zh, ends = "此后有自然日达到下限", ["A later day has reached the floor"]
    elif isinstance(clock, Trend):
        again_zh, again_en = _AGAIN[clock.direction]
        zh = f"此后有完整月份再次同比{again_zh}，待其结束并等过允许的迟到时间"
        ends = [f"A later month that is {again_en} that of the year before has closed, and the lateness has passed"]
    else:
        assert isinstance(clock, Clock)
        zh, ends = "所等事件到达", ["The event that it waits for has come"]
        if isinstance(clock.expiry, Due):
            zh += "，或登记了新的期限"
            ends.append("it has a new date")
        if clock.within is not None:
            zh += "，或时段结束仍未等到（记为 `missed`），或时段变更"
            ends.append("its hours have ended without that (it is `missed` then) or are others now")
    return (
        f"{zh}，告警即解除；补报的事件证明其有误的，告警撤回。",
        f"{', '.join(ends)}, or what came late proves it wrong",
    )


def _expiry(clock: Clock) -> tuple[str, str]:
    expiry = clock.expiry
    if isinstance(expiry, WholeDays):
        return f"连续{expiry.days}个完整自然日", f"after {expiry.days} whole local days"
    warns_zh = warns_en = ""
    if isinstance(expiry, Due):
        if expiry.warn is not None:
            warns_zh, warns_en = f"，提前{_zh(expiry.warn)}预警", f", warned of {duration(expiry.warn)} before"
        return f"到期日以{expiry.attribute}为准{warns_zh}", f"at the date that it carries{warns_en}"
    assert isinstance(expiry, After)
    if expiry.warn is not None:
        warns_zh, warns_en = f"，满{_zh(expiry.warn)}预警", f", warned of after {duration(expiry.warn)}"
    hours_zh, hours_en = ("", "") if clock.within is None else _hours(clock.within)
    return f"时限{_zh(expiry.seconds)}{hours_zh}{warns_zh}", f"after {duration(expiry.seconds)}{hours_en}{warns_en}"


def _hours(within: Hours) -> tuple[str, str]:
    if not within.spans:
        return "，仅在值勤时段内计时", ", within its hours of duty"
    days = {"all": ("每日", ""), "working": ("工作日", " of working days"), "school": ("上学日", " of school days")}
    on_zh, on_en = days[within.days]
    return f"，仅在{on_zh}{within.spans}计时", f", within {within.spans}{on_en}"


def _zh(seconds: int) -> str:
    for size, unit in ((DAY, "天"), (3_600, "小时"), (60, "分钟")):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}秒"


def _quoted(text: str) -> str:
    return text.replace("'", "''")
