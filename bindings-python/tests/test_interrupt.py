"""Ctrl-C on every path: at once, as KeyboardInterrupt, and without a thread left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import clouds
import pytest

# Each is a whole program; `reader` reads for many seconds if it is not stopped.
USES = {
    "iterate": "for batch in reader: pass",
    "batches that are filtered away": "list(outlay.read(path, periods=['2031-01']))",
    "batches that are filtered away, on threads": "list(outlay.read(copies(4), periods=['2031-01'], threads=8))",
    "to_pyarrow": "reader.to_pyarrow()",
    "to_polars": "reader.to_polars()",
    "to_polars lazily": "reader.to_polars(lazy=True).collect()",
    "to_pandas": "reader.to_pandas()",
    "to_duckdb": "reader.to_duckdb()",
    "to_parquet": "reader.to_parquet(folder + '/out.parquet')",
    "to_csv": "reader.to_csv(folder + '/out.csv')",
    "pyarrow": "pyarrow.table(reader)",
    "polars": "polars.DataFrame(reader)",
    "duckdb": "with duckdb.connect() as db:"
    " db.execute('SET threads = 1'); db.sql('SELECT sum(BilledCost) FROM reader').fetchall()",
    "a file object": "list(outlay.read(open(path, 'rb')))",
    "a file object, on one thread": "list(outlay.read(open(path, 'rb'), threads=1))",
    "a pipe that says nothing": "list(outlay.read(open(os.pipe()[0], 'rb', buffering=0)))",
    "a pipe that says nothing, on one thread": "list(outlay.read(open(os.pipe()[0], 'rb', buffering=0), threads=1))",
    "async": "asyncio.run(rows())",
    "the command": "from outlay._command import main; sys.exit(main(['normalize', path]))",
}

PROGRAM = """
import gzip, os, shutil, sys, time, warnings
warnings.simplefilter("ignore")
# Before the clock starts: importing a consumer takes a while. Only what is needed: once Polars is imported, Python's
# own `read` of a pipe does not end at Ctrl-C.
import IMPORTS
import outlay

path, folder = sys.argv[1:]

async def rows():
    async for batch in await outlay.aread(path): pass

def copies(number):
    names = [f"{path}.{n}" for n in range(number)]
    for n, name in enumerate(names, 1):
        if os.path.exists(name): continue
        shutil.copyfile(path, name)
        # Blank lines of its own: a report that is given twice is refused.
        with open(name, "ab") as file: file.write(gzip.compress(bytes([10]) * n))
    return names

def threads():
    names = [open(f"/proc/self/task/{task}/comm").read().strip() for task in os.listdir("/proc/self/task")]
    return sum(name.startswith("outlay") for name in names)

reader = outlay.read(path)
print("reading", flush=True)
try:
    try:
        USE
    except KeyboardInterrupt:
        # Polars raises it once by itself, and then lets Python's own handler raise it.
        time.sleep(0.01)
        raise
    found = "nothing"
except BaseException as error:
    ours = error if isinstance(error, KeyboardInterrupt) or reader.error is None else reader.error
    found = type(ours).__name__
    del error, ours
# What was raised holds what it passed through; now it is gone.
del reader
print(found, flush=True)
if "pipe" not in NAME:
    print("threads:", threads(), flush=True)
"""


@contextmanager
def interrupted(child: subprocess.Popen[str]) -> Iterator[tuple[str, float]]:
    """What a child says after Ctrl-C, and how soon. One that does not end fails the test, and does not hang it."""
    assert child.stdout is not None
    time.sleep(0.7)
    child.send_signal(signal.SIGINT)
    begun = time.monotonic()
    patience = threading.Timer(20, child.kill)
    patience.start()
    try:
        yield child.stdout.readline().rstrip(), time.monotonic() - begun
        child.wait()
    finally:
        child.kill()
        patience.cancel()


@pytest.mark.parametrize("name", USES)
def test_ctrl_c(name: str, long_report: Path, tmp_path: Path) -> None:
    imports = [library for library in ("asyncio", "duckdb", "pandas", "polars", "pyarrow") if library in USES[name]]
    program = PROGRAM.replace("IMPORTS", ", ".join(["os", *imports]))
    program = program.replace("USE", USES[name]).replace("NAME", repr(name))
    command = [sys.executable, "-c", program, str(long_report), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None and child.stderr is not None
        assert child.stdout.readline() == "reading\n"
        with interrupted(child) as (ended, took):
            # The command ends as programs do. DuckDB looks for signals, too; when it is the first to, Ctrl-C is an error
            # of its own.
            wanted = {"the command": ["SystemExit"], "duckdb": ["KeyboardInterrupt", "RuntimeError"]}
            assert ended in wanted.get(name, ["KeyboardInterrupt"]), child.stderr.read()
            assert child.stdout.read() == ("" if "pipe" in name else "threads: 0\n"), child.stderr.read()
    assert took < 3, f"{took:.2f} s"
    assert list(tmp_path.iterdir()) == []


# What waits for a cloud that does not answer; `connector` is a connector to it.
WAITS = {
    "verify": "connector.verify()",
    "discover": "connector.discover()",
    "periods": "connector.periods()",
    "read": "connector.read(month)",
    "a download": "list(reader)",
    "to_parquet": "reader.to_parquet(folder + '/out.parquet')",
    "to_pyarrow": "reader.to_pyarrow()",
    "spool": "connector.spool(month, folder)",
    "an address": "outlay.read(address)",
    "a plan of an address": "outlay.plan(address)",
    "async": "asyncio.run(connector.averify())",
    "an async download": "asyncio.run(batches())",
    "the command": "sys.exit(main(['connect', '--location', address[5:], '--endpoint', settings['endpoint']]))",
}

WAITING = """
import asyncio, json, sys, time, warnings
warnings.simplefilter("ignore")
import pyarrow
import outlay
from outlay._command import main

settings, folder = json.loads(sys.argv[1]), sys.argv[2]
month, address = "2023-11", "s3://example-billing/reports/daily/"

async def batches():
    async for batch in reader: pass

connector = outlay.Connector(**settings)
if WHAT:
    reader = connector.read(month)
print("waiting", flush=True)
sys.stdin.readline()
try:
    USE
    found = "nothing"
except BaseException as error:
    found = type(error).__name__
print(found, flush=True)
# What was begun is taken away on another thread.
time.sleep(0.3)
"""


@pytest.mark.parametrize("name", WAITS)
def test_ctrl_c_while_the_cloud_says_nothing(name: str, cloud: Any, tmp_path: Path) -> None:
    use = WAITS[name]
    program = WAITING.replace("USE", use).replace("WHAT", repr("reader" in use or "batches" in use))
    command = [sys.executable, "-c", program, json.dumps(cloud.settings()), str(tmp_path)]
    keys = {"AWS_ACCESS_KEY_ID": clouds.KEY, "AWS_SECRET_ACCESS_KEY": clouds.SECRET, "AWS_REGION": "us-east-1"}
    pipe = subprocess.PIPE
    environment = {**os.environ, **keys, "AWS_ENDPOINT_URL": cloud.endpoint}
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment) as child:
        assert child.stdin is not None and child.stdout is not None and child.stderr is not None
        assert child.stdout.readline() == "waiting\n", child.stderr.read()
        # What is fetched begins, and then says no more.
        cloud.fault("GetObject", {"stall": {"after": 100, "millis": None}}, always=True)
        cloud.fault("GetCallerIdentity", {"wait": 60_000}, always=True)
        cloud.fault("ListObjectsV2", {"wait": 60_000}, always=True)
        cloud.fault("ListAccounts", {"wait": 60_000}, always=True)
        child.stdin.write("\n")
        child.stdin.flush()
        with interrupted(child) as (ended, took):
            assert ended == ("SystemExit" if name == "the command" else "KeyboardInterrupt"), child.stderr.read()
    assert took < 3, f"{took:.2f} s"
    assert list(tmp_path.iterdir()) == []
