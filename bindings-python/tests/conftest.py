"""What tests share: where the core's cases are, reports of any length, and every consumer as one function."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import outlay._native
import pytest

ROOT = Path(__file__).parents[2]
DATA = ROOT / "core/tests/data"
DEMO = ROOT / "examples/data/report"

Row = dict[str, Any]


@pytest.fixture(autouse=True)
def _in_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs and doc examples name the demo report from there."""
    monkeypatch.chdir(ROOT)


HEADER = """\
lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode,lineItem/ResourceId,resourceTags/user:Team
"""


def write_report(path: Path, members: int, rows: int = 20_000) -> int:
    """A gzip of as many members, each of which has so many rows; how many rows it has in all."""
    arn = "arn:aws:example:eu-west-1:111122223333:thing/"
    lines = "".join(f"Usage,1.5E-7,USD,{arn}{n:040},team-{n % 7}\n" for n in range(rows))
    member = gzip.compress(lines.encode(), 1)
    with path.open("wb") as file:
        file.write(gzip.compress(HEADER.encode(), 1))
        for _ in range(members):
            file.write(member)
    return members * rows


@pytest.fixture(scope="session")
def long_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that takes a good while to read, and that every consumer would wait for."""
    path = tmp_path_factory.mktemp("reports") / "long.csv.gz"
    write_report(path, members=200 if outlay._native.IS_DEBUG_BUILD else 2_000)
    return path


@pytest.fixture(scope="session")
def some_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One of 100,000 rows."""
    path = tmp_path_factory.mktemp("reports") / "some.csv.gz"
    assert write_report(path, members=5) == 100_000
    return path


@pytest.fixture(scope="session")
def some_reports(some_report: Path) -> list[Path]:
    """It and two more with the same rows, each with blank lines of its own: a report that is given twice is refused."""
    copies = [some_report.with_name(f"{n}.csv.gz") for n in (1, 2)]
    for n, copy in enumerate(copies, 1):
        copy.write_bytes(some_report.read_bytes() + gzip.compress(b"\n" * n))
    return [some_report, *copies]


def by_pyarrow(reader: Any) -> list[Row]:
    import pyarrow as pa

    return pa.table(reader).to_pylist()


def by_batches(reader: Any) -> list[Row]:
    import pyarrow as pa

    return [row for batch in reader for row in pa.record_batch(batch).to_pylist()]


def by_polars(reader: Any) -> list[Row]:
    import polars as pl

    return pl.DataFrame(reader).to_dicts()


def by_polars_lazily(reader: Any) -> list[Row]:
    return reader.to_polars(lazy=True).collect().to_dicts()


def by_duckdb(reader: Any) -> list[Row]:
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        found = connection.from_arrow(reader)
        return [dict(zip(found.columns, row)) for row in found.fetchall()]


def by_duckdb_table(reader: Any) -> list[Row]:
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        found = reader.to_duckdb(connection)
        return [dict(zip(found.columns, row)) for row in found.fetchall()]


def by_pandas(reader: Any) -> list[Row]:
    import pandas as pd

    frame = reader.to_pandas()
    rows = frame.to_dict("records")
    return [{name: None if value is pd.NA else value for name, value in row.items()} for row in rows]


CONSUMERS: dict[str, Callable[[Any], list[Row]]] = {
    "pyarrow": by_pyarrow,
    "batches": by_batches,
    "polars": by_polars,
    "polars lazily": by_polars_lazily,
    "duckdb": by_duckdb,
    "duckdb table": by_duckdb_table,
    "pandas": by_pandas,
}


@pytest.fixture(params=CONSUMERS, ids=lambda name: name.replace(" ", "-"))
def consumer(request: pytest.FixtureRequest) -> Callable[[Any], list[Row]]:
    return CONSUMERS[request.param]


def plain(value: Any) -> Any:
    """A cell as text or as a map of texts, as the core's cases have it."""
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, datetime):
        assert value.utcoffset() is not None and value.utcoffset().total_seconds() == 0, "times are in UTC"
        instant = value.astimezone(timezone.utc)
        digits = "milliseconds" if instant.microsecond % 1000 == 0 else "microseconds"
        return instant.isoformat(timespec=digits if instant.microsecond else "seconds").replace("+00:00", "Z")
    if isinstance(value, (list, tuple)):
        entries = [(entry["key"], entry["value"]) if isinstance(entry, dict) else entry for entry in value]
        return dict(entries)
    return value if value is None or isinstance(value, dict) else str(value)


def plain_rows(rows: list[Row]) -> list[Row]:
    """Rows without their nulls."""
    cells = [{name: plain(value) for name, value in row.items()} for row in rows]
    return [{name: value for name, value in row.items() if value is not None} for row in cells]


MAPS = {"Tags", "SkuPriceDetails", "x_Discounts", "x_CostCategories"}


def expected_cell(column: str, text: str) -> Any:
    """A cell of the core's cases, where maps are JSON text."""
    if column not in MAPS:
        return text
    values = json.loads(text, parse_float=str, parse_int=str)
    return {key: None if value is None else str(value) for key, value in values.items()}


def unescape(text: str) -> str:
    """The inverse of Rust's `escape_debug`."""
    simple = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}

    def one(found: re.Match[str]) -> str:
        if found[1]:
            return chr(int(found[1], 16))
        return simple.get(found[2], found[2])

    return re.sub(r"\\(?:u\{([0-9a-f]+)\}|(.))", one, text)


@pytest.fixture(scope="session")
def cloud_program() -> Path:
    import clouds

    return clouds.build()


@pytest.fixture
def start_cloud(cloud_program: Path) -> Iterator[Callable[..., Any]]:
    """Starts clouds that end with the test."""
    import clouds

    running: list[clouds.Cloud] = []

    def start(world: dict[str, Any] | None = None) -> clouds.Cloud:
        running.append(clouds.Cloud(cloud_program, clouds.world() if world is None else world))
        return running[-1]

    yield start
    for cloud in running:
        cloud.close()


@pytest.fixture
def cloud(start_cloud: Callable[..., Any]) -> Any:
    """One with the report of the examples."""
    return start_cloud()
