"""An event loop whose clock jumps to the next thing that happens: minutes pass in milliseconds, always alike."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, TypeVar

Result = TypeVar("Result")


class Stuck(AssertionError):
    """Everybody waits for somebody else."""


class _Jumping(selectors.DefaultSelector):
    """Waits for nothing: where the loop would sleep, its time goes on by so much."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise Stuck("nothing is left that could happen")
        self.now += max(0.0, timeout)
        return []


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """No sockets, no threads. `tell`: told of each task as it begins, in its context."""

    def __init__(self, tell: Callable[[asyncio.Task[Any]], None]) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)
        self._tell = tell
        self.set_task_factory(self._begin)

    def time(self) -> float:
        return self._jumping.now

    def _begin(self, loop: asyncio.AbstractEventLoop, work: Any, context: Context | None = None) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, context=context)
        (context.run if context is not None else _here)(self._tell, task)
        return task


def _here(tell: Callable[[asyncio.Task[Any]], None], task: asyncio.Task[Any]) -> None:
    tell(task)


def run(work: Coroutine[Any, Any, Result], tell: Callable[[asyncio.Task[Any]], None]) -> Result:
    """Runs it in a loop of its own until it ends; what else runs then is cancelled."""
    with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(tell)) as runner:
        return runner.run(work)
