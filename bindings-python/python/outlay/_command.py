"""The command ``outlay``: the programs of the examples, with their arguments and their output."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

from . import _native
from ._errors import OutlayError

_USAGE = f"usage: {_native.USAGE}\n       outlay --version"
_HELP = ("--help", "-h")
_LONG = 8 << 20


class _Meanwhile:
    """What is seen on a terminal while the program runs: a bar, for reads that take a while, where tqdm is there."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet or not sys.stderr.isatty()
        self._bar: Any = None

    def begun(self, total: int) -> None:
        if self._quiet or total < _LONG:
            return
        try:
            from tqdm import tqdm
        except ModuleNotFoundError:
            return
        self._bar = tqdm(total=total, unit="B", unit_scale=True, leave=False)

    def read(self, done: int) -> None:
        if self._bar is not None:
            self._bar.update(done - self._bar.n)

    def set_aside(self, reason: str) -> None:
        line = f"set aside: {reason}"
        if self._bar is None:
            print(line, file=sys.stderr)
        else:
            self._bar.write(line, file=sys.stderr)

    def withheld(self, reason: str) -> None:
        self.close()
        print(reason, file=sys.stderr)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


class _Output:
    """Standard output, which may be closed or full. A reader that has gone away, such as ``head``, is no failure."""

    is_whole = True

    def print(self, text: str) -> None:
        try:
            print(text, flush=True)
        except OSError as error:
            if not isinstance(error, BrokenPipeError):
                self.is_whole = False
                print(f"standard output: {error.strerror}", file=sys.stderr)
            # What is still held for it is not written at the end of the interpreter either, where it would fail again.
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, sys.stdout.fileno())
            os.close(nothing)

    def tell(self, title: str, text: str) -> None:
        """Shows a step, as the example in Rust does."""
        self.print(f"{title}\n{text.rstrip()}\n")


class _Signalled(BaseException):
    """A signal asked the program to end."""

    def __init__(self, number: int) -> None:
        self.number = number


def _end(number: int, frame: FrameType | None) -> None:
    raise _Signalled(number)


@contextmanager
def _signals() -> Iterator[None]:
    """Ends what runs on SIGTERM and SIGHUP, as Python itself does on Ctrl-C: what was begun to be written is removed.

    A signal that is ignored stays so, as with ``nohup``, and one that has a handler keeps it.
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
    """Runs a program, and gives its exit status.

    0 if the read is proven or partial, with ``--strict`` only if it is proven (or if only help was wanted), else 1; 2 when
    the arguments make no sense; 128 and the number of a signal that ended it.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given == ["--version"]:
        print(f"outlay {_native.__version__}")
        return 0
    if any(argument in _HELP for argument in given[:2]):
        print(_USAGE)
        return 0
    if given[:1] not in (["normalize"], ["connect"]):
        print(_USAGE, file=sys.stderr)
        return 2
    meanwhile, output = _Meanwhile(quiet="--json" in given), _Output()
    try:
        with _signals():
            if given[0] == "normalize":
                text, is_good = _native.normalize(given[1:], meanwhile)
            else:
                text, is_good = "", _native.connect(given[1:], output.tell)
    except OutlayError as error:
        meanwhile.close()
        print(f"{error.code}: {error}", file=sys.stderr)
        return 1
    except ValueError as problem:
        print(problem, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        meanwhile.close()
        return 130
    except _Signalled as signalled:
        meanwhile.close()
        return 128 + signalled.number
    meanwhile.close()
    if text:
        output.print(text)
    return 0 if is_good and output.is_whole else 1
