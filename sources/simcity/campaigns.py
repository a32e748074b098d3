"""What the campaigns of the simulated city's file make of a day."""

from __future__ import annotations

from datetime import date

from schemas.cities import City

POSTS = "cool-posts"
"""Campaigns whose names begin so are about posts alone; police work is tagged with the others."""

_MORE = 1.4


def operation(city: City, day: date) -> str:
    """The campaign that police work of a day belongs to: of several the one that began last; empty: none."""
    return _last(city, day, posts=False)


def of_posts(city: City, day: date) -> str:
    """The campaign that the posts of a day belong to; empty: none."""
    return _last(city, day, posts=True)


def effort(city: City, day: date) -> float:
    """How much more is done on a day than on an ordinary one."""
    return _MORE if operation(city, day) else 1.0


def _last(city: City, day: date, *, posts: bool) -> str:
    running = [
        (campaign.first, name)
        for name, campaign in city.campaigns.items()
        if campaign.first <= day <= campaign.last and name.startswith(POSTS) == posts
    ]
    return max(running)[1] if running else ""
