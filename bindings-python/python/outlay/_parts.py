"""Plans: the parts of a report as plain values, which several processes can read separately."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from . import _native
from ._read_warning import ReadWarning
from ._tables import Note, html_table, text_table
from ._times import instant, instant_text

# The version of the JSON form of parts and plans. The core refuses other versions.
_VERSION = 1


@dataclass(frozen=True)
class Part:
    """One object of a report, without credentials. It can be pickled and read in any process."""

    object: str
    """The name of the object in errors, totals and lineage: its path relative to the given folder."""
    path: str
    """The path or the S3 address of the object."""
    size: int
    """Size of the object in bytes, compressed."""
    etag: str | None = None
    """The ETag of an object in S3. A different ETag means that AWS has rewritten the month."""
    period: str | None = None
    """The billing period, such as ``2026-09``, if a manifest or the folder contains it."""
    delivery: str | None = None
    """The delivery: the assembly ID of a legacy report, or the execution ID of a Data Export."""
    as_of: datetime | None = None
    """When the delivery was written, if its ID or folder contains the time."""
    report: str | None = None
    """The name of the report."""
    columns: tuple[str, ...] = field(default=(), repr=False)
    """With ``schema="cur"``, the columns of all parts, so that every part has the same schema."""
    fingerprint: str | None = field(default=None, repr=False)
    """The fingerprint of the plan. :func:`outlay.read_part` refuses other options."""

    def to_json(self) -> str:
        """Returns the JSON form of the part, the same in all languages."""
        return json.dumps(self._values())

    def _values(self) -> dict[str, Any]:
        as_of = None if self.as_of is None else instant_text(self.as_of, "as_of")
        return {"version": _VERSION, **asdict(self), "as_of": as_of}

    @classmethod
    def from_json(cls, text: str) -> Part:
        """Creates a part from the text of :meth:`to_json`.

        Raises:
            ValueError: if the text is not a part, or has another version.
        """
        return cls._of(json.loads(_native.checked_part(text)))

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        """Pickles as its text, whose version another release looks at."""
        return type(self).from_json, (self.to_json(),)

    @classmethod
    def _of(cls, values: dict[str, Any]) -> Part:
        as_of = values.get("as_of")
        known = {name: values[name] for name in cls.__dataclass_fields__ if name in values}
        known["as_of"] = None if as_of is None else instant(as_of)
        known["columns"] = tuple(values.get("columns", ()))
        return cls(**known)


@dataclass(frozen=True)
class Plan:
    """The parts of a read. Reading them in any order and with any number of readers gives the same rows and totals."""

    parts: tuple[Part, ...]
    warnings: tuple[ReadWarning, ...]
    """Warnings, for example about files that were left out."""
    fingerprint: str | None = field(default=None, repr=False)
    """The options that decide rows, amounts or columns, as the version of the library and a hash: all except
    ``threads``, ``batch_rows``, ``block_bytes``, ``record_bytes``, ``max_columns``, ``expected_bytes``, ``text`` and
    ``quarantine_file``. The totals of parts contain it as well."""

    def to_json(self) -> str:
        """Returns the JSON form of the plan, the same in all languages."""
        values = {"parts": [part._values() for part in self.parts], "warnings": [asdict(note) for note in self.warnings]}
        return json.dumps({"version": _VERSION, **values, "fingerprint": self.fingerprint})

    def _caption(self) -> str:
        count, size = len(self.parts), sum(part.size for part in self.parts)
        return f"outlay.Plan: {count} part{'' if count == 1 else 's'}, {size:,} bytes"

    def _table(self) -> tuple[str, tuple[str, ...], list[tuple[str, ...]], list[Note]]:
        caption = self._caption()
        lines: list[tuple[str, ...]] = [(part.object, part.period or "", f"{part.size:,}") for part in self.parts]
        notes: list[Note] = [("warning", warning) for warning in self.warnings]
        return caption, ("Object", "Period", "Bytes"), lines, notes

    def __repr__(self) -> str:
        count = len(self.warnings)
        warnings = f", {count} warning{'' if count == 1 else 's'}" if count else ""
        return f"<{self._caption()}{warnings}>"

    def __str__(self) -> str:
        return text_table(*self._table(), numbers=True)

    def _repr_html_(self) -> str:
        return html_table(*self._table(), numbers=True)

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """Creates a plan from the text of :meth:`to_json`.

        Raises:
            ValueError: if the text is not a plan, or has another version.
        """
        plan = json.loads(_native.checked_plan(text))
        parts = tuple(Part._of(part) for part in plan["parts"])
        warnings = tuple(ReadWarning(**warning) for warning in plan["warnings"])
        return cls(parts, warnings, plan.get("fingerprint"))

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        """Pickles as its text, whose version another release looks at."""
        return type(self).from_json, (self.to_json(),)
