"""Exceptions: one class per family of codes, with the place in the report as attributes."""

from __future__ import annotations

import errno as _errno
from typing import Any

__all__ = [
    "CompressionError",
    "ConsumedError",
    "FormatError",
    "InvalidValueError",
    "IoError",
    "ManifestError",
    "MissingPartError",
    "NotFoundError",
    "OptionError",
    "OutlayError",
    "RecordError",
    "StoppedError",
    "UnprovenError",
    "WriteError",
]


class OutlayError(Exception):
    """Everything that outlay raises by itself.

    >>> import outlay
    >>> try:
    ...     outlay.read("nowhere")
    ... except outlay.OutlayError as error:
    ...     print(error.code, error.row)
    OUTLAY_NOT_FOUND None
    """

    code: str
    """A stable text for programs, the same in all languages: ``OUTLAY_VALUE``, ..."""
    object: str | None
    """The file or S3 key, as the report names it."""
    row: int | None
    """The row, the header not counted; the first is 1."""
    byte: int | None
    """The byte in the inflated stream where the field, or else the record, begins."""
    column: str | None
    """The column, as the file's header spells it."""

    def __init__(
        self,
        message: str,
        code: str,
        object: str | None = None,
        row: int | None = None,
        byte: int | None = None,
        column: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.object = object
        self.row = row
        self.byte = byte
        self.column = column

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[Any, ...]:
        arguments = (self.message, self.code, self.object, self.row, self.byte, self.column)
        state = dict(self.__dict__)
        if isinstance(self, OSError):
            state.update(errno=self.errno, filename=self.filename)
        return type(self), arguments, state


class FormatError(OutlayError, ValueError):
    """The content is no report that this version can read, or lacks columns without which no total can be right."""


class CompressionError(OutlayError, ValueError):
    """The compressed stream is damaged, ends too early, or is not what was compressed."""


class RecordError(OutlayError, ValueError):
    """A record is none: too many or too few fields, an open quote, not UTF-8, longer than the limit."""


class InvalidValueError(OutlayError, ValueError):
    """A cell does not hold what its column says."""


class ManifestError(OutlayError, ValueError):
    """A manifest is not one, or nothing says which of several deliveries is meant."""


class OptionError(OutlayError, ValueError):
    """An option has a value that makes no sense."""


class UnprovenError(OutlayError):
    """The totals do not prove that nothing was lost or doubled."""


class ConsumedError(OutlayError):
    """A reader gives its batches once, and they are gone."""


class StoppedError(OutlayError):
    """The reader was closed while it read."""


class IoError(OutlayError, OSError):
    """The operating system refused to read or write."""


class WriteError(OutlayError, OSError):
    """A batch could not be written to a file."""


class NotFoundError(OutlayError, FileNotFoundError):
    """There is no such file or folder."""


class MissingPartError(ManifestError, FileNotFoundError):
    """A manifest names a part that is not there."""


# Tracebacks and pickles name them as users do.
for _name in __all__:
    globals()[_name].__module__ = "outlay"

_CLASSES: dict[str, type[OutlayError]] = {
    "OUTLAY_NOT_FOUND": NotFoundError,
    "OUTLAY_IO": IoError,
    "OUTLAY_FORMAT": FormatError,
    "OUTLAY_MISSING_COLUMN": FormatError,
    "OUTLAY_COMPRESSION": CompressionError,
    "OUTLAY_TRUNCATED": CompressionError,
    "OUTLAY_CHECKSUM": CompressionError,
    "OUTLAY_ENCODING": RecordError,
    "OUTLAY_RECORD_TOO_LONG": RecordError,
    "OUTLAY_RAGGED": RecordError,
    "OUTLAY_UNTERMINATED_QUOTE": RecordError,
    "OUTLAY_VALUE": InvalidValueError,
    "OUTLAY_UNKNOWN_TYPE": InvalidValueError,
    "OUTLAY_MANIFEST": ManifestError,
    "OUTLAY_AMBIGUOUS": ManifestError,
    "OUTLAY_MISSING_PART": MissingPartError,
    "OUTLAY_OPTION": OptionError,
    "OUTLAY_WRITE": WriteError,
    "OUTLAY_UNPROVEN": UnprovenError,
    "OUTLAY_STOPPED": StoppedError,
    "OUTLAY_CONSUMED": ConsumedError,
}


def _make(
    code: str,
    message: str,
    object: str | None,
    row: int | None,
    byte: int | None,
    column: str | None,
    errno: int | None,
    path: str | None,
) -> OutlayError:
    """The exception for a code; a code of a newer core is at least an OutlayError."""
    error = _CLASSES.get(code, OutlayError)(message, code, object, row, byte, column)
    if isinstance(error, OSError):
        error.errno = _errno.ENOENT if isinstance(error, FileNotFoundError) else errno
        error.filename = object if path is None else str(path)
    return error
