"""Numbers, dates and tags that other libraries can compute with, and the programs of the page on arithmetic."""

from __future__ import annotations

import re
import subprocess
import sys
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

import outlay
import pytest
from conftest import CONSUMERS, DEMO, ROOT

SOME = ["ServiceName", "ChargePeriodStart", "ListUnitPrice", "PricingQuantity", "ListCost", "BilledCost", "Tags"]
NUMBERS = ["ListUnitPrice", "PricingQuantity", "ListCost", "BilledCost"]
NINE = Decimal(1).scaleb(-9)


def exact() -> list[dict[str, Any]]:
    return CONSUMERS["pyarrow"](outlay.read(DEMO, columns=SOME))


@pytest.mark.parametrize("decimals", ["exact", "float64", "decimal(38,9)"])
@pytest.mark.parametrize("name", CONSUMERS)
def test_every_library_gets_the_numbers_that_were_chosen(name: str, decimals: str) -> None:
    if name == "batches" and decimals != "exact":
        pytest.skip("batches are converted by pyarrow, which is a case of its own")
    reader = outlay.read(DEMO, columns=SOME, decimals=decimals)
    found = CONSUMERS[name](reader)
    assert len(found) == 175
    for wanted, row in zip(exact(), found):
        for column in NUMBERS:
            value = wanted[column]
            if value is not None and decimals == "float64":
                value = float(value)
            if value is not None and decimals == "decimal(38,9)":
                value = value.quantize(NINE, ROUND_HALF_EVEN)
            assert row[column] == value, column
    reader.check()
    assert reader.totals.costs["USD"].billed == Decimal("800.2936682272")


def test_rounded_cells_are_counted() -> None:
    reader = outlay.read(DEMO, columns=["BilledCost"], decimals="decimal(38,2)")
    rows = CONSUMERS["pyarrow"](reader)
    exact = CONSUMERS["pyarrow"](outlay.read(DEMO, columns=["BilledCost"]))
    wanted = sum(a["BilledCost"] != b["BilledCost"] for a, b in zip(exact, rows))
    assert reader.totals.rounded_cells == {"BilledCost": wanted} and wanted > 0
    assert f"{wanted} cells of BilledCost rounded" in str(reader.totals)
    assert outlay.read(DEMO).totals.rounded_cells == {}


def test_the_totals_say_what_rounding_changed_in_the_sums() -> None:
    reader = outlay.read(DEMO, columns=["BilledCost", "EffectiveCost"], decimals="decimal(18,2)")
    rows = CONSUMERS["pyarrow"](reader)
    totals = reader.totals
    difference = totals.decimals_difference["USD"]
    assert difference.billed == sum(row["BilledCost"] for row in rows) - totals.costs["USD"].billed != 0
    assert difference.effective == sum(row["EffectiveCost"] for row in rows) - totals.costs["USD"].effective
    # They are not columns of the output.
    assert difference.list == difference.contracted == 0
    assert totals.decimals == "decimal(18,2)" and totals.outcome == "proven"
    (warning,) = [warning for warning in reader.warnings if warning.code == "decimals_rounded"]
    assert f"BilledCost in USD ({difference.billed})" in warning.message
    for decimals in ("exact", "float64"):
        reader = outlay.read(DEMO, columns=["BilledCost"], decimals=decimals)
        reader.to_pyarrow()
        assert (reader.totals.decimals, reader.totals.decimals_difference) == (decimals, {})


def test_a_type_that_does_not_exist_and_a_number_out_of_range_say_what_to_do() -> None:
    with pytest.raises(outlay.OptionError, match="`money` is none of `exact`, `float64`, `decimal"):
        outlay.read(DEMO, decimals="money")
    with pytest.raises(outlay.OptionError, match="use 1 to 38 digits"):
        outlay.read(DEMO, decimals="decimal(39,9)")
    reader = outlay.read(DEMO, columns=["BilledCost"], decimals="decimal(3,2)")
    with pytest.raises(outlay.InvalidValueError, match=r"BilledCost: `[\d.-]+` is not within the range of the option `decimals`") as caught:
        reader.to_pyarrow()
    assert caught.value.column == "BilledCost" and caught.value.row is not None
    reader = outlay.read(DEMO, columns=["BilledCost"], decimals="decimal(3,2)", on_error="quarantine")
    rows = reader.to_pyarrow().num_rows
    # One of the 174 records has two rows, and is quarantined as a whole.
    assert rows == 167 and reader.totals.rows_quarantined == 7


def test_files_and_parts_have_the_type(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet

    file = tmp_path / "out.parquet"
    outlay.read(DEMO, columns=SOME, decimals="float64").to_parquet(file)
    assert pyarrow.parquet.read_schema(file).field("BilledCost").type == pa.float64()
    assert pyarrow.parquet.read_metadata(file).metadata[b"outlay.decimals"] == b"float64"
    plan = outlay.plan(DEMO, columns=SOME, decimals="float64")
    part = outlay.read_part(plan.parts[0], columns=SOME, decimals="float64")
    assert dict((name, kind) for name, kind, _ in part.schema)["BilledCost"] == "Float64"
    with pytest.raises(outlay.OptionError, match="with other options"):
        outlay.read_part(plan.parts[0], columns=SOME)


# pandas


def frame(**options: Any) -> Any:
    return outlay.read(DEMO, **options).to_pandas(decimals="float64", times="naive", maps="dict")


def test_numbers_of_pandas_are_computed_with() -> None:
    for month in (frame(), outlay.read(DEMO, decimals="float64").to_pandas()):
        assert (month["ListUnitPrice"] * month["PricingQuantity"]).sum() == pytest.approx(914.142668)
        assert month["BilledCost"].sum() / month["ListCost"].sum() == pytest.approx(0.912824, abs=1e-6)
        assert month["BilledCost"].mean() == pytest.approx(4.573107, abs=1e-6)
        assert month.nlargest(2, "BilledCost")["BilledCost"].tolist() == [438.0, 262.8]
        assert month["BilledCost"].cumsum().iloc[-1] == pytest.approx(800.2936682272)
        assert month["BilledCost"].describe()["count"] == 175
        assert {"BilledCost", "ListUnitPrice"} <= set(month.select_dtypes("number").columns)
        assert "0E-18" not in repr(month["BilledCost"])


def test_dates_of_pandas_compare_and_have_periods(tmp_path: Path) -> None:
    import pandas as pd

    month = frame(maps="json")
    starts = month["ChargePeriodStart"]
    assert (starts >= "2023-11-02").sum() == (starts >= pd.Timestamp("2023-11-02")).sum() == 140
    assert str(starts.dt.to_period("M").iloc[-1]) == "2023-11"
    assert list(month.select_dtypes("datetime").columns) == ["BillingPeriodEnd", "BillingPeriodStart", "ChargePeriodEnd", "ChargePeriodStart"]
    # They are the same instants.
    aware = outlay.read(DEMO).to_pandas()["ChargePeriodStart"]
    assert [str(time) for time in aware] == [f"{time}+00:00" for time in starts]
    pytest.importorskip("openpyxl", reason="no library of the tests writes Excel")
    month.to_excel(tmp_path / "month.xlsx")


def test_tags_of_pandas_are_dictionaries_or_text() -> None:
    teams = frame()["Tags"].str.get("Team").dropna()
    wanted = [row["Tags"] for row in exact() if row["Tags"] is not None]
    assert teams.tolist() == [dict(tags)["Team"] for tags in wanted if "Team" in dict(tags)] != []
    assert frame()["Tags"].isna().sum() == 175 - len(wanted)
    # Dictionaries cannot be compared; text can.
    assert len(frame(maps="json").drop_duplicates()) == 175


def test_types_of_pandas_that_do_not_exist_are_refused() -> None:
    reader = outlay.read(DEMO)
    for option, message in (("decimals", "`exact`, `float64`"), ("times", "`utc`, `naive`"), ("maps", "`map`, `dict`")):
        with pytest.raises(outlay.OptionError, match=f"option `{option}`: `x` is none of {message}"):
            reader.to_pandas(**{option: "x"})
    assert len(reader.to_pandas()) == 175


def test_the_type_of_a_read_comes_before_that_of_pandas() -> None:
    for read, pandas, wanted in (
        ("float64", "exact", "double[pyarrow]"),
        ("float64", "float64", "double[pyarrow]"),
        ("decimal(38,9)", "exact", "decimal128(38, 9)[pyarrow]"),
        ("decimal(38,9)", "float64", "double[pyarrow]"),
        ("exact", "exact", "decimal128(38, 18)[pyarrow]"),
    ):
        found = outlay.read(DEMO, columns=["BilledCost"], decimals=read).to_pandas(decimals=pandas)
        assert str(found["BilledCost"].dtype) == wanted, (read, pandas)


# Text


@pytest.mark.parametrize("text", ["utf8", "dictionary", "view"])
def test_pandas_groups_sorts_searches_and_writes_text_of_every_type(text: str) -> None:
    month = outlay.read(DEMO, text=text).to_pandas(decimals="float64")
    plain = outlay.read(DEMO).to_pandas(decimals="float64")
    sums = month.groupby("ServiceName", observed=True)["BilledCost"].sum()
    assert {str(name): cost for name, cost in sums.items()} == dict(plain.groupby("ServiceName")["BilledCost"].sum())
    assert month["ServiceName"].str.contains("Amazon").sum() == 145
    assert month.sort_values("ServiceName")["ServiceName"].astype(str).tolist() == sorted(plain["ServiceName"].tolist())
    names = month[["ServiceName"]].drop_duplicates()
    assert len(month.merge(names, on="ServiceName")) == 175
    assert len(month.to_csv().splitlines()) == 176 and month.to_json(date_format="iso")


@pytest.mark.parametrize("text", ["utf8", "dictionary", "view"])
def test_other_libraries_group_and_search_text_of_every_type(text: str) -> None:
    import duckdb
    import polars as pl

    reader = outlay.read(DEMO, text=text, batch_rows=50)
    assert reader.to_pyarrow().group_by("ServiceName").aggregate([("BilledCost", "sum")]).num_rows == 17
    names = pl.col("ServiceName").cast(pl.String)
    month = outlay.read(DEMO, text=text, batch_rows=50).to_polars()
    assert month.filter(names.str.contains("Amazon")).height == 145
    assert month.group_by("ServiceName").agg(pl.col("BilledCost").sum()).height == 17
    with duckdb.connect() as connection:
        month_table = outlay.read(DEMO, text=text, batch_rows=50).to_duckdb(connection)
        found = connection.sql("SELECT count(DISTINCT ServiceName), count(*) FILTER (ServiceName LIKE '%Amazon%') FROM month_table")
        assert month_table is not None and found.fetchall() == [(17, 145)]


def test_a_join_of_a_dictionary_has_the_ways_out_that_the_page_names() -> None:
    pl = pytest.importorskip("polars")
    columns = ["ServiceName", "BilledCost", "Tags"]
    frame = outlay.read(DEMO, columns=columns, text="dictionary").to_polars()
    json = outlay.read(DEMO, columns=columns, text="dictionary", maps="json").to_polars()
    assert frame.n_chunks() > 1 and json.n_chunks() > 1

    def joined(frame: Any, how: str = "left") -> tuple[int, Decimal]:
        found = frame.group_by("ServiceName").len().join(frame, on="ServiceName", how=how).lazy().collect()
        assert found["len"].null_count() == 0
        return found.height, found["BilledCost"].sum()

    whole = (175, frame["BilledCost"].sum())
    assert joined(frame.rechunk()) == whole
    assert joined(frame.with_columns(pl.col("ServiceName").cast(pl.String))) == whole
    for unaffected in (frame.lazy(), json, outlay.open(DEMO, columns=columns, text="dictionary").scan()):
        assert joined(unaffected) == whole
    assert joined(frame, "inner") == whole
    if pl.__version__ == "2.1.0":
        # With another version the page may have to say something else.
        with pytest.raises(pl.exceptions.PanicException):
            joined(frame)


# The page on arithmetic

PAGE = (ROOT / "ARITHMETIC.md").read_text()
PROGRAMS = re.findall(r"```python\n(.*?)```\n+```text\n(.*?)```", PAGE, re.DOTALL)


def test_each_program_of_the_page_has_its_output() -> None:
    assert len(PROGRAMS) == PAGE.count("```python") >= 5


@pytest.mark.skipif(sys.version_info < (3, 11), reason="older versions of the libraries print otherwise")
@pytest.mark.parametrize(("program", "printed"), PROGRAMS, ids=range(len(PROGRAMS)))
def test_the_programs_of_the_page_print_what_it_says(program: str, printed: str) -> None:
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert (done.stderr, done.stdout) == ("", printed)
