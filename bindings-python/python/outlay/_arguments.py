"""Checks of arguments that the core does not receive as options of a read."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from ._errors import OptionError
from ._tables import one_line

_MOST = 2**64 - 1
_LONG = 60


def refuse(name: str, wanted: str, value: object, *, is_secret: bool = False) -> NoReturn:
    """Raises the error for a value of a wrong type. A secret is not shown."""
    kind = type(value).__name__
    text = "" if is_secret else repr(value)
    got = kind if is_secret else f"{text} of type `{kind}`" if len(text) <= _LONG else f"a value of type `{kind}`"
    raise OptionError(f"option `{name}`: expected {wanted}, got {got}", "OUTLAY_OPTION")


def number(name: str, value: Any, wanted: str) -> int:
    """Returns a whole number."""
    try:
        found = operator.index(value)
    except TypeError:
        refuse(name, wanted, value)
    if isinstance(value, bool) or not 0 <= found <= _MOST:
        refuse(name, wanted, value)
    return found


def text(name: str, value: Any, wanted: str = "a text", *, is_secret: bool = False) -> str:
    """Returns a text."""
    if not isinstance(value, str):
        refuse(name, wanted, value, is_secret=is_secret)
    return value


def flag(name: str, value: Any) -> bool:
    """Returns a truth value. Another value, such as the text `no`, would count as true."""
    if not isinstance(value, bool):
        refuse(name, "`True` or `False`", value)
    return value


def texts(name: str, values: Any, wanted: str) -> list[str]:
    """Returns a list of texts."""
    # `list` would split a text into its letters.
    if isinstance(values, str):
        listed = one_line(f'["{values}"]')
        raise OptionError(f"option `{name}`: expected {wanted}, got a text: put it in a list, {listed}", "OUTLAY_OPTION")
    if isinstance(values, bytes) or not isinstance(values, Iterable):
        refuse(name, wanted, values)
    return [text(name, value, wanted) for value in values]


def word(name: str, value: Any, words: Sequence[str]) -> str:
    """Returns one of the words of an option."""
    known = ", ".join(f"`{word}`" for word in words)
    if text(name, value, known) not in words:
        raise OptionError(f"option `{name}`: `{one_line(value)}` is none of {known}", "OUTLAY_OPTION")
    return str(value)


def unknown(name: str, kind: str, known: Iterable[str]) -> str:
    """Returns why there is no argument of this name, with the most similar one."""
    # Imported here, since only a mistake needs it.
    from difflib import get_close_matches

    near = get_close_matches(name, list(known), 1)
    return f"`{one_line(name)}` is not {kind}" + (f": did you mean `{near[0]}`?" if near else "")
