"""The core's cases, through each consumer: the same rows to the digit."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import outlay
import pytest
from conftest import DATA, DEMO, MAPS, Row, expected_cell, plain_rows, unescape

CASES = sorted((DATA / "golden").iterdir())
SHOWN = """
    x_LineItemType ChargeCategory ChargeClass ChargeFrequency PricingCategory
    BilledCost EffectiveCost ListCost ContractedCost
    PricingQuantity PricingUnit ListUnitPrice ContractedUnitPrice ConsumedQuantity ConsumedUnit
    CommitmentDiscountId CommitmentDiscountStatus CommitmentDiscountQuantity CommitmentDiscountUnit
    BillingAccountId SubAccountId BillingCurrency PricingCurrency PricingCurrencyEffectiveCost
    PricingCurrencyListUnitPrice ChargePeriodStart ChargePeriodEnd ServiceName ServiceCategory
    PublisherName RegionId RegionName AvailabilityZone ResourceId ResourceType ResourceName
    CapacityReservationId CapacityReservationStatus SkuId SkuPriceId ChargeDescription
    Tags x_Discounts x_CostCategories
""".split()


def expected(case: Path) -> tuple[list[Row], list[str]]:
    """Rows, and the lines about the whole read below them."""
    *rows, rest = (case / "expected.txt").read_text().split("\n\n") if case.exists() else []
    found = []
    for block in rows:
        pairs = (line.split(": ", 1) for line in block.splitlines())
        found.append({column: expected_cell(column, unescape(text)) for column, text in pairs})
    return found, rest.splitlines()


def about(totals: outlay.Totals) -> list[str]:
    lines = [f"broken: {', '.join(check.code for check in totals.checks if not check.holds)}"]
    lines += [f"warning: {warning}" for warning in totals.warnings]
    for currency, rounding in totals.rounding.items():
        lines.append(f"rounding: {rounding.cells} cells, {rounding.billed:f} {currency}")
    return lines


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_case_is_the_same_through_each_consumer(case: Path, consumer: Callable[[Any], list[Row]]) -> None:
    reader = outlay.read(case / "report.csv")
    rows = plain_rows(consumer(reader))
    wanted, lines = expected(case)
    shown = [{column: row[column] for column in SHOWN if column in row} for row in rows]
    assert shown == wanted
    assert about(reader.totals) == lines


def worked() -> dict[str, Any]:
    examples: dict[str, Any] = json.loads((DATA / "worked-examples.json").read_text())
    return examples


def report(example: dict[str, Any]) -> bytes:
    """A file has the same columns for all its rows: those that any example names."""
    columns = {column for other in worked()["examples"] for row in other["cur"] for column in row}
    is_net = any("/Net" in column for row in example["cur"] for column in row)
    header = sorted(column for column in columns if is_net or "/Net" not in column)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([row.get(column, "") for column in header] for row in example["cur"])
    return text.getvalue().encode()


@pytest.mark.parametrize("example", worked()["examples"], ids=lambda example: example["id"])
def test_each_worked_example_gives_every_listed_column(
    example: dict[str, Any], consumer: Callable[[Any], list[Row]]
) -> None:
    reader = outlay.read(report(example), account_names=worked()["account_names"])
    rows = plain_rows(consumer(reader))
    wanted = [{column: expected_cell(column, text) for column, text in row.items()} for row in example["focus"]]
    # Ours, and not in the examples.
    for row in rows:
        row.pop("x_UsageType", None)
    assert rows == wanted
    costs = reader.totals.costs["USD"]
    assert f"{costs.billed:f}" == example["checks"]["focus_billed_sum"]
    assert f"{costs.effective:f}" == example["checks"]["focus_effective_sum"]


# Its account ids have 13 digits, and negations without covered usage.
NOT_OF_AWS = ["billed_cost_by_sub_account", "savings_plan_negation"]

SAMPLES: list[tuple[str, int, str, str, list[str]]] = [
    ("legacy-csv-daily-2023-11.csv.gz", 1281, "1.6823086974", "USD", []),
    ("synthetic-legacy-finalized-nok.csv", 3, "30", "NOK", NOT_OF_AWS),
    ("synthetic-legacy-not-final-nok.csv", 3, "30", "NOK", NOT_OF_AWS),
    ("synthetic-legacy-header-only.csv", 0, "", "", []),
    ("mock-cur1", 3, "0.045152", "USD", []),
    ("mock-cur2", 4, "0.108304", "USD", []),
]


@pytest.mark.parametrize(("name", "count", "billed", "currency", "broken"), SAMPLES, ids=lambda value: str(value)[:30])
def test_each_sample_has_its_outcome(
    name: str, count: int, billed: str, currency: str, broken: list[str], consumer: Callable[[Any], list[Row]]
) -> None:
    reader = outlay.read(DATA / "samples" / name)
    rows = consumer(reader)
    totals = reader.totals
    assert (totals.rows_in, totals.rows_out) == (count, len(rows))
    assert [check.code for check in totals.checks if not check.holds] == broken
    assert "".join(f"{costs.billed:f}" for name, costs in totals.costs.items() if name == currency) == billed


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_bytes_and_file_objects_are_the_same_report(threads: int) -> None:
    path = DATA / "samples/legacy-csv-daily-2023-11.csv.gz"
    wanted = outlay.read(path)
    rows = plain_rows(wanted.to_pyarrow().to_pylist())
    content = path.read_bytes()
    inputs = [content, bytearray(content), memoryview(content), io.BytesIO(content), path.open("rb"), str(path), [path]]
    for given in inputs:
        with outlay.read(given, threads=threads) as reader:
            assert plain_rows(reader.to_pyarrow().to_pylist()) == rows
        assert reader.totals.costs == wanted.totals.costs
        reader.check()
        if hasattr(given, "close"):
            given.close()


def test_options_are_those_of_the_core() -> None:
    def types(**options: Any) -> dict[str, str]:
        return {name: kind for name, kind, _ in outlay.read(DEMO, **options).schema}

    assert len(types()) == 63
    assert types(columns=["Tags", "BilledCost"]) == {"Tags": "Map(Utf8, Utf8)", "BilledCost": "Decimal128(38, 18)"}
    assert types(columns=["Tags"], maps="json") == {"Tags": "Utf8"}
    assert types(columns=["ServiceName"], text="view") == {"ServiceName": "Utf8View"}
    assert types(columns=["ServiceName"], text="dictionary") == {"ServiceName": "Dictionary(Int32, Utf8)"}
    assert list(types(columns=["Tags"], tag_columns=["Team"], extra_columns=["lineItem/UsageType"], lineage=True)) == [
        "Tags",
        "x_line_item_usage_type",
        "x_Tag_Team",
        "x_SourceObject",
        "x_SourceRow",
        "x_DeliveryId",
    ]
    assert "line_item_unblended_cost" in types(schema="cur")
    assert set(types(schema="cur")) >= set(types(schema="cur", columns=["line_item_unblended_cost"]))
    few = outlay.read(next(DEMO.glob("**/daily-00001.csv.gz")), periods=["2031-01"])
    with pytest.warns(outlay.UnmatchedWarning, match="2031-01"):
        assert few.to_pyarrow().num_rows == 0
    assert few.totals.rows_dropped["other_period"] == few.totals.rows_in > 0
    assert [len(batch) for batch in outlay.read(DEMO, batch_rows=100, columns=["BilledCost"])] == [90, 70, 15]
    kept = outlay.read(DEMO, negation="keep", tag_policy="fold", on_unknown_type="stop", as_of="2023-12-03T05:36:21Z")
    assert kept.to_pyarrow().num_rows >= 174
    small = outlay.read(DEMO, threads=1, block_bytes=1000, record_bytes=100_000)
    assert small.to_pyarrow().num_rows == 175


def test_the_report_itself_comes_from_bytes_as_well() -> None:
    path = DATA / "samples/legacy-csv-daily-2023-11.csv.gz"
    by_path = outlay.read(path, schema="cur").to_pyarrow()
    assert outlay.read(path.read_bytes(), schema="cur").to_pyarrow() == by_path
    assert by_path.num_rows == 1281


def test_maps_come_as_maps() -> None:
    import polars as pl
    import pyarrow as pa

    table = outlay.read(DEMO, columns=["Tags"]).to_pyarrow()
    assert table.schema.field("Tags").type == pa.map_(pa.string(), pa.string())
    assert table.schema.field("Tags").name in MAPS
    frame = outlay.read(DEMO, columns=["Tags"]).to_polars()
    assert isinstance(frame, pl.DataFrame)
    assert frame.height == 175
