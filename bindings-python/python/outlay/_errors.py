"""Exceptions: one class per group of codes, with the location in the report as attributes."""

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
    """The base class of all errors that outlay raises.

    >>> import outlay
    >>> try:
    ...     outlay.read("nowhere")
    ... except outlay.OutlayError as error:
    ...     print(error.code, error.row)
    OUTLAY_NOT_FOUND None
    """

    code: str
    """The stable code, the same in all languages, such as ``OUTLAY_VALUE``."""
    object: str | None
    """The file or S3 key, as the report spells it."""
    row: int | None
    """The row number, counted from 1 without the header."""
    byte: int | None
    """The byte offset in the decompressed stream of the field or, if unknown, the record."""
    column: str | None
    """The column, as the header of the file spells it."""
    is_retryable: bool = False
    """Whether the same call may succeed later without changes."""

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
    """The content is not a report that this version can read, or it lacks columns that exact totals require."""


class CompressionError(OutlayError, ValueError):
    """The compressed stream is damaged or truncated, or its checksum does not match."""


class RecordError(OutlayError, ValueError):
    """A record is invalid: too many or too few fields, an unterminated quote, not UTF-8, or longer than the limit."""


class InvalidValueError(OutlayError, ValueError):
    """The value of a cell does not fit its column."""


class ManifestError(OutlayError, ValueError):
    """A manifest is invalid, or several deliveries are possible and none is selected."""

    candidates: tuple[str, ...] = ()
    """The possible choices."""


class OptionError(OutlayError, ValueError):
    """An option has an invalid value, or names something that does not exist."""

    candidates: tuple[str, ...] = ()
    """The names that were probably meant, the nearest first."""


class UnprovenError(OutlayError):
    """The totals do not prove that no row was lost or duplicated."""


class ReaderConsumedError(OutlayError):
    """The batches of the reader were already taken. A reader returns each batch only once."""


class StoppedError(OutlayError):
    """The reader was closed during the read."""


class IoError(OutlayError, OSError):
    """The operating system could not read or write."""


class WriteError(OutlayError, OSError):
    """A batch could not be written to a file."""


class NotFoundError(OutlayError, FileNotFoundError):
    """The file or folder does not exist."""


class MissingPartError(ManifestError, FileNotFoundError):
    """A part that a manifest lists does not exist."""


class SourceChangedError(OutlayError):
    """AWS rewrote the month during the read. It is retryable: read the month again."""


class OutsidePrefixError(OutlayError, ValueError):
    """A manifest lists an object outside the bucket and prefix of the connector."""


class NoReportError(OutlayError, LookupError):
    """No report or export matches, or more than one does."""

    candidates: tuple[str, ...] = ()
    """The existing reports and exports."""


class NotDeliveredError(OutlayError, LookupError):
    """AWS has delivered nothing for a month or below an address.

    It is retryable for a month that has not ended, or ended less than 15 days ago. The first delivery takes up to 24 hours.
    """

    candidates: tuple[str, ...] = ()
    """The months that are delivered, the nearest first."""


class AwsError(OutlayError):
    """AWS refused an operation."""

    operation: str | None = None
    """The AWS operation, as IAM policies spell it: ``s3:GetObject``."""
    aws_code: str | None = None
    """The error code of AWS: ``NoSuchBucket``."""
    request_id: str | None = None
    """The id that AWS gave the request, which AWS Support asks for. ``None`` if AWS did not respond."""


class NetworkError(AwsError, ConnectionError):
    """AWS could not be reached or stopped responding, after all attempts. It is retryable."""


class ThrottledError(AwsError):
    """AWS throttled the requests, after all attempts. It is retryable."""


class DeniedError(AwsError, PermissionError):
    """AWS did not allow an operation."""


class CredentialsError(AwsError):
    """No credentials were found, they are not valid, or the role could not be assumed."""


# Tracebacks and pickles use the public module name.
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
    """Creates the exception for a code. An unknown code becomes an :class:`OutlayError`."""
    error = _CLASSES.get(code, OutlayError)(message, code, object, row, byte, column)
    vars(error).update(more)
    # AWS errors do not concern local files.
    if isinstance(error, OSError) and not isinstance(error, AwsError):
        error.errno = _errno.ENOENT if isinstance(error, FileNotFoundError) else errno
        error.filename = object if path is None else str(path)
    return error
