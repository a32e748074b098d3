"""The pages of the roles: where each answers, and what it says."""

from __future__ import annotations

import http.client
import json
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any

from runtime import deployment
from runtime.settings import Settings

WITH_METRICS = ("aggregate", "analyse", "sink")
"""Roles that have pages."""

ANSWER_SECONDS = 10.0

Page = dict[str, Any]


def set_addresses(settings: Settings) -> dict[str, str]:
    """Where each role answers by CITYWATCH_METRICS, as host:port."""
    return {role: "{}:{}".format(*settings.metrics_address(role)) for role in WITH_METRICS}


def addresses(settings: Settings) -> dict[str, str]:
    """Where each role answers: as the run file says, else as CITYWATCH_METRICS does."""
    running = deployment.read(settings)
    return set_addresses(settings) | (running.metrics if running is not None else {})


def fetch(settings: Settings, page: str) -> bytes | None:
    """A page of analyse; None where it does not run."""
    try:
        with urllib.request.urlopen(
            f"http://{addresses(settings)['analyse']}/{page}", timeout=ANSWER_SECONDS
        ) as answer:
            body: bytes = answer.read()
            return body
    except (OSError, http.client.HTTPException):  # it ended while it answered, too
        return None


def asked(settings: Settings, page: str, words: Mapping[str, str]) -> Page | None:
    """A page of analyse that is asked with words; None where it does not run, or finds the question wrong."""
    body = fetch(settings, f"{page}?{urllib.parse.urlencode(words)}")
    return None if body is None else json.loads(body)


def live(settings: Settings, city: str | None = None) -> Page | None:
    """The JSON page of analyse, or of one city alone; None where it does not run."""
    body = fetch(settings, "live" if city is None else f"live?city={city}")
    return None if body is None else json.loads(body)
