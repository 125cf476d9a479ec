"""Plans, parts and totals: plain values that travel and add up."""

from __future__ import annotations

import json
import multiprocessing
import pickle
from datetime import datetime, timezone
from decimal import Decimal

import outlay
import pyarrow as pa
import pytest
from conftest import DATA, DEMO

OPTIONS = {"columns": ["BilledCost", "EffectiveCost", "x_LineItemType"]}


def read(part: outlay.Part) -> tuple[list[dict[str, object]], outlay.Totals]:
    """What a worker does."""
    reader = outlay.read_part(part, **OPTIONS)
    return pa.table(reader).to_pylist(), reader.totals


def test_parts_read_by_workers_are_the_whole() -> None:
    reader = outlay.read(DEMO, **OPTIONS)
    wanted = reader.to_pyarrow().to_pylist()
    plan = outlay.plan(DEMO, **OPTIONS)
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        results = pool.map(read, plan.parts)
    totals = outlay.Totals()
    rows = []
    # In whatever order.
    for part, part_totals in reversed(results):
        rows += part
        totals.merge(part_totals)
    key = lambda row: sorted((name, str(value)) for name, value in row.items())
    assert sorted(rows, key=key) == sorted(wanted, key=key)
    totals.check()
    assert totals.costs == reader.totals.costs
    assert outlay.closing_batch(totals, **OPTIONS) is None


def test_rows_that_only_the_whole_shows_come_in_the_closing_batch() -> None:
    report = DATA / "golden/savings-plan-residual/report.csv"
    wanted = outlay.read(report, **OPTIONS).to_pyarrow()
    rows, totals = read(outlay.plan(report).parts[0])
    with pytest.raises(outlay.UnprovenError, match="closing"):
        totals.check()
    closing = outlay.closing_batch(totals, **OPTIONS)
    assert closing is not None
    assert rows + pa.record_batch(closing).to_pylist() == wanted.to_pylist()
    # What is left over is handed out, and said.
    assert [check.name for check in totals.checks if not check.holds] == ["savings_plan_negation"]
    assert totals.rows_closing == len(closing)
    assert outlay.closing_batch(totals, **OPTIONS) is None


def test_parts_are_plain_values() -> None:
    plan = outlay.plan(DEMO)
    assert plan.warnings == ()
    assert [part.object.rsplit("/")[-1] for part in plan.parts] == [f"daily-0000{n}.csv.gz" for n in (1, 2, 3)]
    for part in plan.parts:
        assert pickle.loads(pickle.dumps(part)) == part
        assert outlay.Part.from_json(part.to_json()) == part
        assert hash(part) == hash(outlay.Part.from_json(part.to_json()))
        assert part.period == "2023-11"
        assert part.size > 0
        assert json.loads(part.to_json())["object"] == part.object
    assert pickle.loads(pickle.dumps(plan)) == plan
    whole = outlay.plan(DEMO, schema="cur")
    assert "lineItem/UnblendedCost" in whole.parts[0].columns
    one = outlay.Part("a.csv", "a.csv", 1, as_of=datetime(2026, 9, 15, 6, 0, 0, 1, tzinfo=timezone.utc))
    assert outlay.Part.from_json(one.to_json()) == one


def test_as_of_is_an_instant() -> None:
    zoned = datetime(2023, 12, 3, 5, 36, 21, tzinfo=timezone.utc)
    same = [outlay.read(DEMO, as_of=as_of).to_pyarrow() for as_of in (zoned, "2023-12-03T05:36:21Z")]
    assert same[0] == same[1]
    with pytest.raises(outlay.OptionError, match="time zone"):
        outlay.read(DEMO, as_of=datetime(2023, 12, 3))


def test_totals_are_attributes() -> None:
    reader = outlay.read(DEMO)
    reader.to_pyarrow()
    totals = reader.totals
    assert (totals.rows_in, totals.rows_out, totals.rows_quarantined) == (174, 175, 0)
    assert (totals.rows_closing, totals.rows_dropped["savings_plan_negation"]) == (0, 2)
    assert totals.rows_split == totals.to_dict()["rows_split"]
    assert totals.costs["USD"].billed == Decimal("800.2936682272")
    assert all(check.holds for check in totals.checks)
    assert len(totals.parts) == 3
    assert sum((part.costs["USD"].billed for part in totals.parts), Decimal()) < totals.costs["USD"].billed + 1
    assert totals.parts[0].complete
    again = pickle.loads(pickle.dumps(totals))
    assert again == totals and again.to_dict() == totals.to_dict()
    assert totals != outlay.Totals()
    again.merge(again)
    assert again.rows_in == 2 * totals.rows_in


def test_totals_say_what_rounding_took() -> None:
    reader = outlay.read(DATA / "golden/trap-many-decimals/report.csv")
    reader.to_pyarrow()
    lost = reader.totals.rounding
    assert lost and all(rounding.cells > 0 for rounding in lost.values())
    assert {currency: f"{rounding.billed:f}" for currency, rounding in lost.items()} == {
        currency: rounding["BilledCost"] for currency, rounding in reader.totals.to_dict()["rounding"].items()
    }
