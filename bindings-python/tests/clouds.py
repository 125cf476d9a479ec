"""The cloud of the repository's own, as a program of its own: AWS as far as a connector talks to it."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import outlay
from conftest import DEMO, ROOT

# The accounts that the report of the examples names.
PAYER = "123412340534"
MEMBER = "444455556666"
NAMES = {PAYER: "Payer", MEMBER: "Shop"}
KEY = "AKIAFINOPS0000000000"
SECRET = "wJalrXUtnFEMI"
ROLE = "arn:aws:iam::123412340534:role/billing"
EXTERNAL_ID = "3f2c9b7e-4d55"
BUCKET = "example-billing"
MONTH = "2023-11"
FLAT = "reports/flat/20231101-20231201/"
PARTS = [DEMO / f"20231101-20231201/20231203T053621Z/daily-0000{number}.csv.gz" for number in (1, 2, 3)]

World = dict[str, Any]


def build() -> Path:
    """The program, as cargo has built it with the tests of Rust; or the one that the environment names."""
    if "OUTLAY_CLOUD" in os.environ:
        return Path(os.environ["OUTLAY_CLOUD"])
    command = ["cargo", "build", "--quiet", "--locked", "--workspace", "--features", "outlay/cli,outlay-examples/connect"]
    command += ["--bin", "outlay-cloud", "--message-format=json"]
    lines = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    programs = [built["executable"] for built in map(json.loads, lines) if built.get("executable")]
    return Path(programs[-1])


def world(**more: Any) -> World:
    """A user who may assume a role that may read the report of the examples."""
    accounts = [{"id": id, "name": name, "state": "ACTIVE"} for id, name in NAMES.items()]
    return {
        "users": [{"arn": "arn:aws:iam::999988887777:user/finops", "access_key_id": KEY}],
        "roles": [{"arn": ROLE, "external_id": EXTERNAL_ID}],
        "buckets": [bucket(folders=[{"path": str(DEMO), "prefix": "reports/daily/"}])],
        "reports": [report("daily")],
        "organization": {"id": "o-example", "management": PAYER, "page": 1, "accounts": accounts},
        **more,
    }


def bucket(**more: Any) -> dict[str, Any]:
    return {"name": BUCKET, "owner": PAYER, "page": 2, **more}


def report(name: str, **more: str) -> dict[str, Any]:
    definition = {"TimeUnit": "HOURLY", "Format": "textORcsv", "Compression": "GZIP", "S3Region": "us-east-1"}
    definition |= {"AdditionalSchemaElements": ["RESOURCES"], "RefreshClosedReports": True}
    definition |= {"S3Bucket": BUCKET, "S3Prefix": "reports", "ReportVersioning": "CREATE_NEW_REPORT"}
    return {"account": PAYER, "ReportName": name, **definition, **more}


def flat_manifest(delivery: str) -> str:
    """The manifest of the same parts without a folder of their own: the next delivery is written over them."""
    manifest = json.loads((DEMO / "20231101-20231201/daily-Manifest.json").read_text())
    manifest["reportKeys"] = [f"{FLAT}flat-0000{number}.csv.gz" for number in (1, 2, 3)]
    return json.dumps(manifest).replace("20231203T053621Z", delivery).replace('"daily"', '"flat"')


def flat_world(**more: Any) -> World:
    """The same report, as one whose deliveries are written over each other."""
    written = "2023-12-03T05:36:21Z"
    objects = [
        {"key": f"{FLAT}flat-0000{number}.csv.gz", "content": {"file": str(part)}, "modified": written}
        for number, part in enumerate(PARTS, 1)
    ]
    manifest = {"text": flat_manifest("a-first-one")}
    objects.append({"key": f"{FLAT}flat-Manifest.json", "content": manifest, "modified": "2023-12-03T05:37:21Z"})
    definition = report("flat", ReportVersioning="OVERWRITE_REPORT")
    return world(buckets=[bucket(objects=objects)], reports=[definition], **more)


def unreadable_world() -> World:
    """One whose next delivery is under way: a part of it lies there already, and nothing else can be read."""
    world = flat_world()
    world["buckets"][0]["objects"][2]["modified"] = "2023-12-04T05:36:21Z"
    return world


class Cloud:
    """One that runs."""

    def __init__(self, program: Path, world: World) -> None:
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(world))
        self.process.stdin.flush()
        self.endpoint: str = json.loads(self.process.stdout.readline())["endpoint"]

    def ask(self, method: str, what: str, body: Any = None) -> Any:
        """Asks the cloud itself; see its `control.rs`."""
        data = None if body is None else json.dumps(body).encode()
        # Whatever proxy there is has nothing to do with it.
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        request = urllib.request.Request(f"{self.endpoint}/-/{what}", data, method=method)
        with direct.open(request, timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def fault(self, on: str, effect: Any, **more: Any) -> None:
        self.ask("POST", "faults", {"on": on, "effect": effect, **more})

    def operations(self) -> list[str]:
        return [request["operation"] for request in self.ask("GET", "requests")]

    def settings(self, **more: Any) -> dict[str, Any]:
        """Those of a connector to the report."""
        keys = {"access_key_id": KEY, "secret_access_key": SECRET}
        role = {"role_arn": ROLE, "external_id": EXTERNAL_ID}
        return {"endpoint": self.endpoint, **keys, **role, "report_name": "daily", **more}

    def connector(self, **more: Any) -> outlay.Connector:
        return outlay.Connector(**self.settings(**more))

    def close(self) -> None:
        with self.process:
            assert self.process.stdin is not None
            self.process.stdin.close()
