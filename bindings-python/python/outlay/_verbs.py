"""The functions open, read, plan, read_part and closing_batch, and their async variants."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeVar

from . import _native
from ._arguments import unknown
from ._files import files_of, refuse_quarantine
from ._inputs import from_here, inputs_of, paths_of
from ._options import Decimals, ProgressCallback, native_options
from ._parts import Part, Plan
from ._progress import watch
from ._reader import Reader
from ._report import Report
from ._threads import to_thread
from ._totals import Totals

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._inputs import Path, Source
    from ._options import ReaderOptions


_P = ParamSpec("_P")
_R = TypeVar("_R")


def _knows_names(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Names the argument that was probably meant, which Python does not do for one that does not exist."""
    known = [name for name in inspect.signature(function).parameters if name != "report"]

    @functools.wraps(function)
    def checked(*arguments: _P.args, **options: _P.kwargs) -> _R:
        for name in options:
            if name != "report" and name not in known:
                raise TypeError(unknown(name, "an option", known))
        return function(*arguments, **options)

    return checked


@_knows_names
def read(
    report: Source,
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
    decimals: Decimals = "exact",
    on_error: Literal["stop", "quarantine"] | None = None,
    quarantine_file: str | os.PathLike[str] | None = None,
    on_unknown_type: Literal["warn", "stop"] = "warn",
    on_unknown: Literal["null", "stop"] = "null",
    on_no_match: Literal["warn", "stop"] = "warn",
    negation: Literal["drop", "keep"] = "drop",
    as_of: str | date | None = None,
    tag_policy: Literal["exact", "fold"] = "exact",
    lineage: bool = False,
    record_bytes: int | None = None,
    block_bytes: int | None = None,
    max_columns: int | None = None,
    expected_bytes: int | None = None,
    spool_bytes: int | None = None,
    progress: bool | ProgressCallback = False,
) -> Reader:
    """Opens a report: a file, a folder in the layout of AWS, a manifest, a list of these, ``s3://bucket/prefix/``, a buffer such
    as bytes, or a file object.

    ``~`` at the start of a path is the home folder; a file with that name is ``./~``. A path that does not exist and has ``*``,
    ``?`` or ``[…]`` is a pattern: ``"bills/*.csv.gz"``. ``file:///…`` is the path in it. An address in S3 names a prefix, a
    manifest (``….json``), or one object (``….csv.gz``). For other stores, pass file objects, as of ``fsspec`` or ``obstore``.

    A folder is read by its manifests: for each month, all listed parts of one delivery. No rows are read before batches are
    requested.

    >>> import outlay
    >>> reader = outlay.read("examples/data/report", columns=["ServiceName", "BilledCost"])
    >>> sum(len(batch) for batch in reader)
    175
    >>> reader.check()
    >>> reader.totals.costs["USD"].billed
    Decimal('800.2936682272')

    Args:
        report: Paths; a buffer with the bytes of one file, compressed or not (``bytes``, ``bytearray``, ``memoryview``, ``mmap``,
            ``array``, ``obstore.Bytes``); a binary file object, which one thread reads in chunks; or a list of buffers and
            file objects, which are the parts of one report. A buffer must not change during the read.
        focus: The version of FOCUS.
        schema: The output: FOCUS rows (``focus``), or the report as a typed table without mapping (``cur``).
        columns: The columns of the output, in this order; all by default. Other columns are not computed. Columns that the
            next two options and ``lineage`` add can be named as well; those that are not named follow at the end.
        extra_columns: Columns of the report to add as ``x_…``, in either spelling.
        tag_columns: Tag keys to add as columns ``x_Tag_…``, as in Tags or as the report spells them: ``Team``, ``user:Team`` and
            ``resourceTags/user:Team`` are the column ``x_Tag_Team``.
        account_names: Account names by account ID, a text of 12 digits, for accounts without a name in the report.
        periods: Billing periods, such as ``2026-09``; all by default.
        threads: Number of threads; one per core by default.
        batch_rows: Maximum number of rows in a batch; 8,192 by default.
        maps: The type of key-value columns: Arrow maps, or JSON text.
        text: The Arrow type of text: ``utf8``, ``dictionary``, or ``view``, which shares the memory of the report.
        decimals: The type of money, prices and quantities: ``exact``, ``float64``, or a narrower decimal, such as
            ``decimal(38,9)``, rounded half to even. Totals are exact with each of them.
        on_error: Whether an invalid record stops the read, which is the default, or is quarantined.
        quarantine_file: A CSV file for quarantined records. ``on_error`` is then ``quarantine``.
        on_unknown_type: Whether a row of an unknown line item type becomes an Adjustment with a warning, or stops the read.
        on_unknown: Whether a cost that the report has no cells for is null in its row, so that no check can prove it, or stops
            the read.
        on_no_match: Whether a tag, an extra column or a month that the report does not have is an
            :class:`outlay.UnmatchedWarning` at the end of the read, with similar names, or an error.
        negation: Whether Savings Plan negations are dropped and covered usage is billed at 0, or both are kept.
        as_of: The time until which unused Savings Plan hours are counted; for a date, its beginning in UTC. By default, the time
            of the delivery.
        tag_policy: Whether tag keys stay unchanged, or are converted to the spelling of Athena.
        lineage: Whether to add the columns ``x_SourceObject``, ``x_SourceRow`` and ``x_DeliveryId``.
        record_bytes: The maximum length of a record in bytes; 16 MiB by default.
        block_bytes: The number of bytes that are decompressed and decoded at once; 256 KiB by default.
        max_columns: The maximum number of columns of a report; 32,768 by default.
        expected_bytes: The expected length of bytes or of a file object, compressed: a content length, or the size in a
            manifest. Any other length is an error.
        spool_bytes: The most bytes of a file object that :func:`open` keeps in a temporary file; 4 GiB by default.
        progress: ``True`` for a tqdm bar, or a function that is called with the bytes read, the total bytes and the rows.

    Raises:
        OutlayError: one of its subclasses, in this call or when batches are requested.
    """
    # `locals` contains only the parameters here.
    options = dict(locals())
    del options["report"], options["progress"]
    return _read(report, options, progress, None)


def open(report: Source, **options: Unpack[ReaderOptions]) -> Report:
    """Returns a report that can be read any number of times. The arguments are those of :func:`read`.

    Paths are not accessed before the first use. A file object is copied to a temporary file, of at most ``spool_bytes`` bytes.

    >>> import outlay
    >>> report = outlay.open("examples/data/report", columns=["ServiceName", "BilledCost"])
    >>> sum(len(batch) for batch in report.read())
    175
    >>> report.check()
    >>> report.scan().collect().height
    175
    """
    return _open(report, options, None)


async def aopen(report: Source, **options: Unpack[ReaderOptions]) -> Report:
    """:func:`open` for async code, for file objects that block."""
    return await to_thread(_open, report, options)


def _open(report: Source, options: Mapping[str, Any], stop: _native.Stop | None) -> Report:
    native = native_options(options)
    paths, streams = inputs_of(report)
    if not streams:
        return Report(_native.open(paths, native))
    files = files_of(item for _, item, _ in streams)
    refuse_quarantine(options, files)
    return Report(_native.open_streams(streams, native, stop), files)


def _read(report: Source, options: Mapping[str, Any], progress: bool | ProgressCallback, stop: _native.Stop | None) -> Reader:
    native, callback = native_options(options), watch(progress)
    paths, streams = inputs_of(report)
    if not streams:
        paths = from_here(paths)
        return Reader(_native.read(paths, native, callback, stop), lambda: Report(_native.open(paths, native)))
    files = files_of(item for _, item, _ in streams)
    refuse_quarantine(options, files)
    reader = _native.read_streams(streams, native, callback, stop)
    are_buffers = all(size is not None for _, _, size in streams)
    return Reader(reader, (lambda: _open(report, options, None)) if are_buffers else None, files=files)


def plan(report: Path | Iterable[Path], **options: Unpack[ReaderOptions]) -> Plan:
    """Lists the parts of a report as plain values, which can be pickled. :func:`read_part` reads one part, in any process, with
    the same options.

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
    return Plan.from_json(_native.plan(paths_of(report), native_options(options), stop))


def read_part(part: Part, *, progress: bool | ProgressCallback = False, **options: Unpack[ReaderOptions]) -> Reader:
    """Opens one part of a plan. The options must be those of the plan.

    The totals of the part record the rows of the closing batch, but the reader does not return these rows.
    """
    return _read_part(part, options, progress, None)


def _read_part(part: Part, options: Mapping[str, Any], progress: bool | ProgressCallback, stop: _native.Stop | None) -> Reader:
    return Reader(_native.read_part(part.to_json(), native_options(options), watch(progress), stop))


def closing_batch(totals: Totals, **options: Unpack[ReaderOptions]) -> _native.Batch | None:
    """Computes the closing batch, the rows that can be computed only from the totals of all parts, and adds it to ``totals``.

    Returns ``None`` if there are no such rows. A read of a whole report returns this batch itself.
    """
    return _native.closing_batch(totals._native, native_options(options))


async def aread(report: Source, *, progress: bool | ProgressCallback = False, **options: Unpack[ReaderOptions]) -> Reader:
    """:func:`read` for async code. The report is opened on another thread, and ``async for`` reads on other threads.

    >>> import asyncio, outlay
    >>> async def rows():
    ...     reader = await outlay.aread("examples/data/report", columns=["BilledCost"])
    ...     return sum([len(batch) async for batch in reader])
    >>> asyncio.run(rows())
    175
    """
    return await to_thread(_read, report, options, progress)


async def aplan(report: Path | Iterable[Path], **options: Unpack[ReaderOptions]) -> Plan:
    """:func:`plan` for async code."""
    return await to_thread(_plan, report, options)


async def aread_part(part: Part, *, progress: bool | ProgressCallback = False, **options: Unpack[ReaderOptions]) -> Reader:
    """:func:`read_part` for async code."""
    return await to_thread(_read_part, part, options, progress)
