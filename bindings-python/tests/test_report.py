"""A report that is read again: each pass is whole, of the same versions, and proves itself."""

from __future__ import annotations

import asyncio
import io
import os
import random
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import outlay
import polars as pl
import pyarrow as pa
import pytest
from conftest import DEMO, HEADER

BILLED = Decimal("800.2936682272")
PART = DEMO / "20231101-20231201/20231203T053621Z/daily-00001.csv.gz"

OPENED: dict[str, Callable[[], outlay.Report]] = {
    "a path": lambda: outlay.open(PART),
    "paths": lambda: outlay.open([str(PART)]),
    "bytes": lambda: outlay.open(PART.read_bytes()),
    "a memoryview": lambda: outlay.open(memoryview(PART.read_bytes())),
    "a file object": lambda: outlay.open(io.BytesIO(PART.read_bytes())),
    "asynchronously": lambda: asyncio.run(outlay.aopen(io.BytesIO(PART.read_bytes()))),
}


@pytest.mark.parametrize("way", OPENED)
def test_every_pass_is_the_whole_report(way: str) -> None:
    report = OPENED[way]()
    passes = [report.read().to_pyarrow(), report.read().to_pyarrow(), asyncio.run(report.aread()).to_pyarrow()]
    assert passes[0].num_rows == 90
    assert passes[0] == passes[1] == passes[2]
    assert pa.schema(report) == passes[0].schema
    assert [name for name, _, _ in report.schema] == passes[0].column_names
    assert pa.record_batch(report.head(7)).to_pylist() == passes[0].slice(0, 7).to_pylist()
    lazily = report.scan().collect()
    assert lazily.equals(pl.DataFrame(passes[0]))
    report.check()
    assert report.last_pass is not None and report.last_pass.rows_out == 90
    assert [part.object for part in report.plan.parts] == [part.object for part in report.last_pass.parts]


def test_options_of_a_pass_replace_those_of_the_report() -> None:
    report = outlay.open(DEMO, columns=["ServiceName"])
    assert report.read().to_pyarrow().column_names == ["ServiceName"]
    assert report.read(columns=["BilledCost"]).to_pyarrow().column_names == ["BilledCost"]
    assert report.scan(columns=["BilledCost"]).collect().columns == ["BilledCost"]
    assert report.head(2, columns=["BilledCost"]).column_names == ["BilledCost"]
    assert report.read().to_pyarrow().column_names == ["ServiceName"]
    assert report.read(columns=None).to_pyarrow().column_names == ["ServiceName"]
    with pytest.raises(outlay.OptionError, match="`periods`: the report was opened for 2023-11; open it for 2023-12 too"):
        outlay.open(DEMO, periods=["2023-11"]).read(periods=["2023-12"])


def test_a_lazy_frame_gives_the_same_money_each_time() -> None:
    lazy = outlay.read(DEMO, columns=["ServiceName", "BilledCost"]).to_polars(lazy=True)
    total = lazy.select(pl.col("BilledCost").sum())
    assert [total.collect().item() for _ in range(3)] == [BILLED] * 3
    assert lazy.head(3).collect().height == 3
    assert total.collect().item() == BILLED
    by_service = lazy.group_by("ServiceName").agg(pl.col("BilledCost").sum().alias("ServiceCost"))
    joined = lazy.join(by_service, on="ServiceName", how="left").collect()
    assert (joined.height, joined["BilledCost"].sum()) == (175, BILLED)
    both = pl.concat([lazy, lazy]).collect()
    assert (both.height, both["BilledCost"].sum()) == (350, 2 * BILLED)


def test_a_lazy_frame_closes_its_reader_and_takes_its_place() -> None:
    reader = outlay.read(DEMO, columns=["BilledCost"])
    lazy = reader.to_polars(lazy=True)
    with pytest.raises(outlay.ReaderConsumedError):
        reader.to_pyarrow()
    with pytest.raises(outlay.UnprovenError, match="no row was read"):
        reader.check()
    lazy.collect()
    reader.check()
    assert reader.totals.costs["USD"].billed == BILLED
    lazy.head(1).collect()
    with pytest.raises(outlay.UnprovenError, match="early"):
        reader.check()
    assert reader.totals.outcome == "partial"


def test_what_can_be_read_once_is_not_read_lazily() -> None:
    reader = outlay.read(io.BytesIO(PART.read_bytes()))
    with pytest.raises(outlay.OptionError, match=r"`outlay.open\(...\).scan\(\)`"):
        reader.to_polars(lazy=True)
    assert reader.to_polars().height == 90
    part = outlay.plan(DEMO).parts[0]
    with pytest.raises(outlay.OptionError, match="one part"):
        outlay.read_part(part).to_polars(lazy=True)


USES: dict[str, Callable[[outlay.Reader, Path], object]] = {
    "to_pyarrow": lambda reader, _: reader.to_pyarrow(),
    "to_polars": lambda reader, _: reader.to_polars(),
    "to_polars lazily": lambda reader, _: reader.to_polars(lazy=True),
    "to_pandas": lambda reader, _: reader.to_pandas(),
    "to_duckdb": lambda reader, _: reader.to_duckdb(),
    "to_parquet": lambda reader, folder: reader.to_parquet(folder / "out.parquet"),
    "to_ipc": lambda reader, folder: reader.to_ipc(folder / "out.arrow"),
    "to_csv": lambda reader, folder: reader.to_csv(folder / "out.csv"),
    "pyarrow": lambda reader, _: pa.table(reader),
}


@pytest.mark.parametrize("use", USES)
def test_a_reader_is_used_whole_or_batch_by_batch(use: str, tmp_path: Path) -> None:
    reader = outlay.read(DEMO, columns=["BilledCost"], batch_rows=50)
    first = next(iter(reader))
    with pytest.raises(outlay.ReaderConsumedError, match="some of them were taken: .*`outlay.open`"):
        USES[use](reader, tmp_path)
    assert list(tmp_path.iterdir()) == []
    # The rest can be taken like the first.
    assert len(first) + sum(len(batch) for batch in reader) == 175
    reader.check()


def test_a_frame_of_a_reader_is_made_by_its_method() -> None:
    import pandas as pd

    reader = outlay.read(DEMO, columns=["BilledCost"])
    with pytest.raises(TypeError, match=r"call `reader.to_pandas\(\)`"):
        pd.DataFrame(reader)
    assert len(reader.to_pandas()) == 175


def test_a_frame_of_a_report_or_a_batch_is_made_by_its_method() -> None:
    import numpy as np
    import pandas as pd

    report = outlay.open(DEMO, columns=["BilledCost"])
    for make in (pd.DataFrame, np.asarray):
        with pytest.raises(TypeError, match=r"call `report.read\(\).to_pandas\(\)`"):
            make(report)
        with pytest.raises(TypeError, match=r"call `pyarrow.record_batch\(batch\).to_pandas\(\)`"):
            make(report.head(2))
    with pytest.raises(TypeError, match=r"iterate over `report.read\(\)`"):
        list(report)  # type: ignore[var-annotated]
    with pytest.raises(TypeError, match=r"a batch has no iterator"):
        list(report.head(2))  # type: ignore[var-annotated]
    assert len(report.read().to_pandas()) == len(pa.record_batch(report.head(500)).to_pandas()) == 175


def from_arrow(report: outlay.Report) -> tuple[int, Any]:
    import pandas as pd

    if not hasattr(pd.DataFrame, "from_arrow"):
        return 175, BILLED  # pandas 2
    frame = pd.DataFrame.from_arrow(report)
    return len(frame), frame["BilledCost"].sum()


def of_table(table: pa.Table) -> tuple[int, Any]:
    return table.num_rows, sum(table["BilledCost"].to_pylist())


def of_frame(frame: pl.DataFrame) -> tuple[int, Any]:
    return frame.height, frame["BilledCost"].sum()


def of_duckdb(query: str) -> Callable[[outlay.Report], Any]:
    import duckdb

    def ask(report: outlay.Report) -> Any:
        with duckdb.connect() as connection:
            connection.register("report", report)
            return connection.sql(query).fetchall()[0]

    return ask


TAKERS: dict[str, Callable[[outlay.Report], tuple[int, Any]]] = {
    "pyarrow": lambda report: of_table(pa.table(report)),
    "pyarrow, batch by batch": lambda report: of_table(pa.RecordBatchReader.from_stream(report).read_all()),
    "polars": lambda report: of_frame(pl.DataFrame(report)),
    "pandas": from_arrow,
    "DuckDB": of_duckdb("SELECT count(*), sum(BilledCost) FROM report"),
    "DuckDB, twice in a query": of_duckdb(
        "SELECT count(*), sum(BilledCost) FROM (FROM report UNION ALL FROM report) HAVING count(*) = 350"
    ),
}


@pytest.mark.parametrize("taker", TAKERS)
def test_other_libraries_take_a_report_any_number_of_times(taker: str) -> None:
    report = outlay.open(DEMO, columns=["ServiceName", "BilledCost"])
    times = 2 if "twice" in taker else 1
    for _ in range(3):
        rows, billed = TAKERS[taker](report)
        assert (rows, billed) == (175 * times, BILLED * times)
        if taker != "pandas" or report.last_pass is not None:
            report.check()
            assert report.last_pass is not None
            assert (report.last_pass.outcome, report.last_pass.rows_out) == ("proven", 175)


def test_a_query_with_a_limit_is_a_pass_that_proves_nothing() -> None:
    import duckdb

    report = outlay.open(DEMO, columns=["BilledCost"], batch_rows=10, threads=1)
    assert len(duckdb.sql("FROM report LIMIT 5").fetchall()) == 5
    pa.RecordBatchReader.from_stream(report).read_next_batch()
    assert report.last_pass is not None and report.last_pass.outcome == "partial"
    with pytest.raises(outlay.UnprovenError, match="early"):
        report.check()


def test_a_stream_that_is_used_twice_is_an_error_and_no_empty_report() -> None:
    lazy = pl.scan_arrow_c_stream(outlay.read(DEMO, columns=["ServiceName", "BilledCost"]))
    total = lazy.select(pl.col("BilledCost").sum())
    assert total.collect().item() == BILLED
    with pytest.raises(pl.exceptions.ComputeError, match="OUTLAY_CONSUMED.*`outlay.open`"):
        total.collect()
    # What follows a part of the rows is the rest of them, which the README of the package warns of.
    reader = outlay.read(DEMO, columns=["ServiceName", "BilledCost"], batch_rows=20)
    rest = pl.scan_arrow_c_stream(reader)
    assert rest.head(3).collect().height == 3 and rest.collect().height == 155
    reader.check()
    with pytest.raises(pl.exceptions.ComputeError, match="OUTLAY_CONSUMED"):
        rest.collect()
    # Twice in one query: each use would have some of the batches.
    twice = pl.scan_arrow_c_stream(outlay.read(DEMO, columns=["ServiceName", "BilledCost"], batch_rows=10))
    by_service = twice.group_by("ServiceName").agg(pl.col("BilledCost").sum().alias("ServiceCost"))
    for query in (twice.join(by_service, on="ServiceName", how="left"), pl.concat([twice, twice])):
        with pytest.raises(pl.exceptions.ComputeError, match="OUTLAY_CONSUMED"):
            query.collect()


def test_a_scan_computes_the_columns_and_rows_that_are_needed(some_report: Path) -> None:
    report = outlay.open(some_report, batch_rows=1_000)
    names = [name for name, _, _ in report.schema]
    assert report.scan().select("BilledCost").collect().height == 100_000
    assert report.scan().head(5).collect().height == 5
    assert report.last_pass is not None
    assert (report.last_pass.outcome, report.last_pass.rows_out <= 20_000) == ("partial", True)
    assert report.scan().select(pl.len()).collect().item() == 100_000
    assert report.scan().collect_schema().names() == names


@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
def test_an_error_of_a_scan_is_that_of_the_report(engine: Any) -> None:
    report = outlay.open(f"{HEADER}Usage,1,USD,,\nUsage,bad,USD,,\n".encode())
    with pytest.raises(outlay.InvalidValueError, match="`bad` is not a decimal number") as raised:
        report.scan().collect(engine=engine)
    assert raised.value.row == 2
    with pytest.raises(outlay.UnprovenError):
        report.check()


def test_a_report_that_changes_ends_its_passes(tmp_path: Path) -> None:
    file, other = tmp_path / "r.csv", tmp_path / "other"
    file.write_text(f"{HEADER}Usage,1,USD,,\n")
    report = outlay.open(file)
    lazy = report.scan()
    assert lazy.collect()["BilledCost"].sum() == 1
    other.write_text(f"{HEADER}Usage,2,USD,,\n")
    os.replace(other, file)
    with pytest.raises(outlay.SourceChangedError):
        report.read().to_pyarrow()
    with pytest.raises(outlay.SourceChangedError):
        lazy.collect()
    report.refresh()
    assert lazy.collect()["BilledCost"].sum() == 2
    report.check()


def test_a_file_object_is_kept_up_to_a_number_of_bytes() -> None:
    with pytest.raises(outlay.OptionError, match="`spool_bytes`: the stream has more than 100 bytes"):
        outlay.open(io.BytesIO(PART.read_bytes()), spool_bytes=100)

    class Broken:
        def read(self, size: int) -> bytes:
            raise ConnectionError("lost")

    with pytest.raises(ConnectionError, match="lost"):
        outlay.open(Broken())


# Random queries

Query = Callable[[pl.LazyFrame], pl.LazyFrame]

STEPS: list[Callable[[random.Random], Query]] = [
    lambda r: (lambda n: lambda frame: frame.head(n))(r.choice([0, 1, 7, 60, 89, 1_000])),
    lambda r: (lambda n: lambda frame: frame.filter(pl.col("BilledCost") > n))(r.choice([Decimal("0"), Decimal("1"), Decimal("999")])),
    lambda r: lambda frame: frame.filter(pl.col("ServiceName").str.starts_with("Amazon")),
    lambda r: (lambda n: lambda frame: frame.slice(n, 40))(r.choice([0, 3, 50])),
    lambda r: lambda frame: frame.with_columns(twice=pl.col("BilledCost") * 2),
    lambda r: lambda frame: pl.concat([frame, frame]),
    lambda r: lambda frame: frame.unique(maintain_order=True, subset=["ServiceName", "BilledCost"]),
    lambda r: lambda frame: frame.join(
        frame.group_by("ServiceName").agg(pl.len().alias("n")), on="ServiceName", how="left", maintain_order="left"
    ).drop("n"),
]

ENDS: list[Query] = [
    lambda frame: frame,
    lambda frame: frame.select("BilledCost", "ServiceName"),
    lambda frame: frame.select(pl.len()),
    lambda frame: frame.select(pl.col("BilledCost").sum()),
    lambda frame: frame.group_by("ServiceName", maintain_order=True).agg(pl.col("BilledCost").sum()),
    lambda frame: frame.select("ChargePeriodStart").tail(3),
]


@pytest.mark.parametrize("seed", range(60))
def test_random_queries_give_what_the_frame_in_memory_gives(seed: int) -> None:
    r = random.Random(seed)
    options: Any = r.choice([{}, {"batch_rows": 13}, {"tag_columns": ["Team"], "threads": 1}])
    report = outlay.open(DEMO, **options)
    lazy, eager = report.scan(), report.read().to_polars().lazy()
    steps = [r.choice(STEPS)(r) for _ in range(r.randint(0, 4))] + [r.choice(ENDS)]
    for step in steps:
        lazy, eager = step(lazy), step(eager)
    engine: Any = r.choice(["in-memory", "streaming"])
    for _ in range(2):
        assert lazy.collect(engine=engine).equals(eager.collect())
    last = report.last_pass
    assert last is not None
    # A pass ends early only for a query with a limit.
    assert last.outcome == "proven" or (last.outcome == "partial" and "SLICE" in lazy.explain())


def test_a_report_prints_its_parts() -> None:
    report = outlay.open(DEMO)
    assert repr(report) == f"<outlay.Report: {DEMO}>"
    report.head(1)
    assert repr(report).startswith(f"<outlay.Report: {DEMO}, 3 parts, ")


def test_a_filter_with_a_python_function_needs_cloudpickle(monkeypatch: pytest.MonkeyPatch) -> None:
    report = outlay.open(DEMO, columns=["ServiceName", "BilledCost"])
    is_long = pl.col("ServiceName").map_elements(lambda name: len(name) > 20, return_dtype=pl.Boolean)
    with monkeypatch.context() as context:
        context.setitem(sys.modules, "cloudpickle", None)
        with pytest.raises((ModuleNotFoundError, pl.exceptions.ComputeError), match="cloudpickle"):
            report.scan().filter(is_long).collect()
    pytest.importorskip("cloudpickle")
    wanted = [name for name in report.read().to_polars()["ServiceName"] if len(name) > 20]
    assert report.scan().filter(is_long).collect()["ServiceName"].to_list() == wanted and 0 < len(wanted) < 175
    report.check()
