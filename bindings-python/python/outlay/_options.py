"""Options of a read, the same in all languages. The core defines the defaults."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal, TypedDict, Union

from ._arguments import refuse
from ._times import instant_text

ProgressCallback = Callable[[int, Union[int, None], int], object]
"""A function that is called after each batch with the bytes read, the total bytes (``None`` if unknown) and the rows."""


Decimals = Union[Literal["exact", "float64", "decimal(38,9)"], str]
"""The type of decimal columns: ``exact``, ``float64``, or a narrower decimal with any numbers of digits."""


class ReaderOptions(TypedDict, total=False):
    """The options of :func:`outlay.read`, for functions that accept the same options."""

    focus: Literal["1.2"]
    schema: Literal["focus", "cur"]
    columns: Sequence[str] | None
    extra_columns: Sequence[str]
    tag_columns: Sequence[str]
    account_names: Mapping[str, str]
    periods: Sequence[str]
    threads: int | None
    batch_rows: int
    maps: Literal["map", "json"]
    text: Literal["utf8", "dictionary", "view"]
    decimals: Decimals
    on_error: Literal["stop", "quarantine"]
    quarantine_file: str | os.PathLike[str] | None
    on_unknown_type: Literal["warn", "stop"]
    on_unknown: Literal["null", "stop"]
    on_no_match: Literal["warn", "stop"]
    negation: Literal["drop", "keep"]
    as_of: str | date | None
    tag_policy: Literal["exact", "fold"]
    lineage: bool
    record_bytes: int
    block_bytes: int
    max_columns: int | None
    expected_bytes: int | None
    spool_bytes: int | None


def native_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Converts options for the native module."""
    as_of = options.get("as_of")
    if isinstance(as_of, datetime):
        return {**options, "as_of": instant_text(as_of, "as_of")}
    if isinstance(as_of, date):
        # The beginning of the day in UTC, like the text of a date.
        return {**options, "as_of": f"{as_of.isoformat()}T00:00:00Z"}
    if as_of is not None and not isinstance(as_of, str):
        refuse("as_of", "a date, a datetime, or a text such as `2026-09-15T06:00:00Z`", as_of)
    return dict(options)
