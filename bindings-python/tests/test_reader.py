"""How a reader behaves: lazily, once, beside other threads, and without copies."""

from __future__ import annotations

import asyncio
import gc
import io
import os
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb
import outlay
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import DEMO, Row

COLUMNS = ["ResourceId", "BilledCost", "Tags"]


def ours() -> int:
    """Threads that outlay began and that still run."""
    found = 0
    for task in Path("/proc/self/task").iterdir():
        # A thread may end between the listing and the read.
        with suppress(OSError):
            found += (task / "comm").read_text().startswith("outlay")
    return found


def test_nothing_is_read_before_it_is_asked_for(some_report: Path) -> None:
    reader = outlay.read(some_report, columns=COLUMNS)
    assert pa.schema(reader).names == COLUMNS
    repr(reader), reader._repr_html_(), reader.schema
    assert reader.progress.rows == 0
    stream = pa.RecordBatchReader.from_stream(reader)
    assert reader.progress.rows == 0
    for batches in (1, 2, 3):
        assert stream.read_next_batch().num_rows == 8_192
        assert reader.progress.rows == batches * 8_192


def test_a_limit_reads_one_batch(some_report: Path) -> None:
    reader = outlay.read(some_report, columns=COLUMNS)
    assert len(duckdb.sql("SELECT * FROM reader LIMIT 5").fetchall()) == 5
    assert reader.progress.rows == 8_192
    reader = outlay.read(some_report, columns=COLUMNS)
    frame = pl.scan_arrow_c_stream(reader)
    assert reader.progress.rows == 0
    assert frame.head(5).collect().height == 5
    assert reader.progress.rows == 8_192


def test_batches_are_not_copied() -> None:
    reader = outlay.read(DEMO, columns=["BilledCost", "ServiceName"])
    batch = next(reader)

    def addresses() -> list[int]:
        return [buffer.address for column in pa.record_batch(batch) for buffer in column.buffers() if buffer]

    assert addresses() == addresses()
    assert pa.record_batch(batch).validate(full=True) is None
    assert batch.num_rows == len(batch) == 90
    assert batch.column_names == ["BilledCost", "ServiceName"]
    assert pa.schema(batch) == pa.record_batch(batch).schema
    assert repr(batch).startswith("outlay.Batch: 90 rows, 2 columns, the first 10 here\nBilledCost  ServiceName\n")
    assert len(repr(batch).splitlines()) == 12


def test_a_second_use_is_an_error(consumer: Callable[[Any], list[Row]]) -> None:
    reader = outlay.read(DEMO, columns=["BilledCost"])
    assert len(consumer(reader)) == 175
    for use in (iter, lambda reader: reader.__arrow_c_stream__(), lambda reader: reader.to_pyarrow(), list):
        with pytest.raises(outlay.ReaderConsumedError, match="read the report again") as raised:
            use(reader)
        assert raised.value.code == "OUTLAY_CONSUMED"
    # What was read stays.
    assert reader.totals.rows_out == 175
    reader.check()


def test_what_a_consumer_has_no_loop_gets() -> None:
    reader = outlay.read(DEMO)
    stream = pa.RecordBatchReader.from_stream(reader)
    with pytest.raises(outlay.ReaderConsumedError):
        next(reader)
    with pytest.raises(outlay.ReaderConsumedError):
        reader.to_parquet("unwritten.parquet")
    assert not os.path.exists("unwritten.parquet")
    assert stream.read_all().num_rows == 175


def test_a_rest_is_taken_batch_by_batch_and_not_by_a_consumer() -> None:
    reader = outlay.read(DEMO, columns=["BilledCost"])
    first = next(reader)
    with pytest.raises(outlay.ReaderConsumedError):
        reader.to_pyarrow()
    assert len(first) + sum(len(batch) for batch in reader) == 175


def test_a_closed_reader_keeps_its_totals(some_report: Path) -> None:
    with outlay.read(some_report, columns=COLUMNS) as reader:
        next(reader)
    assert ours() == 0
    assert reader.totals.rows_out >= 8_192
    assert reader.progress.rows == 8_192
    with pytest.raises(outlay.StoppedError):
        next(reader)
    with pytest.raises(outlay.ReaderConsumedError):
        list(reader)
    with pytest.raises(outlay.UnprovenError):
        reader.check()
    reader.close()


def test_what_is_closed_under_a_consumer_is_no_short_report(some_report: Path) -> None:
    with outlay.read(some_report, columns=COLUMNS) as reader:
        frame = reader.to_polars(lazy=True)
        stream = pa.RecordBatchReader.from_stream(outlay.read(some_report))
    # It reads the report, not the reader.
    assert frame.collect().height == 100_000
    assert stream.read_next_batch().num_rows == 8_192
    with outlay.read(some_report, columns=COLUMNS) as reader:
        stream = pa.RecordBatchReader.from_stream(reader)
        assert stream.read_all().num_rows == 100_000
    # The end is returned once: an empty second result would look like a report without rows.
    with pytest.raises(pa.ArrowInvalid, match="OUTLAY_CONSUMED"):
        stream.read_next_batch()


def test_no_thread_outlives_its_reader(some_reports: list[Path]) -> None:
    for threads in (2, 4):
        reader = outlay.read(some_reports, threads=threads, columns=COLUMNS)
        next(reader)
        assert ours() > 0
        del reader
        gc.collect()
        assert ours() == 0
        stream = pa.RecordBatchReader.from_stream(outlay.read(some_reports, threads=threads, columns=COLUMNS))
        stream.read_next_batch()
        del stream
        gc.collect()
        assert ours() == 0


def test_readers_are_freed() -> None:
    reader = outlay.read(DEMO)
    gone = weakref.ref(reader)
    list(reader)
    del reader
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("use", [list, pa.table, pl.DataFrame, lambda reader: duckdb.from_arrow(reader).fetchall()])
def test_other_threads_run_meanwhile(use: Callable[[Any], object], some_reports: list[Path], threads: int) -> None:
    ticks = []
    is_over = threading.Event()

    def tick() -> None:
        while not is_over.wait(0.001):
            ticks.append(time.monotonic())

    ticker = threading.Thread(target=tick, daemon=True)
    ticker.start()
    reader = outlay.read(some_reports, threads=threads, columns=["BilledCost"])
    begun = time.monotonic()
    use(reader)
    ended = time.monotonic()
    is_over.set()
    ticker.join()
    during = [tick for tick in ticks if begun < tick < ended]
    assert len(during) > 50 * (ended - begun), f"{len(during)} ticks in {ended - begun:.2f} s"


def test_progress_is_told(some_report: Path) -> None:
    size = some_report.stat().st_size
    told: list[tuple[int, int | None, int]] = []
    reader = outlay.read(some_report, columns=COLUMNS, progress=lambda *facts: told.append(facts))
    assert not told
    rows = reader.to_pyarrow().num_rows
    assert told == sorted(told)
    assert told[-1] == (size, size, rows)
    assert len(told) >= 100_000 // 8_192

    # Bytes have a length, a file object has none.
    content = some_report.read_bytes()
    for given, total in ((content, size), (io.BytesIO(content), None)):
        told.clear()
        outlay.read(given, columns=["BilledCost"], progress=lambda *facts: told.append(facts)).to_pyarrow()
        assert told[-1] == (size, total, rows)


def test_progress_may_ask_and_may_raise(some_report: Path) -> None:
    seen = []
    reader = outlay.read(some_report, columns=["BilledCost"], progress=lambda *_: seen.append(reader.totals.rows_out))
    reader.to_pyarrow()
    assert seen[-1] == 100_000

    def enough(done: int, total: int | None, rows: int) -> None:
        raise LookupError("enough")

    uses = (list, outlay.Reader.to_pyarrow, outlay.Reader.to_polars, lambda reader: reader.to_parquet("no.parquet"))
    for use in uses:
        reader = outlay.read(some_report, columns=["BilledCost"], progress=enough)
        with pytest.raises(LookupError, match="enough"):
            use(reader)
        assert isinstance(reader.error, LookupError)
    assert not os.path.exists("no.parquet")


def test_progress_as_a_bar(some_report: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outlay.read(some_report, columns=["BilledCost"], progress=True).to_pyarrow()
    assert "rows=100,000]" in capsys.readouterr().err


def test_a_write_that_is_refused_leaves_the_reader_as_it_was(tmp_path: Path) -> None:
    report, aside = tmp_path / "report.csv", tmp_path / "aside.csv"
    text = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\nUsage,1.5,USD\n"
    report.write_text(text)
    for write in (outlay.Reader.to_parquet, outlay.Reader.to_csv, outlay.Reader.to_ipc):
        reader = outlay.read(report, quarantine_file=aside)
        for refused in (report, aside, report):
            with pytest.raises(outlay.OptionError, match="name another file"):
                write(reader, refused)
        assert reader.error is None
        write(reader, tmp_path / "out")
        assert (tmp_path / "out").stat().st_size > 10
        reader.check()
        with pytest.raises(outlay.ReaderConsumedError):
            write(reader, report)
        assert report.read_text() == text
    # The rows can go elsewhere as well.
    reader = outlay.read(report)
    with pytest.raises(outlay.OptionError):
        reader.to_csv(report)
    assert reader.to_pyarrow().num_rows == 1


def test_files(tmp_path: Path) -> None:
    wanted = outlay.read(DEMO).to_pyarrow()
    outlay.read(DEMO).to_parquet(tmp_path / "out.parquet")
    written = pq.read_table(tmp_path / "out.parquet")
    assert written.num_rows == 175
    assert written["BilledCost"].to_pylist() == wanted["BilledCost"].to_pylist()
    facts = written.schema.metadata
    assert b"outlay.totals" in pq.read_metadata(tmp_path / "out.parquet").metadata or b"outlay.totals" in facts
    outlay.read(DEMO).to_ipc(tmp_path / "out.arrow")
    assert pa.ipc.open_file(tmp_path / "out.arrow").read_all().num_rows == 175
    outlay.read(DEMO, maps="json", threads=1).to_csv(tmp_path / "out.csv")
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 176
    with pytest.raises(outlay.IoError) as raised:
        outlay.read(DEMO).to_parquet(tmp_path / "none/out.parquet")
    assert isinstance(raised.value, OSError)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.arrow", "out.csv", "out.parquet"]


def test_floats_only_when_asked() -> None:
    import pandas as pd

    exact = outlay.read(DEMO, columns=["BilledCost", "ChargePeriodStart"]).to_pandas()
    assert exact.dtypes["BilledCost"] == pd.ArrowDtype(pa.decimal128(38, 18))
    assert exact.dtypes["ChargePeriodStart"] == pd.ArrowDtype(pa.timestamp("us", "UTC"))
    assert f"{exact['BilledCost'].sum():f}".rstrip("0") == "800.2936682272"
    floats = outlay.read(DEMO, columns=["BilledCost"]).to_pandas(decimals="float64")
    assert floats.dtypes["BilledCost"] == pd.ArrowDtype(pa.float64())
    assert floats["BilledCost"].sum() == pytest.approx(800.2936682272)
    with pytest.raises(ValueError, match="exact"):
        outlay.read(DEMO).to_pandas(decimals="float32")  # type: ignore[arg-type]


def test_pandas_takes_the_stream_itself() -> None:
    import pandas as pd

    if not hasattr(pd.DataFrame, "from_arrow"):
        pytest.skip("pandas takes streams from version 3 on")  # pandas 2 is served, too, on Python 3.10
    assert len(pd.DataFrame.from_arrow(outlay.read(DEMO))) == 175


def test_a_table_of_duckdb_can_be_asked_often() -> None:
    with duckdb.connect() as connection:
        costs = outlay.read(DEMO).to_duckdb(connection, table='the "costs"')
        for _ in range(2):
            assert f"{costs.sum('BilledCost').fetchall()[0][0]:f}".rstrip("0") == "800.2936682272"
        assert connection.sql('SELECT count(*) FROM "the ""costs"""').fetchall() == [(175,)]
        again = outlay.read(DEMO, columns=["BilledCost"]).to_duckdb(connection)
        assert len(again.columns) == 1
    assert outlay.read(DEMO).to_duckdb().count("*").fetchall() == [(175,)]


def test_async(some_report: Path) -> None:
    async def rows(ticks: list[int]) -> int:
        reader = await outlay.aread(some_report, columns=["BilledCost"])
        count = 0
        async for batch in reader:
            count += len(batch)
            ticks.append(count)
        with pytest.raises(outlay.ReaderConsumedError):
            async for _ in reader:
                pass
        reader.check()
        return count

    async def both() -> list[int]:
        ticks: list[int] = []
        return await asyncio.gather(rows(ticks), rows(ticks))

    assert asyncio.run(both()) == [100_000, 100_000]

    async def parts() -> int:
        plan = await outlay.aplan(DEMO)
        count = 0
        for part in plan.parts:
            async for batch in await outlay.aread_part(part):
                count += len(batch)
        return count

    assert asyncio.run(parts()) == 175


def test_a_cancelled_task_leaves_no_thread(long_report: Path) -> None:
    async def read() -> None:
        # Its filter leaves nothing: no batch would come for a long time.
        async for _ in await outlay.aread(long_report, periods=["2031-01"], threads=2):
            pass

    async def cancel() -> float:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(read(), 0.3)
        return time.monotonic()

    cancelled = asyncio.run(cancel())
    assert time.monotonic() - cancelled < 3
    assert ours() == 0


def test_file_objects_that_are_none() -> None:
    with pytest.raises(TypeError, match="binary"):
        outlay.read(io.StringIO("lineItem/LineItemType")).to_pyarrow()

    class Broken(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            raise PermissionError("not for you")

    for threads in (1, 2):
        with pytest.raises(PermissionError, match="not for you"):
            list(outlay.read(Broken(), threads=threads))
    with pytest.raises(TypeError):
        outlay.read(5)  # type: ignore[arg-type]


def test_a_file_object_that_waits_is_left_alone() -> None:
    read, write = os.pipe()
    with os.fdopen(read, "rb", buffering=0) as pipe:
        reader = outlay.read(pipe, threads=2)
        timer = threading.Timer(0.2, reader.close)
        timer.start()
        begun = time.monotonic()
        with pytest.raises(outlay.StoppedError):
            list(reader)
        assert time.monotonic() - begun < 2
        timer.join()
        os.close(write)


def test_reprs_pull_nothing() -> None:
    reader = outlay.read(DEMO)
    assert repr(reader) == "<outlay.Reader: 63 columns, 0 rows read>"
    html = reader._repr_html_()
    assert "BilledCost" in html and "never null" in html and "0 rows read" in html
    assert reader.progress.rows == 0
    reader.to_pyarrow()
    totals = reader.totals
    assert "800.2936682272" in totals._repr_html_()
    assert repr(totals).splitlines()[-1] == "proven: nothing was lost, nothing doubled"
    # No colour of its own: it is read in light and in dark notebooks.
    for text in (html, totals._repr_html_()):
        assert "color:#" not in text and "background:#" not in text


def test_memory_is_flat_over_many_reads() -> None:
    def memory() -> int:
        gc.collect()
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")

    def read() -> None:
        pa.table(outlay.read(DEMO))
        outlay.read(DEMO).to_polars()
        list(outlay.read(DEMO))

    for _ in range(10):
        read()
    before = memory()
    for _ in range(50):
        read()
    assert memory() - before < 16 << 20
