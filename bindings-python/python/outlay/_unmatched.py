"""The warning about names that were asked for and that a report does not have."""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    from ._read_warning import ReadWarning

_CODES = ("tags_absent", "extra_columns_absent", "periods_absent")

# The warning names the line that called these.
_LIBRARIES = ("outlay", "polars", "pyarrow", "pandas", "duckdb", "asyncio", "concurrent", "contextlib", "threading")


class UnmatchedWarning(UserWarning):
    """A tag, an extra column or a month that was asked for is nowhere in the report.

    It is issued once at the end of a pass, with the text of the warning in :attr:`outlay.Reader.warnings`. If another library
    reads the stream of a reader or a report, such as ``duckdb.sql("FROM reader")``, Python is not told of the end: it is then
    issued when totals are first asked for, by ``reader.totals``, ``reader.warnings`` or ``check()``, or when a ``with`` block of the
    reader ends. A pass that is ended early has no such warning.

    >>> import outlay, warnings
    >>> with warnings.catch_warnings(record=True) as issued:
    ...     warnings.simplefilter("always")
    ...     frame = outlay.read("examples/data/report", columns=["BilledCost"], tag_columns=["teem"]).to_polars()
    >>> print(issued[0].message)
    no row has the tag `teem` (did you mean `Team`?); the column is null; the report has the tags `Name`, `Team`, `aws:createdBy`

    ``warnings.simplefilter("error", outlay.UnmatchedWarning)`` makes it an exception after the read, and ``on_no_match="stop"`` an
    error of the read.
    """


UnmatchedWarning.__module__ = "outlay"


Line = tuple[str, int, str, dict[Any, int]]
"""A line of the user's program: its file, its number, its module, and the warnings that were issued for the module."""


def warn_unmatched(notes: Sequence[ReadWarning], line: Line | None = None) -> None:
    """Issues the warnings that are about names that were asked for. ``line`` is named if only libraries are calling."""
    line = user_line() or line
    for note in notes:
        if note.code not in _CODES:
            continue
        if line is None:
            warnings.warn(str(note), UnmatchedWarning, stacklevel=2)
        else:
            file, number, module, registry = line
            warnings.warn_explicit(str(note), UnmatchedWarning, file, number, module, registry)


def user_line() -> Line | None:
    """Returns the line of the first caller that is no library; ``None`` on a thread of a library."""
    # Not `skip_file_prefixes` of `warnings.warn`, which needs Python 3.12.
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        name = frame.f_globals.get("__name__") or ""
        if name.partition(".")[0] not in _LIBRARIES:
            registry = frame.f_globals.setdefault("__warningregistry__", {})
            return frame.f_code.co_filename, frame.f_lineno, name, registry
        frame = frame.f_back
    return None
