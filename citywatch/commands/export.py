"""`citywatch export`: a span of cells, adjustments or events as a file, and where to read on behind it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from citywatch.commandline.arguments import asked_span
from citywatch.commandline.choices import chosen_zone, known_zone
from citywatch.commandline.options import FromOption, JsonOption, ToOption, ZoneOption
from citywatch.commandline.printing import print_json
from citywatch.commandline.store import opened_store
from citywatch.export.files import FORMATS, positions_of, write
from citywatch.export.positions import as_json, next_offsets
from citywatch.export.rows import EXPORTS, Export, batches
from figures.periods import Period, edges_json
from figures.queries.clock import chosen_city
from runtime.errors import WrongUse
from runtime.settings import Settings, load_settings
from schemas.control import PANE
from schemas.spelling import nearest
from sinks.store import Store

LATEST = (2**32 - 1) // PANE * PANE
"""Behind all that the store can hold."""


def run(
    what: Annotated[str, typer.Argument(help="cells, adjustments or events.")],
    from_: FromOption = None,
    to: ToOption = None,
    city: Annotated[str | None, typer.Option("--city", help="Only events of this city; else of all.")] = None,
    tz: ZoneOption = None,
    form: Annotated[str, typer.Option("--format", help="parquet or csv.")] = "parquet",
    out: Annotated[Path | None, typer.Option(help="The file; default WHAT.parquet or WHAT.csv, here.")] = None,
    json: JsonOption = False,
) -> int:
    """A span of the store as a file: cells (the newest of each identity), adjustments (what repeats, late rows and
    restatements add to cells, as absolute sums) or accepted events. Without --from and --to: all of it.

    FILE.positions.json beside it says of each partition of their topic the next offset to read: with all from there on,
    the greatest version of each identity ruling, nothing is missing. A Parquet file has the same in its metadata.
    """
    asked = _chosen(what, form)
    path = out or Path(f"{asked.name}.{form}")
    settings = load_settings()
    with opened_store(settings) as store:
        sources, zone = _chosen_sources(settings, store, city, tz)
        span = _span(from_, to, zone)
        # positions first: what is stored meanwhile may be in the file, and comes again behind them
        positions = as_json(next_offsets(settings, store, asked))
        about = {
            "what": asked.name,
            "city": city,
            **edges_json(span, zone),
            "format": form,
            "positions": positions,
        }
        try:
            rows = write(path, form, asked, batches(store, asked, sources, span), about)
        except OSError as failed:
            raise WrongUse(f"{path} cannot be written: {failed.strerror or failed}; see --out") from None
    if json:
        print_json({**about, "rows": rows, "file": str(path)})
        return 0
    _print(path, asked, rows, positions)
    return 0


def _chosen(what: str, form: str) -> Export:
    if what not in EXPORTS:
        raise WrongUse(f"{what!r} is none of {', '.join(EXPORTS)}{nearest(what, EXPORTS)}")
    if form not in FORMATS:
        raise WrongUse(f"--format {form!r} is none of {', '.join(FORMATS)}")
    return EXPORTS[what]


def _chosen_sources(settings: Settings, store: Store, city: str | None, tz: str | None) -> tuple[list[str] | None, str]:
    """The sources, None for all that there are; and the zone of dates, that of the settings where no city is named."""
    if city is None:
        return None, settings.tz if tz is None else known_zone(tz)
    place = chosen_city(store, settings, city)
    return list(place.sources), chosen_zone(settings, place, tz)


def _span(from_text: str | None, to_text: str | None, zone: str) -> Period:
    """As asked; all that there is before or behind an edge that is not given."""
    if from_text is None and to_text is None:
        return Period(0, LATEST)
    if to_text is None:
        return Period(asked_span(from_text, from_text, zone, None, None).start, LATEST)
    if from_text is None:
        return Period(0, asked_span(to_text, to_text, zone, None, None).end)
    return asked_span(from_text, to_text, zone, None, None)


def _print(path: Path, what: Export, rows: int, positions: list[dict[str, Any]]) -> None:
    print(f"{rows} {what.name} in {path}")
    if not positions:
        print(f"nothing is on {' or '.join(what.topics)} yet: read it from its beginning")
        return
    print(f"complete up to these offsets, as {positions_of(path)} says; read on from there:")
    for place in positions:
        print(f"  {place['topic']} {place['partition']} @{place['next']}")
