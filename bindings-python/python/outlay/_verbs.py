"""The verbs: read, plan, read_part, closing_batch, and their async twins."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol, Union

from . import _native
from ._options import ProgressCallback, native_options
from ._parts import Part, Plan
from ._progress import watch
from ._reader import Reader
from ._threads import to_thread
from ._totals import Totals

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._options import ReaderOptions


class BinaryFile(Protocol):
    """A file object that gives bytes."""

    def read(self, size: int, /) -> bytes: ...


Path = Union[str, "os.PathLike[str]"]
Report = Union[Path, Iterable[Path], bytes, bytearray, memoryview, BinaryFile]


def read(
    report: Report,
    *,
    focus: Literal["1.2"] = "1.2",
    schema: Literal["focus", "cur"] = "focus",
    columns: Sequence[str] | None = None,
    extra_columns: Sequence[str] = (),
    tag_columns: Sequence[str] = (),
    account_names: Mapping[str, str] | None = None,
    periods: Sequence[str] = (),
    threads: int | None = None,
    batch_rows: int | None = None,
    maps: Literal["map", "json"] = "map",
    text: Literal["utf8", "dictionary", "view"] = "utf8",
    on_error: Literal["stop", "quarantine"] = "stop",
    quarantine_file: str | os.PathLike[str] | None = None,
    on_unknown_type: Literal["warn", "stop"] = "warn",
    on_unknown: Literal["null", "stop"] = "null",
    negation: Literal["drop", "keep"] = "drop",
    as_of: str | datetime | None = None,
    tag_policy: Literal["exact", "fold"] = "exact",
    lineage: bool = False,
    record_bytes: int | None = None,
    block_bytes: int | None = None,
    max_columns: int | None = None,
    expected_bytes: int | None = None,
    progress: bool | ProgressCallback = False,
) -> Reader:
    """Opens a report: a file, a folder as AWS wrote it, a manifest, several of them, ``s3://bucket/prefix/``, bytes, or a file
    object.

    A folder is read through its manifests: for each month the listed parts, all of them, of one delivery. Nothing is
    read before you ask for batches.

    >>> import outlay
    >>> reader = outlay.read("examples/data/report", columns=["ServiceName", "BilledCost"])
    >>> sum(len(batch) for batch in reader)
    175
    >>> reader.check()
    >>> reader.totals.costs["USD"].billed
    Decimal('800.2936682272')

    Args:
        report: Paths, or the bytes of one file, compressed or not; of a file object one thread reads in chunks.
        focus: The version of FOCUS.
        schema: FOCUS rows, or ``cur``: the report itself as a typed table.
        columns: What is handed out, in this order; all by default. What is not wanted is not computed.
        extra_columns: Columns of the report to hand out as ``x_…``, in either spelling.
        tag_columns: Keys of tags to hand out as columns ``x_Tag_…``.
        account_names: Names by account id, where the report has none.
        periods: Billing periods, such as ``2026-09``; all by default.
        threads: Threads that read; one for each core by default.
        batch_rows: Rows of a batch; 8,192 by default.
        maps: Key-value columns as Arrow maps, or as JSON text.
        text: Text as ``utf8``, as ``dictionary``, or as ``view``, which shares the memory of the report.
        on_error: Whether a record that cannot be understood stops the read or is set aside.
        quarantine_file: A CSV file for such records; also sets ``on_error``.
        on_unknown_type: Whether rows of unknown types are kept as Adjustment, with a warning, or stop the read.
        on_unknown: Whether a cost whose cells the report lacks is null in its row, which no check then proves, or stops the read.
        negation: Whether Savings Plan negations are dropped with covered usage at 0, or both are kept.
        as_of: Up to when Savings Plan hours can have gone unused; by default when the delivery was written.
        tag_policy: Keys of tags as they are, or folded to Athena's spelling.
        lineage: Adds ``x_SourceObject``, ``x_SourceRow`` and ``x_DeliveryId``.
        record_bytes: The longest record; 16 MiB by default.
        block_bytes: What is inflated and decoded at once; 256 KiB by default.
        max_columns: The most columns that a report may have; 32,768 by default.
        expected_bytes: How many bytes, compressed as they are, bytes or a file object have to give: a content length, or the size
            that a manifest says. Fewer or more are an error.
        progress: ``True`` for a bar of tqdm, or a function of bytes done, bytes in total and rows.

    Raises:
        OutlayError: or rather one of its subclasses, here or when batches are asked for.
    """
    # Exactly the options: nothing else has a name yet.
    options = dict(locals())
    del options["report"], options["progress"]
    return _open(report, options, progress, None)


def _open(report: Report, options: Mapping[str, Any], progress: bool | ProgressCallback, stop: _native.Stop | None) -> Reader:
    native, told = native_options(options), watch(progress)
    if isinstance(report, memoryview):
        report = bytes(report)
    if isinstance(report, (bytes, bytearray)):
        return Reader(_native.read_stream("report", report, native, told, stop))
    if hasattr(report, "read"):
        name = getattr(report, "name", None)
        name = os.path.basename(name) if isinstance(name, str) else "report"
        return Reader(_native.read_stream(name, report, native, told, stop))
    return Reader(_native.read(_paths(report), native, told, stop))


def _paths(report: Any) -> list[str]:
    if isinstance(report, (str, os.PathLike)):
        return [os.fspath(report)]
    return [os.fspath(path) for path in report]


def plan(report: Path | Iterable[Path], **options: Unpack[ReaderOptions]) -> Plan:
    """The parts of a report as plain values, which pickle; :func:`read_part` reads one, anywhere, with the same options.

    >>> import outlay
    >>> plan = outlay.plan("examples/data/report")
    >>> totals = outlay.Totals()
    >>> for part in plan.parts:
    ...     reader = outlay.read_part(part)
    ...     rows = sum(len(batch) for batch in reader)
    ...     print(part.object.split("/")[-1], rows)
    ...     totals.merge(reader.totals)
    daily-00001.csv.gz 90
    daily-00002.csv.gz 70
    daily-00003.csv.gz 15
    >>> outlay.closing_batch(totals) is None
    True
    >>> totals.check_against(plan)
    >>> totals.outcome
    'proven'
    """
    return _plan(report, options, None)


def _plan(report: Path | Iterable[Path], options: Mapping[str, Any], stop: _native.Stop | None) -> Plan:
    return Plan.from_json(_native.plan(_paths(report), native_options(options), stop))


def read_part(part: Part, *, progress: bool | ProgressCallback = False, **options: Unpack[ReaderOptions]) -> Reader:
    """Opens one part of a plan, with the options that the plan was made with.

    Its totals say which rows are due in the closing batch, but do not hand them out.
    """
    return _read_part(part, options, progress, None)


def _read_part(part: Part, options: Mapping[str, Any], progress: bool | ProgressCallback, stop: _native.Stop | None) -> Reader:
    return Reader(_native.read_part(part.to_json(), native_options(options), watch(progress), stop))


def closing_batch(totals: Totals, **options: Unpack[ReaderOptions]) -> _native.Batch | None:
    """The rows that only the totals of all parts show; ``None`` when nothing is due. The totals are settled with them.

    A whole read hands this batch out by itself.
    """
    return _native.closing_batch(totals._native, native_options(options))


async def aread(report: Report, *, progress: bool | ProgressCallback = False, **options: Unpack[ReaderOptions]) -> Reader:
    """:func:`read` for async code: opens on another thread, and ``async for`` reads there.

    >>> import asyncio, outlay
    >>> async def rows():
    ...     reader = await outlay.aread("examples/data/report", columns=["BilledCost"])
    ...     return sum([len(batch) async for batch in reader])
    >>> asyncio.run(rows())
    175
    """
    return await to_thread(_open, report, options, progress)


async def aplan(report: Path | Iterable[Path], **options: Unpack[ReaderOptions]) -> Plan:
    """:func:`plan` for async code."""
    return await to_thread(_plan, report, options)


async def aread_part(part: Part, *, progress: bool | ProgressCallback = False, **options: Unpack[ReaderOptions]) -> Reader:
    """:func:`read_part` for async code."""
    return await to_thread(_read_part, part, options, progress)
