"""What objects look like, in a terminal and in a notebook: well, and without anything of a report being live."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timezone
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import outlay
import pytest
from conftest import DEMO

ACTING = [
    "<img src=x onerror=alert(1)>",
    "</td></table></script><script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "' style='position:fixed",
    "javascript:alert(1)",
    "\x1b[31mred\x1b]0;title\x07",
    "bill\u202evsc.exe\u2066",
]

HEADER = (
    "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode,lineItem/UsageAccountId,lineItem/UsageAccountName,"
    "lineItem/ResourceId,lineItem/ProductCode,product/ProductName"
)


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def report(folder: Path, text: str) -> Path:
    """A report with the text in its name, its tag keys, its account names and its cells."""
    path = folder / f"{text.replace('/', '_')}.csv"
    cells = ",".join(quoted(text) for _ in range(4))
    path.write_text(
        f"{HEADER},{quoted('resourceTags/user:' + text)}\nUsage,1,USD,111111111111,{cells},{quoted(text)}\n"
        f"Usage,1,{quoted(text)},bad{quoted(text)},{cells},{quoted(text)}\n",
        encoding="utf-8",
    )
    return path


class Tags(HTMLParser):
    """The elements of a page, with their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.attributes.update(name for name, _ in attrs)
        assert all("fixed" not in (value or "") and "alert" not in (value or "") for _, value in attrs)


OBJECTS: dict[str, Callable[[outlay.Report], Any]] = {
    "Report": lambda report: report,
    "Reader": lambda report: report.read(),
    "Batch": lambda report: report.head(),
    "Totals": lambda report: read(report).totals,
    "Plan": lambda report: report.plan,
}


def read(report: outlay.Report) -> outlay.Reader:
    reader = report.read()
    for _ in reader:
        pass
    return reader


@pytest.mark.parametrize("text", ACTING)
@pytest.mark.parametrize("name", OBJECTS)
def test_nothing_of_a_report_acts(name: str, text: str, tmp_path: Path) -> None:
    opened = outlay.open(report(tmp_path, text), on_error="quarantine")
    opened.head()
    shown = OBJECTS[name](opened)
    for printed in (repr(shown), str(shown)):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", printed), f"{printed!r}"
    html = shown._repr_html_()
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", html), f"{html!r}"
    tags = Tags()
    tags.feed(html)
    assert tags.found <= {"div", "table", "thead", "tbody", "tr", "th", "td", "b"}
    assert tags.attributes <= {"style"}


@pytest.mark.parametrize("text", ACTING)
def test_nothing_of_aws_acts(text: str) -> None:
    accounts = outlay.Accounts.from_dict(
        {
            "payer": "111111111111",
            "accounts": [{"id": "111111111111", "name": text, "state": "active", "is_payer": True, "in_report": True, "in_organization": True}],
            "warnings": [],
        }
    )
    warning = outlay.ReadWarning("odd_key", text)
    written = datetime(2026, 9, 15, 6, 0, tzinfo=timezone.utc)
    part = outlay.DeliveredPart(text, 10, None)
    delivery = outlay.Delivery(None, text, None, text, None, written, (), (part,), False, (warning,))
    months = [outlay.PeriodStatus("2026-09", "unreadable", None, text), outlay.PeriodStatus("2026-09", "open", delivery)]
    for shown in (accounts, *months):
        tags = Tags()
        html = shown._repr_html_()
        tags.feed(html)
        assert tags.found <= {"div", "table", "thead", "tbody", "tr", "th", "td", "b"}
        assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", html), f"{html!r}"
    for month in months:
        for printed in (repr(month), str(month)):
            assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", printed), f"{printed!r}"


@pytest.mark.parametrize("text", ["a\x1b[31mred\x1b]0;title\x07", "bill\u202evsc.exe\u2066", "a\u200bb", "two\x85lines"])
def test_nothing_of_a_connector_acts(text: str) -> None:
    for settings in (
        {"bucket": "bucket", "display_name": text},
        {"bucket": "bucket", "prefix": text},
        {"bucket": f"s3://bucket/{text}"},
        {"report_name": text},
    ):
        try:
            shown = repr(outlay.Connector(**settings))  # type: ignore[arg-type]
        except outlay.OptionError as error:
            # Not every setting takes every text.
            shown = str(error)
        assert shown.isprintable(), f"{shown!r}"
    named = outlay.Connector(bucket="bucket", display_name="Übersicht 费用")
    assert repr(named) == "<outlay.Connector: Übersicht 费用>"


def test_months_and_plans_are_short() -> None:
    written = datetime(2026, 9, 15, 6, 0, tzinfo=timezone.utc)
    parts = tuple(outlay.DeliveredPart(f"reports/daily/{n}.csv.gz", 1_000, "etag") for n in range(1_200))
    warning = outlay.ReadWarning("unlisted_part", "an object is not listed")
    delivery = outlay.Delivery("id", "daily", "123456789012", "reports/daily/m.json", "etag", written, ("a",) * 200, parts, True, (warning,))
    months = [outlay.PeriodStatus("2026-08", "pending", None), outlay.PeriodStatus("2026-09", "open", delivery)]
    assert repr(months) == "[<outlay.PeriodStatus: 2026-08 pending>, <outlay.PeriodStatus: 2026-09 open: 1200 parts, 1,200,000 bytes>]"
    html = months[1]._repr_html_()
    for text in ("2026-09", "open", "1,200", "1,200,000", "2026-09-15 06:00 UTC", "an object is not listed"):
        assert f">{text}<" in html or f" {text}" in html, text
    assert "no manifest" in outlay.PeriodStatus("2026-07", "unreadable", None, "no manifest")._repr_html_()
    plan = outlay.plan(DEMO)
    assert re.fullmatch("<outlay.Plan: 3 parts, [0-9,]+ bytes>", repr(plan))
    assert repr(outlay.plan(DEMO, periods=["2023-12"])) == "<outlay.Plan: 0 parts, 0 bytes, 1 warning>"
    assert repr(outlay.Plan.from_json(plan.to_json())) == repr(plan) and str(plan) != repr(plan)


def test_objects_show_what_they_are() -> None:
    opened = outlay.open(DEMO, columns=["ServiceName", "BilledCost"])
    assert repr(opened) == f"<outlay.Report: {DEMO}>"
    first = opened.head(2)
    assert str(first) == """\
outlay.Batch: 2 rows, 2 columns
ServiceName        BilledCost
AWS CloudTrail     0
AWS Data Transfer  0"""
    assert str(opened.plan).startswith("outlay.Plan: 3 parts, ")
    assert "daily-00001.csv.gz" in str(opened.plan)
    # A lazy frame reads the report instead of the reader, whose own rows are none.
    reader = outlay.read(DEMO, columns=["ServiceName", "BilledCost"])
    assert repr(reader) == "<outlay.Reader: 2 columns, 0 rows read>"
    assert "0 rows read, 0 of " in (reader._repr_html_() or "")
    lazy = reader.to_polars(lazy=True)
    for _ in range(2):
        assert repr(reader) == "<outlay.Reader: 2 columns, handed to a lazy frame>"
        html = reader._repr_html_() or ""
        assert "outlay.Reader: handed to a lazy frame<" in html and "rows read" not in html
        assert lazy.collect().height == 175
    assert "more columns: " in repr(outlay.open(DEMO).head(1))
    assert max(len(line) for line in repr(outlay.open(DEMO).head(3)).splitlines()[:-1]) <= 120
