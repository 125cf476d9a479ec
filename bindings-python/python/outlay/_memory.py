"""The memory limit of the process."""

from __future__ import annotations

from . import _native
from ._errors import OptionError

_MOST_BYTES = 2**63 - 1


def set_memory_limit(limit: int) -> None:
    """Sets how much memory all readers of this process may use to work ahead of their callers, in bytes. Default: 256 MiB.

    A reader with ``threads`` of 4 and more reads several parts at the same time, and each part has batches in queues. Within the
    limit this makes reads faster; once all readers together have reached it, each of them reads one part at a time until others
    have ended. That needs 25 to 40 MB for each reader with all columns and the default options, and is not limited: limit the
    number of readers. With 0, no reader works ahead.

    Reads that are under way follow the new limit from their next part or batch on. Batches that were returned, records set
    aside, and downloads from S3 (about 10 MB for each reader) do not count.

    >>> import outlay
    >>> outlay.set_memory_limit(64 << 20)
    >>> outlay.memory_limit()
    67108864
    >>> outlay.set_memory_limit(256 << 20)
    """
    if isinstance(limit, bool) or not isinstance(limit, int):
        raise OptionError(f"option `limit`: expected a number of bytes, got {type(limit).__name__}", "OUTLAY_OPTION")
    if not 0 <= limit <= _MOST_BYTES:
        raise OptionError(f"option `limit`: expected 0 to {_MOST_BYTES} bytes, got {limit}", "OUTLAY_OPTION")
    _native.set_memory_limit(limit)


def memory_limit() -> int:
    """Returns the limit of :func:`set_memory_limit`, in bytes."""
    return _native.memory_limit()
