"""Months of a report, what was delivered of each, and how reports are set up."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ._plain import plain
from ._read_warning import ReadWarning
from ._times import instant
from ._words import PeriodState, ReportKind


@dataclass(frozen=True)
class DeliveredPart:
    """An object of a delivery."""

    key: str
    """Its key."""
    size: int
    """Its bytes, compressed as they are."""
    etag: str | None
    """Its ETag, where the store has one."""


@dataclass(frozen=True)
class Delivery:
    """One delivery of a month."""

    id: str | None
    """Assembly id of a legacy report, execution id of an export."""
    report: str | None
    """The name of the report, as the manifest has it."""
    account: str | None
    """The account that the report belongs to."""
    manifest: str
    """The key of the manifest."""
    manifest_etag: str | None
    """The manifest's ETag, where the store has one."""
    written: datetime
    """When the manifest was written, in UTC."""
    columns: tuple[str, ...] = field(repr=False)
    """Names of the columns, as the manifest has them."""
    parts: tuple[DeliveredPart, ...] = field(repr=False)
    """The objects with its rows."""
    is_overwritten: bool
    """Whether the next delivery will be written over this one."""
    warnings: tuple[ReadWarning, ...]
    """What the caller should know."""

    @property
    def bytes(self) -> int:
        """Bytes of all parts."""
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
    """What is to be expected of it."""
    delivery: Delivery | None
    """Its newest delivery; none while it is pending or unreadable."""
    problem: str | None = None
    """Why it is unreadable."""

    @classmethod
    def _of(cls, values: dict[str, Any]) -> PeriodStatus:
        delivery = values["delivery"]
        return cls(**{**values, "delivery": None if delivery is None else Delivery._of(delivery)})

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain values, the time as text."""
        return plain(self)


@dataclass(frozen=True)
class ReportDefinition:
    """How a report or an export is set up."""

    name: str
    """Its name."""
    kind: ReportKind
    """The report before Data Exports, ``COST_AND_USAGE_REPORT`` of Data Exports, or another table of it."""
    table: str | None
    """That other table: ``FOCUS_1_2_AWS``."""
    bucket: str
    """The bucket that it is delivered to."""
    prefix: str
    """The prefix that was chosen for it, without the name."""
    region: str
    """The region of the bucket."""
    format: str
    """``textORcsv`` or ``Parquet``, as AWS spells it."""
    compression: str
    """``GZIP``, ``ZIP`` or ``Parquet``."""
    time_unit: str | None
    """``HOURLY``, ``DAILY`` or ``MONTHLY``."""
    has_resource_ids: bool
    """Whether rows name resources."""
    overwrites: bool
    """Whether each delivery takes the place of the one before."""
    refreshes_closed: bool
    """Whether months are delivered again after their invoice, for refunds and credits. Exports always are."""
    arn: str | None
    """The ARN of an export."""
    created: datetime | None
    """When an export was created, in UTC; of reports AWS does not say."""
    status: str | None
    """What AWS says of its last delivery: ``SUCCESS``, ``ERROR_PERMISSIONS``, ``HEALTHY``, ``UNHEALTHY``."""
    status_reason: str | None
    """Why an export is unhealthy, as AWS writes it: ``INSUFFICIENT_PERMISSION``."""
    last_delivery: datetime | None
    """When it was last delivered, in UTC."""

    @classmethod
    def _of(cls, values: dict[str, Any]) -> ReportDefinition:
        kind = values["kind"]
        table = kind["table"] if isinstance(kind, dict) else None
        times = {name: values[name] and instant(values[name]) for name in ("created", "last_delivery")}
        return cls(**{**values, **times, "kind": "table" if isinstance(kind, dict) else kind, "table": table})

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain values."""
        return plain(self)
