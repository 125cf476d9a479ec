"""Batches, which the native module makes."""

from __future__ import annotations

from typing import NoReturn

from ._native import Batch

__all__ = ["Batch"]


def _no_iterator(self: Batch) -> NoReturn:
    raise TypeError("a batch has no iterator: iterate over `pyarrow.record_batch(batch).to_pylist()`")


def _no_array(self: Batch, *_: object, **__: object) -> NoReturn:
    raise TypeError(
        "a batch is no array: call `pyarrow.record_batch(batch).to_pandas()`, or `pandas.DataFrame.from_arrow(batch)` from pandas 3 on"
    )


# pandas asks for an array only of what has both, and otherwise says nothing about what to call.
Batch.__iter__ = _no_iterator  # type: ignore[method-assign]
Batch.__array__ = _no_array  # type: ignore[method-assign]
