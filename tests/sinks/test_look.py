"""A look of the sink runs in a thread of its own, and whoever awaits it hears how it ended."""

from __future__ import annotations

import asyncio

import pytest

from sinks.sink import _in_own_thread


def test_a_look_that_is_cancelled_from_within_is_told_and_not_awaited_for_ever() -> None:
    def look() -> None:
        raise asyncio.CancelledError

    async def awaited() -> None:
        await asyncio.wait_for(_in_own_thread(look), 60)

    with pytest.raises(RuntimeError, match="a look ended with CancelledError"):
        asyncio.run(awaited())
