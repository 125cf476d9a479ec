"""What a read must not call proven, and why."""

from __future__ import annotations

from typing import Any

import outlay
import pytest
from conftest import DEMO

HEADER = b"lineItem/UsageAccountId,bill/BillingPeriodStartDate,lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\n"
ROWS = HEADER + b"111122223333,2023-11-01T00:00:00Z,Usage,2,USD\n111122223333,,Usage,438,USD\n"


def totals_of(report: Any, **options: Any) -> outlay.Totals:
    reader = outlay.read(report, **options)
    for _ in reader:
        pass
    reader.check()
    return reader.totals


@pytest.mark.filterwarnings("ignore::outlay.UnmatchedWarning")
@pytest.mark.parametrize(
    ("report", "options", "outcome", "check", "detail", "warnings"),
    [
        (DEMO, {}, "proven", "unit_prices", "compared)", set()),
        (DEMO, {"columns": ["ServiceName"]}, "proven", "unit_prices", "columns that it compares were not read", set()),
        (DEMO, {"schema": "cur"}, "partial", "billed_cost", "rows have no FOCUS costs", set()),
        (DEMO, {"periods": ["2023-11", "2023-12"]}, "partial", "parts_of_plan", "it has 2023-11", {"periods_absent"}),
        (ROWS, {}, "proven", "rows_accounted_for", "compared)", {"unknown_period"}),
        (ROWS, {"periods": ["2023-11"]}, "partial", "rows_accounted_for", "1 row without a billing period", {"unknown_period"}),
        (HEADER, {}, "proven", "billed_cost", "the report has no such rows", {"no_rows"}),
    ],
)
def test_a_check_that_was_not_made_is_not_proven(
    report: Any, options: dict[str, Any], outcome: str, check: str, detail: str, warnings: set[str]
) -> None:
    totals = totals_of(report, **options)
    assert totals.outcome == outcome
    (found,) = [one.detail for one in totals.checks if one.code == check]
    assert detail in found
    codes = {"unknown_period", "periods_absent", "no_rows"}
    assert {warning.code for warning in totals.warnings} & codes == warnings
    assert outcome in str(totals)


def test_absent_months_alone_are_unproven() -> None:
    reader = outlay.read(ROWS, periods=["2023-12"])
    with pytest.warns(outlay.UnmatchedWarning, match="no record is of `2023-12`"):
        assert sum(batch.num_rows for batch in reader) == 0
    assert reader.totals.outcome == "unproven"
    with pytest.raises(outlay.UnprovenError, match="no row is of the months in `periods`"):
        reader.check()


def test_rows_without_a_billing_period_are_counted_apart() -> None:
    totals = totals_of(ROWS, periods=["2023-11"])
    assert (totals.rows_out, totals.rows_dropped["unknown_period"], totals.rows_dropped["other_period"]) == (1, 1, 0)
    assert (totals.parts[0].rows_without_period, totals.parts[0].rows_filtered) == (1, 0)


@pytest.mark.parametrize("option", ["columns", "extra_columns", "tag_columns"])
def test_an_empty_name_is_refused(option: str) -> None:
    with pytest.raises(outlay.OptionError, match=f"option `{option}`: a name is empty; it takes"):
        outlay.read(DEMO, **{option: [""]})
