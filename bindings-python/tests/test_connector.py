"""The connector against a cloud on this machine: the same answers as in Rust, and the same rows as from disk."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import pickle
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import clouds
import outlay
import pytest
from clouds import BUCKET, EXTERNAL_ID, FLAT, KEY, MONTH, NAMES, PARTS, PAYER, ROLE, SECRET, Cloud
from conftest import DEMO

Start = Callable[..., Cloud]


def rows(reader: outlay.Reader) -> list[dict[str, Any]]:
    return reader.to_pyarrow().to_pylist()


def expected(**options: Any) -> outlay.Reader:
    return outlay.read(DEMO, **options)


def named(rows: list[dict[str, Any]]) -> set[tuple[str, ...]]:
    """The accounts of rows, each with its name: the one that pays, and the one that used."""
    names = ("BillingAccountId", "BillingAccountName", "SubAccountId", "SubAccountName")
    return {tuple(row[name] for name in names) for row in rows}


# Those of the report, once their names are known.
ACCOUNTS = {(PAYER, NAMES[PAYER], id, name) for id, name in NAMES.items()}


def same(found: outlay.Reader, wanted: outlay.Reader) -> None:
    """Equal rows, and totals that differ in nothing but the names of objects."""
    assert rows(found) == rows(wanted)
    found.check()
    for name in ("rows_in", "rows_out", "costs", "rounding", "rows_dropped", "rows_closing"):
        assert getattr(found.totals, name) == getattr(wanted.totals, name), name


def test_the_way_from_a_role_to_a_month(cloud: Cloud) -> None:
    connector = cloud.connector()
    assert connector.account == PAYER
    diagnosis = connector.verify()
    assert diagnosis.is_ready, str(diagnosis)
    verdicts = {finding.code: finding.verdict for finding in diagnosis.findings}
    passed = ["credentials", "assume_role", "external_id", "report_definition", "list", "manifest", "get"]
    assert {code: verdicts[code] for code in passed} == dict.fromkeys(passed, "passed")
    accounts = connector.discover()
    assert accounts.payer == PAYER
    assert accounts.names() == NAMES
    assert [(account.is_payer, account.state) for account in accounts.accounts] == [(True, "active"), (False, "active")]
    assert all(account.in_organization and account.in_report for account in accounts.accounts)
    [definition] = connector.reports()
    assert (definition.name, definition.kind, definition.table, definition.bucket) == ("daily", "legacy", None, BUCKET)
    assert definition.status_reason is None
    [period] = connector.periods()
    # The cloud delivered it just now.
    assert (period.period, period.state, period.problem) == (MONTH, "restated", None)
    assert period.delivery is not None
    assert period.delivery.id == "20231203T053621Z"
    assert period.delivery.bytes == sum(part.stat().st_size for part in PARTS)
    assert period.delivery.written.tzinfo is timezone.utc
    assert named(rows(connector.read(MONTH))) == ACCOUNTS
    same(connector.read(MONTH), expected(account_names=accounts.names()))


def test_no_request_that_costs_money_is_sent_unless_it_is_wanted(cloud: Cloud) -> None:
    connector = cloud.connector()
    for diagnosis in (connector.verify(cost_explorer=False), asyncio.run(connector.averify(cost_explorer=False))):
        finding = diagnosis.finding("cost_explorer")
        assert diagnosis.is_ready and finding is not None and finding.verdict == "skipped"
    assert "GetCostAndUsage" not in cloud.operations()
    with pytest.raises(outlay.OptionError, match="`cost_explorer`"):
        connector.verify(cost_explorer=None)  # type: ignore[arg-type]


def test_a_month_that_is_not_delivered_names_those_that_are(cloud: Cloud) -> None:
    with pytest.raises(outlay.NotDeliveredError, match="months that are there: 2023-11") as raised:
        cloud.connector().read("2023-12")
    assert raised.value.candidates == (MONTH,)


def test_nothing_is_logged(cloud: Cloud, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        connector = cloud.connector()
        connector.verify()
        assert rows(connector.read(MONTH))
    assert caplog.records == []


def test_a_month_that_cannot_be_read_says_why(cloud: Cloud) -> None:
    connector = cloud.connector()
    before = connector.periods()
    cloud.ask("PUT", f"objects/{BUCKET}/reports/daily/20231001-20231101/daily-Manifest.json", {})
    broken, *others = connector.periods()
    assert others == before
    assert (broken.period, broken.state, broken.delivery) == ("2023-10", "unreadable", None)
    assert broken.problem is not None and "not a manifest" in broken.problem
    assert broken.problem in repr(broken) and broken.to_dict()["problem"] == broken.problem

    part = "20231101-20231201/20231203T053621Z/daily-00002.csv.gz"
    cloud.ask("DELETE", f"objects/{BUCKET}/reports/daily/{part}")
    incomplete = connector.periods()[-1]
    assert (incomplete.period, incomplete.state, incomplete.delivery) == (MONTH, "unreadable", None)
    assert incomplete.problem is not None and incomplete.problem.endswith(f"/{part}`, which is not there; copy the delivery again, or wait for the next one")
    with pytest.raises(outlay.MissingPartError) as missing:
        connector.read(MONTH)
    assert str(missing.value) == incomplete.problem


def test_options_are_those_of_read(cloud: Cloud) -> None:
    connector = cloud.connector()
    options: list[dict[str, Any]] = [
        {"columns": ["ServiceName", "BilledCost"], "threads": 1},
        {"schema": "cur", "maps": "json"},
        {"batch_rows": 7, "lineage": False, "text": "dictionary"},
    ]
    for chosen in options:
        assert rows(connector.read(MONTH, **chosen)) == rows(expected(**chosen))
    told: list[tuple[int, int | None, int]] = []
    reader = connector.read(MONTH, progress=lambda *how: told.append(how))
    assert len(rows(reader)) == told[-1][2] == 175
    assert told[-1][0] == told[-1][1] == sum(part.stat().st_size for part in PARTS)
    with pytest.raises(TypeError, match="colums"):
        connector.read(MONTH, colums=["ServiceName"])  # type: ignore[call-arg]


def test_a_month_that_the_option_periods_leaves_out_is_refused(cloud: Cloud) -> None:
    connector = cloud.connector()
    uses: list[Callable[[], object]] = [
        lambda: connector.read(MONTH, periods=["2023-10"]),
        lambda: connector.plan(MONTH, periods=["2023-10"]),
    ]
    for use in uses:
        with pytest.raises(outlay.OptionError, match="they are 2023-10, but the month that is read is 2023-11"):
            use()


def test_parts_are_read_apart(cloud: Cloud, tmp_path: Path) -> None:
    connector = cloud.connector()
    connector.discover()
    plan = pickle.loads(pickle.dumps(connector.plan(MONTH)))
    totals = outlay.Totals()
    accounts = set()
    for part in plan.parts:
        assert outlay.Part.from_json(part.to_json()) == part
        assert part.etag is not None and part.columns == ()
        reader = connector.read_part(part)
        accounts |= named(rows(reader))
        totals.merge(reader.totals)
    assert accounts == ACCOUNTS
    assert outlay.closing_batch(totals) is None
    assert totals.outcome == "partial"
    totals.check_against(plan)
    assert totals.outcome == "proven"
    manifest = connector.spool(MONTH, tmp_path)
    assert manifest.is_file() and manifest.parent == tmp_path / MONTH
    same(outlay.read(manifest), expected())


def test_parts_of_the_report_itself_have_one_schema(cloud: Cloud) -> None:
    connector = cloud.connector()
    whole = connector.read(MONTH, schema="cur")
    plan = connector.plan(MONTH, schema="cur")
    assert {part.columns for part in plan.parts} == {outlay.plan(DEMO, schema="cur").parts[0].columns}
    parts = [connector.read_part(part, schema="cur") for part in plan.parts]
    assert [part.schema for part in parts] == [whole.schema] * 3
    assert [row for part in parts for row in rows(part)] == rows(whole)
    with pytest.raises(TypeError, match="colums"):
        connector.plan(MONTH, colums=["ServiceName"])  # type: ignore[call-arg]


def test_a_folder_that_holds_something_else_is_left_as_it_is(cloud: Cloud, tmp_path: Path) -> None:
    kept = tmp_path / MONTH / "notes.txt"
    kept.parent.mkdir()
    kept.write_text("mine")
    with pytest.raises(outlay.IoError, match="something else"):
        cloud.connector().spool(MONTH, tmp_path)
    assert kept.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [kept.parent]


def test_async_twins(cloud: Cloud, tmp_path: Path) -> None:
    connector = cloud.connector()

    async def all_of_it() -> None:
        beside = await asyncio.gather(connector.averify(), connector.aperiods(), connector.areports())
        assert beside == [connector.verify(), connector.periods(), connector.reports()]
        assert await connector.adiscover() == connector.discover()
        plan = await connector.aplan(MONTH)
        assert plan == connector.plan(MONTH)
        assert await connector.aplan(MONTH, schema="cur") == connector.plan(MONTH, schema="cur")
        reader = await connector.aread(MONTH, columns=["BilledCost"])
        assert sum([len(batch) async for batch in reader]) == 175
        reader.check()
        part = await connector.aread_part(plan.parts[0])
        assert sum([len(batch) async for batch in part]) == 90
        assert (await connector.aspool(MONTH, tmp_path)).is_file()

    asyncio.run(all_of_it())


def silent(on: str) -> dict[str, Any]:
    """Answers that never come."""
    return {"on": on, "effect": {"wait": 60_000}, "always": True}


# Bodies that break off and stay open.
HANGING = {"on": "GetObject", "key": "*.csv.gz", "effect": {"stall": {"after": 100, "millis": None}}, "always": True}

# What waits for ever, and why.
CANCELLED: dict[str, tuple[dict[str, Any], Callable[[outlay.Connector, Path], Any]]] = {
    "averify": (silent("GetCallerIdentity"), lambda connector, folder: connector.averify()),
    "adiscover": (silent("ListAccounts"), lambda connector, folder: connector.adiscover()),
    "areports": (silent("DescribeReportDefinitions"), lambda connector, folder: connector.areports()),
    "aperiods": (silent("ListObjectsV2"), lambda connector, folder: connector.aperiods()),
    "aplan": (silent("ListObjectsV2"), lambda connector, folder: connector.aplan(MONTH)),
    "aread": (silent("ListObjectsV2"), lambda connector, folder: connector.aread(MONTH)),
    "aspool": (HANGING, lambda connector, folder: connector.aspool(MONTH, folder)),
}


@pytest.mark.parametrize("name", CANCELLED)
def test_async_gives_up_what_is_cancelled(name: str, cloud: Cloud, tmp_path: Path) -> None:
    fault, call = CANCELLED[name]
    cloud.fault(**fault)

    async def cancelled() -> float:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(call(cloud.connector(), tmp_path), 0.7)
        return asyncio.get_running_loop().time()

    loop = asyncio.new_event_loop()
    since = loop.run_until_complete(cancelled())
    # It waits for the threads that work.
    loop.run_until_complete(loop.shutdown_default_executor())
    took = loop.time() - since
    loop.close()
    assert took < 3, f"{took:.2f} s"
    assert any(request["faults"] for request in cloud.ask("GET", "requests")), "it waited for something else"
    # What was begun is taken away on another thread.
    patience = time.monotonic() + 20
    while list(tmp_path.iterdir()) and time.monotonic() < patience:
        time.sleep(0.02)
    assert list(tmp_path.iterdir()) == []


# A process that forks: what its child says of the connector, and then what the process itself says.
FORKING = """
import json, os, signal, sys, time, warnings
warnings.simplefilter("ignore")
import outlay

def ask():
    try:
        return f"months: {len(connector.periods())}"
    except outlay.OutlayError as error:
        return f"{error.code}: {error}"

connector = outlay.Connector(**json.loads(sys.argv[1]))
if sys.argv[2] == "used":
    ask()
child = os.fork()
if child == 0:
    status = 1
    try:
        print(ask(), flush=True)
        status = 0
    finally:
        # Nothing that the two share is ended twice.
        os._exit(status)
patience = time.monotonic() + 20
ended, status = os.waitpid(child, os.WNOHANG)
while not ended and time.monotonic() < patience:
    time.sleep(0.02)
    ended, status = os.waitpid(child, os.WNOHANG)
if not ended:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    sys.exit("the child hangs")
print(ask())
sys.exit(os.waitstatus_to_exitcode(status))
"""

FORKED = {
    "made": "months: 1\nmonths: 1\n",
    "used": "OUTLAY_IO: .*fork.*\nmonths: 1\n",
}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere processes are not forked, or had better not be")
@pytest.mark.parametrize("name", FORKED)
def test_a_connector_after_a_fork(name: str, cloud: Cloud) -> None:
    command = [sys.executable, "-c", FORKING, json.dumps(cloud.settings()), name]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(FORKED[name], done.stdout), done.stdout


def test_results_are_plain_values(cloud: Cloud) -> None:
    connector = cloud.connector()
    for result in (connector.verify(), connector.discover(), *connector.periods(), *connector.reports()):
        assert pickle.loads(pickle.dumps(result)) == result
        values = result.to_dict()
        assert json.loads(json.dumps(values)) == values
    accounts = connector.discover()
    assert outlay.Accounts.from_dict(accounts.to_dict()) == accounts
    assert "<table" in connector.verify()._repr_html_() and "Shop" in accounts._repr_html_()


def test_a_diagnosis_says_what_to_change(start_cloud: Start) -> None:
    cloud = start_cloud()
    cloud.ask("POST", "policy", {"arn": ROLE, "policy": {"Statement": []}})
    diagnosis = cloud.connector(bucket=BUCKET, prefix="reports").verify()
    assert not diagnosis.is_ready
    finding = diagnosis.finding("list")
    assert finding is not None and finding.verdict == "failed" and finding.fix is not None
    assert "s3:ListBucket" in finding.fix
    text = str(diagnosis)
    assert text.splitlines()[0].startswith("passed ") and "not ready: " in text.splitlines()[-1]
    assert finding.fix in text and "NOT READY" in diagnosis._repr_html_()
    assert diagnosis.finding("nonsense") is None


def test_accounts_are_compared() -> None:
    def accounts(**names: str) -> outlay.Accounts:
        made = [outlay.Account(id, name, "active", False, True, False) for id, name in sorted(names.items())]
        return outlay.Accounts(None, tuple(made))

    changes = accounts(a="One", b="Second", d="Four").changes_since(accounts(a="One", b="Two", c="Three"))
    assert [account.id for account in changes.joined] == ["d"]
    assert [account.id for account in changes.left] == ["c"]
    assert [account.name for account in changes.renamed] == ["Second"]


def test_addresses_are_read_with_what_the_environment_says(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    # A user who may read by himself, since an address names no role.
    for name, value in {
        "AWS_ENDPOINT_URL": cloud.endpoint,
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    address = f"s3://{BUCKET}/reports/daily/"
    same(outlay.read(address), expected())
    without = outlay.read(address, periods=["2031-01"])
    assert len(rows(without)) == 0
    assert [warning.code for warning in without.warnings] == ["not_delivered"]
    assert "the report has 2023-11" in without.warnings[0].message
    with pytest.raises(outlay.NoReportError, match="no object has the prefix `s3://.*`: .*; prefixes and objects next to it: s3://") as nothing:
        outlay.read(f"s3://{BUCKET}/reprots/daily/")
    assert nothing.value.candidates == (f"s3://{BUCKET}/reports/",)
    folder = f"s3://{BUCKET}/reports/daily/20231101-20231201"
    one = outlay.read(f"{folder}/20231203T053621Z/daily-00001.csv.gz")
    assert len(rows(one)) == 90
    same(outlay.read(f"{folder}/daily-Manifest.json"), expected())
    plan = outlay.plan(address)
    assert [part.period for part in plan.parts] == [MONTH] * 3
    assert sum(len(rows(outlay.read_part(part))) for part in plan.parts) == 175
    assert asyncio.run(outlay.aplan(address)) == plan


FILES = ["to_parquet", "to_ipc", "to_csv"]


def change(cloud: Cloud, copies: Path, **when: Any) -> None:
    """AWS writes the month again when its last part is asked for: the same rows, as other objects."""
    for number, part in enumerate(PARTS, 1):
        copy = copies / f"{number}-{len(list(copies.iterdir()))}"
        copy.write_bytes(part.read_bytes())
        put = {"bucket": BUCKET, "key": f"{FLAT}flat-0000{number}.csv.gz", "content": {"file": str(copy)}}
        cloud.fault("GetObject", {"put": put}, key="*-00003.csv.gz", **when)
    manifest = {"bucket": BUCKET, "key": f"{FLAT}flat-Manifest.json"}
    content = {"text": clouds.flat_manifest("a-second-one")}
    cloud.fault("GetObject", {"put": {**manifest, "content": content}}, key="*-00003.csv.gz", **when)


@pytest.fixture
def copies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("copies")


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_begun_again_when_the_month_changes(
    name: str, start_cloud: Start, tmp_path: Path, copies: Path
) -> None:
    import polars as pl
    import pyarrow as pa

    cloud = start_cloud(clouds.flat_world())
    change(cloud, copies)
    told: list[int] = []
    connector = cloud.connector(report_name="flat")
    # One that was handed out cannot be taken back.
    reader = connector.read(MONTH, threads=1, batch_rows=10)
    with pytest.raises(outlay.SourceChangedError) as raised:
        list(reader)
    assert raised.value.is_retryable
    assert 0 < reader.progress.rows < 175

    cloud = start_cloud(clouds.flat_world())
    change(cloud, copies)
    reader = cloud.connector(report_name="flat").read(
        MONTH, threads=1, batch_rows=10, progress=lambda done, total, rows: told.append(rows)
    )
    path = tmp_path / "month"
    getattr(reader, name)(path)
    reader.check()
    assert sorted(told) != told, "rows were counted from 0 again"
    assert {part.delivery for part in reader.totals.parts} == {"a-second-one"}
    assert reader.totals.costs == whole().costs
    if name == "to_ipc":
        written = pa.ipc.open_file(path).read_all().num_rows
    else:
        written = (pl.read_parquet(path) if name == "to_parquet" else pl.read_csv(path, infer_schema=False)).height
    assert written == 175


def whole() -> outlay.Totals:
    reader = expected()
    rows(reader)
    return reader.totals


def test_a_month_that_never_rests_leaves_no_file(start_cloud: Start, tmp_path: Path, copies: Path) -> None:
    cloud = start_cloud(clouds.flat_world())
    for number in range(1, 6):
        change(cloud, copies, nth=number)
    reader = cloud.connector(report_name="flat").read(MONTH, threads=1, batch_rows=10)
    with pytest.raises(outlay.SourceChangedError) as raised:
        reader.to_parquet(tmp_path / "month.parquet")
    # A new one at each access: a caller that keeps an exception keeps the frames that it passed through.
    assert type(reader.error) is outlay.SourceChangedError and str(reader.error) == str(raised.value)
    assert list(tmp_path.iterdir()) == []


# What goes wrong, and what is raised: class, code, operation, AWS's code, retryable.
FAULTS: dict[str, tuple[str, Any, type[outlay.OutlayError], str, str | None, str | None, bool]] = {
    "throttled": ("ListObjectsV2", "slow_down", outlay.ThrottledError, "THROTTLED", "s3:ListBucket", "SlowDown", True),
    "denied": ("ListObjectsV2", "denied", outlay.DeniedError, "DENIED", "s3:ListBucket", "AccessDenied", False),
    "role": ("AssumeRole", "denied", outlay.CredentialsError, "CREDENTIALS", "sts:AssumeRole", "AccessDenied", False),
    "closed": ("ListObjectsV2", "close", outlay.NetworkError, "NETWORK", "s3:ListBucket", None, True),
    "broken": (
        "ListObjectsV2",
        {"error": {"status": 400, "code": "InvalidThing", "message": "no"}},
        outlay.AwsError,
        "AWS",
        "s3:ListBucket",
        "InvalidThing",
        False,
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_errors_are_typed_and_pickle(name: str, cloud: Cloud) -> None:
    on, effect, kind, code, operation, aws_code, is_retryable = FAULTS[name]
    cloud.fault(on, effect, always=True)
    with pytest.raises(outlay.AwsError) as raised:
        cloud.connector().periods()
    for error in (raised.value, pickle.loads(pickle.dumps(raised.value))):
        assert type(error) is kind
        assert error.code == f"OUTLAY_{code}"
        assert (error.operation, error.aws_code, error.is_retryable) == (operation, aws_code, is_retryable)
        assert str(error) == str(raised.value)
        assert EXTERNAL_ID not in str(error) and SECRET not in repr(error)
        assert (error.request_id is None) == (error.code == "OUTLAY_NETWORK" and "500" not in str(error)), error.request_id


def test_what_is_not_there_is_an_error_of_its_own(cloud: Cloud) -> None:
    with pytest.raises(outlay.NoReportError, match="no report or export `weekly`") as no_report:
        cloud.connector(report_name="weekly").periods()
    assert no_report.value.candidates == ("daily (legacy report, s3://example-billing/reports)",)
    # One that is over for long comes no more.
    for month, is_retryable in (("2031-01", True), ("2023-12", False)):
        with pytest.raises(outlay.NotDeliveredError, match=month) as not_delivered:
            cloud.connector().read(month)
        assert not_delivered.value.is_retryable == is_retryable, month
    part = cloud.connector().plan(MONTH).parts[0]
    elsewhere = outlay.Part(**{**vars(part), "path": f"s3://{BUCKET}/other/a.csv.gz", "object": "other/a.csv.gz"})
    with pytest.raises(outlay.OutsidePrefixError, match="not below"):
        cloud.connector().read_part(elsewhere)
    for error in (no_report.value, not_delivered.value):
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), vars(again)) == (type(error), vars(error))


def test_a_prefix_that_no_object_has_names_those_next_to_it(cloud: Cloud) -> None:
    connector = cloud.connector(report_name=None, bucket=BUCKET, prefix="reprots/daily")
    uses: list[Callable[[], object]] = [connector.periods, lambda: connector.read(MONTH), lambda: connector.plan(MONTH)]
    for use in uses:
        with pytest.raises(outlay.NoReportError, match="no object has the prefix `s3://example-billing/reprots/daily/`") as raised:
            use()
        assert raised.value.candidates[0] == f"s3://{BUCKET}/reports/"
    diagnosis = connector.verify()
    finding = diagnosis.finding("list")
    assert not diagnosis.is_ready and finding is not None
    assert finding.verdict == "failed" and f"s3://{BUCKET}/reports/" in finding.seen and finding.fix is not None


def test_a_denial_says_who_knows_the_permission(cloud: Cloud) -> None:
    cloud.fault("ListObjectsV2", "denied", always=True)
    with pytest.raises(outlay.DeniedError, match="`verify` of a connector, or `outlay connect`, says which permission is missing"):
        cloud.connector().periods()


class Botocore:
    access_key, secret_key, token = KEY, SECRET, None


SOON = datetime.now(timezone.utc) + timedelta(seconds=1)
PROVIDED: dict[str, object] = {
    "a mapping": {"access_key_id": KEY, "secret_access_key": SECRET},
    "an answer of STS": {"AccessKeyId": KEY, "SecretAccessKey": SECRET, "SessionToken": None, "Expiration": SOON},
    "credentials of botocore": Botocore(),
}


@pytest.mark.parametrize("name", PROVIDED)
def test_credentials_come_from_a_function(name: str, cloud: Cloud) -> None:
    asked = []

    def credentials() -> object:
        asked.append(threading.current_thread())
        return PROVIDED[name]

    connector = cloud.connector(access_key_id=None, secret_access_key=None, credentials=credentials)
    same(connector.read(MONTH), expected())
    assert asked
    assert "credentials" not in connector.config and SECRET not in repr(connector)
    again = outlay.Connector.from_config(connector.config, external_id=EXTERNAL_ID, credentials=credentials)
    assert again.periods()


def test_a_function_without_credentials_says_so(cloud: Cloud) -> None:
    def fails() -> object:
        raise LookupError("the vault is sealed")

    cases: list[tuple[Callable[[], object], str]] = [
        (fails, "LookupError'>: the vault is sealed"),
        (lambda: None, "the credentials have no `access_key_id`"),
        (lambda: {"access_key_id": KEY}, "the credentials have no `secret_access_key`"),
        (lambda: {**Botocore.__dict__, "access_key_id": KEY, "secret_access_key": SECRET, "token": 1}, "`session_token` is a int"),
        (lambda: {"access_key_id": KEY, "secret_access_key": SECRET, "expires_at": 5}, "`expires_at` is a int, not a datetime"),
    ]
    for function, message in cases:
        connector = cloud.connector(
            access_key_id=None, secret_access_key=None, credentials=function, retry={"max_attempts": 1, "initial_backoff_ms": 0}
        )
        with pytest.raises(outlay.CredentialsError, match="the caller's provider of credentials failed") as raised:
            connector.periods()
        assert message in str(raised.value) and SECRET not in str(raised.value)
    with pytest.raises(outlay.OptionError, match="option `credentials`: expected a function, got str"):
        cloud.connector(credentials=SECRET)
    with pytest.raises(outlay.OptionError, match="option `credentials`: an access key and a provider"):
        cloud.connector(credentials=lambda: None)


def test_missing_credentials_say_where_they_were_looked_for(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/nowhere")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ENDPOINT_URL", cloud.endpoint)
    with pytest.raises(outlay.CredentialsError, match="looked for in this order: .* Set AWS_PROFILE, run `aws sso login`"):
        outlay.read(f"s3://{BUCKET}/reports/daily/")


def test_settings_are_checked() -> None:
    good = {"report_name": "daily"}
    cases: list[tuple[dict[str, Any], str]] = [
        ({}, "report_name"),
        ({**good, "role_arn": "somebody"}, "role_arn"),
        ({**good, "external_id": "?"}, "external_id"),
        ({**good, "bucket": "a b"}, "bucket"),
        ({**good, "prefix": "reports"}, "prefix"),
        ({**good, "region": "here"}, "region"),
        ({**good, "session_name": "!"}, "session_name"),
        ({**good, "endpoint": "localhost"}, "endpoint"),
        ({**good, "external_id_env": "OUTLAY_NO_SUCH_VARIABLE"}, "external_id_env"),
        ({**good, "role_arn": 5}, "role_arn"),
        ({**good, "retry": {"attempts": 1}}, "retry"),
        ({**good, "retry": {"max_attempts": 0}}, "retry.max_attempts"),
        ({**good, "retry": {"initial_backoff_ms": 9_000}}, "retry.initial_backoff_ms"),
        ({**good, "retry": {"read_timeout_ms": 0}}, "retry.read_timeout_ms"),
        ({**good, "access_key_id": KEY}, "secret_access_key"),
        ({**good, "secret_access_key": SECRET}, "access_key_id"),
        ({**good, "session_token": "a-token"}, "access_key_id"),
        ({**good, "access_key_id": KEY, "session_token": "a-token"}, "secret_access_key"),
    ]
    for settings, option in cases:
        for use in (outlay.Connector, outlay.Connector(**good).reconfigure):
            with pytest.raises(outlay.OptionError, match=f"option `{option}`") as raised:
                use(**settings)
            assert raised.value.code == "OUTLAY_OPTION"
    with pytest.raises(outlay.OptionError, match="unknown field `external_id`"):
        outlay.Connector.from_config({**good, "external_id": EXTERNAL_ID})
    with pytest.raises(outlay.OptionError, match="option `secret_access_key`"):
        outlay.Connector.from_config(good, access_key_id=KEY)
    with pytest.raises(outlay.OptionError, match="option `config`: expected a mapping, got str"):
        outlay.Connector.from_config("daily")  # type: ignore[arg-type]
    for unknown in (outlay.Connector, outlay.Connector(**good).reconfigure):
        with pytest.raises(TypeError, match="`role` is not a setting"):
            unknown(**good, role=ROLE)
    for month in ("May", "2026-13"):
        with pytest.raises(outlay.OptionError, match=f"option `period`: `{month}` is not a month"):
            outlay.Connector(**good).read(month)


def test_attempts_are_limited(cloud: Cloud) -> None:
    cloud.fault("ListObjectsV2", "slow_down", always=True)
    retry: outlay.RetryPolicy = {"max_attempts": 2, "initial_backoff_ms": 0}
    connector = cloud.connector(retry=retry)
    with pytest.raises(outlay.ThrottledError):
        connector.periods()
    assert cloud.operations().count("ListObjectsV2") == 2
    kept = connector.config["retry"]
    assert (kept["max_attempts"], kept["initial_backoff_ms"], kept["read_timeout_ms"]) == (2, 0, 20_000)


def test_settings_are_plain_values(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    connector = cloud.connector(session_name="finops", display_name="Ours", region="us-east-1", path_style=True)
    config = connector.config
    assert config == {
        "role_arn": ROLE,
        "report_name": "daily",
        "session_name": "finops",
        "display_name": "Ours",
        "region": "us-east-1",
        "path_style": True,
        "endpoint": cloud.endpoint,
    }
    monkeypatch.setenv("THE_EXTERNAL_ID", EXTERNAL_ID)
    again = outlay.Connector.from_config(
        {**config, "external_id_env": "THE_EXTERNAL_ID"}, access_key_id=KEY, secret_access_key=SECRET
    )
    assert again.periods() == connector.periods()
    other = connector.reconfigure(**cloud.settings(display_name="Theirs"))
    assert other.config["display_name"] == "Theirs" and other.periods() == connector.periods()
    with pytest.raises(outlay.OptionError, match="another account"):
        connector.reconfigure(**cloud.settings(role_arn="arn:aws:iam::111122223333:role/billing"))


def test_secrets_are_never_shown(cloud: Cloud, capfd: pytest.CaptureFixture[str]) -> None:
    token = "FwoGZXIvYXdzEBYaD"
    settings = cloud.settings(session_token=token)
    connector = outlay.Connector(**settings)
    external_id = outlay.ExternalId(EXTERNAL_ID)
    assert repr(external_id) == str(external_id) == "ExternalId(redacted)"
    assert external_id.reveal() == EXTERNAL_ID and external_id == outlay.ExternalId(EXTERNAL_ID)
    with pytest.raises(TypeError, match="pickle"):
        pickle.dumps(external_id)
    shown = [repr(connector), str(connector), str(connector.config)]
    cloud.ask("POST", "faults", {"on": "GetObject", "effect": "denied", "always": True})
    shown.append(str(connector.verify()))
    for failing in (
        lambda: outlay.ExternalId(f"{EXTERNAL_ID}?"),
        lambda: outlay.Connector(report_name="daily", external_id=f"{EXTERNAL_ID}?"),
        lambda: outlay.Connector(report_name="daily", secret_access_key=SECRET, session_token=token),
        lambda: outlay.Connector.from_config(EXTERNAL_ID),
        # The wrong way round.
        lambda: outlay.Access(BUCKET, "").trust_policy(EXTERNAL_ID, "999988887777"),
        lambda: outlay.Connector(**{**settings, "external_id": "another"}).periods(),
        lambda: outlay.Connector(**{**settings, "access_key_id": "AKIANOBODY0000000000"}).periods(),
        lambda: connector.periods(),
        lambda: outlay.Access("*", "").trust_policy("999988887777", EXTERNAL_ID),
    ):
        with pytest.raises(outlay.OutlayError) as raised:
            failing()
        shown += [str(raised.value), repr(raised.value), repr(vars(raised.value))]
    for mistaken in (lambda: outlay.Connector(EXTERNAL_ID), lambda: connector.reconfigure(EXTERNAL_ID)):
        with pytest.raises(TypeError) as refused:
            mistaken()
        shown.append(str(refused.value))
    shown += capfd.readouterr()
    for secret in (EXTERNAL_ID, SECRET, token):
        assert [text for text in shown if secret in text] == []
    assert len({outlay.ExternalId.generate().reveal() for _ in range(20)}) == 20


def test_policies_are_those_of_rust() -> None:
    golden = Path(clouds.ROOT) / "examples/cloud/tests/connector/golden"
    access = outlay.Access(BUCKET, "reports/daily")
    china = outlay.Access(
        "berichte", "", features=["read"], partition="aws-cn", kms_key="arn:aws-cn:kms:cn-north-1:123412340534:key/1"
    )
    cases = {
        "permission-policy.json": access.permission_policy(),
        "permission-policy-china-kms.json": china.permission_policy(),
        "trust-policy.json": access.trust_policy("999988887777", EXTERNAL_ID),
        "cloudformation.json": access.cloudformation("999988887777"),
        "terraform.tf": access.terraform("999988887777"),
    }
    for name, text in cases.items():
        assert text.rstrip() == (golden / name).read_text().rstrip(), name
    assert pickle.loads(pickle.dumps(access)) == access
    features = ["read", "find", "discover", "reconcile"]
    everything = outlay.Access(BUCKET, "reports/daily", features=features, partition="aws")
    assert everything.permission_policy() == access.permission_policy()
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"features": ["write"]}, "option `features`: `write` is none of read, find, discover, reconcile"),
        ({"features": "read"}, "option `features`: expected a list of texts, got a text"),
        ({"partition": "aws-eu"}, "option `partition`"),
        ({"bucket": "*"}, "option `bucket`"),
    ]
    for options, message in wrong:
        with pytest.raises(outlay.OptionError, match=message):
            outlay.Access(**{"bucket": BUCKET, "prefix": "", **options}).permission_policy()
