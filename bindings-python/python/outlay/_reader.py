"""The reader, which returns a report as Arrow batches."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Literal, NoReturn, overload

from . import _native
from ._arguments import flag, number, text, texts, word
from ._errors import OptionError, OutlayError
from ._files import OpenFile, refuse_same
from ._progress import ReaderProgress, require
from ._read_warning import ReadWarning
from ._tables import html_table
from ._totals import Totals
from ._unmatched import Line, warn_unmatched

if TYPE_CHECKING:
    from types import TracebackType

    import duckdb
    import pandas
    import polars
    import pyarrow
    from typing_extensions import Self

    from ._report import Report

_TABLES = itertools.count(1)
# What is printed of a reader that no rows go through any more.
_HANDED = "handed to a lazy frame"


class Reader:
    """A read of a report. It returns each batch once, and exact totals of the returned rows.

    :func:`outlay.read` creates it. Iteration yields :class:`outlay.Batch`. Libraries that support Arrow streams accept it
    as well: ``pyarrow.table(reader)``, ``polars.DataFrame(reader)``, or DuckDB. Nothing is read before batches are
    requested. The methods ``to_…`` raise the errors of outlay, while other libraries raise their own with the same text.

    A tag, an extra column or a month that the report does not have is an :class:`outlay.UnmatchedWarning` at the end of the read.

    Threads, files and memory are released when the read ends, with or without an error, even if the reader is still
    referenced. In a child of ``os.fork`` a reader raises :class:`outlay.IoError`: read the report again there.

    >>> import outlay
    >>> with outlay.read("examples/data/report", columns=["ServiceName", "BilledCost"]) as reader:
    ...     rows = sum(len(batch) for batch in reader)
    >>> rows
    175
    >>> reader.check()
    """

    __slots__ = ("__weakref__", "_files", "_line", "_native", "_reopen", "_scanned", "_warned")

    def __init__(
        self,
        native: _native.Reader,
        reopen: Callable[[], Report] | None = None,
        line: Line | None = None,
        files: Sequence[OpenFile] = (),
    ) -> None:
        self._native = native
        # The files behind the file objects that the report was given as. Those of paths the native module knows.
        self._files = files
        # `None` for a stream or a part, which cannot be read again.
        self._reopen = reopen
        # The report, once a lazy frame reads it instead of the reader.
        self._scanned: Report | None = None
        # Held once the warnings about names were issued, which several threads may do.
        self._warned = threading.Lock()
        # What they name where another thread reads.
        self._line = line

    # Batches

    def __iter__(self) -> Self:
        iter(self._native)
        return self

    def __next__(self) -> _native.Batch:
        batch = next(self._native, None)
        if batch is None:
            self._warn()
            raise StopIteration
        return batch

    def __aiter__(self) -> Self:
        iter(self._native)
        return self

    async def __anext__(self) -> _native.Batch:
        # See `_threads.to_thread`.
        import asyncio

        try:
            batch = await asyncio.to_thread(next, self._native, None)
        except asyncio.CancelledError:
            # Otherwise the thread continues to read, although the batch is not used.
            self.close()
            raise
        if batch is None:
            self._warn()
            raise StopAsyncIteration
        return batch

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._native.__arrow_c_stream__(requested_schema)

    def __arrow_c_schema__(self) -> object:
        return self._native.__arrow_c_schema__()

    def __array__(self, *_: object, **__: object) -> NoReturn:
        # Otherwise `pandas.DataFrame(reader)` is a frame of batch objects.
        raise TypeError("a reader is no array: call `reader.to_pandas()`, or `pandas.DataFrame.from_arrow(reader)`")

    # Properties

    @property
    def schema(self) -> list[tuple[str, str, bool]]:
        """Name, Arrow type and nullability of each column, fixed before the first batch."""
        return self._native.schema

    @property
    def totals(self) -> Totals:
        """The totals of the batches returned so far, or of the whole read after its end. After ``to_polars(lazy=True)``,
        those of the last scan."""
        scanned = None if self._scanned is None else self._scanned.last_pass
        if scanned is not None:
            return scanned
        totals = Totals._wrap(self._native.totals)
        totals._is_warned = self._warn(totals)
        return totals

    @property
    def warnings(self) -> list[ReadWarning]:
        """The warnings about the report."""
        return self.totals.warnings

    @property
    def progress(self) -> ReaderProgress:
        """The progress of the read."""
        return ReaderProgress(*self._native.progress)

    @property
    def error(self) -> BaseException | None:
        """The error that ended the read. Libraries that read the stream raise their own errors with only its text.

        For an error of outlay, each access returns a new exception. An exception of a file object or a callback is
        returned unchanged.
        """
        return self._native.error

    def _warn(self, totals: Totals | None = None) -> bool:
        """Issues the warnings about names that the report does not have, once, after the end of the read. Returns whether they
        were issued, now or before."""
        if self._warned.locked():
            return True
        totals = Totals._wrap(self._native.totals) if totals is None else totals
        if not totals._has_ended():
            return False
        if self._warned.acquire(blocking=False):
            warn_unmatched(totals.warnings, self._line)
        return True

    def check(self) -> None:
        """Raises :class:`outlay.UnprovenError` if the read has not reached its end, or if a check does not hold.

        A partial outcome does not raise, see :attr:`outlay.Totals.outcome`.
        """
        self.totals.check()

    def quarantined(self) -> _native.Quarantined:
        """Returns the records that were quarantined since the last call, with ``on_error="quarantine"``, as an Arrow stream."""
        return self._native.quarantined()

    def __repr__(self) -> str:
        try:
            columns = len(self.schema)
            if self._scanned is not None:
                return f"<outlay.Reader: {columns} columns, {_HANDED}>"
            return f"<outlay.Reader: {columns} columns, {self.progress.rows} rows read>"
        except OutlayError as error:
            # In a forked child, `repr` must not raise, since debuggers call it.
            return f"<outlay.Reader: {error}>"

    def _repr_html_(self) -> str | None:
        try:
            done, total, rows = self.progress
        except OutlayError:
            return None
        read = f"{rows:,} rows read, {done:,}{f' of {total:,}' if total else ''} bytes" if self._scanned is None else _HANDED
        columns = [(name, kind, "" if nullable else "never null") for name, kind, nullable in self.schema]
        return html_table(f"outlay.Reader: {read}", ("Column", "Type", ""), columns)

    # Close

    def close(self) -> None:
        """Stops the read and releases its threads, files and memory. Totals stay available."""
        self._native.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if kind is None:
            # In a forked child a reader has no totals, and nothing to close.
            with suppress(OutlayError):
                self._warn()

    # Conversions

    @contextmanager
    def _own_errors(self) -> Iterator[None]:
        """Raises the error that ended the read instead of the error of the consumer."""
        try:
            yield
        except BaseException as theirs:
            ours = self.error
            if ours is None or ours is theirs or isinstance(theirs, KeyboardInterrupt):
                raise
            raise ours from theirs

    def _aside(self, work: Callable[[], None]) -> None:
        """Runs work on another thread while the main thread waits for it or for Ctrl-C. On other threads it runs directly."""
        if threading.current_thread() is not threading.main_thread():
            work()
            return
        failed: list[BaseException] = []
        is_over = threading.Event()

        def run() -> None:
            try:
                work()
            except BaseException as error:
                failed.append(error)
            finally:
                is_over.set()

        thread = threading.Thread(target=run, name="outlay aside")
        try:
            thread.start()
            # Not `join`: before Python 3.12 an interrupted `join` treats the thread as ended. The wait has a timeout,
            # since a signal that arrives just before the wait is handled only after it.
            while not is_over.wait(0.1):
                pass
        finally:
            # Closing the read ends the work.
            if not is_over.is_set():
                self.close()
            if thread.ident is not None:
                thread.join()
        if failed:
            raise failed.pop()

    def to_pyarrow(self) -> pyarrow.Table:
        """Returns all batches as a pyarrow table. With ``text="dictionary"`` its batches share one dictionary for each column."""
        pa = require("pyarrow", "pyarrow", "to_pyarrow")
        with self._own_errors():
            # pyarrow does not group by a column whose chunks have different dictionaries.
            table: pyarrow.Table = pa.table(self).unify_dictionaries()
        self._warn()
        return table

    @overload
    def to_polars(self, *, lazy: Literal[False] = False) -> polars.DataFrame: ...
    @overload
    def to_polars(self, *, lazy: Literal[True]) -> polars.LazyFrame: ...
    def to_polars(self, *, lazy: bool = False) -> polars.DataFrame | polars.LazyFrame:
        """Returns all batches as a Polars data frame.

        With ``lazy=True``, returns the lazy frame of :meth:`outlay.Report.scan`, which can be collected any number of times.
        The reader is then closed, and its totals are those of the last scan.

        >>> import outlay
        >>> frame = outlay.read("examples/data/report", columns=["ServiceName", "BilledCost"]).to_polars()
        >>> frame.height, frame["BilledCost"].sum()
        (175, Decimal('800.293668227200000000'))
        """
        if flag("lazy", lazy):
            return self._lazy()
        pl = require("polars", "polars", "to_polars")
        with self._own_errors():
            frame: polars.DataFrame = pl.DataFrame(self)
        self._warn()
        return frame

    def _lazy(self) -> polars.LazyFrame:
        if self._reopen is None:
            raise OptionError(
                "option `lazy`: this reader reads a stream or one part, which cannot be read again: call `to_polars()`, or"
                " `outlay.open(...).scan()`, which keeps a stream in a temporary file",
                "OUTLAY_OPTION",
            )
        report = self._reopen()
        self._native.claim()
        self.close()
        self._scanned = report
        return report._scan()

    def to_pandas(
        self,
        *,
        decimals: Literal["exact", "float64"] = "exact",
        times: Literal["utc", "naive"] = "utc",
        maps: Literal["map", "dict"] = "map",
    ) -> pandas.DataFrame:
        """Returns all batches as a pandas data frame, by default with Arrow types: exact decimals, times with their time zone
        UTC, and key-value columns as lists of pairs.

        Several functions of pandas need other types:

        - ``decimals="float64"``, doubles: products, ratios, ``nlargest``, ``cumsum``, ``describe``, ``select_dtypes("number")``.
        - ``times="naive"``, UTC without its time zone: comparison with text such as ``"2023-11-02"``, ``dt.to_period``,
          ``to_excel``.
        - ``maps="dict"``, a dictionary per cell: ``frame["Tags"].str.get("Team")``. ``drop_duplicates`` needs text instead, which
          ``outlay.read(…, maps="json")`` gives.

        They convert what the read gives. A read with ``decimals="float64"`` has nothing left to convert: its doubles are the
        nearest ones, while pyarrow, which converts here, can differ in the last digit.

        pandas cannot group, sort or merge views, so text of a read with ``text="view"`` is copied. With ``text="dictionary"`` it
        is ``Categorical``, whose categories are sorted.

        >>> import outlay
        >>> reader = outlay.read("examples/data/report", columns=["ChargePeriodStart", "BilledCost"], decimals="float64")
        >>> frame = reader.to_pandas(times="naive")
        >>> round(float(frame[frame["ChargePeriodStart"] >= "2023-11-02"]["BilledCost"].sum()), 6)
        1.430668
        """
        pd = require("pandas", "pandas", "to_pandas")
        pa = require("pyarrow", "pandas", "to_pandas")
        for name, value, words in (
            ("decimals", decimals, ("exact", "float64")),
            ("times", times, ("utc", "naive")),
            ("maps", maps, ("map", "dict")),
        ):
            word(name, value, words)

        def converted(kind: pyarrow.DataType) -> pyarrow.DataType:
            if decimals == "float64" and pa.types.is_decimal(kind):
                return pa.float64()
            if times == "naive" and pa.types.is_timestamp(kind):
                return pa.timestamp(kind.unit)
            return pa.string() if str(kind) == "string_view" else kind

        def mapped(kind: pyarrow.DataType) -> object:
            is_naive = times == "naive" and pa.types.is_timestamp(kind)
            is_own = is_naive or pa.types.is_dictionary(kind) or (maps == "dict" and pa.types.is_map(kind))
            return None if is_own else pd.ArrowDtype(kind)

        rows = self.to_pyarrow()
        rows = rows.cast(pa.schema([field.with_type(converted(field.type)) for field in rows.schema]))
        frame: pandas.DataFrame = rows.to_pandas(types_mapper=mapped, maps_as_pydicts="strict")
        for field in rows.schema:
            if pa.types.is_dictionary(field.type):
                # pandas sorts by the order of the categories, which is that of their first rows.
                texts = frame[field.name].cat
                frame[field.name] = texts.reorder_categories(sorted(texts.categories))
        return frame

    def to_duckdb(
        self, connection: duckdb.DuckDBPyConnection | None = None, *, table: str | None = None, temporary: bool = True
    ) -> duckdb.DuckDBPyRelation:
        """Copies all batches to a DuckDB table and returns its relation, which can be queried repeatedly.

        ``table`` is the name of the table. It is temporary: it ends with the connection, also if that is to a database file.
        With ``temporary=False`` it is kept in the database, and needs a name.

        For a single query that reads only the batches that it needs, use the reader in the query:
        ``duckdb.sql("FROM reader LIMIT 5")``. There DuckDB handles Ctrl-C: a DuckDB thread that uses the reader continues to the
        end of the report. With ``SET threads = 1`` no other thread uses it.
        """
        db = require("duckdb", "duckdb", "to_duckdb")
        if table is not None:
            text("table", table, "the name of a table")
        if not flag("temporary", temporary) and table is None:
            raise OptionError("option `table`: a table that is kept needs a name", "OUTLAY_OPTION")
        kind = "TEMP TABLE" if temporary else "TABLE"
        # The name is unique in the process, since two readers can share a connection.
        number = next(_TABLES)
        connection = db.default_connection() if connection is None else connection
        view, name = f"outlay_reader_{number}", f"outlay_{number}" if table is None else table
        quoted = '"' + name.replace('"', '""') + '"'

        self._native.check_fresh()

        def copy() -> None:
            connection.register(view, self)
            try:
                connection.execute(f"CREATE {kind} {quoted} AS FROM {view}")
            finally:
                connection.unregister(view)

        with self._own_errors():
            self._aside(copy)
            # Not `connection.table`: whether it accepts a quoted name depends on the version of DuckDB.
            relation = connection.sql(f"FROM {quoted}")
        self._warn()
        return relation

    def to_parquet(
        self,
        path: str | os.PathLike[str],
        *,
        compression: Literal["zstd", "snappy", "none"] | None = None,
        row_group_rows: int | None = None,
        partition_by: Sequence[str] | None = None,
    ) -> None:
        """Writes all batches to a Parquet file, with metadata about the read in its footer. Requires no other library.

        ``compression`` is ``zstd`` by default. A row group has at most ``row_group_rows`` rows, by default a million, and ends
        earlier when it uses 20 MiB of memory.

        With ``partition_by``, ``path`` is a folder with a file for each combination of values of these columns, in folders named
        as in Hive: ``BillingPeriodStart=2026-09-01/ServiceName=AmazonEC2/part-0.parquet``. The values stand in the names of the
        folders and not in the files. An older folder is replaced if outlay wrote it with the same columns; a folder with other
        files, or with values that this read does not have, such as another month, is refused. There are at most 4,096 files.

        The file is written under a temporary name and renamed when it is complete. If AWS rewrites the month during a
        read from S3, the file restarts, at most three times.

        Raises :class:`outlay.OptionError` if the file is an input of the read (a part, a manifest, or the file of a file object)
        or the quarantine file. The reader is then not consumed, and can write another file. The same applies to a name that
        ends like that of another format, such as ``.csv``. ``~`` at the start of the path is the home folder.
        """
        if compression is not None:
            text("compression", compression, "`zstd`, `snappy` or `none`")
        if row_group_rows is not None:
            row_group_rows = number("row_group_rows", row_group_rows, "a number of rows")
        if partition_by is not None:
            partition_by = texts("partition_by", partition_by, "a list of columns")
        self._write(path, "parquet", compression=compression, row_group_rows=row_group_rows, partition_by=partition_by)

    def to_ipc(self, path: str | os.PathLike[str]) -> None:
        """Writes all batches to an Arrow IPC file: in the stream format if its name ends in ``.arrows``, otherwise in the
        file format, which is that of ``.arrow`` and ``.feather``."""
        self._write(path, "ipc")

    def to_csv(self, path: str | os.PathLike[str], *, spreadsheet_safe: bool = False) -> None:
        """Writes all batches to a CSV file, compressed with gzip if its name ends in ``.csv.gz``. Maps are JSON text, and
        decimals are exact.

        With ``spreadsheet_safe=True``, text that a spreadsheet may take for a formula, which begins with ``=``, ``+``, ``-``,
        ``@``, a tab or a line break, gets a ``'`` before it. Tags and names can be set by other people. Numbers and times are
        not changed. Such a file is for people, since its text is not exactly that of the report.
        """
        self._write(path, "csv", spreadsheet_safe=flag("spreadsheet_safe", spreadsheet_safe))

    def _write(self, path: str | os.PathLike[str], kind: Literal["parquet", "ipc", "csv"], **options: Any) -> None:
        output = os.fspath(path)
        if self._files:
            # A reader that was used says that first, as for paths.
            self._native.check_fresh()
            refuse_same(output, self._files)
        self._native.write(output, kind, **options)
        self._warn()
