"""The measure and the time zone that a person names."""

from __future__ import annotations

from difflib import get_close_matches
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from runtime.errors import WrongUse
from runtime.settings import Settings
from schemas.cities import City
from schemas.derived import DERIVED
from schemas.measures import MEASURES, Measure


def chosen_measure(name: str) -> Measure:
    """The measure of that name. Raises WrongUse with the nearest name, or all of them."""
    if name in MEASURES:
        return MEASURES[name]
    near = get_close_matches(name, (*MEASURES, *DERIVED), n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join((*MEASURES, *DERIVED))}"
    raise WrongUse(f"no measure is called {name!r}; {hint}")


def chosen_zone(settings: Settings, city: City, tz: str | None) -> str:
    """The zone asked for, else the one set, else the city's own. Raises WrongUse for an unknown one."""
    if tz is None:
        return settings.tz if "tz" in settings.model_fields_set else city.tz
    return known_zone(tz)


def known_zone(tz: str) -> str:
    """A zone that there is. Raises WrongUse for another one."""
    try:
        ZoneInfo(tz)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise WrongUse(f"--tz {tz!r} is not a time zone; use a name such as Asia/Shanghai") from None
    return tz
