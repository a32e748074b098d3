"""Options that several commands have."""

from __future__ import annotations

from typing import Annotated

import typer

JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, nothing else.")]
DropOption = Annotated[
    bool, typer.Option("--drop-sources", help="Undeclare sources that no city of the settings has any more.")
]
CityOption = Annotated[
    str | None, typer.Option("--city", help="City asked about; needed where the store holds several.")
]
ZoneOption = Annotated[str | None, typer.Option("--tz", help="Time zone of periods, such as Asia/Shanghai.")]
CampaignOption = Annotated[
    str | None, typer.Option("--campaign", help="A campaign of the city, from its first day to its last, or to date.")
]
NightsOption = Annotated[
    str | None,
    typer.Option(
        "--nights",
        metavar="FROM..TO",
        help="Nights (18:00 to 06:00) by the dates on which they begin, as one figure.",
    ),
]
FromOption = Annotated[str | None, typer.Option("--from", help="First day, or an instant: 2026-01-01T08:00:00+08:00.")]
ToOption = Annotated[str | None, typer.Option("--to", help="Last day (inclusive), or the instant behind the end.")]
KnownAtOption = Annotated[
    str | None,
    typer.Option(
        "--as-known-at",
        help="As known then, by what had been received: a local time, an instant with offset, or `now`.",
    ),
]
DiffOption = Annotated[
    str | None,
    typer.Option("--diff", help="With --as-known-at: what has changed up to this moment, and by which events."),
]
