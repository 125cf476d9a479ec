"""What a report is read from, and what it is written to."""

from __future__ import annotations

import array
import csv
import gzip
import io
import mmap
import os
import re
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import outlay
import pytest
from conftest import DEMO

HEADER = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode,lineItem/LineItemDescription"
PARTS = sorted(Path(DEMO).glob("*/*/*.csv.gz"))
CONTENTS = [part.read_bytes() for part in PARTS]


def billed(reader: outlay.Reader) -> str:
    for _ in reader:
        pass
    return str(reader.totals.costs["USD"].billed)


def part(cost: int, text: str = "") -> bytes:
    return f"{HEADER}\nUsage,{cost},USD,{text}\n".encode()


class ObjectReader:
    """A file object whose `read` gives a buffer that is not bytes, as that of obstore."""

    def __init__(self, content: bytes) -> None:
        self.file = io.BytesIO(content)

    def read(self, size: int = -1) -> memoryview:
        return memoryview(self.file.read(size))


def test_any_buffer_is_read(tmp_path: Path) -> None:
    content = CONTENTS[0]
    (tmp_path / "part").write_bytes(content)
    wanted = billed(outlay.read(PARTS[0]))
    with (tmp_path / "part").open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        doubled = memoryview(bytes(byte for byte in content for _ in range(2)))
        buffers: list[Any] = [
            content,
            bytearray(content),
            memoryview(content),
            mapped,
            array.array("B", content),
            doubled[::2],
            io.BytesIO(content).getbuffer(),
        ]
        for buffer in buffers:
            reader = outlay.read(buffer)
            assert billed(reader) == wanted, type(buffer)
            assert reader.progress.bytes_total == len(content)
            reader.close()
        del buffers, buffer, reader
    np = pytest.importorskip("numpy")
    assert billed(outlay.read(np.frombuffer(content, dtype=np.uint8))) == wanted


def test_lists_of_buffers_and_file_objects_are_the_parts_of_one_report() -> None:
    wanted = billed(outlay.read(DEMO))
    opened = [path.open("rb") for path in PARTS]
    lists: list[Any] = [
        CONTENTS,
        tuple(bytearray(content) for content in CONTENTS),
        iter(CONTENTS),
        [memoryview(CONTENTS[0]), io.BytesIO(CONTENTS[1]), ObjectReader(CONTENTS[2])],
        opened,
    ]
    for threads in (1, 4):
        for streams in lists if threads == 1 else [CONTENTS]:
            reader = outlay.read(streams, threads=threads)
            assert billed(reader) == wanted
            reader.check()
    names = [part.object for part in reader.totals.parts]
    assert names == ["report-1", "report-2", "report-3"]
    for file in opened:
        file.seek(0)
    reader = outlay.read(opened)
    billed(reader)
    assert [part.object for part in reader.totals.parts] == [path.name for path in PARTS]
    for file in opened:
        file.close()


def test_streams_with_one_name_are_told_apart() -> None:
    def named(cost: int) -> io.BytesIO:
        file = io.BytesIO(part(cost))
        file.name = "bills/part.csv"
        return file

    reader = outlay.read([named(1), named(2), named(4)])
    assert billed(reader) == "7"
    assert [part.object for part in reader.totals.parts] == ["part.csv", "part.csv (2)", "part.csv (3)"]


def test_a_reader_whose_read_gives_another_buffer_is_read() -> None:
    assert billed(outlay.read(ObjectReader(part(3)))) == "3"


@pytest.mark.parametrize("given", [5, None, "text", [1, 2]])
def test_a_reader_that_gives_no_bytes_says_so(given: object) -> None:
    class Odd:
        def read(self, size: int) -> object:
            return given

    with pytest.raises(TypeError, match="a file object has to give bytes: open it in binary mode, and blocking"):
        billed(outlay.read(Odd()))  # type: ignore[arg-type]


def test_what_is_no_report_is_named() -> None:
    file = io.BytesIO(part(1))
    cases: list[tuple[Any, type[Exception], str]] = [
        (5, TypeError, "a report is a path, a buffer such as bytes, .* not int"),
        (None, TypeError, "not NoneType"),
        ([DEMO, part(1)], TypeError, "but not both: open the paths"),
        ([part(1), 5], TypeError, "item 2 of the list is int"),
        ([file, file], outlay.OptionError, "a file object is given twice"),
        ([], outlay.OptionError, "no path was given"),
        ([part(1), part(1)], outlay.OptionError, "`report-1` and `report-2`"),
        ("https://example.com/report.csv.gz", outlay.OptionError, "is a web address, which is not read"),
        ("gs://bucket/report.csv.gz", outlay.OptionError, "is in Google Cloud Storage, which is not read directly"),
        ("abfss://a@b/report", outlay.OptionError, "is in Azure Storage, which is not read directly"),
        (Path("s3://bucket/report"), outlay.OptionError, "pass it as text, not as a path object"),
    ]
    for report, error, message in cases:
        with pytest.raises(error, match=message):
            billed(outlay.read(report))


def test_a_plan_of_bytes_says_what_a_plan_is_made_of() -> None:
    for report in (part(1), io.BytesIO(part(1)), [part(1)], memoryview(part(1))):
        with pytest.raises(TypeError, match="a plan is made of paths, .* write buffers and file objects to files"):
            outlay.plan(report)  # type: ignore[arg-type]


def test_home_patterns_and_file_addresses_are_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for number, name in enumerate(("a-1.csv", "a-2.csv", "b[1].csv")):
        (tmp_path / name).write_bytes(part(1 << number))
    cases = {"~/a-1.csv": "1", "~/a-*.csv": "3", "~/b[1].csv": "4", f"{tmp_path.as_uri()}/b%5B1%5D.csv": "4"}
    for path, wanted in cases.items():
        assert billed(outlay.read(path)) == wanted
        assert len(outlay.plan(path).parts) == (2 if "*" in path else 1)
    with pytest.raises(FileNotFoundError, match="no file matches this pattern"):
        outlay.read("~/z-*.csv")
    outlay.read("~/a-1.csv").to_csv("~/out.csv")
    assert (tmp_path / "out.csv").exists()


def test_a_file_is_what_its_name_says(tmp_path: Path) -> None:
    def write(name: str) -> Path:
        reader = outlay.read(part(1), columns=["BilledCost"])
        kind = {"parquet": reader.to_parquet, "csv": reader.to_csv, "gz": reader.to_csv}
        kind.get(name.rsplit(".", 1)[-1], reader.to_ipc)(tmp_path / name)
        return tmp_path / name

    assert gzip.decompress(write("o.csv.gz").read_bytes()) == write("o.csv").read_bytes()
    pa = pytest.importorskip("pyarrow")
    for name in ("o.arrow", "o.feather"):
        with pa.ipc.open_file(write(name)) as file:
            assert file.read_all().num_rows == 1
    with pa.ipc.open_stream(write("o.arrows")) as stream:
        assert stream.read_all().num_rows == 1
    pd = pytest.importorskip("pandas")
    assert len(pd.read_feather(tmp_path / "o.feather")) == 1


def test_a_name_of_another_format_is_refused_and_does_not_take_the_batches(tmp_path: Path) -> None:
    reader = outlay.read(part(1), columns=["BilledCost"])
    cases = [
        (reader.to_csv, "o.parquet", "name it .csv or .csv.gz"),
        (reader.to_csv, "o.xlsx", "name it .csv or .csv.gz"),
        (reader.to_parquet, "o.csv", "name it .parquet"),
        (reader.to_ipc, "o.csv.gz", "name it .arrow, .feather or .arrows"),
    ]
    for write, name, message in cases:
        with pytest.raises(outlay.OptionError, match=message):
            write(tmp_path / name)
    assert os.listdir(tmp_path) == []
    reader.to_csv(tmp_path / "o.txt")
    assert (tmp_path / "o.txt").read_text() == "BilledCost\n1\n"


def test_formulas_in_csv_are_marked_on_request(tmp_path: Path) -> None:
    def cells(safe: bool) -> list[str]:
        reader = outlay.read(part(-1, "=HYPERLINK(0)"), columns=["ChargeDescription", "BilledCost"])
        reader.to_csv(tmp_path / "o.csv", spreadsheet_safe=safe)
        with (tmp_path / "o.csv").open(newline="") as file:
            return list(csv.reader(file))[1]

    assert cells(False) == ["=HYPERLINK(0)", "-1"]
    assert cells(True) == ["'=HYPERLINK(0)", "-1"]


def test_parquet_has_partitions_row_groups_and_a_compression(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    columns = ["ServiceName", "BilledCost"]

    def write(name: str, **options: Any) -> Path:
        outlay.read(DEMO, columns=columns).to_parquet(tmp_path / name, **options)
        return tmp_path / name

    for options, groups, compression in [
        ({}, 1, "ZSTD"),
        ({"compression": "snappy"}, 1, "SNAPPY"),
        ({"compression": "none"}, 1, "UNCOMPRESSED"),
        ({"row_group_rows": 10}, 3, "ZSTD"),
    ]:
        found = parquet.ParquetFile(write("x.parquet", **options)).metadata
        assert (found.num_row_groups, found.row_group(0).column(0).compression) == (groups, compression)

    folder = write("month", partition_by=["ServiceName"])
    table = parquet.read_table(folder)
    assert sum(table["BilledCost"].to_pylist()) == Decimal("800.2936682272")
    assert {cell.as_py() for cell in table["ServiceName"]} == set(outlay.read(DEMO, columns=columns).to_pyarrow()["ServiceName"].to_pylist())

    for options, message in [
        ({"compression": "gzp"}, "option `compression`: `gzp` is none of `zstd`, `snappy`, `none`"),
        ({"row_group_rows": 0}, "option `row_group_rows`: it is at least 1, got 0"),
        ({"partition_by": ["ServiceNam"]}, "the output has no column `ServiceNam`"),
        ({"partition_by": "ServiceName"}, "option `partition_by`: expected a list of columns, got a text"),
    ]:
        with pytest.raises(outlay.OptionError, match=re.escape(message)):
            write("refused", **options)
    assert not (tmp_path / "refused").exists()


def test_the_memory_limit_is_that_of_the_process() -> None:
    before = outlay.memory_limit()
    try:
        outlay.set_memory_limit(0)
        assert outlay.memory_limit() == 0
        reader = outlay.read(DEMO, threads=8)
        assert sum(len(batch) for batch in reader) == 175
        reader.check()
        for wrong in (-1, 1.5, "1", True, 2**64):
            with pytest.raises(outlay.OptionError, match="option `limit`: expected"):
                outlay.set_memory_limit(wrong)  # type: ignore[arg-type]
        assert outlay.memory_limit() == 0
    finally:
        outlay.set_memory_limit(before)
    assert before == 256 << 20


def test_a_table_of_duckdb_is_kept_on_request(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    path = str(tmp_path / "bills.duckdb")
    with duckdb.connect(path) as connection:
        outlay.read(part(1)).to_duckdb(connection, table="passing")
        kept = outlay.read(part(1)).to_duckdb(connection, table="kept", temporary=False)
        assert kept.fetchall()
        with pytest.raises(outlay.OptionError, match="a table that is kept needs a name"):
            outlay.read(part(1)).to_duckdb(connection, temporary=False)
    with duckdb.connect(path) as connection:
        assert connection.sql("SHOW TABLES").fetchall() == [("kept",)]


def test_a_bucket_may_be_an_address() -> None:
    connector = outlay.Connector(bucket="s3://billing/reports")
    assert (connector.config["bucket"], connector.config["prefix"]) == ("billing", "reports")
    with pytest.raises(outlay.OptionError, match="has a prefix already; `other` is another one"):
        outlay.Connector(bucket="s3://billing/reports", prefix="other")
    with pytest.raises(outlay.OptionError, match="is an object; give the prefix of the report"):
        outlay.Connector(bucket="s3://billing/reports/daily-1.csv.gz")
    address, split = outlay.Access("s3://billing/reports"), outlay.Access("billing", "reports")
    assert address.permission_policy() == split.permission_policy()


WRITES = {"to_parquet": "one.parquet", "to_ipc": "one.arrow", "to_csv": "one.csv"}


@pytest.mark.parametrize("to", WRITES)
def test_a_file_that_is_open_for_the_read_is_not_written(
    to: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    # The report has a name of the format that is written, so that nothing else refuses it.
    own = WRITES[to]
    one, two = tmp_path / own, tmp_path / f"two-{own}"
    one.write_bytes(gzip.compress(part(1)))
    two.write_bytes(part(2))
    (tmp_path / f"link-{own}").symlink_to(one)
    (tmp_path / f"hard-{own}").hardlink_to(one)
    before = one.read_bytes()

    def opened(*names: Path) -> list[Any]:
        return [name.open("rb") for name in names]

    unnamed = io.FileIO(os.open(one, os.O_RDONLY))
    ways: dict[str, tuple[Any, str]] = {
        "one": (opened(one)[0], f"the file `{one}`"),
        "unbuffered": (one.open("rb", buffering=0), f"the file `{one}`"),
        "a descriptor": (unnamed, "the file of a file object"),
        "inflated": (gzip.open(one), f"the file `{one}`"),
        "a list": (opened(two, one), f"the file `{one}`"),
    }
    for way, (report, what) in ways.items():
        reader = outlay.read(report, threads=1)
        for name in (own, f"./{own}", str(one), f"~/{own}", f"link-{own}", f"hard-{own}"):
            with pytest.raises(outlay.OptionError) as raised:
                getattr(reader, to)(name)
            assert str(raised.value) == f"option `output`: `{name}` is {what}, which is read: name another file", way
            assert raised.value.code == "OUTLAY_OPTION"
        assert one.read_bytes() == before
        # The batches were not taken. An output that does not exist is none of the files, nor is another file.
        (tmp_path / f"new-{own}").unlink(missing_ok=True)
        getattr(reader, to)(f"new-{own}")
        with pytest.raises(outlay.ReaderConsumedError):
            getattr(reader, to)(own)
        for file in report if isinstance(report, list) else [report]:
            file.close()
        assert one.read_bytes() == before
    # A file object that was closed since, and the copy of one.
    with one.open("rb") as file:
        closed, copied = outlay.read(file), outlay.open(io.FileIO(file.fileno(), closefd=False))
    for reader in (closed, copied.read(), copied.read(columns=["BilledCost"])):
        with pytest.raises(outlay.OptionError, match="which is read: name another file"):
            getattr(reader, to)(own)
    # The records that are set aside go to another file as well.
    aside: dict[str, Any] = {"on_error": "quarantine", "quarantine_file": f"./{own}"}
    with one.open("rb") as file:
        copied = outlay.open(file)
        for use in (outlay.read, outlay.open, lambda _, **options: copied.read(**options)):
            with pytest.raises(outlay.OptionError, match="option `quarantine_file`: .* which is read: name another file"):
                use(file, **aside)
    assert one.read_bytes() == before
    # File objects without a file.
    for other in (io.BytesIO(part(1)), ObjectReader(part(1))):
        getattr(outlay.read(other), to)(f"new-{own}")
    with tempfile.SpooledTemporaryFile() as spooled:
        spooled.write(part(1))
        spooled.seek(0)
        getattr(outlay.read(spooled), to)(f"new-{own}")
        assert spooled._file.__class__ is io.BytesIO
    assert one.read_bytes() == before


def test_paths_start_from_the_folder_of_the_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("polars")
    # The name of the folder has signs of patterns.
    here, there = tmp_path / "here[1]", tmp_path / "there"
    for cost, folder in ((1, here), (2, there)):
        (folder / "sub").mkdir(parents=True)
        (folder / "one.csv").write_bytes(part(cost))
        (folder / "sub/one.csv").write_bytes(part(cost * 4))
        (folder / "b[1].csv").write_bytes(part(cost * 16))
    (here / "s3:/b").mkdir(parents=True)
    (here / "s3:/b/one.csv").write_bytes(part(64))
    (here / "link").symlink_to(there / "sub")
    monkeypatch.setenv("HOME", str(here))
    cases: dict[Any, str] = {
        "one.csv": "1",
        "./one.csv": "1",
        Path("one.csv"): "1",
        "sub": "4",
        "sub/../one.csv": "1",
        "link/../one.csv": "2",
        "o*.csv": "1",
        "sub/*.csv": "4",
        "b[1].csv": "16",
        "s3:/b/one.csv": "64",
        ("one.csv", "sub/one.csv"): "5",
        "~/one.csv": "1",
        str(here / "one.csv"): "1",
        (there / "one.csv").as_uri(): "2",
    }
    for path, wanted in cases.items():
        monkeypatch.chdir(here)
        report = list(path) if isinstance(path, tuple) else path
        reader, lazy = outlay.read(report), outlay.read(report)
        assert billed(outlay.read(report)) == wanted, path
        monkeypatch.chdir(there)
        assert billed(reader) == wanted, path
        assert lazy.to_polars(lazy=True).collect()["BilledCost"].sum() == Decimal(wanted), path
    refused = {
        "": "option `path`: the path is empty",
        "-": f"{there}/-: no such file",
        "no.csv": f"{there}/no.csv: no such file",
        "no-*.csv": f"{there}/no-*.csv: no file matches this pattern",
        "https://example.com/x": "is a web address",
        "s3:/b/x": "pass it as text, not as a path object",
    }
    for path, message in refused.items():
        with pytest.raises(outlay.OutlayError, match=re.escape(message)):
            outlay.read(path)
