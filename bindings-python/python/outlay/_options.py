"""Options by name, the same in all languages; each default is the core's."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, TypedDict, Union

from ._times import instant_text

ProgressCallback = Callable[[int, Union[int, None], int], object]
"""A function of bytes done, bytes in total (``None`` if unknown) and rows, which is called after each batch."""


class ReaderOptions(TypedDict, total=False):
    """What :func:`outlay.read` knows, for functions that take the same."""

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
    on_error: Literal["stop", "quarantine"]
    quarantine_file: str | os.PathLike[str] | None
    on_unknown_type: Literal["warn", "stop"]
    on_unknown: Literal["null", "stop"]
    negation: Literal["drop", "keep"]
    as_of: str | datetime | None
    tag_policy: Literal["exact", "fold"]
    lineage: bool
    record_bytes: int
    block_bytes: int
    max_columns: int | None
    expected_bytes: int | None


def native_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options as the native module takes them."""
    as_of = options.get("as_of")
    if not isinstance(as_of, datetime):
        return dict(options)
    return {**options, "as_of": instant_text(as_of, "as_of")}
