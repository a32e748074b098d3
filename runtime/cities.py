"""The declared cities, as the settings name their files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from runtime.errors import WrongUse
from runtime.settings import Settings
from schemas.cities import Cities, load_cities

SHOWN = 5
"""Sources that an error names."""


def cities(settings: Settings) -> Cities:
    """The declared cities. Raises WrongUse when one of their files is wrong."""
    try:
        return load_cities(settings.cities)
    except (ValueError, OSError) as wrong:
        raise WrongUse(str(wrong)) from None


def dropped(standing: Iterable[str], settings: Settings) -> list[str]:
    """Those of the declared sources that stand somewhere of which no city of the settings knows. Those of `citywatch
    acceptance` come and go."""
    return sorted(set(standing).difference(cities(settings).with_fixtures().by_source))


def refuse_dropped(sources: Sequence[str], where: str, command: str) -> None:
    """Raises WrongUse where sources would be dropped: mostly the settings only lack the folder that the roles have."""
    if sources:
        named = ", ".join(sources[:SHOWN]) + (f" and {len(sources) - SHOWN} more" if len(sources) > SHOWN else "")
        raise WrongUse(
            f"{where} of this deployment declare sources that no city of these settings has: {named}; set"
            " CITYWATCH_CITIES to the folder that the roles have (deploy/cities), or drop them by"
            f" `citywatch {command} --drop-sources`"
        )
