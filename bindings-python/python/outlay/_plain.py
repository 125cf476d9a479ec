"""Conversion of data classes to JSON values."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ._times import instant_text

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def plain(value: DataclassInstance) -> dict[str, Any]:
    """Converts a data class to plain values: tuples to lists, and times to text."""
    values: dict[str, Any] = json.loads(json.dumps(asdict(value), default=_text))
    return values


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return instant_text(value, "time")
    raise TypeError(f"{type(value).__name__} has no form in JSON")
