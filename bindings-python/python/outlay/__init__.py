"""Converts AWS Cost and Usage Reports to FOCUS, with exact totals, in Arrow batches and bounded memory.

>>> import outlay
>>> reader = outlay.read("examples/data/report", columns=["ServiceName", "BilledCost"])
>>> rows = sum(len(batch) for batch in reader)
>>> reader.check()
>>> print(f"{rows} rows, {reader.totals.costs['USD'].billed} USD billed")
175 rows, 800.2936682272 USD billed

:func:`read` reads a report once: a :class:`Reader` iterates over batches, and any library that supports Arrow streams accepts
it. :func:`open` returns a :class:`Report`, which can be read any number of times.
:func:`plan` and :func:`read_part` read the parts of a report separately. A :class:`Connector` reads reports from AWS.
Errors are :class:`OutlayError` and its subclasses.
"""

from __future__ import annotations

import warnings as _warnings

from . import _native
from ._access import Access
from ._accounts import Account, AccountChanges, Accounts
from ._connector import Connector
from ._diagnosis import Diagnosis, Finding
from ._errors import *  # noqa: F403
from ._errors import __all__ as _error_names
from ._memory import memory_limit, set_memory_limit
from ._batch import Batch
from ._native import ExternalId, Quarantined
from ._options import ProgressCallback, ReaderOptions
from ._parts import Part, Plan
from ._periods import DeliveredPart, Delivery, PeriodStatus, ReportDefinition
from ._progress import ReaderProgress
from ._read_warning import ReadWarning
from ._reader import Reader
from ._report import Report
from ._settings import ConnectorConfig, ConnectorOptions, RetryPolicy
from ._totals import Check, Content, Costs, PartTotals, Rounding, Totals, UnknownRows
from ._unmatched import UnmatchedWarning
from ._verbs import aopen, aplan, aread, aread_part, closing_batch, open, plan, read, read_part  # noqa: A004
from ._words import (
    AccountState,
    Capability,
    CheckCode,
    FindingCode,
    Guards,
    Outcome,
    PeriodState,
    ReportKind,
    Verdict,
    WarningCode,
)

__version__ = _native.__version__

__all__ = [
    "Access",
    "Account",
    "AccountChanges",
    "AccountState",
    "Accounts",
    "Batch",
    "Capability",
    "Check",
    "CheckCode",
    "Connector",
    "ConnectorConfig",
    "ConnectorOptions",
    "Content",
    "Costs",
    "DeliveredPart",
    "Delivery",
    "Diagnosis",
    "ExternalId",
    "Finding",
    "FindingCode",
    "Guards",
    "Outcome",
    "Part",
    "PartTotals",
    "PeriodState",
    "PeriodStatus",
    "Plan",
    "ProgressCallback",
    "Quarantined",
    "ReadWarning",
    "Reader",
    "ReaderOptions",
    "ReaderProgress",
    "Report",
    "ReportDefinition",
    "ReportKind",
    "RetryPolicy",
    "Rounding",
    "Totals",
    "UnknownRows",
    "UnmatchedWarning",
    "Verdict",
    "WarningCode",
    "__version__",
    "aopen",
    "aplan",
    "aread",
    "aread_part",
    "closing_batch",
    "memory_limit",
    "open",
    "plan",
    "read",
    "read_part",
    "set_memory_limit",
    *_error_names,
]

if _native.IS_DEBUG_BUILD:
    _warnings.warn(
        "outlay was built for debugging, and is ten times slower: use `pip install` or `maturin develop --release`",
        RuntimeWarning,
        stacklevel=2,
    )
