"""Errors: whose they are, where they point, and that they travel."""

from __future__ import annotations

import errno
import gzip
import io
import os
import pickle
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import outlay
import outlay._errors
import pytest
from conftest import CONSUMERS, DATA, DEMO, ROOT, Row

HEADER = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\n"


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "bad.csv"
    path.write_text(HEADER + "Usage,1.5,USD\nUsage,convertible,USD\nUsage,2.5,USD\n")
    return path


CASES = [
    ("samples/synthetic-legacy-crlf.csv", outlay.RecordError, "OUTLAY_RAGGED"),
    ("samples/handmade-legacy-minimal.csv", outlay.FormatError, "OUTLAY_MISSING_COLUMN"),
    ("samples/handmade-cur2-minimal.csv", outlay.FormatError, "OUTLAY_MISSING_COLUMN"),
    ("samples/fivetran-loader-shape.csv", outlay.InvalidValueError, "OUTLAY_VALUE"),
]


@pytest.mark.parametrize(("name", "kind", "code"), CASES)
@pytest.mark.parametrize("helper", ["list", "to_pyarrow", "to_polars", "to_pandas", "to_duckdb", "to_parquet"])
def test_helpers_raise_our_errors(
    name: str, kind: type[outlay.OutlayError], code: str, helper: str, tmp_path: Path
) -> None:
    reader = outlay.read(DATA / name)
    with pytest.raises(kind) as raised:
        if helper == "list":
            list(reader)
        elif helper == "to_parquet":
            reader.to_parquet(tmp_path / "out.parquet")
        else:
            getattr(reader, helper)()
    error = raised.value
    assert error.code == code
    assert error.object == Path(name).name
    assert str(error).startswith(Path(name).name)
    # A new one: a caller that keeps an exception keeps the frames that it passed through.
    assert type(reader.error) is kind and str(reader.error) == str(error)
    assert not (tmp_path / "out.parquet").exists()


def test_places_are_attributes(bad: Path) -> None:
    with pytest.raises(outlay.InvalidValueError) as raised:
        list(outlay.read(bad))
    error = raised.value
    place = (error.object, error.row, error.byte, error.column)
    assert place == ("bad.csv", 2, len(HEADER) + len("Usage,1.5,USD\nUsage,"), "lineItem/UnblendedCost")
    assert isinstance(error, ValueError)
    # As tracebacks name it.
    assert f"{type(error).__module__}.{type(error).__qualname__}" == "outlay.InvalidValueError"
    assert str(error).startswith(f"bad.csv: row 2, byte {error.byte}, lineItem/UnblendedCost: `convertible` is not a ")


@pytest.mark.parametrize("name", [name for name in CONSUMERS if name not in ("batches", "polars lazily", "duckdb table", "pandas")])
def test_consumers_see_the_code_and_the_reader_keeps_the_error(bad: Path, name: str) -> None:
    consumer: Callable[[Any], list[Row]] = CONSUMERS[name]
    reader = outlay.read(bad)
    with pytest.raises(Exception, match="OUTLAY_VALUE: bad.csv: row 2") as raised:
        consumer(reader)
    assert not isinstance(raised.value, outlay.OutlayError)
    assert "External error" not in str(raised.value)
    assert isinstance(reader.error, outlay.InvalidValueError)


def test_files_that_are_not_there() -> None:
    for use in (outlay.read, outlay.plan):
        with pytest.raises(FileNotFoundError) as raised:
            use("nowhere")
        error = raised.value
        assert isinstance(error, outlay.NotFoundError) and isinstance(error, outlay.OutlayError)
        whole = os.path.abspath("nowhere")
        assert (error.code, error.errno, error.filename) == ("OUTLAY_NOT_FOUND", errno.ENOENT, whole)
        assert str(error) == f"{whole}: no such file or folder; check the path"


DAMAGED = {
    "noise.csv.gz": (bytes(range(256)) * 9, "OUTLAY_COMPRESSION", "its name ends in `.gz`, but its bytes are not gzip and not CSV text: copy the file again"),
    "noise.csv.zip": (bytes(range(256)) * 9, "OUTLAY_COMPRESSION", "its name ends in `.zip`, but its bytes are not zip and not CSV text: copy the file again"),
    "cut.csv": ((HEADER + "Usage,1.5,USD\nUsage,1").encode(), "OUTLAY_RAGGED", "the file ends in the middle of this line, so it may be cut off: copy it again"),
    "cut.csv.gz": (gzip.compress((HEADER + "Usage,1.5,USD\n" * 999).encode())[:-20], "OUTLAY_TRUNCATED", "copy it again"),
    "report.parquet": (b"PAR1" + bytes(99) + b"PAR1", "OUTLAY_FORMAT", "Parquet reports are not read by this version: choose CSV"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_file_that_is_no_report_says_what_to_do(name: str, tmp_path: Path) -> None:
    content, code, message = DAMAGED[name]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(outlay.OutlayError) as raised:
        list(outlay.read(path))
    assert (raised.value.code, raised.value.object) == (code, name)
    assert message in str(raised.value)


def test_an_empty_path_is_no_path() -> None:
    for paths in ("", ["", "x"]):
        with pytest.raises(outlay.OptionError, match="option `path`: the path is empty"):
            outlay.read(paths)


def test_files_that_are_not_there_have_near_names(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    with pytest.raises(outlay.NotFoundError, match="did you mean") as raised:
        outlay.read(tmp_path / "reprots" / "daily.csv")
    assert raised.value.candidates == (str(tmp_path / "reports"),)


def test_options_that_make_no_sense() -> None:
    cases: list[dict[str, Any]] = [
        {"focus": "9"},
        {"columns": ["NoSuchColumn"]},
        {"text": "latin1"},
        {"threads": 0},
        {"threads": -1},
        {"batch_rows": 1 << 80},
        {"periods": ["May"]},
        {"as_of": "yesterday"},
    ]
    for options in cases:
        with pytest.raises(outlay.OptionError, match=f"option `{next(iter(options))}`") as raised:
            outlay.read(DEMO, **options)
        assert isinstance(raised.value, ValueError)
    kinds: list[tuple[dict[str, Any], str]] = [
        ({"columns": "ServiceName"}, "expected a list of texts, got a text"),
        ({"threads": "2"}, "expected a number, got a text"),
        ({"lineage": 1}, "expected yes or no, got a number"),
        ({"batch_rows": True}, "expected a number, got yes or no"),
        ({"account_names": ["Shop"]}, "expected texts by key, got a list of texts"),
    ]
    for options, reason in kinds:
        with pytest.raises(outlay.OptionError, match=f"option `{next(iter(options))}`: {reason}"):
            outlay.read(DEMO, **options)
    for value in (1.5, object(), [1], {1: "one"}):
        with pytest.raises(outlay.OptionError, match="option `columns`: expected a list of texts, got "):
            outlay.read(DEMO, columns=value)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="colums"):
        outlay.plan(DEMO, colums=["ServiceName"])  # type: ignore[call-arg]


def test_errors_pickle(bad: Path) -> None:
    raised: list[BaseException] = []
    for report in (bad, "nowhere"):
        try:
            list(outlay.read(report))
        except outlay.OutlayError as error:
            raised.append(error)
    try:
        outlay.read(DEMO).check()
    except outlay.UnprovenError as error:
        raised.append(error)
    assert len(raised) == 3
    for error in raised:
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is type(error)
        assert str(again) == str(error)
        assert vars(again) == vars(error)
        assert getattr(again, "errno", None) == getattr(error, "errno", None)
        assert getattr(again, "filename", None) == getattr(error, "filename", None)


def test_each_code_of_the_core_has_its_class() -> None:
    source = (ROOT / "core/src/error/mod.rs").read_text()
    codes = {text.split('"')[0] for text in source.split('=> "')[1:]}
    codes = {code for code in codes if code.startswith("OUTLAY_")}
    assert len(codes) > 15
    assert set(outlay._errors._CLASSES) == codes
    assert {kind.__name__ for kind in outlay._errors._CLASSES.values()} < set(outlay.__all__)
    # Those that the package makes by itself are among them.
    sources = [*(ROOT / "bindings-python/src").glob("*.rs"), *(ROOT / "bindings-python/python").rglob("*.py")]
    own = {code for source in sources for code in re.findall(r'"(OUTLAY_[A-Z_]+)"', source.read_text())}
    assert {"OUTLAY_CONSUMED", "OUTLAY_OPTION"} <= own <= codes


def test_a_cost_that_is_not_known_is_null_or_stops_the_read(tmp_path: Path) -> None:
    content = (HEADER + "Usage,1.5,USD\nUsage,,USD\nUsage,2.5,USD\n").encode()
    path = tmp_path / "lacks.csv"
    path.write_bytes(content)
    reports: list[tuple[Callable[[], Any], str]] = [
        (lambda: path, "lacks.csv"),
        (lambda: content, "report"),
        (lambda: io.BytesIO(content), "report"),
    ]
    for report, name in reports:
        for options in ({}, {"on_unknown": "null"}):
            reader = outlay.read(report(), columns=["BilledCost", "x_LineItemType"], **options)
            assert reader.to_pyarrow()["BilledCost"].to_pylist() == [Decimal("1.5"), None, Decimal("2.5")], name
            totals = reader.totals
            assert (totals.outcome, totals.costs["USD"].billed) == ("unproven", 4), name
            assert totals.unknown_rows["USD"].billed == 1, name
            assert not next(check for check in totals.checks if check.code == "costs_known").holds, name
            with pytest.raises(outlay.UnprovenError, match="costs_known"):
                reader.check()
        with pytest.raises(outlay.InvalidValueError, match="UnblendedCost") as raised:
            list(outlay.read(report(), on_unknown="stop"))
        assert (raised.value.code, raised.value.object, raised.value.row) == ("OUTLAY_UNKNOWN_COST", name, 2)
    reader = outlay.read(path, on_unknown="stop", on_error="quarantine")
    assert reader.to_pyarrow()["BilledCost"].to_pylist() == [Decimal("1.5"), Decimal("2.5")]
    assert reader.quarantined().records == [b"Usage,,USD"]
    # Where all costs are known there is nothing to stop at.
    reader = outlay.read(DEMO, on_unknown="stop")
    assert reader.to_pyarrow().num_rows == 175
    assert reader.totals.outcome == "proven" and reader.totals.unknown_rows == {}


def test_the_columns_of_a_report_are_limited(tmp_path: Path) -> None:
    content = (HEADER + "Usage,1.5,USD\n").encode()
    path = tmp_path / "wide.csv"
    path.write_bytes(content)
    for schema in ("focus", "cur"):
        for report, name in ((path, "wide.csv"), (content, "report")):
            assert outlay.read(report, schema=schema, max_columns=3).to_pyarrow().num_rows == 1
            with pytest.raises(outlay.FormatError, match="more than 2 columns") as raised:
                list(outlay.read(report, schema=schema, max_columns=2))
            assert (raised.value.code, raised.value.object) == ("OUTLAY_FORMAT", name)
    # Without the option, too, there is a limit.
    many = ",".join(["lineItem/LineItemType", *(f"resourceTags/user:{n}" for n in range(32_768))])
    with pytest.raises(outlay.FormatError, match="more than 32768 columns"):
        list(outlay.read(f"{many}\n".encode()))
    for columns in (0, 1 << 40):
        with pytest.raises(outlay.OptionError, match="option `max_columns`"):
            outlay.read(path, max_columns=columns)


def test_a_stream_of_another_length_is_an_error() -> None:
    plain = (HEADER + "Usage,1.5,USD\n" * 1_000).encode()
    kinds: list[Callable[[bytes], Any]] = [lambda content: content, bytearray, memoryview, io.BytesIO]
    for content in (plain, gzip.compress(plain)):
        for kind in kinds:
            for threads in (1, 2):
                reader = outlay.read(kind(content), expected_bytes=len(content), threads=threads)
                assert reader.to_pyarrow().num_rows == 1_000
                assert reader.totals.parts[0].size == len(content)
                for more, code in ((1, "OUTLAY_TRUNCATED"), (-1, "OUTLAY_COMPRESSION"), (-9, "OUTLAY_COMPRESSION")):
                    expected = len(content) + more
                    reader = outlay.read(kind(content), expected_bytes=expected, threads=threads)
                    with pytest.raises(outlay.CompressionError, match=f"not the {expected} that were expected") as raised:
                        list(reader)
                    assert (raised.value.code, raised.value.object) == (code, "report")
                    assert reader.totals.outcome == "unproven"
    # The end of a record is no end of the stream.
    with pytest.raises(outlay.CompressionError) as raised:
        list(outlay.read(plain[: -len("Usage,1.5,USD\n")], expected_bytes=len(plain)))
    assert raised.value.code == "OUTLAY_TRUNCATED"
    with pytest.raises(outlay.OptionError, match="option `expected_bytes`: it is the size of one object"):
        outlay.read(DEMO, expected_bytes=len(plain))


def test_quarantine_is_a_stream_of_its_own(bad: Path, tmp_path: Path) -> None:
    import polars as pl
    import pyarrow as pa

    reader = outlay.read(bad, on_error="quarantine")
    assert reader.to_pyarrow().num_rows == 2
    aside = reader.quarantined()
    assert len(aside) == 1
    assert aside.records == [b"Usage,convertible,USD"]
    assert aside.reasons[0].startswith("bad.csv: row 2")
    for _ in range(2):
        rows = pa.table(aside).to_pylist()
        assert rows[0]["code"] == "OUTLAY_VALUE"
        assert rows[0]["record"] == b"Usage,convertible,USD"
    assert pl.DataFrame(aside).height == 1
    # A record is bytes, and is shown as text.
    assert repr(aside.batch).startswith("outlay.Batch: 1 row, 7 columns\nobject")
    assert "Usage,convertible,USD" in aside.batch._repr_html_()
    assert pa.schema(aside) == pa.table(aside).schema
    assert len(reader.quarantined()) == 0
    with pytest.raises(outlay.UnprovenError, match="nothing_quarantined"):
        reader.check()
    file = tmp_path / "aside.csv"
    outlay.read(bad, quarantine_file=file).to_pyarrow()
    assert "Usage,convertible,USD" in file.read_text()
