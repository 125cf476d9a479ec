"""How far a read is: a bar of tqdm, or a function of the caller's."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, NamedTuple

from ._options import ProgressCallback

Watch = Callable[[int, "int | None", int, bool], object]


class ReaderProgress(NamedTuple):
    """How far a read is.

    >>> import outlay
    >>> reader = outlay.read("examples/data/report")
    >>> for batch in reader: pass
    >>> reader.progress.rows, reader.progress.bytes_done == reader.progress.bytes_total
    (175, True)
    """

    bytes_done: int
    """Bytes of the report that were read, compressed as it is."""
    bytes_total: int | None
    """Bytes of the whole report; ``None`` where that is not known."""
    rows: int
    """Rows that were handed out."""


def require(module: str, extra: str, purpose: str) -> Any:
    """A library that is not always there; or an ImportError that says how to get it."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as missing:
        if missing.name is not None and missing.name.split(".")[0] != module.split(".")[0]:
            raise
        hint = f"{purpose} needs {module.split('.')[0]}: pip install 'outlay[{extra}]'"
        raise ModuleNotFoundError(hint, name=missing.name) from missing


def watch(progress: bool | ProgressCallback) -> Watch | None:
    """What the native reader calls after each batch."""
    if progress is False or progress is None:
        return None
    if progress is True:
        return _bar()
    return lambda done, total, rows, is_over: progress(done, total, rows)


def _bar() -> Watch:
    tqdm = require("tqdm.auto", "progress", "progress=True").tqdm
    bar: Any = None

    def show(done: int, total: int | None, rows: int, is_over: bool) -> None:
        nonlocal bar
        if bar is None:
            bar = tqdm(total=total, unit="B", unit_scale=True, desc="outlay")
        bar.set_postfix(rows=rows, refresh=False)
        bar.update(done - bar.n)
        if is_over:
            bar.close()

    return show
