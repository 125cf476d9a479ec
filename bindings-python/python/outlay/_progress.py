"""Progress of a read: a tqdm bar, or a callback."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, NamedTuple

from ._arguments import refuse
from ._options import ProgressCallback

Watch = Callable[[int, "int | None", int, bool], object]


class ReaderProgress(NamedTuple):
    """The progress of a read.

    >>> import outlay
    >>> reader = outlay.read("examples/data/report")
    >>> for batch in reader: pass
    >>> reader.progress.rows, reader.progress.bytes_done == reader.progress.bytes_total
    (175, True)
    """

    bytes_done: int
    """Number of bytes of the report that were read, compressed."""
    bytes_total: int | None
    """Size of the whole report in bytes; ``None`` if unknown."""
    rows: int
    """Number of rows that were returned."""


def require(module: str, extra: str, purpose: str) -> Any:
    """Imports an optional library. Raises ``ModuleNotFoundError`` with installation instructions if it is missing."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as missing:
        if missing.name is not None and missing.name.split(".")[0] != module.split(".")[0]:
            raise
        hint = f"{purpose} needs {module.split('.')[0]}: pip install 'outlay[{extra}]'"
        raise ModuleNotFoundError(hint, name=missing.name) from missing


def watch(progress: bool | ProgressCallback) -> Watch | None:
    """Returns the callback that the native reader calls after each batch."""
    if progress is False or progress is None:
        return None
    if progress is True:
        return _bar()
    if not callable(progress):
        refuse("progress", "`True`, `False` or a function", progress)
    return lambda done, total, rows, is_over: progress(done, total, rows)


def _bar() -> Watch:
    tqdm = require("tqdm.auto", "progress", "progress=True").tqdm
    bar: Any = None

    def show(done: int, total: int | None, rows: int, is_over: bool) -> None:
        nonlocal bar
        if bar is None:
            bar = tqdm(total=total, unit="B", unit_scale=True, desc="outlay")
        # As text: tqdm shows numbers of seven digits as `1e+6`.
        bar.set_postfix(rows=f"{rows:,}", refresh=False)
        bar.update(done - bar.n)
        if is_over:
            bar.close()

    return show
