"""Months of a report, their deliveries, and report definitions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ._plain import plain
from ._read_warning import ReadWarning
from ._tables import Note, html_table, one_line
from ._times import instant
from ._words import PeriodState, ReportKind


@dataclass(frozen=True)
class DeliveredPart:
    """An object of a delivery."""

    key: str
    """The key of the object."""
    size: int
    """Size of the object in bytes, compressed."""
    etag: str | None
    """The ETag of the object; ``None`` if the store has none."""


@dataclass(frozen=True)
class Delivery:
    """One delivery of a month."""

    id: str | None
    """The assembly ID of a legacy report, or the execution ID of an export."""
    report: str | None
    """The name of the report, as in the manifest."""
    account: str | None
    """The account that owns the report."""
    manifest: str
    """The key of the manifest."""
    manifest_etag: str | None
    """The ETag of the manifest; ``None`` if the store has none."""
    written: datetime
    """When the manifest was written, in UTC."""
    columns: tuple[str, ...] = field(repr=False)
    """The names of the columns, as in the manifest."""
    parts: tuple[DeliveredPart, ...] = field(repr=False)
    """The objects that contain the rows."""
    is_overwritten: bool
    """Whether the next delivery will overwrite this one."""
    warnings: tuple[ReadWarning, ...]
    """Warnings about the delivery."""

    @property
    def bytes(self) -> int:
        """Size of all parts in bytes, compressed."""
        return sum(part.size for part in self.parts)

    @classmethod
    def _of(cls, values: dict[str, Any]) -> Delivery:
        return cls(
            **{
                **values,
                "written": instant(values["written"]),
                "columns": tuple(values["columns"]),
                "parts": tuple(DeliveredPart(**part) for part in values["parts"]),
                "warnings": tuple(ReadWarning(**warning) for warning in values["warnings"]),
            }
        )


@dataclass(frozen=True)
class PeriodStatus:
    """A month of a report."""

    period: str
    """The month, such as ``2026-09``."""
    state: PeriodState
    """The state of the month."""
    delivery: Delivery | None
    """The newest delivery; ``None`` if the month is pending or unreadable."""
    problem: str | None = None
    """Why the month is unreadable; otherwise ``None``."""

    @classmethod
    def _of(cls, values: dict[str, Any]) -> PeriodStatus:
        delivery = values["delivery"]
        return cls(**{**values, "delivery": None if delivery is None else Delivery._of(delivery)})

    def to_dict(self) -> dict[str, Any]:
        """Returns plain values, with times as text."""
        return plain(self)

    def __str__(self) -> str:
        text = f"{self.period} {self.state}"
        if self.delivery is not None:
            count = len(self.delivery.parts)
            text += f": {count} part{'' if count == 1 else 's'}, {self.delivery.bytes:,} bytes"
        return one_line(text if self.problem is None else f"{text}: {self.problem}")

    def __repr__(self) -> str:
        return f"<outlay.PeriodStatus: {self}>"

    def _repr_html_(self) -> str:
        header, line = ["Month", "State"], [self.period, self.state]
        notes: list[Note] = [] if self.problem is None else [("problem", self.problem)]
        if self.delivery is not None:
            header += ["Parts", "Bytes", "Written"]
            line += [f"{len(self.delivery.parts):,}", f"{self.delivery.bytes:,}", f"{self.delivery.written:%Y-%m-%d %H:%M} UTC"]
            notes += [("warning", warning) for warning in self.delivery.warnings]
        return html_table("outlay.PeriodStatus", header, [line], notes)


@dataclass(frozen=True)
class ReportDefinition:
    """The definition of a report or an export."""

    name: str
    """The name of the report or export."""
    kind: ReportKind
    """A legacy report, the table ``COST_AND_USAGE_REPORT`` of Data Exports, or another table of Data Exports."""
    table: str | None
    """The name of another table, such as ``FOCUS_1_2_AWS``; otherwise ``None``."""
    bucket: str
    """The bucket of the deliveries."""
    prefix: str
    """The configured prefix, without the name of the report."""
    region: str
    """The region of the bucket."""
    format: str
    """``textORcsv`` or ``Parquet``, as AWS spells it."""
    compression: str
    """``GZIP``, ``ZIP`` or ``Parquet``."""
    time_unit: str | None
    """``HOURLY``, ``DAILY`` or ``MONTHLY``."""
    has_resource_ids: bool
    """Whether rows contain resource IDs."""
    overwrites: bool
    """Whether each delivery overwrites the previous one."""
    refreshes_closed: bool
    """Whether invoiced months are delivered again after refunds and credits. Always true for exports."""
    arn: str | None
    """The ARN of an export; ``None`` for a legacy report."""
    created: datetime | None
    """When the export was created, in UTC; ``None`` for a legacy report."""
    status: str | None
    """The status of the last delivery, as AWS reports it: ``SUCCESS``, ``ERROR_PERMISSIONS``, ``HEALTHY``, ``UNHEALTHY``."""
    status_reason: str | None
    """Why an export is unhealthy, as AWS reports it: ``INSUFFICIENT_PERMISSION``."""
    last_delivery: datetime | None
    """The time of the last delivery, in UTC."""

    @classmethod
    def _of(cls, values: dict[str, Any]) -> ReportDefinition:
        kind = values["kind"]
        table = kind["table"] if isinstance(kind, dict) else None
        times = {name: values[name] and instant(values[name]) for name in ("created", "last_delivery")}
        return cls(**{**values, **times, "kind": "table" if isinstance(kind, dict) else kind, "table": table})

    def to_dict(self) -> dict[str, Any]:
        """Returns plain values, with times as text."""
        return plain(self)
