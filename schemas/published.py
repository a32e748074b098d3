"""What the sink publishes from the store: adjustments of cells, and the lists of the cities."""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct

from schemas.fields import about
from schemas.named import Named
from schemas.records import DeclaredSource, EventType, Numbers

CityName = Annotated[str, about("The city, as sources name it before the `/`", identity=True)]


class Adjustment(Named, frozen=True, gc=False, kw_only=True, tag_field="kind", tag="adjustment"):
    """What late events, repeats and restatements add to the cells of one identity. The greatest version rules.

    Identity: source, pane, type, dims: that of cells, over all logs and partitions. A figure is the sum of the newest
    cells and the newest adjustments. Values are absolute and may be negative; one that has come back to nothing is
    published with zeros. `version` is the moment at which the store was asked, and grows from record to record.
    """

    source: Annotated[DeclaredSource, about("The source of the events, as city/system", identity=True)]
    pane: Annotated[int, about("The start of the five minutes of event time", unit="Unix seconds", identity=True)]
    type: Annotated[EventType, about("The event type, without its major version", identity=True)]
    dims: Annotated[
        dict[str, str],
        about("The codes by the dimensions of the type, after re-coding; one that is not there is ''", identity=True),
    ]
    version: Annotated[
        int, about("When the store was asked; the greatest rules", unit="microseconds since 1970, never the same twice")
    ]
    records: Annotated[int, about("What they add to the records of the cells; may be negative", unit="records")]
    numbers: Annotated[
        Numbers,
        about(
            "What they add to the numbers of the cells, by their names; may be negative, one that is not there is 0",
            unit="what the type declares for each",
        ),
    ]

    @property
    def record_key(self) -> list[object]:
        """The key of the record: it stays what it is when the type gets a further dimension."""
        return [self.source, self.pane, self.type, {name: code for name, code in self.dims.items() if code}]


class TreeNode(Struct, frozen=True):
    """A node of the category tree."""

    node: Annotated[str, about("Its code in the tree")]
    zh: Annotated[str, about("Its Chinese name")]
    en: Annotated[str, about("Its English name")]


class ListedCode(Struct, frozen=True, kw_only=True, tag_field="kind", tag="code"):
    """A code of a city with its place in the category tree. The last record of a key rules; an empty one: it is gone.

    Codes of events that no record names count under `unknown`, beside their siblings.
    """

    city: CityName
    code: Annotated[str, about("The code as events have it, in the dimension that cities map", identity=True)]
    path: Annotated[list[TreeNode], about("From the class down to the node that the code is counted under")]

    @property
    def record_key(self) -> list[object]:
        """The key of the record."""
        return ["code", self.city, self.code]


class ListedBeat(Struct, frozen=True, kw_only=True, tag_field="kind", tag="beat"):
    """A beat of a city with its sector and names. The last record of a key rules; an empty one: it is gone."""

    city: CityName
    beat: Annotated[str, about("The beat as events have it", identity=True)]
    zh: Annotated[str, about("The Chinese name of the beat")]
    en: Annotated[str, about("The English name of the beat")]
    sector: Annotated[str, about("The sector that it lies in")]
    sector_zh: Annotated[str, about("The Chinese name of the sector")]
    sector_en: Annotated[str, about("The English name of the sector")]

    @property
    def record_key(self) -> list[object]:
        """The key of the record."""
        return ["beat", self.city, self.beat]


class ListedCity(Struct, frozen=True, kw_only=True, tag_field="kind", tag="city"):
    """A city with its time zone and its sources. The last record of a key rules; an empty one: it is gone."""

    city: CityName
    zh: Annotated[str, about("Its Chinese name")]
    en: Annotated[str, about("Its English name")]
    tz: Annotated[str, about("Its time zone, in which its days and months begin", unit="names of the IANA database")]
    sources: Annotated[list[str], about("Its sources, as events name them")]

    @property
    def record_key(self) -> list[object]:
        """The key of the record."""
        return ["city", self.city]


Listed = ListedCode | ListedBeat | ListedCity
"""What stands on the codes topic."""

EXAMPLES = (
    Adjustment(
        source="xincheng/110",
        pane=1_767_225_600,
        type="incident.reported",
        dims={"beat": "B07", "category": "110201", "origin": "citizen"},
        version=1_767_226_800_123_456,
        records=-1,
        numbers={"count": -1},
    ),
    ListedCode(
        city="xincheng",
        code="110201",
        path=[
            TreeNode("criminal", "刑事", "Criminal"),
            TreeNode("theft", "盗窃", "Theft"),
            TreeNode("street_theft", "街面盗窃", "Street theft"),
            TreeNode("pickpocketing", "扒窃", "Pickpocketing"),
        ],
    ),
    ListedBeat(
        city="xincheng",
        beat="B07",
        zh="软件园",
        en="Software Park",
        sector="S04",
        sector_zh="高新",
        sector_en="High-Tech Zone",
    ),
    ListedCity(city="xincheng", zh="新城", en="Xincheng", tz="Asia/Shanghai", sources=["xincheng/110"]),
)
"""One of each, with every field given: what the JSON Schemas show."""
