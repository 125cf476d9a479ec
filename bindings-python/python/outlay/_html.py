"""HTML tables for notebooks. They inherit the colors of the notebook, light or dark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

_LINE = "border-bottom:1px solid rgba(128,128,128,.35)"


def cell(value: object) -> str:
    """Escapes text for HTML."""
    return escape(str(value))


def table(
    caption: str,
    header: Sequence[str],
    lines: Iterable[Sequence[object]],
    notes: Sequence[str] = (),
    *,
    numbers: bool = False,
) -> str:
    """Returns a compact table. With ``numbers``, all columns except the first are right-aligned."""

    def style(column: int) -> str:
        side = "right" if numbers and column > 0 else "left"
        digits = ";font-variant-numeric:tabular-nums" if numbers else ""
        return f"text-align:{side};padding:2px 12px 2px 0;background:transparent;color:inherit{digits}"

    def row(cells: Sequence[object], tag: str, line: str) -> str:
        inner = "".join(f'<{tag} style="{style(n)};{line}">{cell(text)}</{tag}>' for n, text in enumerate(cells))
        return f'<tr style="background:transparent">{inner}</tr>'

    head = row(header, "th", _LINE)
    body = "".join(row(line, "td", "border:0") for line in lines)
    below = "".join(f'<div style="padding-top:4px">{note}</div>' for note in notes)
    return (
        '<div style="color:inherit;font-size:90%">'
        f'<div style="opacity:.75;padding-bottom:4px">{cell(caption)}</div>'
        f'<table style="border-collapse:collapse;color:inherit"><thead>{head}</thead><tbody>{body}</tbody></table>'
        f"{below}</div>"
    )
