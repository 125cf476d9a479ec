"""The command ``outlay``: runs the program of the core with Python's standard output and signal handling."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

from . import _native

_LARGE = 8 << 20


class _Console:
    """Standard streams, questions, and a progress bar for large reads on a terminal, if tqdm is installed."""

    is_written = True

    def __init__(self) -> None:
        self._bar: Any = None
        self._has_bar = sys.stderr.isatty()

    def print(self, text: str) -> None:
        self.close()
        try:
            print(text, flush=True)
        except OSError as error:
            # A closed pipe, as with `head`, is not a failure.
            if not isinstance(error, BrokenPipeError):
                self.is_written = False
                print(f"standard output: {error.strerror}", file=sys.stderr)
            # Otherwise the interpreter flushes the rest of the buffer at exit, and fails again.
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, sys.stdout.fileno())
            os.close(nothing)

    def report(self, message: str) -> None:
        if self._bar is None:
            print(message, file=sys.stderr)
        else:
            self._bar.write(message, file=sys.stderr)

    def progress(self, done: int, total: int) -> None:
        if self._has_bar and self._bar is None:
            self._has_bar = self._begin(total)
        if self._bar is not None:
            self._bar.update(done - self._bar.n)

    def confirm(self, question: str) -> bool | None:
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            return None
        print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
        return sys.stdin.readline().strip().lower() in ("y", "yes")

    def output_width(self) -> int | None:
        return _width() if sys.stdout.isatty() else None

    def error_width(self) -> int | None:
        return _width() if sys.stderr.isatty() else None

    def _begin(self, total: int) -> bool:
        if total < _LARGE:
            return False
        try:
            from tqdm import tqdm
        except ModuleNotFoundError:
            return False
        self._bar = tqdm(total=total, unit="B", unit_scale=True, leave=False)
        return True

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def _width() -> int:
    return shutil.get_terminal_size().columns


def _open_closed_streams() -> None:
    """Opens the null device in place of standard streams that are closed, as Rust does when a program starts.

    Otherwise the next file that is opened, such as a report, is taken for the closed stream.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is not None:
            continue
        try:
            os.fstat(number)
        except OSError:
            nothing = os.open(os.devnull, os.O_RDWR)
            if nothing != number:
                os.dup2(nothing, number)
                os.close(nothing)
        setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))


class _Signalled(BaseException):
    """Raised by a signal that requests the program to end."""

    def __init__(self, number: int) -> None:
        self.number = number


def _end(number: int, frame: FrameType | None) -> None:
    raise _Signalled(number)


@contextmanager
def _signals() -> Iterator[None]:
    """Ends the run on SIGTERM and SIGHUP, as Python does on Ctrl-C: incomplete files are removed.

    Ignored signals, as with ``nohup``, and signals with a handler stay unchanged.
    """
    before = {}
    if threading.current_thread() is threading.main_thread():
        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:
                before[number] = signal.signal(number, _end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the program, and returns its exit status.

    0 if the read is proven or partial, with ``--strict`` only if it is proven, else 1; 2 if the arguments are not valid;
    128 and the number of a signal that ended it.
    """
    _open_closed_streams()
    console = _Console()
    try:
        with _signals():
            status = _native.run(list(sys.argv[1:] if arguments is None else arguments), console)
    except KeyboardInterrupt:
        return 130
    except _Signalled as signalled:
        return 128 + signalled.number
    finally:
        console.close()
    return status if status or console.is_written else 1
