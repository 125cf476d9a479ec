"""Exceptions: one class per family of codes, with the place in the report as attributes."""

from __future__ import annotations

import errno as _errno
from typing import Any

__all__ = [
    "AwsError",
    "CompressionError",
    "CredentialsError",
    "DeniedError",
    "FormatError",
    "InvalidValueError",
    "IoError",
    "ManifestError",
    "MissingPartError",
    "NetworkError",
    "NoReportError",
    "NotDeliveredError",
    "NotFoundError",
    "OptionError",
    "OutlayError",
    "OutsidePrefixError",
    "ReaderConsumedError",
    "RecordError",
    "SourceChangedError",
    "StoppedError",
    "ThrottledError",
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
    is_retryable: bool = False
    """Whether the same call may succeed when it is made again later, with nothing changed."""

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

    candidates: tuple[str, ...] = ()
    """What could have been meant."""


class OptionError(OutlayError, ValueError):
    """An option has a value that makes no sense."""


class UnprovenError(OutlayError):
    """The totals do not prove that nothing was lost or doubled."""


class ReaderConsumedError(OutlayError):
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


class SourceChangedError(OutlayError):
    """AWS wrote the month again while it was read. Start over: it is retryable."""


class OutsidePrefixError(OutlayError, ValueError):
    """A manifest names what lies outside the bucket and prefix of the connector."""


class NoReportError(OutlayError, LookupError):
    """No report or export is what was asked for, or more than one."""

    candidates: tuple[str, ...] = ()
    """What there is."""


class NotDeliveredError(OutlayError, LookupError):
    """AWS has delivered nothing: for a month, or below an address.

    It is retryable when a month was named that is not over, or for less than 15 days: the first delivery takes up to
    24 hours.
    """


class AwsError(OutlayError):
    """AWS refused an operation."""

    operation: str | None = None
    """The operation, as policies spell it: ``s3:GetObject``."""
    aws_code: str | None = None
    """AWS's own code: ``NoSuchBucket``."""


class NetworkError(AwsError, ConnectionError):
    """AWS could not be reached, or answered no more, after all attempts. It is retryable."""


class ThrottledError(AwsError):
    """AWS asked to slow down, after all attempts. It is retryable."""


class DeniedError(AwsError, PermissionError):
    """AWS did not allow an operation."""


class CredentialsError(AwsError):
    """There are no credentials, they are not valid, or the role could not be assumed."""


# Tracebacks and pickles name them as users do.
for _name in __all__:
    globals()[_name].__module__ = "outlay"

_CLASSES: dict[str, type[OutlayError]] = {
    "OUTLAY_NOT_FOUND": NotFoundError,
    "OUTLAY_IO": IoError,
    "OUTLAY_FORMAT": FormatError,
    "OUTLAY_MISSING_COLUMN": FormatError,
    "OUTLAY_COMPRESSION": CompressionError,
    "OUTLAY_INFLATION": CompressionError,
    "OUTLAY_TRUNCATED": CompressionError,
    "OUTLAY_CHECKSUM": CompressionError,
    "OUTLAY_ENCODING": RecordError,
    "OUTLAY_RECORD_TOO_LONG": RecordError,
    "OUTLAY_RAGGED": RecordError,
    "OUTLAY_UNTERMINATED_QUOTE": RecordError,
    "OUTLAY_VALUE": InvalidValueError,
    "OUTLAY_UNKNOWN_TYPE": InvalidValueError,
    "OUTLAY_UNKNOWN_COST": InvalidValueError,
    "OUTLAY_MANIFEST": ManifestError,
    "OUTLAY_AMBIGUOUS": ManifestError,
    "OUTLAY_MISSING_PART": MissingPartError,
    "OUTLAY_OPTION": OptionError,
    "OUTLAY_WRITE": WriteError,
    "OUTLAY_UNPROVEN": UnprovenError,
    "OUTLAY_SOURCE_CHANGED": SourceChangedError,
    "OUTLAY_NETWORK": NetworkError,
    "OUTLAY_THROTTLED": ThrottledError,
    "OUTLAY_DENIED": DeniedError,
    "OUTLAY_CREDENTIALS": CredentialsError,
    "OUTLAY_AWS": AwsError,
    "OUTLAY_OUTSIDE": OutsidePrefixError,
    "OUTLAY_NO_REPORT": NoReportError,
    "OUTLAY_NOT_DELIVERED": NotDeliveredError,
    "OUTLAY_STOPPED": StoppedError,
    "OUTLAY_CONSUMED": ReaderConsumedError,
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
    more: dict[str, Any],
) -> OutlayError:
    """The exception for a code; a code of a newer core is at least an OutlayError."""
    error = _CLASSES.get(code, OutlayError)(message, code, object, row, byte, column)
    vars(error).update(more)
    # Those of AWS are no files of the system's.
    if isinstance(error, OSError) and not isinstance(error, AwsError):
        error.errno = _errno.ENOENT if isinstance(error, FileNotFoundError) else errno
        error.filename = object if path is None else str(path)
    return error
