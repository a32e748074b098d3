"""`citywatch up`: runs the roles until SIGTERM; one in this process, several as supervised processes."""

from __future__ import annotations

import logging
import sys
from typing import Annotated, Optional

import typer

from citywatch.local_deployment import local_deployment, prepare, programs, refuse_second
from citywatch.parts import require_parts
from citywatch.roles import DEFAULT, ROLES, choose, run_role
from citywatch.supervisor import Say, Supervisor, stop_signals
from runtime import deployment
from runtime.logs import configure
from runtime.settings import Settings, load_settings

CHECK_SECONDS = 0.2


def run(
    roles: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Argument(
            help=f"{', '.join(ROLES)}; default: {', '.join(DEFAULT)}, and heartbeats where a city file declares a"
            " source that needs it."
        ),
    ] = None,
) -> int:
    """Run the roles until SIGTERM or Ctrl-C; they drain and commit on the way out.

    Without CITYWATCH_KAFKA an embedded broker runs beside them, and each start is a new deployment.
    """
    settings = load_settings()
    chosen = choose(roles or (), settings)
    if len(chosen) == 1 and (settings.kafka or deployment.read(settings)):
        return run_role(chosen[0], settings)
    refuse_second(settings)
    require_parts(settings, chosen)
    return supervise(settings, chosen, _as_log(settings) if settings.log_format == "json" else say)


def supervise(settings: Settings, roles: tuple[str, ...], say: Say) -> int:
    """Runs the roles as processes, and the embedded parts with them, until a signal. Blocks."""
    with stop_signals() as stop, local_deployment(settings, say) as running:
        if settings.kafka is None:
            prepare(settings)
        supervisor = Supervisor(programs(roles), say)
        try:
            supervisor.start()
            say(f"{', '.join(roles)} on {running.kafka}; `citywatch watch` shows the figures, Ctrl-C stops")
            while not stop.wait(CHECK_SECONDS):
                supervisor.check()
            say("stopping: the roles drain and commit")
        finally:
            supervisor.stop()
    say("stopped")
    return 0


def _as_log(settings: Settings) -> Say:
    """Lines as the roles beside it write them."""
    configure(settings, "up")
    return logging.getLogger(__name__).info


def say(text: str) -> None:
    """A line for the operator, on stderr."""
    print(f"citywatch up: {text}", file=sys.stderr, flush=True)
