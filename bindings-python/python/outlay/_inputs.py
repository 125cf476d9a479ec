"""What a report is read from: paths, buffers and file objects."""

from __future__ import annotations

import glob
import os
import re
from typing import TYPE_CHECKING, Any, Union

from ._errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Protocol

    from typing_extensions import Buffer

    class BinaryFile(Protocol):
        """A binary file object. Its method ``read`` returns bytes, or any other buffer."""

        def read(self, size: int, /) -> Buffer: ...

    Path = Union[str, os.PathLike[str]]
    Stream = Union[Buffer, BinaryFile]
    Source = Union[Path, Stream, Iterable[Path], Iterable[Stream]]

NamedStream = tuple[str, object, Union[int, None]]
"""A name for errors, the bytes or the file object, and the length if it is known."""

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
"""The start of an address. One letter is a drive of Windows."""

_KINDS = "a path, a buffer such as bytes, a binary file object, or a list of paths, of buffers or of file objects"


class _View:
    """A file object over a buffer, which reads it in chunks instead of copying it as a whole."""

    __slots__ = ("_at", "_view")

    def __init__(self, view: memoryview) -> None:
        self._view, self._at = view, 0

    def read(self, size: int) -> bytes:
        chunk = bytes(self._view[self._at : self._at + size])
        self._at += len(chunk)
        return chunk


def _bytes_of(buffer: Any) -> tuple[object, int] | None:
    """Returns what the native module reads for a buffer, and its length; ``None`` for other objects."""
    if isinstance(buffer, (bytes, bytearray)):
        return buffer, len(buffer)
    try:
        view = memoryview(buffer)
    except TypeError:
        return None
    try:
        return _View(view.cast("B")), view.nbytes
    except TypeError:
        # A view that is not contiguous, or whose format has no cast to bytes.
        copy = view.tobytes()
        return copy, len(copy)


def _stream_of(item: Any, unnamed: str) -> NamedStream | None:
    """Returns a buffer or a file object as a stream; ``None`` for other objects."""
    found = _bytes_of(item)
    if found is not None:
        return unnamed, *found
    if not callable(getattr(item, "read", None)):
        return None
    name = getattr(item, "name", None)
    return os.path.basename(name) if isinstance(name, str) and name else unnamed, item, None


def _unique(streams: list[NamedStream]) -> list[NamedStream]:
    """Numbers streams of the same name, since errors and totals name them."""
    names: set[str] = set()
    unique: list[NamedStream] = []
    for name, item, size in streams:
        number, own = 1, name
        while own in names:
            number += 1
            own = f"{name} ({number})"
        names.add(own)
        unique.append((own, item, size))
    return unique


def inputs_of(report: Any) -> tuple[list[str], list[NamedStream]]:
    """Returns the paths or the streams of a report. One of the two lists is empty."""
    if isinstance(report, (str, os.PathLike)):
        return [_path_of(report)], []
    stream = _stream_of(report, "report")
    if stream is not None:
        return [], [stream]
    try:
        items = list(report)
    except TypeError:
        raise TypeError(f"a report is {_KINDS}, not {type(report).__name__}") from None
    paths: list[str] = []
    streams: list[NamedStream] = []
    for number, item in enumerate(items, 1):
        if isinstance(item, (str, os.PathLike)):
            paths.append(_path_of(item))
            continue
        stream = _stream_of(item, f"report-{number}")
        if stream is None:
            raise TypeError(f"a report is {_KINDS}; item {number} of the list is {type(item).__name__}")
        streams.append(stream)
    if paths and streams:
        raise TypeError("a report is a list of paths, or a list of buffers and file objects, but not both: open the paths")
    files = [id(item) for _, item, size in streams if size is None]
    if len(files) > len(set(files)):
        raise OptionError("option `path`: a file object is given twice, which would mix its bytes", "OUTLAY_OPTION")
    return paths, _unique(streams)


def paths_of(report: Any) -> list[str]:
    """Returns the paths of a report of which a plan is made."""
    paths, streams = inputs_of(report)
    if streams:
        raise TypeError(
            "a plan is made of paths, since its parts are read again, also in other processes: "
            "write buffers and file objects to files, or pass them to `read`"
        )
    return paths


def _path_of(path: str | os.PathLike[str]) -> str:
    text = os.fspath(path)
    return os.fsdecode(text) if isinstance(text, bytes) else text


def from_here(paths: list[str]) -> list[str]:
    """Returns paths that lead to the same files after a change of the working directory, as those of a report that is opened do:
    the files of a read are opened later than it."""
    try:
        folder = os.getcwd()
        folder.encode()
    except (OSError, UnicodeEncodeError):
        # The folder was removed, or the native module cannot be given its name.
        return paths
    return [_from(folder, path) for path in paths]


def _from(folder: str, path: str) -> str:
    if not path or path == "~" or path[:2] in ("~/", "~" + os.sep):
        return path
    # A name that looks like an address or a pattern may be that of a file.
    if not os.path.lexists(path):
        if _ADDRESS.match(path):
            return path
        # In a pattern the name of the folder has to stand for itself.
        if glob.has_magic(path):
            folder = glob.escape(folder)
    return os.path.join(folder, path)
