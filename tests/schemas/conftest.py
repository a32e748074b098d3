"""Hypothesis for all tests of this folder: no deadlines on a shared machine; the first text drawn builds tables."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("shared-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared-machine")
