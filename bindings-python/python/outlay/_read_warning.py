"""Warnings about a report."""

from __future__ import annotations

from dataclasses import dataclass

from ._words import WarningCode


@dataclass(frozen=True)
class ReadWarning:
    """A warning about a report, with the number of affected rows.

    Warnings that differ only in their subject, such as a commitment, a column or a file, are one warning with the number of
    subjects and examples.
    """

    code: WarningCode
    message: str
    rows: int = 0
    count: int = 1
    """The number of subjects, 1 for a warning about the report as a whole. Subjects found while reading are counted up to 1,000;
    1,001 stands for more."""
    examples: tuple[str, ...] = ()
    """The first of the subjects, at most 20, sorted. Empty for a warning about the report as a whole."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "examples", tuple(self.examples))

    def __str__(self) -> str:
        if self.rows == 0:
            return self.message
        return f"{self.message} ({self.rows} row{'' if self.rows == 1 else 's'})"
