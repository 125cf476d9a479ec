"""Warnings about a report."""

from __future__ import annotations

from dataclasses import dataclass

from ._words import WarningCode


@dataclass(frozen=True)
class ReadWarning:
    """A warning about a report, with the number of affected rows."""

    code: WarningCode
    message: str
    rows: int = 0

    def __str__(self) -> str:
        if self.rows == 0:
            return self.message
        return f"{self.message} ({self.rows} row{'' if self.rows == 1 else 's'})"
