"""Tables for terminals and notebooks. The core writes them: it escapes all text, in HTML and for terminals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from . import _native

Note = tuple["str | None", object]
"""A line below a table: its subject, or ``None``, and its text."""


def html_table(
    caption: str,
    header: Sequence[str],
    lines: Iterable[Sequence[object]],
    notes: Iterable[Note] = (),
    *,
    numbers: bool = False,
) -> str:
    """Returns a table as HTML, in the colors of the notebook. With ``numbers``, all columns except the first are
    right-aligned."""
    return _native.table(caption, header, _texts(lines), _noted(notes), numbers, True)


def text_table(
    caption: str,
    header: Sequence[str],
    lines: Iterable[Sequence[object]],
    notes: Iterable[Note] = (),
    *,
    numbers: bool = False,
) -> str:
    """Returns a table as text."""
    return _native.table(caption, header, _texts(lines), _noted(notes), numbers, False)


def one_line(text: str) -> str:
    """Returns text on one line, without characters that act on a terminal."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def _texts(lines: Iterable[Sequence[object]]) -> list[list[str]]:
    return [[str(cell) for cell in line] for line in lines]


def _noted(notes: Iterable[Note]) -> list[tuple[str | None, str]]:
    return [(subject, str(note)) for subject, note in notes]
