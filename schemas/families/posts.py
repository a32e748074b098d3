"""Posts: where officers are to stand and when, whether they do, and what their checks found."""

from typing import Annotated, Any, Literal

from msgspec import Meta

from schemas.dimensions import Beat, Officers, Operation, SomeUnit, Vehicles
from schemas.envelope import Count, Data, Instant, SubjectEvent
from schemas.family import EventType, Family, Interval, Number, Topic
from schemas.fields import about
from schemas.lifecycle import Lifecycle
from schemas.measure import Measure
from schemas.topic import kept

PostKind = Annotated[
    Literal["summer", "street", "station", "checkpoint", "school", "armed", "traffic", "hotel", "other"],
    about(
        "The kind of post: cool-down report post, street post, police station on the street, checkpoint, school post at"
        " peak hours, armed post, traffic post, hotel"
    ),
]
"""消暑报警点、街面执勤点、街面警务站、查缉卡点、护学岗、武装执勤点、交通卡点、隔离酒店."""

_HOURS = r"([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-4]):[0-5][0-9]"

Duty = Annotated[
    str,
    Meta(max_length=64, pattern=rf"^({_HOURS}(,{_HOURS}){{0,4}})?$(?!\n)"),
    about(
        "Local hours of duty, as 07:10-08:00,16:30-17:30; over midnight where the end is not after the beginning;"
        " empty: always"
    ),
]

DutyDays = Annotated[
    Literal["all", "school", "working"],
    about("The days on which its hours of duty hold, by the city's calendar: all, school days, working days"),
]

Kit = Annotated[
    Literal["", "none", "ready"], about("Whether its weapons and gear are there and ready; empty: not said")
]

Finding = Annotated[
    Literal["drink_driving", "drunk_driving", "traffic", "goods", "wanted_vehicle", "other"],
    about("What a check found: drink-driving, drunk-driving, another traffic offence, prohibited goods, a vehicle"),
]


class PostData(Data, frozen=True, kw_only=True):
    beat: Beat = ""
    kind: PostKind = "street"
    operation: Operation = ""
    unit: SomeUnit = None


class ListedData(PostData, frozen=True, kw_only=True):
    duty: Duty = ""
    duty_days: DutyDays = "all"
    officers: Officers = 0
    kit: Kit = ""


class StaffedData(PostData, frozen=True, kw_only=True):
    officers: Officers = 0
    vehicles: Vehicles = 0
    kit: Kit = ""


class LeftData(PostData, frozen=True, kw_only=True):
    staffed_at: Annotated[Instant, about("When it was staffed; it was so up to the event's `time`")]


class CheckData(PostData, frozen=True, kw_only=True):
    since: Annotated[Instant, about("When the check began; it ends at the event's `time`")]
    vehicles: Vehicles = 0


class ResultData(PostData, frozen=True, kw_only=True):
    result: Finding
    count: Count = 1


class Listed(SubjectEvent, frozen=True, kw_only=True, tag="post.listed.v1"):
    """The post is to be staffed in its hours of duty."""

    data: ListedData


class Staffed(SubjectEvent, frozen=True, kw_only=True, tag="post.staffed.v1"):
    """The post is staffed from now on."""

    data: StaffedData


class Left(SubjectEvent, frozen=True, kw_only=True, tag="post.left.v1"):
    """Nobody is at the post from now on."""

    data: LeftData


class Check(SubjectEvent, frozen=True, kw_only=True, tag="post.check.v1"):
    """A check at the post has ended: an interval, with the vehicles that were looked at."""

    data: CheckData


class Result(SubjectEvent, frozen=True, kw_only=True, tag="post.result.v1"):
    """A check found something. Whom it concerns is not asked."""

    data: ResultData


class Delisted(SubjectEvent, frozen=True, kw_only=True, tag="post.delisted.v1"):
    """The post need not be staffed any more."""

    data: PostData


POSTS = "citywatch.posts"

_DIMS = ("beat", "kind", "operation", "unit")
_POST: dict[str, Any] = {"specversion": "1.0", "source": "xincheng/posts", "subject": "post-017"}
_WHAT: dict[str, Any] = {"beat": "B07", "kind": "checkpoint", "operation": "summer", "unit": "PS-03"}

FAMILY = Family(
    name="post",
    zh="岗点",
    en="Posts",
    topic=Topic(POSTS, "Posts, their staffing and their checks: CloudEvents, keyed by beat", kept(30)),
    types=(
        EventType(
            Listed,
            dims=_DIMS,
            numbers=(Number("officers", "officers"),),
            example=Listed(
                **_POST,
                id="pl-17",
                time="2026-05-29T00:00:00+08:00",
                data=ListedData(**_WHAT, duty="18:00-02:00", duty_days="all", officers=4, kit="ready"),
            ),
        ),
        EventType(
            Staffed,
            dims=_DIMS,
            numbers=(Number("officers", "officers"), Number("vehicles", "vehicles")),
            example=Staffed(
                **_POST,
                id="ps-17",
                time="2026-07-22T18:00:00+08:00",
                data=StaffedData(**_WHAT, officers=4, vehicles=1, kit="ready"),
            ),
        ),
        EventType(
            Left,
            dims=_DIMS,
            numbers=(Interval("staffed_seconds", since="staffed_at"),),
            example=Left(
                **_POST,
                id="pf-17",
                time="2026-07-23T02:00:00+08:00",
                data=LeftData(**_WHAT, staffed_at="2026-07-22T18:00:00+08:00"),
            ),
        ),
        EventType(
            Check,
            dims=_DIMS,
            numbers=(Interval("check_seconds", since="since"), Number("vehicles", "vehicles")),
            example=Check(
                **_POST,
                id="pc-17",
                time="2026-07-22T23:00:00+08:00",
                data=CheckData(**_WHAT, since="2026-07-22T21:00:00+08:00", vehicles=310),
            ),
        ),
        EventType(
            Result,
            dims=(*_DIMS, "result"),
            example=Result(
                **_POST,
                id="pr-17",
                time="2026-07-22T22:10:00+08:00",
                data=ResultData(**_WHAT, result="drink_driving", count=2),
            ),
        ),
        EventType(
            Delisted,
            dims=_DIMS,
            example=Delisted(**_POST, id="pd-17", time="2026-09-05T00:00:00+08:00", data=PostData(**_WHAT)),
        ),
    ),
)

LIFECYCLES = (
    Lifecycle(
        "post",
        "岗点",
        "Posts",
        steps=("post.listed", "post.staffed", "post.left", "post.delisted"),
        open=frozenset({"listed", "staffed", "left"}),
        attributes=("duty", "duty_days", "officers", "vehicles", "kit"),
    ),
)

# fmt: off
MEASURES = (
    Measure(
        "posts_listed", "设置岗点", "Posts listed", "posts",
        type="post.listed", labels=("kind",), requirements=(11, 62, 83, 104, 106),
    ),
    Measure(
        "posts_staffed", "上岗次数", "Posts taken up", "times",
        type="post.staffed", labels=("kind",), requirements=(11, 12, 83),
    ),
    Measure(
        "post_officers", "岗点警力", "Officers who took up posts", "officers",
        type="post.staffed", value="officers", requirements=(12,),
    ),
    Measure(
        "post_vehicles", "岗点车辆", "Vehicles at posts", "vehicles",
        type="post.staffed", value="vehicles", requirements=(12,),
    ),
    Measure(
        "post_minutes", "在岗时长", "Minutes that posts were staffed", "minutes",
        type="post.left", value="staffed_seconds", labels=("kind",), requirements=(11, 103),
    ),
    Measure(
        "check_minutes", "设卡检查时长", "Minutes of checks", "minutes",
        type="post.check", value="check_seconds", requirements=(65,),
    ),
    Measure(
        "vehicles_checked", "检查车辆", "Vehicles checked", "vehicles",
        type="post.check", value="vehicles", requirements=(62, 65),
    ),
    Measure(
        "check_results", "查缉战果", "What checks found", "results",
        type="post.result", labels=("result",), requirements=(62, 65),
    ),
    Measure(
        "drink_driving", "查处酒驾", "Drink-driving found", "results",
        type="post.result", where={"result": "drink_driving"}, requirements=(65,),
    ),
    Measure(
        "drunk_driving", "查处醉驾", "Drunk-driving found", "results",
        type="post.result", where={"result": "drunk_driving"}, requirements=(65,),
    ),
)
# fmt: on
