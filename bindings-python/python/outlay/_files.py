"""The files behind file objects, over which no output may be written."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ._errors import OptionError
from ._tables import one_line


class OpenFile(NamedTuple):
    """A regular file that a file object reads."""

    name: str | None
    """The path that the file object has as its name, if it has one."""
    device: int
    inode: int


def files_of(items: Iterable[Any]) -> list[OpenFile]:
    """Returns the regular files that file objects read. Those without a descriptor, such as of a store, have none."""
    return [file for file in map(_file_of, items) if file is not None]


def _file_of(item: Any) -> OpenFile | None:
    from tempfile import SpooledTemporaryFile

    # Its descriptor is made by writing it to the disk, and no path leads to it.
    if isinstance(item, SpooledTemporaryFile):
        return None
    try:
        status = os.fstat(item.fileno())
    except (AttributeError, OSError, OverflowError, TypeError, ValueError):
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    name = getattr(item, "name", None)
    return OpenFile(name if isinstance(name, str) and name else None, status.st_dev, status.st_ino)


def refuse_same(output: str | os.PathLike[str], files: Iterable[OpenFile], option: str = "output") -> None:
    """Raises the error for an output that is one of the files, by any path or link."""
    try:
        status = os.stat(_in_home(os.fspath(output)))
    except (OSError, ValueError):
        # An output that does not exist yet is none of them.
        return
    for file in files:
        if (file.device, file.inode) == (status.st_dev, status.st_ino):
            what = "the file of a file object" if file.name is None else f"the file `{file.name}`"
            reason = f"`{os.fspath(output)}` is {what}, which is read: name another file"
            raise OptionError(f"option `{option}`: {one_line(reason)}", "OUTLAY_OPTION")


def refuse_quarantine(options: Mapping[str, Any], files: Iterable[OpenFile]) -> None:
    """Raises the error for a quarantine file that is one of the files."""
    quarantine_file = options.get("quarantine_file")
    if quarantine_file is not None:
        refuse_same(quarantine_file, files, "quarantine_file")


def _in_home(path: str) -> str:
    """Returns a path with the home folder in place of `~`, as the native module understands it: `~name` is no home folder."""
    return os.path.expanduser(path) if path == "~" or path[:2] in ("~/", "~" + os.sep) else path
