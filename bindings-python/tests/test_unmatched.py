"""Names that a report does not have: a Python warning at the end of each pass, once, whichever way the pass ends."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import outlay
import polars as pl
import pyarrow as pa
import pytest
from conftest import DEMO, ROOT

ABSENT: dict[str, Any] = {"columns": ["BilledCost"], "tag_columns": ["teem"], "extra_columns": ["odd"], "periods": ["2023-11", "2023-12"]}
CODES = ["periods_absent", "tags_absent", "extra_columns_absent"]
TEXT = "no row has the tag `teem` (did you mean `Team`?)"


async def every_batch() -> None:
    async for _ in await outlay.aread(DEMO, **ABSENT):
        pass


def by_hand(reader: outlay.Reader) -> None:
    while next(reader, None) is not None:
        pass
    assert next(reader, None) is None
    reader.check()


def in_a_with_block(take: Callable[[Any], object]) -> None:
    with outlay.read(DEMO, **ABSENT) as reader:
        take(reader)


def of_parts() -> None:
    plan, totals = outlay.plan(DEMO, **ABSENT), outlay.Totals()
    for part in plan.parts:
        reader = outlay.read_part(part, **ABSENT)
        for _ in reader:
            pass
        totals.merge(reader.totals)
    outlay.closing_batch(totals, **ABSENT)
    for _ in range(2):
        totals.check_against(plan)


def of_the_whole_plan() -> None:
    reader = outlay.read(DEMO, **ABSENT)
    for _ in reader:
        pass
    reader.totals.check_against(outlay.plan(DEMO, **ABSENT))


def then_asked(take: Callable[[Any], object], ask: Callable[[outlay.Reader], object]) -> None:
    reader = outlay.read(DEMO, **ABSENT)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        take(reader)
    for _ in range(2):
        ask(reader)


def of_a_report(take: Callable[[Any], object], ask: Callable[[outlay.Report], object]) -> None:
    report = outlay.open(DEMO, **ABSENT)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        take(report)
    for _ in range(2):
        ask(report)


def lazily() -> None:
    reader = outlay.read(DEMO, **ABSENT)
    reader.to_polars(lazy=True).collect()
    reader.check()


WAYS: dict[str, Callable[[Path], object]] = {
    "a loop": lambda _: list(outlay.read(DEMO, **ABSENT)),
    "next": lambda _: by_hand(outlay.read(DEMO, **ABSENT)),
    "a pass of a report": lambda _: list(outlay.open(DEMO, **ABSENT).read()),
    "an asynchronous loop": lambda _: asyncio.run(every_batch()),
    "to_pyarrow": lambda _: outlay.read(DEMO, **ABSENT).to_pyarrow(),
    "to_polars": lambda _: outlay.read(DEMO, **ABSENT).to_polars(),
    "to_polars lazily": lambda _: lazily(),
    "to_pandas": lambda _: outlay.read(DEMO, **ABSENT).to_pandas(),
    "to_duckdb": lambda _: outlay.read(DEMO, **ABSENT).to_duckdb(),
    "to_parquet": lambda folder: outlay.read(DEMO, **ABSENT).to_parquet(folder / "out.parquet"),
    "to_ipc": lambda folder: outlay.read(DEMO, **ABSENT).to_ipc(folder / "out.arrow"),
    "to_csv": lambda folder: outlay.read(DEMO, **ABSENT).to_csv(folder / "out.csv"),
    "scan": lambda _: outlay.open(DEMO, **ABSENT).scan().collect(),
    "scan, streaming": lambda _: outlay.open(DEMO, **ABSENT).scan().collect(engine="streaming"),
    "a with block": lambda _: in_a_with_block(list),
    "a stream in a with block": lambda _: in_a_with_block(pa.table),
    "a stream, then totals": lambda _: then_asked(pa.table, lambda reader: reader.totals),
    "a stream, then check": lambda _: then_asked(pl.DataFrame, lambda reader: reader.check()),
    "DuckDB, then warnings": lambda _: then_asked(lambda reader: duckdb.from_arrow(reader).fetchall(), lambda reader: reader.warnings),
    "a stream of a report, then its last pass": lambda _: of_a_report(pa.table, lambda report: report.last_pass),
    "a stream of a report, then check": lambda _: of_a_report(pl.DataFrame, lambda report: report.check()),
    "parts": lambda _: of_parts(),
    "parts of one read": lambda _: of_the_whole_plan(),
}


@pytest.mark.parametrize("way", WAYS)
def test_names_that_match_nothing_are_warned_of_once(way: str, tmp_path: Path) -> None:
    with warnings.catch_warnings(record=True) as issued:
        warnings.simplefilter("always")
        WAYS[way](tmp_path)
    with pytest.warns(outlay.UnmatchedWarning):
        reader = outlay.read(DEMO, **ABSENT)
        list(reader)
    assert [warning.code for warning in reader.warnings] == CODES
    expected = [str(warning) for warning in reader.warnings]
    if way == "parts":
        # The totals of parts do not know which months the plan had.
        expected = [*expected[1:], "no record is of `2023-12`; the report has records of `2023-11`"]
    assert [str(one.message) for one in issued] == expected
    assert {(one.category, one.filename) for one in issued} == {(outlay.UnmatchedWarning, __file__)}


def test_a_pass_that_did_not_end_has_no_warning(tmp_path: Path) -> None:
    # Warnings are errors in these tests.
    with outlay.read(DEMO, batch_rows=50, **ABSENT) as reader:
        next(reader)
        assert [warning.code for warning in reader.warnings] == ["periods_absent"]
    report = outlay.open(DEMO, **ABSENT)
    assert len(report.head(5)) == 5
    assert report.scan().head(1).collect().height == 1
    with pytest.raises(outlay.OptionError, match="teem"):
        list(outlay.read(DEMO, on_no_match="stop", columns=["BilledCost"], tag_columns=["teem"]))
    list(outlay.read(DEMO, tag_columns=["Team"], periods=["2023-11"]))


def test_each_pass_has_its_own_warning() -> None:
    report = outlay.open(DEMO, columns=["BilledCost"], tag_columns=["teem"])
    for _ in range(2):
        with pytest.warns(outlay.UnmatchedWarning) as issued:
            report.read().to_pyarrow()
        assert len(issued) == 1 and str(issued[0].message).startswith(TEXT)


def test_a_warning_can_be_an_error() -> None:
    reader = outlay.read(DEMO, columns=["BilledCost"], tag_columns=["teem"])
    with pytest.raises(outlay.UnmatchedWarning, match="did you mean `Team`"):
        list(reader)
    reader.check()
    assert next(reader, None) is None


def test_threads_that_share_a_reader_warn_once() -> None:
    reader = outlay.read(DEMO, columns=["BilledCost"], tag_columns=["teem"], batch_rows=10)
    with warnings.catch_warnings(record=True) as issued:
        warnings.simplefilter("always")
        threads = [threading.Thread(target=by_hand, args=(reader,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(issued) == 1


def test_the_program_prints_it_once() -> None:
    command = [sys.executable, "-W", "always", "-m", "outlay", "normalize", str(DEMO), "--tag-columns", "teem"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (done.stdout + done.stderr).count(TEXT) == 1
    assert "UnmatchedWarning" not in done.stderr
