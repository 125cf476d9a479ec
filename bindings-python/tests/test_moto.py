"""The connector against moto, which enforces identity policies: what is printed is enough, and none of it too much.

moto knows no report definitions, so the report is found by its bucket. It lets in who says no external ID, which AWS does
not: that is the cloud's of the repository to show.
"""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from typing import Any

import outlay
import pytest
from clouds import BUCKET, EXTERNAL_ID, MONTH
from conftest import DEMO

pytestmark = pytest.mark.filterwarnings("ignore")

SERVER = """
import sys
from moto.server import ThreadedMotoServer

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
print(f"http://{host}:{port}", flush=True)
sys.stdin.read()
server.stop()
"""


class Moto:
    """An account with a user, a role that he may assume, and a bucket with the report of the examples."""

    access = outlay.Access(BUCKET, "reports/daily", features=["read", "discover", "reconcile"])

    def __init__(self, endpoint: str) -> None:
        import boto3

        self.endpoint = endpoint
        root = {"aws_access_key_id": "root", "aws_secret_access_key": "root", "region_name": "us-east-1"}
        self.clients = {name: boto3.client(name, endpoint_url=endpoint, **root) for name in ("iam", "s3", "organizations")}
        iam, s3, organizations = self.clients.values()
        user = iam.create_user(UserName="finops")["User"]["Arn"]
        self.key = iam.create_access_key(UserName="finops")["AccessKey"]
        allowed = {"Effect": "Allow", "Action": "sts:*", "Resource": "*"}
        iam.put_user_policy(UserName="finops", PolicyName="assume", PolicyDocument=policy([allowed]))
        # A principal that is an account, moto never finds.
        trust = self.access.trust_policy(user, EXTERNAL_ID)
        self.role = iam.create_role(RoleName="billing", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        s3.create_bucket(Bucket=BUCKET)
        # A report that may not be read lies beside it.
        s3.put_object(Bucket=BUCKET, Key="other/20231101-20231201/other-Manifest.json", Body=b"{}")
        for file in sorted(DEMO.rglob("*")):
            if file.is_file():
                key = f"reports/daily/{file.relative_to(DEMO).as_posix()}"
                s3.put_object(Bucket=BUCKET, Key=key, Body=file.read_bytes())
        self.payer = organizations.create_organization(FeatureSet="ALL")["Organization"]["MasterAccountId"]
        organizations.create_account(Email="shop@example.com", AccountName="Shop")

    def allow(self, permissions: str) -> outlay.Connector:
        """A connector to the role when it may do so much."""
        self._enforce("inf")
        self.clients["iam"].put_role_policy(RoleName="billing", PolicyName="read", PolicyDocument=permissions)
        self._enforce("0")
        return outlay.Connector(**self.settings())

    def settings(self) -> dict[str, Any]:
        return {
            "role_arn": self.role,
            "external_id": EXTERNAL_ID,
            "bucket": BUCKET,
            "prefix": "reports/daily",
            "endpoint": self.endpoint,
            "access_key_id": self.key["AccessKeyId"],
            "secret_access_key": self.key["SecretAccessKey"],
        }

    def _enforce(self, after: str) -> None:
        """Policies hold after so many more calls."""
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        # With the type that is sent by default moto sees no body.
        request = urllib.request.Request(f"{self.endpoint}/moto-api/reset-auth", after.encode(), method="POST")
        request.add_header("Content-Type", "text/plain")
        with direct.open(request, timeout=10) as answer:
            assert json.load(answer)["status"] == "ok"


def policy(statements: list[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


@pytest.fixture(scope="module")
def moto() -> Iterator[Moto]:
    command = [sys.executable, "-W", "ignore", "-c", SERVER]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdin is not None and server.stdout is not None
        yield Moto(server.stdout.readline().strip())
        server.stdin.close()


def test_the_printed_policy_is_enough(moto: Moto) -> None:
    connector = moto.allow(moto.access.permission_policy())
    diagnosis = connector.verify()
    assert diagnosis.is_ready, str(diagnosis)
    warned = [finding.code for finding in diagnosis.findings if finding.verdict == "warning"]
    assert warned == ["external_id"], str(diagnosis)
    accounts = connector.discover()
    assert (accounts.payer, accounts.warnings) == (moto.payer, ())
    assert "Shop" in accounts.names().values()
    [period] = connector.periods()
    assert period.period == MONTH
    reader, wanted = connector.read(MONTH), outlay.read(DEMO)
    found = reader.to_pyarrow()
    reader.check()
    assert found.num_rows == wanted.to_pyarrow().num_rows == 175
    assert reader.totals.costs == wanted.totals.costs
    assert reader.totals.rows_in == wanted.totals.rows_in


# Each statement, and what a diagnosis says without it.
STATEMENTS = {
    "ListReport": ("list", "failed", "s3:ListBucket"),
    "ReadReport": ("get", "failed", "s3:GetObject"),
    "ListAccounts": ("organizations", "warning", "organizations:ListAccounts"),
    "AskCostExplorer": ("cost_explorer", "warning", "ce:GetCostAndUsage"),
}


def test_each_statement_has_its_probe(moto: Moto) -> None:
    statements = json.loads(moto.access.permission_policy())["Statement"]
    assert [statement["Sid"] for statement in statements] == list(STATEMENTS)


@pytest.mark.parametrize("sid", STATEMENTS)
def test_each_statement_is_needed(moto: Moto, sid: str) -> None:
    code, verdict, operation = STATEMENTS[sid]
    statements = json.loads(moto.access.permission_policy())["Statement"]
    connector = moto.allow(policy([statement for statement in statements if statement["Sid"] != sid]))
    diagnosis = connector.verify()
    finding = diagnosis.finding(code)
    assert finding is not None and finding.verdict == verdict, str(diagnosis)
    assert f"{operation} is not allowed" in finding.seen, finding.seen
    assert finding.fix is not None and f'"Sid":"{sid}"' in finding.fix
    assert diagnosis.is_ready == (verdict == "warning")
    # The others pass as before.
    failing = {found.code for found in diagnosis.findings if found.verdict in ("warning", "failed")}
    assert failing == {code, "external_id"}, str(diagnosis)
    if verdict == "failed":
        with pytest.raises(outlay.DeniedError) as denied:
            connector.read(MONTH).to_pyarrow()
        assert denied.value.operation == operation


def test_what_lies_beside_the_report_is_refused(moto: Moto) -> None:
    moto.allow(moto.access.permission_policy())
    with pytest.raises(outlay.DeniedError):
        outlay.Connector(**{**moto.settings(), "prefix": "other"}).periods()


def test_a_stranger_is_refused(moto: Moto) -> None:
    moto.allow(moto.access.permission_policy())
    for wrong in ({"external_id": "another"}, {"access_key_id": "AKIANOBODY0000000000"}):
        with pytest.raises(outlay.CredentialsError) as refused:
            outlay.Connector(**{**moto.settings(), **wrong}).periods()
        assert EXTERNAL_ID not in str(refused.value)
