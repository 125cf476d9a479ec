"""Readers: a report as batches, for a loop or for whatever library takes Arrow's streams."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, overload

from . import _native
from ._errors import OutlayError
from ._html import table
from ._progress import ReaderProgress, require
from ._read_warning import ReadWarning
from ._totals import Totals

if TYPE_CHECKING:
    from types import TracebackType

    import duckdb
    import pandas
    import polars
    import pyarrow
    from typing_extensions import Self

_TABLES = itertools.count(1)


class Reader:
    """A report that is being read: batches once, and exact totals of what was handed out.

    Made by :func:`outlay.read`. Iterates :class:`outlay.Batch`; or give it to a library that takes Arrow's streams,
    such as ``pyarrow.table(reader)``, ``polars.DataFrame(reader)`` or DuckDB. Nothing is read before you ask for
    it. The methods ``to_…`` do the same and raise outlay's own errors, where libraries know only their text.

    A read that ended, well or badly, holds no files, threads and blocks of the report, also while the reader is kept. A
    reader belongs to the process that made it: in a child of ``os.fork`` it raises :class:`outlay.IoError`, and the report
    is to be read again there.

    >>> import outlay
    >>> with outlay.read("examples/data/report", columns=["ServiceName", "BilledCost"]) as reader:
    ...     rows = sum(len(batch) for batch in reader)
    >>> rows
    175
    >>> reader.check()
    """

    __slots__ = ("__weakref__", "_native")

    def __init__(self, native: _native.Reader) -> None:
        self._native = native

    # Batches

    def __iter__(self) -> Iterator[_native.Batch]:
        return iter(self._native)

    def __next__(self) -> _native.Batch:
        return next(self._native)

    def __aiter__(self) -> Self:
        iter(self._native)
        return self

    async def __anext__(self) -> _native.Batch:
        # See `_threads.to_thread`.
        import asyncio

        try:
            batch = await asyncio.to_thread(next, self._native, None)
        except asyncio.CancelledError:
            # The thread goes on reading otherwise, although nothing takes the batch.
            self.close()
            raise
        if batch is None:
            raise StopAsyncIteration
        return batch

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._native.__arrow_c_stream__(requested_schema)

    def __arrow_c_schema__(self) -> object:
        return self._native.__arrow_c_schema__()

    # What is known of it

    @property
    def schema(self) -> list[tuple[str, str, bool]]:
        """Name, Arrow type and nullability of each column, fixed before the first batch."""
        return self._native.schema

    @property
    def totals(self) -> Totals:
        """The totals of what was handed out so far; of the whole read, once it is at its end."""
        return Totals._wrap(self._native.totals)

    @property
    def warnings(self) -> list[ReadWarning]:
        """Everything that the caller should know."""
        return self.totals.warnings

    @property
    def progress(self) -> ReaderProgress:
        """How far the read is."""
        return ReaderProgress(*self._native.progress)

    @property
    def error(self) -> BaseException | None:
        """What ended the read. Libraries that take the stream raise errors of their own with no more than its text.

        An error of outlay's own is a new exception at each access; what a file object or a function of the caller's raised is that itself.
        """
        return self._native.error

    def check(self) -> None:
        """Raises :class:`outlay.UnprovenError` when the read is not at its end, or a check does not hold.

        A partial outcome does not raise, see :attr:`outlay.Totals.outcome`.
        """
        self.totals.check()

    def quarantined(self) -> _native.Quarantined:
        """The records that were set aside since the last call, with ``on_error="quarantine"``: a stream of its own."""
        return self._native.quarantined()

    def __repr__(self) -> str:
        try:
            return f"<outlay.Reader: {len(self.schema)} columns, {self.progress.rows} rows read>"
        except OutlayError as error:
            # A debugger in the child of a process that forked looks at it as well.
            return f"<outlay.Reader: {error}>"

    def _repr_html_(self) -> str | None:
        try:
            done, total, rows = self.progress
        except OutlayError:
            return None
        read = f"{done:,} of {total:,} bytes" if total else f"{done:,} bytes"
        columns = [(name, kind, "" if nullable else "never null") for name, kind, nullable in self.schema]
        return table(f"outlay.Reader: {rows:,} rows read, {read}", ("Column", "Type", ""), columns)

    # Its end

    def close(self) -> None:
        """Gives up threads, files and memory; totals stay."""
        self._native.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Where batches go

    @contextmanager
    def _own_errors(self) -> Iterator[None]:
        """Raises what ended the read, in place of what the consumer made of its text."""
        try:
            yield
        except BaseException as theirs:
            ours = self.error
            if ours is None or ours is theirs or isinstance(theirs, KeyboardInterrupt):
                raise
            raise ours from theirs

    def _aside(self, work: Callable[[], None]) -> None:
        """Does work on another thread while this one waits for it, or for Ctrl-C."""
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
            # Not `join`: until Python 3.12 one that is interrupted takes the thread for ended. And not for good: a
            # signal that comes just before a wait is seen behind it.
            while not is_over.wait(0.1):
                pass
        finally:
            # The work ends with the batches.
            if not is_over.is_set():
                self.close()
            if thread.ident is not None:
                thread.join()
        if failed:
            raise failed.pop()

    def to_pyarrow(self) -> pyarrow.Table:
        """All batches as a table of pyarrow."""
        pa = require("pyarrow", "pyarrow", "to_pyarrow")
        with self._own_errors():
            table: pyarrow.Table = pa.table(self)
            return table

    @overload
    def to_polars(self, *, lazy: Literal[False] = False) -> polars.DataFrame: ...
    @overload
    def to_polars(self, *, lazy: Literal[True]) -> polars.LazyFrame: ...
    def to_polars(self, *, lazy: bool = False) -> polars.DataFrame | polars.LazyFrame:
        """All batches as a data frame of Polars.

        With ``lazy=True`` as a lazy frame, which can be collected once and reads no more batches than it needs. Its
        errors are raised by Polars, and are in :attr:`error`.

        >>> import outlay
        >>> frame = outlay.read("examples/data/report", columns=["ServiceName", "BilledCost"]).to_polars()
        >>> frame.height, frame["BilledCost"].sum()
        (175, Decimal('800.293668227200000000'))
        """
        pl = require("polars", "polars", "to_polars")
        frame: polars.DataFrame | polars.LazyFrame
        if lazy:
            frame = pl.scan_arrow_c_stream(self)
            return frame
        with self._own_errors():
            frame = pl.DataFrame(self)
        return frame

    def to_pandas(self, *, decimals: Literal["exact", "float64"] = "exact") -> pandas.DataFrame:
        """All batches as a data frame of pandas, with Arrow's types: decimals stay exact, and times in UTC.

        With ``decimals="float64"`` money is rounded to binary floating point, for libraries that take nothing else.
        """
        pd = require("pandas", "pandas", "to_pandas")
        pa = require("pyarrow", "pandas", "to_pandas")
        if decimals not in ("exact", "float64"):
            raise ValueError(f"decimals is `exact` or `float64`, not `{decimals}`")
        rows = self.to_pyarrow()
        if decimals == "float64":
            fields = [
                field.with_type(pa.float64()) if pa.types.is_decimal(field.type) else field
                for field in rows.schema
            ]
            rows = rows.cast(pa.schema(fields))
        return rows.to_pandas(types_mapper=pd.ArrowDtype)

    def to_duckdb(
        self, connection: duckdb.DuckDBPyConnection | None = None, *, table: str | None = None
    ) -> duckdb.DuckDBPyRelation:
        """All batches as a temporary table of DuckDB, of a name that you can choose; the relation can be asked often.

        For one query that reads no more than it needs, name the reader in it: ``duckdb.sql("FROM reader LIMIT 5")``.
        Ctrl-C is DuckDB's own there: when one of its threads has the reader, that one reads on to the end. With
        ``SET threads = 1`` none has it.
        """
        db = require("duckdb", "duckdb", "to_duckdb")
        # A name for the whole process: two readers can share a connection.
        number = next(_TABLES)
        connection = db.default_connection() if connection is None else connection
        view, name = f"outlay_reader_{number}", f"outlay_{number}" if table is None else table
        quoted = '"' + name.replace('"', '""') + '"'

        def copy() -> None:
            connection.register(view, self)
            try:
                connection.execute(f"CREATE TEMP TABLE {quoted} AS FROM {view}")
            finally:
                connection.unregister(view)

        with self._own_errors():
            self._aside(copy)
            # Not `table`, which takes a name with its quotes in one version of DuckDB, and without them in another.
            return connection.sql(f"FROM {quoted}")

    def to_parquet(self, path: str | os.PathLike[str]) -> None:
        """Writes all batches to a Parquet file, with facts about the read in its footer. Needs no other library.

        The file is written under another name and takes its place when it is complete. When AWS writes the report again while
        it is read from S3, the file is begun again, at most three times.

        Raises :class:`outlay.OptionError` for a file that is read, part or manifest, and for the quarantine file; the reader is
        not used up then, and can write another file.
        """
        self._native.write(os.fspath(path), "parquet")

    def to_ipc(self, path: str | os.PathLike[str]) -> None:
        """Writes all batches to a file of Arrow IPC: the stream format where its name ends in ``.arrows``, else the file
        format."""
        self._native.write(os.fspath(path), "ipc")

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Writes all batches to a CSV file: maps as JSON, money as exact text."""
        self._native.write(os.fspath(path), "csv")
