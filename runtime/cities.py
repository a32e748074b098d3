"""The declared cities, as the settings name their files."""

from __future__ import annotations

from runtime.errors import WrongUse
from runtime.settings import Settings
from schemas.cities import Cities, load_cities


def cities(settings: Settings) -> Cities:
    """The declared cities. Raises WrongUse when one of their files is wrong."""
    try:
        return load_cities(settings.cities)
    except (ValueError, OSError) as wrong:
        raise WrongUse(str(wrong)) from None
