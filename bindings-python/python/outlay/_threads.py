"""What async code waits for: work on another thread, given up when it is cancelled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from . import _native

_T = TypeVar("_T")


async def to_thread(work: Callable[..., _T], /, *arguments: Any) -> _T:
    """Does work whose last argument says when it is not wanted any more."""
    # Half of what this package takes to import, and of its memory; who has a loop has it already.
    import asyncio

    stop = _native.Stop()
    try:
        return await asyncio.to_thread(work, *arguments, stop)
    except asyncio.CancelledError:
        # The thread goes on waiting otherwise, and the loop cannot end.
        stop.want()
        raise
