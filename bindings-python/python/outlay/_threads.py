"""Execution of blocking calls on another thread, for async code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from . import _native

_T = TypeVar("_T")


async def to_thread(work: Callable[..., _T], /, *arguments: Any) -> _T:
    """Runs ``work`` on another thread. Its last argument is a :class:`_native.Stop`, which cancellation triggers."""
    # Imported here because asyncio takes half of the import time and memory of this package. Async programs have
    # already imported it.
    import asyncio

    stop = _native.Stop()
    try:
        return await asyncio.to_thread(work, *arguments, stop)
    except asyncio.CancelledError:
        # Otherwise the thread continues to wait, and the event loop cannot close.
        stop.request()
        raise
