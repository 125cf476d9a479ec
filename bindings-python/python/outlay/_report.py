"""A report that can be read again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NoReturn

from . import _native
from ._arguments import number
from ._errors import OutlayError
from ._files import OpenFile, refuse_quarantine
from ._options import ProgressCallback, native_options
from ._parts import Plan
from ._progress import require, watch
from ._reader import Reader
from ._tables import html_table
from ._threads import to_thread
from ._totals import Totals
from ._unmatched import user_line

if TYPE_CHECKING:
    import polars
    from typing_extensions import Unpack

    from ._options import ReaderOptions


class Report:
    """A report that can be read any number of times. Each pass is a :class:`Reader`.

    :func:`outlay.open` creates it. The first use selects the parts and notes their versions: sizes, change times, ETags.
    Every later pass reads the same versions, or raises :class:`outlay.SourceChangedError`. :meth:`refresh` selects the parts
    again. Several threads can use a report at the same time.

    Libraries that support Arrow streams accept a report: ``pyarrow.table(report)``, ``polars.DataFrame(report)``, or DuckDB. Each
    use is a pass of its own, with all columns of the report.

    >>> import outlay
    >>> report = outlay.open("examples/data/report")
    >>> len(report.head(5))
    5
    >>> frame = report.read(columns=["ServiceName", "BilledCost"]).to_polars()
    >>> report.check()
    >>> frame["BilledCost"].sum()
    Decimal('800.293668227200000000')
    """

    __slots__ = ("__weakref__", "_files", "_native", "_streamed")

    def __init__(self, native: _native.Report, files: Sequence[OpenFile] = ()) -> None:
        self._native = native
        # The files behind the file objects of which it has copies.
        self._files = files
        # The last pass that another library reads, until its warnings were issued.
        self._streamed: Reader | None = None

    # Passes

    def read(self, *, progress: bool | ProgressCallback = False, **options: Unpack[ReaderOptions]) -> Reader:
        """Starts a pass. The options replace those of :func:`outlay.open` for this pass.

        ``None`` leaves an option as the report was opened, also ``columns=None``: open a report without ``columns`` if a pass is to
        have all of them.

        With ``periods``, only months for which the report was opened can be read.
        """
        return self._read(options, progress, None)

    async def aread(self, *, progress: bool | ProgressCallback = False, **options: Unpack[ReaderOptions]) -> Reader:
        """:meth:`read` for async code; ``async for`` reads on other threads."""
        return await to_thread(self._read, options, progress)

    def _read(self, options: ReaderOptions, progress: bool | ProgressCallback, stop: _native.Stop | None) -> Reader:
        report = self._changed(options)
        return Reader(report._native.read(watch(progress), stop), lambda: report, files=self._files)

    def _changed(self, options: ReaderOptions) -> Report:
        if not options:
            return self
        native = native_options(options)
        refuse_quarantine(options, self._files)
        return Report(self._native.changed(native), self._files)

    def head(self, rows: int = 5, **options: Unpack[ReaderOptions]) -> _native.Batch:
        """Returns the first rows. Only as much of the report as they need is read, so nothing is proven.

        >>> import outlay
        >>> outlay.open("examples/data/report").head(3, columns=["ServiceName"]).num_rows
        3
        """
        return self._changed(options)._native.head(number("rows", rows, "a number of rows"))

    def scan(self, **options: Unpack[ReaderOptions]) -> polars.LazyFrame:
        """Returns a lazy frame of Polars, which can be collected any number of times and used twice in one query.

        Each scan is a pass of its own. It computes only the columns that the query needs, stops at the rows that it needs,
        and applies its filter to each batch. Call :meth:`check` after a query that reads all rows.

        Polars pickles the filter. One with a Python function, as of ``map_elements``, needs cloudpickle: ``pip install cloudpickle``.

        >>> import outlay, polars
        >>> report = outlay.open("examples/data/report")
        >>> costs = report.scan().group_by("ServiceName").agg(polars.col("BilledCost").sum())
        >>> costs.collect().height, costs.select(polars.col("BilledCost").sum()).collect().item()
        (17, Decimal('800.293668227200000000'))
        >>> report.check()
        """
        return self._changed(options)._scan()

    def _scan(self) -> polars.LazyFrame:
        pl = require("polars", "polars", "scan")
        plugins = require("polars.io.plugins", "polars", "scan")
        # Polars reads on threads of its own.
        line = user_line()

        def batches(
            columns: list[str] | None, predicate: polars.Expr | None, rows: int | None, batch_rows: int | None
        ) -> Iterator[polars.DataFrame]:
            native = self._native.read() if columns is None else self._native.scan(columns)
            reader = Reader(native, line=line)
            try:
                for batch in reader:
                    frame = pl.DataFrame(batch)
                    if rows is not None:
                        frame = frame.head(rows)
                        rows -= frame.height
                    yield frame if predicate is None else frame.filter(predicate)
                    if rows == 0:
                        return
            finally:
                reader.close()

        # Passes read the same versions of the parts, so Polars may use the rows of one scan twice.
        frame: polars.LazyFrame = plugins.register_io_source(
            batches, schema=lambda: pl.DataFrame(self._native.empty()).schema, validate_schema=False, is_pure=True
        )
        return frame

    # Properties

    @property
    def schema(self) -> list[tuple[str, str, bool]]:
        """Name, Arrow type and nullability of each column."""
        return self._native.schema

    def __arrow_c_schema__(self) -> object:
        return self._native.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        reader = self.read()
        stream = reader.__arrow_c_stream__(requested_schema)
        self._streamed = reader
        return stream

    def __iter__(self) -> NoReturn:
        # pandas asks for an array only of what has this method.
        raise TypeError("a report is read by passes: iterate over `report.read()`")

    def __array__(self, *_: object, **__: object) -> NoReturn:
        raise TypeError(
            "a report is no array: call `report.read().to_pandas()`, or `pandas.DataFrame.from_arrow(report)` from pandas 3 on"
        )

    @property
    def plan(self) -> Plan:
        """The parts of the report, with their sizes. They are selected on first use."""
        return Plan.from_json(self._native.plan())

    @property
    def last_pass(self) -> Totals | None:
        """The totals of the pass that ended last, at its end or before. ``None`` if no pass has ended."""
        self._warn()
        totals = self._native.last_pass
        return None if totals is None else Totals._wrap(totals)

    def check(self) -> None:
        """Raises :class:`outlay.UnprovenError` if the pass that ended last is not proven or partial, if it did not reach
        the end of the report, or if no pass has ended."""
        self._warn()
        self._native.check()

    def _warn(self) -> None:
        """Issues the warnings of a pass that another library has read to its end."""
        reader = self._streamed
        if reader is not None and reader._warn():
            self._streamed = None

    def refresh(self) -> None:
        """Selects the parts again, with their current versions."""
        self._native.refresh()

    def __repr__(self) -> str:
        return f"<outlay.Report: {self._native.describe()}>"

    def _repr_html_(self) -> str | None:
        try:
            columns = [(name, kind, "" if nullable else "never null") for name, kind, nullable in self.schema]
        except OutlayError:
            return None
        return html_table(f"outlay.Report: {self._native.describe()}", ("Column", "Type", ""), columns)
