"""The command ``outlay``: the programs of the examples, with their arguments and their output."""

from __future__ import annotations

import sys
from collections.abc import Sequence
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

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


def _tell(title: str, text: str) -> None:
    """Shows a step, as the example in Rust does."""
    print(f"{title}\n{text.rstrip()}\n", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a program: 0 only if everything is well (or only help was wanted), 2 when the arguments make no sense."""
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
    meanwhile = _Meanwhile(quiet="--json" in given)
    try:
        if given[0] == "normalize":
            text, is_good = _native.normalize(given[1:], meanwhile)
        else:
            text, is_good = "", _native.connect(given[1:], _tell)
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
    meanwhile.close()
    if text:
        print(text)
    return 0 if is_good else 1
