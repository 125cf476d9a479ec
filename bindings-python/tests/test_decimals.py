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
        pytest.skip("as pyarrow")
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
    assert rows < 175 and reader.totals.rows_quarantined == 175 - rows


def test_files_and_parts_have_the_type(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet

    file = tmp_path / "out.parquet"
    outlay.read(DEMO, columns=SOME, decimals="float64").to_parquet(file)
    schema = pyarrow.parquet.read_schema(file)
    assert schema.field("BilledCost").type == pa.float64()
    assert schema.metadata[b"outlay.decimals"] == b"float64"
    plan = outlay.plan(DEMO, columns=SOME, decimals="float64")
    part = outlay.read_part(plan.parts[0], columns=SOME, decimals="float64")
    assert dict((name, kind) for name, kind, _ in part.schema)["BilledCost"] == "Float64"
    with pytest.raises(outlay.OptionError, match="with other options"):
        outlay.read_part(plan.parts[0], columns=SOME)


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
