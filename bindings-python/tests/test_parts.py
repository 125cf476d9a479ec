"""Plans, parts and totals: plain values that travel and add up."""

from __future__ import annotations

import gzip
import json
import multiprocessing
import pickle
import zlib
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import outlay
import pyarrow as pa
import pytest
from conftest import DATA, DEMO, ROOT

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
    assert totals.costs == reader.totals.costs
    assert outlay.closing_batch(totals, **OPTIONS) is None
    totals.check()
    assert totals.outcome == "partial"
    totals.check_against(pickle.loads(pickle.dumps(plan)))
    assert totals.outcome == "proven"


def test_rows_that_only_the_whole_shows_come_in_the_closing_batch() -> None:
    report = DATA / "golden/savings-plan-residual/report.csv"
    wanted = outlay.read(report, **OPTIONS).to_pyarrow()
    rows, totals = read(outlay.plan(report, **OPTIONS).parts[0])
    with pytest.raises(outlay.UnprovenError, match="closing"):
        totals.check()
    closing = outlay.closing_batch(totals, **OPTIONS)
    assert closing is not None
    assert rows + pa.record_batch(closing).to_pylist() == wanted.to_pylist()
    # What is left over is handed out, and said.
    assert [check.code for check in totals.checks if not check.holds] == ["savings_plan_negation"]
    assert totals.rows_closing == len(closing)
    assert outlay.closing_batch(totals, **OPTIONS) is None


def docs_of_the_fingerprint() -> str:
    text = (ROOT / "bindings-python/python/outlay/_parts.py").read_text()
    return text.split("The options that decide rows")[1].split('"""')[0]


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
    assert outlay.Plan.from_json(plan.to_json()) == plan
    assert plan.fingerprint == plan.parts[0].fingerprint == outlay.plan(DEMO, threads=1).fingerprint
    assert plan.fingerprint != outlay.plan(DEMO, negation="keep").fingerprint
    outside: dict[str, object] = {
        "threads": 1, "batch_rows": 9, "block_bytes": 1_000, "record_bytes": 100_000, "max_columns": 500, "text": "view",
    }  # fmt: skip
    for name, value in outside.items():
        assert plan.fingerprint == outlay.plan(DEMO, **{name: value}).fingerprint, name  # type: ignore[arg-type]
    one_part = plan.parts[0].path
    sized = outlay.plan(one_part, expected_bytes=plan.parts[0].size)
    assert sized.fingerprint == outlay.plan(one_part).fingerprint == plan.fingerprint
    # What is outside, the docs and the message of a refusal name.
    with pytest.raises(outlay.OptionError, match="other options") as raised:
        outlay.read_part(plan.parts[0], negation="keep")
    for name in (*outside, "expected_bytes", "quarantine_file"):
        assert f"`{name}`" in str(raised.value) and f"``{name}``" in docs_of_the_fingerprint(), name
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


def test_parts_and_plans_of_another_version_are_refused() -> None:
    plan = outlay.plan(DEMO)
    for kind, text in ((outlay.Part, plan.parts[0].to_json()), (outlay.Plan, plan.to_json())):
        values = json.loads(text)
        assert values["version"] == 1
        later, none = {**values, "version": 2}, {name: value for name, value in values.items() if name != "version"}
        cases = [(later, "it has version 2, and outlay .* reads version 1: read the report again"), (none, "no version")]
        for other, message in cases:
            with pytest.raises(ValueError, match=message):
                kind.from_json(json.dumps(other))
        # Pickles are made of the same text.
        restore, (state,) = kind.from_json(text).__reduce__()
        assert json.loads(state)["version"] == 1
        with pytest.raises(ValueError, match="it has version 2"):
            restore(state.replace('"version": 1', '"version": 2'))


def test_times_are_aware_and_keep_their_microseconds() -> None:
    delivered = outlay.plan(DEMO).parts[0]
    assert delivered.as_of == datetime(2023, 12, 3, 5, 36, 21, tzinfo=timezone.utc)
    assert delivered.as_of.tzinfo is timezone.utc
    assert json.loads(delivered.to_json())["as_of"] == "2023-12-03T05:36:21Z"
    east = timezone(timedelta(hours=2))
    for moment, text in (
        (datetime(2026, 9, 15, 8, 0, 0, 500_000, tzinfo=east), "2026-09-15T06:00:00.500000Z"),
        (datetime(2026, 9, 15, 6, 0, 0, 1, tzinfo=timezone.utc), "2026-09-15T06:00:00.000001Z"),
    ):
        part = outlay.Part("a.csv", "a.csv", 1, as_of=moment)
        assert json.loads(part.to_json())["as_of"] == text
        assert outlay.Part.from_json(part.to_json()).as_of == moment
    with pytest.raises(outlay.OptionError, match="time zone"):
        outlay.Part("a.csv", "a.csv", 1, as_of=datetime(2026, 9, 15)).to_json()


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
    again.merge(again.state())
    assert again == totals and again.outcome == "proven"
    assert {"money", "completeness", "form"} <= {check.guards for check in totals.checks}
    assert all(check.skipped == 0 for check in totals.checks)
    assert totals.fingerprint == outlay.plan(DEMO).fingerprint
    assert [part.size for part in totals.parts] == [part.size for part in outlay.plan(DEMO).parts]
    for part, planned in zip(totals.parts, outlay.plan(DEMO).parts):
        text = gzip.decompress(Path(planned.path).read_bytes())
        assert part.content == outlay.Content(len(text), zlib.crc32(text))
    unread = outlay.read(DEMO).totals.parts
    assert len(unread) == 3 and all(part.content is None and not part.complete for part in unread)
    assert outlay.Totals().fingerprint is None


HEADER = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode,lineItem/UsageAccountId"


def three(folder: Path) -> outlay.Plan:
    """The plan of a report of three parts."""
    folder.mkdir()
    for number in (1, 2, 3):
        (folder / f"report-{number:05}.csv").write_text(f"{HEADER}\nUsage,{number},USD,111111111111\n")
    return outlay.plan(sorted(folder.iterdir()))


def of(*parts: outlay.Part, **options: object) -> outlay.Totals:
    """The totals of parts, each of which is added as it comes."""
    totals = outlay.Totals()
    for part in parts:
        reader = outlay.read_part(part, **options)  # type: ignore[arg-type]
        reader.to_pyarrow()
        totals.merge(reader.totals)
    return totals


def test_lost_doubled_and_foreign_parts_are_named(tmp_path: Path) -> None:
    plan, other = three(tmp_path / "one"), three(tmp_path / "two")
    one, two, three_ = plan.parts
    keep = outlay.plan([part.path for part in plan.parts], negation="keep")
    cases = [
        # What was added, the plan, and what is said of it.
        ("all", of(one, two, three_), plan, None),
        ("in another order", of(three_, one, two), plan, None),
        ("one came twice", of(one, two, two, three_), plan, None),
        ("one is lost", of(one, two), plan, "missing: report-00003.csv"),
        ("one is there for another", of(one, two, two), plan, "missing: report-00003.csv"),
        ("all are lost", of(), plan, "missing: report-00001.csv"),
        ("one of another report", of(one, two, other.parts[2]), plan, "not of the plan: report-00003.csv"),
        ("one more of another report", of(one, two, three_, other.parts[2]), plan, "not of the plan: report-00003.csv"),
        ("another report", of(one, two, three_), other, "missing: report-00001.csv"),
        ("another delivery", of(one, two, replace(three_, delivery="2")), plan, "size or ETag than in the plan: report-00003.csv"),
        ("other options", of(*keep.parts, negation="keep"), plan, "made with other options"),
        ("a plan of other options", of(one, two, three_), keep, "made with other options"),
        ("a plan without options", of(one, two, three_), replace(plan, fingerprint=None), "no fingerprint of its options"),
    ]
    for name, totals, against, wanted in cases:
        if wanted is None:
            assert totals.outcome == "partial", name
            totals.check_against(against)
            assert totals.outcome == "proven", name
            assert pickle.loads(pickle.dumps(totals)).outcome == "proven", name
            continue
        before = totals.to_dict()
        with pytest.raises(outlay.UnprovenError) as error:
            totals.check_against(against)
        assert wanted in str(error.value), f"{name}: {error.value}"
        assert totals.to_dict() == before and totals.outcome != "proven", name


def test_what_would_count_twice_is_refused(tmp_path: Path) -> None:
    plan = three(tmp_path / "one")
    one, two, three_ = plan.parts
    keep = outlay.plan(three_.path, negation="keep").parts[0]
    cases = [
        ("some of both", of(one, two), of(two, three_), "report-00002.csv", "is there already"),
        ("one more", of(one), of(one, two), "report-00001.csv", "without common parts"),
        ("other options", of(one), of(keep, negation="keep"), "report-00003.csv", "other options"),
        ("not to its end", of(one), outlay.read_part(one).totals, "report-00001.csv", "not to its end"),
    ]
    for name, totals, others, *wanted in cases:
        before = totals.to_dict()
        with pytest.raises(outlay.OptionError) as error:
            totals.merge(others)
        assert all(text in str(error.value) for text in wanted), f"{name}: {error.value}"
        assert totals.to_dict() == before, name
    with pytest.raises(outlay.OptionError, match="the plan of report-00001.csv .*with other options"):
        outlay.read_part(one, negation="keep")
    with pytest.raises(outlay.OptionError, match="with other options"):
        outlay.closing_batch(of(one), negation="keep")


def test_streams_are_told_apart_by_their_bytes() -> None:
    def stream(cost: int) -> outlay.Totals:
        reader = outlay.read(f"{HEADER}\nUsage,{cost},USD,111111111111\n".encode())
        reader.to_pyarrow()
        return reader.totals

    totals = stream(1)
    totals.merge(stream(1))
    assert (totals.costs["USD"].billed, totals.outcome) == (1, "proven")
    totals.merge(stream(2))
    assert (totals.costs["USD"].billed, totals.outcome) == (3, "partial")


def test_totals_of_another_version_are_refused() -> None:
    reader = outlay.read(DEMO)
    reader.to_pyarrow()
    restore, (state,) = reader.totals.__reduce__()  # type: ignore[misc]
    for other in (state.replace('"version":1', '"version":2'), state.replace('"version":1,', ""), "{}", state[:-9]):
        assert other != state
        with pytest.raises(ValueError):
            restore(other)
    for other in (state.replace('"version":1', '"version":2'), state.replace('"version":1,', "")):
        with pytest.raises(ValueError, match="reads version 1: read the report again"):
            restore(other)


def test_the_outcome_is_shown(tmp_path: Path) -> None:
    plan = three(tmp_path / "one")
    totals = of(*plan.parts)
    assert "partial: no check is broken" in repr(totals).splitlines()[-1]
    assert "partial" in totals._repr_html_() and "parts_of_plan" in totals._repr_html_()
    totals.check_against(plan)
    assert repr(totals).splitlines()[-1].startswith("proven")
    assert "proven: nothing was lost" in totals._repr_html_() and "parts_of_plan" not in totals._repr_html_()
    assert "NOT PROVEN" in outlay.Totals()._repr_html_()


def test_totals_say_what_rounding_took() -> None:
    reader = outlay.read(DATA / "golden/trap-many-decimals/report.csv")
    reader.to_pyarrow()
    lost = reader.totals.rounding
    assert lost and all(rounding.cells > 0 for rounding in lost.values())
    assert {currency: f"{rounding.billed:f}" for currency, rounding in lost.items()} == {
        currency: rounding["BilledCost"] for currency, rounding in reader.totals.to_dict()["rounding"].items()
    }
