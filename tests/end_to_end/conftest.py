"""Whole deployments as fixtures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deployment import Deployment
from tests.end_to_end.worlds import KINDS, world


@pytest.fixture(params=KINDS)
def deployment(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Deployment]:
    """A deployment without roles on each kind of parts, for this test alone."""
    with world(request.param, request, tmp_path) as found:
        yield found


@pytest.fixture
def real(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Deployment]:
    """A deployment without roles on Apache Kafka and clickhouse-server, for this test alone."""
    with world("real", request, tmp_path) as found:
        yield found
