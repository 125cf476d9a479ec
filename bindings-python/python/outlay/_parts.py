"""Plans: the parts of a report as plain values, which a queue of workers or a cluster reads apart."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from . import _native
from ._read_warning import ReadWarning
from ._times import instant, instant_text

# Of the text of a part and of a plan. The core refuses others.
_VERSION = 1


@dataclass(frozen=True)
class Part:
    """One object of a report: what one read needs, without credentials. Pickles, and reads anywhere."""

    object: str
    """The object as errors, totals and lineage name it: its path below the folder that was given."""
    path: str
    """Where the object lies."""
    size: int
    """Bytes of the object, compressed as it is."""
    etag: str | None = None
    """The ETag of an object in S3: another one means that AWS has written the month again."""
    period: str | None = None
    """The billing period, such as ``2026-09``, when a manifest or the folder says."""
    delivery: str | None = None
    """The delivery: assembly id of a legacy report, execution id of a Data Export."""
    as_of: datetime | None = None
    """When the delivery was written; only where its id or folder says."""
    report: str | None = None
    """The name of the report."""
    columns: tuple[str, ...] = field(default=(), repr=False)
    """With ``schema="cur"`` the columns of all parts, so that each part read alone has the same schema."""
    fingerprint: str | None = field(default=None, repr=False)
    """That of the plan: :func:`outlay.read_part` refuses other options."""

    def to_json(self) -> str:
        """The part as the core writes it, in any language."""
        return json.dumps(self._values())

    def _values(self) -> dict[str, Any]:
        as_of = None if self.as_of is None else instant_text(self.as_of, "as_of")
        return {"version": _VERSION, **asdict(self), "as_of": as_of}

    @classmethod
    def from_json(cls, text: str) -> Part:
        """The part of such a text.

        Raises:
            ValueError: for what is no part, and for the text of another version, with what to do.
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
    """The parts of a read, in order. Any order, and any division among readers, gives the same rows and totals."""

    parts: tuple[Part, ...]
    warnings: tuple[ReadWarning, ...]
    """What was left out, and what else there is to know."""
    fingerprint: str | None = field(default=None, repr=False)
    """The options that decide rows, amounts or what is handed out, as a hash, after the version of the library: all but
    ``threads``, ``batch_rows``, ``block_bytes``, ``record_bytes``, ``max_columns``, ``expected_bytes``, ``text`` and
    ``quarantine_file``. Totals of parts carry it, too."""

    def to_json(self) -> str:
        """The plan as the core writes it, in any language."""
        values = {"parts": [part._values() for part in self.parts], "warnings": [asdict(note) for note in self.warnings]}
        return json.dumps({"version": _VERSION, **values, "fingerprint": self.fingerprint})

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """The plan of such a text.

        Raises:
            ValueError: for what is no plan, and for the text of another version, with what to do.
        """
        plan = json.loads(_native.checked_plan(text))
        parts = tuple(Part._of(part) for part in plan["parts"])
        warnings = tuple(ReadWarning(**warning) for warning in plan["warnings"])
        return cls(parts, warnings, plan.get("fingerprint"))

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        """Pickles as its text, whose version another release looks at."""
        return type(self).from_json, (self.to_json(),)
