"""Codes that a mapping writes itself: the city has to list them."""

from __future__ import annotations

from schemas.areas import AREAS, NONE, each
from schemas.categories import TREE, UNKNOWN
from schemas.cities import City
from schemas.effects import Moves
from schemas.family import BEAT, EventType
from schemas.spelling import instead


def not_listed(declared: EventType, field: str, code: str, city: City) -> str:
    """What is wrong with a code in a field of an event of that type; empty where nothing is, or no list holds it.

    Codes that come from the file are another thing: those count as unknown until the city lists them.
    """
    moves = declared.effect.now if isinstance(declared.effect, Moves) else {}
    dim = next((dim for dim, now in moves.items() if now == field), field)
    if not code or code == UNKNOWN:
        return ""
    if dim == BEAT and code not in city.beats:
        return f"{code!r} is no beat of city {city.name}: {instead(code, city.beats)}"
    if dim == AREAS and code != NONE and (unlisted := [area for area in each(code) if area not in city.areas]):
        return f"{unlisted[0]!r} is no listed area of city {city.name}: {instead(unlisted[0], city.areas)}"
    if dim == declared.coded and code not in city.codes:
        if code in TREE:
            return (
                f"{code!r} is a node of the category tree, and no code of city {city.name} yet:"
                f' write `{code} = "{code}"` under [codes] of its file'
            )
        return f"{code!r} is no code of city {city.name}: {instead(code, city.codes)}"
    return ""
