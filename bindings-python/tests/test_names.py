"""Names in options: each spelling that is meant is found, and one that matches nothing is not silent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import outlay
import pytest
from conftest import DEMO

LEGACY = b"""\
lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode,resourceTags/user:Team
Usage,1,USD,web
Usage,1,USD,
"""

CUR2 = b"""\
line_item_line_item_type,line_item_unblended_cost,line_item_currency_code,product
Usage,1,USD,"{""transfer_type"":""out""}"
"""


# They are in `reader.warnings` as well, which is what is looked at here.
pytestmark = pytest.mark.filterwarnings("ignore::outlay.UnmatchedWarning")


def read(report: bytes = LEGACY, **options: Any) -> tuple[list[dict[str, Any]], outlay.Reader]:
    reader = outlay.read(report, **options)
    return reader.to_pyarrow().to_pylist(), reader


def warned(reader: outlay.Reader, code: str) -> outlay.ReadWarning:
    (warning,) = [warning for warning in reader.warnings if warning.code == code]
    return warning


@pytest.mark.parametrize("key", ["Team", "user:Team", "resourceTags/user:Team"])
def test_a_tag_is_found_in_each_spelling(key: str) -> None:
    rows, reader = read(tag_columns=[key], columns=["x_Tag_Team", "BilledCost"])
    assert [list(row) for row in rows] == [["x_Tag_Team", "BilledCost"]] * 2
    assert rows[0]["x_Tag_Team"] == "web"
    assert not [warning for warning in reader.warnings if warning.code == "tags_absent"]


def test_a_name_that_matches_nothing_is_a_warning_with_similar_names() -> None:
    _, reader = read(tag_columns=["user:teem"], extra_columns=["lineItem/UnblendedCosts"], periods=["2023-12"])
    tags = warned(reader, "tags_absent")
    assert tags.examples == ("teem",) and tags.count == 1
    # No row was selected, but the header has the tag.
    assert "did you mean `Team`?" in tags.message
    extra = warned(reader, "extra_columns_absent")
    assert "did you mean `lineItem/UnblendedCost`?" in extra.message
    assert warned(reader, "periods_absent").examples == ("2023-12",)


@pytest.mark.parametrize(
    ("name", "is_there"),
    [
        ("product/transferType", True),
        ("product_transfer_type", True),
        ("product.transfer_type", True),
        ("product['transfer_type']", True),
        ("product.transfer_typ", False),
        ("transferType", False),
    ],
)
def test_a_key_of_the_product_map_is_a_column_in_each_spelling(name: str, is_there: bool) -> None:
    rows, reader = read(CUR2, extra_columns=[name], columns=["BilledCost"])
    absent = [warning.message for warning in reader.warnings if warning.code == "extra_columns_absent"]
    if is_there:
        assert (rows[0]["x_product_transfer_type"], absent) == ("out", [])
    else:
        assert "did you mean `product.transfer_type`?" in absent[0]


def test_a_month_that_the_report_does_not_have_is_a_warning_with_those_there_are() -> None:
    plan = outlay.plan(DEMO, periods=["2023-12"])
    assert [warning.code for warning in plan.warnings] == ["periods_absent"]
    assert str(plan.warnings[0]) == "2023-12: the report does not have this month; it has 2023-11"
    reader = outlay.read(DEMO, periods=["2023-12"])
    assert list(reader) == []
    assert warned(reader, "periods_absent").message.endswith("it has 2023-11")
    assert outlay.Plan.from_json(plan.to_json()) == plan


def test_a_strict_read_ends_with_an_error() -> None:
    cases: list[tuple[dict[str, Any], tuple[str, ...]]] = [
        ({"tag_columns": ["teem"]}, ("Team",)),
        ({"extra_columns": ["lineItem/CurencyCode"]}, ("lineItem/CurrencyCode",)),
    ]
    for options, candidates in cases:
        with pytest.raises(outlay.OptionError, match=f"option `{next(iter(options))}`: ") as raised:
            read(on_no_match="stop", **options)
        assert raised.value.candidates == candidates
        assert raised.value.code == "OUTLAY_OPTION"
    with pytest.raises(outlay.OptionError, match="it has 2023-11") as raised:
        outlay.read(DEMO, periods=["2023-12"], on_no_match="stop")
    assert raised.value.candidates == ("2023-11",)


def test_a_column_that_does_not_exist_says_what_was_meant() -> None:
    cases = {
        "BilledCosts": ("did you mean `BilledCost`", ("BilledCost",)),
        "billedcost": ("did you mean `BilledCost`", ("BilledCost",)),
        "lineItem/UsageType": ("`extra_columns`; of FOCUS, ", None),
        "line_item_unblended_cost": ("`extra_columns`; of FOCUS, BilledCost", None),
        "resourceTags/user:Team": ("`tag_columns`: `Team`", ()),
    }
    for name, (text, candidates) in cases.items():
        with pytest.raises(outlay.OptionError) as raised:
            outlay.read(DEMO, columns=[name])
        assert text in str(raised.value), name
        assert candidates is None or raised.value.candidates == candidates, name
    with pytest.raises(outlay.OptionError, match="did you mean `utf8`") as raised:
        outlay.read(DEMO, text="UTF8")  # type: ignore[arg-type]
    assert raised.value.candidates == ("utf8",)


def test_wrong_types_name_the_option_and_what_it_takes() -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"columns": "ServiceName"}, 'option `columns`: expected a list of texts, got a text: put it in a list, ["ServiceName"]'),
        ({"periods": "2023-11"}, 'option `periods`: expected a list of texts, got a text: put it in a list, ["2023-11"]'),
        ({"columns": [1]}, "option `columns`: expected a list of texts, got a list with 1 of type `int`"),
        ({"columns": 1.5}, "option `columns`: expected a list of texts, got 1.5 of type `float`"),
        (
            {"account_names": {123412341234: "x"}},
            "option `account_names`: expected texts by key, got the key 123412341234 of type `int`",
        ),
        ({"account_names": {"123412341234": None}}, "option `account_names`: expected texts by key, got the value None of type `NoneType`"),
        (
            {"as_of": 1.5},
            "option `as_of`: expected a date, a datetime, or a text such as `2026-09-15T06:00:00Z`, got 1.5 of type `float`",
        ),
        ({"progress": "yes"}, "option `progress`: expected `True`, `False` or a function, got 'yes' of type `str`"),
        ({"quarantine_file": 5}, "option `quarantine_file`: expected a text, got a number"),
    ]
    for options, message in cases:
        with pytest.raises(outlay.OptionError) as raised:
            outlay.read(DEMO, **options)
        assert str(raised.value) == message
    for report in (None, 5, 1.5):
        with pytest.raises(TypeError, match=f"a report is a path, a buffer such as bytes, .* not {type(report).__name__}"):
            outlay.read(report)  # type: ignore[arg-type]


WRONG: dict[str, Callable[[Any], object]] = {
    "option `rows`: expected a number of rows, got -1 of type `int`": lambda to: outlay.open(DEMO).head(-1),
    "option `rows`: expected a number of rows, got '5' of type `str`": lambda to: outlay.open(DEMO).head("5"),  # type: ignore[arg-type]
    "option `rows`: expected a number of rows, got True of type `bool`": lambda to: outlay.open(DEMO).head(True),
    "option `row_group_rows`: expected a number of rows, got 'x' of type `str`": lambda to: to.to_parquet("x.parquet", row_group_rows="x"),
    "option `row_group_rows`: it is at least 1, got 0": lambda to: to.to_parquet("x.parquet", row_group_rows=0),
    "option `compression`: expected `zstd`, `snappy` or `none`, got 5 of type `int`": lambda to: to.to_parquet("x.parquet", compression=5),
    "option `partition_by`: expected a list of columns, got a text: put it in a list, [\"ServiceName\"]": lambda to: to.to_parquet("x", partition_by="ServiceName"),
    "option `partition_by`: expected a list of columns, got 5 of type `int`": lambda to: to.to_parquet("x", partition_by=[5]),
    "option `spreadsheet_safe`: expected `True` or `False`, got 'no' of type `str`": lambda to: to.to_csv("x.csv", spreadsheet_safe="no"),
    "option `lazy`: expected `True` or `False`, got 'no' of type `str`": lambda to: to.to_polars(lazy="no"),
    "option `maps`: `json` is none of `map`, `dict`": lambda to: to.to_pandas(maps="json"),
    "option `table`: expected the name of a table, got 5 of type `int`": lambda to: to.to_duckdb(table=5),
    "option `bucket`: expected a text, got 5 of type `int`": lambda to: outlay.Connector(bucket=5),  # type: ignore[arg-type]
    "option `prefix`: expected a text, got 5 of type `int`": lambda to: outlay.Connector.from_config({"prefix": 5}),
    "option `path_style`: expected `True` or `False`, got 'no' of type `str`": lambda to: outlay.Connector(path_style="no"),  # type: ignore[arg-type]
    "option `retry`: expected a mapping such as `{'max_attempts': 1}`, got 5 of type `int`": lambda to: outlay.Connector(retry=5),  # type: ignore[arg-type]
    "option `retry.max_attempts`: expected a number, got 'x' of type `str`": lambda to: outlay.Connector(retry={"max_attempts": "x"}),  # type: ignore[typeddict-item]
    "option `retry`: `max_atempts` is not a setting: did you mean `max_attempts`?": lambda to: outlay.Connector(retry={"max_atempts": 1}),  # type: ignore[typeddict-unknown-key]
    # A secret is not shown.
    "option `external_id`: expected an `outlay.ExternalId` or a text, got int": lambda to: outlay.Connector(external_id=5),  # type: ignore[arg-type]
    "option `session_token`: expected a text, got bytes": lambda to: outlay.Connector(session_token=b"token"),  # type: ignore[arg-type]
    "option `period`: expected a month such as `2026-09`, got 5 of type `int`": lambda to: outlay.Connector(bucket="bucket").read(5),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("message", WRONG)
def test_wrong_types_of_other_arguments_name_them_too(message: str) -> None:
    reader = outlay.read(DEMO)
    with pytest.raises(outlay.OptionError) as raised:
        WRONG[message](reader)
    assert (str(raised.value), raised.value.code) == (message, "OUTLAY_OPTION")
    # Nothing was taken.
    assert sum(len(batch) for batch in reader) == 175


def test_an_argument_that_does_not_exist_says_what_was_meant() -> None:
    with pytest.raises(TypeError, match="^`colums` is not an option: did you mean `columns`[?]$"):
        outlay.read(DEMO, colums=["BilledCost"])  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="^`colums` is not an option: did you mean `columns`[?]$"):
        outlay.open(DEMO, colums=["BilledCost"])  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="^`progres` is not an option: did you mean `progress`[?]$"):
        outlay.read(DEMO, progres=True)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="^`bucket` is not an option$"):
        outlay.read(DEMO, bucket="x")  # type: ignore[call-arg]
    # A name does not act on a terminal.
    acting: dict[str, Any] = {"\x1b[31m\u202eco\n": 1}
    for call in (
        lambda: outlay.read(DEMO, **acting),
        lambda: outlay.open(DEMO, **acting),
        lambda: outlay.Connector(**acting),
        lambda: outlay.Connector(bucket="bucket").reconfigure(**acting),
        lambda: outlay.Connector(bucket="bucket", retry=acting),  # type: ignore[arg-type]
    ):
        with pytest.raises((TypeError, outlay.OptionError), match="31m") as raised:
            call()
        assert str(raised.value).isprintable() and "[31m" in str(raised.value)
    for refused in (
        lambda: outlay.read(DEMO).to_pandas(decimals="\x1b[31m"),
        lambda: outlay.read(DEMO).to_parquet("no.parquet", partition_by="\x1b[31m"),
    ):
        with pytest.raises(outlay.OptionError) as raised:
            refused()
        assert str(raised.value).isprintable() and "\\x1b[31m" in str(raised.value)
    for make in (outlay.Connector, outlay.Connector(bucket="bucket").reconfigure):
        with pytest.raises(TypeError, match="^`regoin` is not a setting: did you mean `region`[?]$"):
            make(regoin="us-east-1")  # type: ignore[operator]
    assert sum(len(batch) for batch in outlay.read(report=DEMO)) == 175


def test_a_date_is_an_instant() -> None:
    given = outlay.plan(DEMO, as_of=date(2023, 12, 1))
    assert given.fingerprint == outlay.plan(DEMO, as_of="2023-12-01T00:00:00Z").fingerprint
    assert given.fingerprint != outlay.plan(DEMO).fingerprint


def test_an_account_name_needs_an_account() -> None:
    for key, candidates in {"1234": (), "12345678901": ("012345678901",)}.items():
        with pytest.raises(outlay.OptionError, match=f"`{key}` is not the id of an account") as raised:
            outlay.read(DEMO, account_names={key: "Shop"})
        assert raised.value.candidates == candidates


def test_a_quarantine_file_needs_quarantine_in_any_order(tmp_path: Path) -> None:
    file = tmp_path / "aside.csv"
    for options in ({"on_error": "stop", "quarantine_file": file}, {"quarantine_file": file, "on_error": "stop"}):
        with pytest.raises(outlay.OptionError, match="option `quarantine_file`: it needs `on_error` quarantine"):
            outlay.plan(DEMO, **options)  # type: ignore[arg-type]
    assert list(outlay.read(DEMO, quarantine_file=file))


def test_warnings_that_differ_in_their_subject_are_one() -> None:
    report = LEGACY + b"".join(b"Odd%02d,1,USD,\n" % (row % 25) for row in range(30))
    _, reader = read(report)
    warning = warned(reader, "unknown_line_item_type")
    assert (warning.rows, warning.count, len(warning.examples)) == (30, 25, 20)
    assert warning.examples[0] == "Odd00" and str(warning).endswith(" and 5 more (30 rows)")
