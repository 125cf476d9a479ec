#!/usr/bin/env python3
"""Runs the benchmarks on this machine. `results.py` writes the report from their results.

    bench.py --target TARGET --python PYTHON --focus-python PYTHON [--quick]
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
from decimal import Decimal

from results import MB, SHAPES, Runs, machine, write

HERE = pathlib.Path(__file__).parent


def make(target, shape, size, parts=1, combinations=400):
    """Returns the parts of a generated report and the facts that the generator printed. Reports are cached."""
    folder = target / "bench-data" / f"{shape}-{combinations}-{size // MB}-{parts}"
    facts = folder / "facts.json"
    if not facts.exists():
        shutil.rmtree(folder, ignore_errors=True)
        made = subprocess.run(
            [target / "release/generate", shape, str(combinations), str(size), str(parts), "1", folder],
            check=True, capture_output=True, text=True,
        )
        facts.write_text(made.stdout)
    return sorted(str(file) for file in folder.glob("*.csv.gz")), json.loads(facts.read_text())


def run(command):
    """Runs a command. Returns the facts that it printed, the wall time in seconds, and the peak memory in MB."""
    with tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors)
        out = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            errors.seek(0)
            sys.stderr.write(f"{command} ended with {process.returncode}: {errors.read().decode()[-2000:]}\n")
            return None
    try:
        facts = json.loads(out)
    except ValueError:
        facts = {"seconds": wall}
    return facts | {"wall": wall, "memory": usage.ru_maxrss * 1024 / MB}


class Bench:
    def __init__(self, args):
        self.args, self.target = args, args.target
        self.runs = Runs()
        self.output = str(args.target / "bench-data" / "out.parquet")

    def measure(self, *arguments):
        return [str(self.target / "release/measure"), *map(str, arguments)]

    def package(self, *arguments):
        return [str(self.args.python), str(HERE / "measure.py"), *map(str, arguments)]

    def rival(self, name, *arguments):
        python = self.args.focus_python if name == "focus_converter" else self.args.python
        return [str(python), str(HERE / f"rivals/{name}.py"), *map(str, arguments)]

    def node(self, *arguments):
        return ["node", str(HERE / "read.mjs"), *map(str, arguments)]

    def cloud(self, files):
        """Starts a simulated cloud that holds a report of these parts. Returns its process and its endpoint."""
        month = "reports/bench/20260901-20261001"
        keys = [f"{month}/20260930T000000Z/{pathlib.Path(file).name}" for file in files]
        manifest = {
            "assemblyId": "20260930T000000Z", "reportName": "bench", "bucket": "bench", "reportKeys": keys,
            "billingPeriod": {"start": "20260901T000000.000Z", "end": "20261001T000000.000Z"},
        }
        objects = [{"key": key, "content": {"loaded": str(pathlib.Path(file).resolve())}} for key, file in zip(keys, files)]
        objects.append({"key": f"{month}/bench-Manifest.json", "content": {"text": json.dumps(manifest)}})
        world = {
            "users": [{"arn": "arn:aws:iam::111122223333:user/bench", "access_key_id": "AKIABENCH00000000000"}],
            "buckets": [{"name": "bench", "objects": objects}],
        }
        command = [str(self.target / "release/outlay-cloud")]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        process.stdin.write(json.dumps(world) + "\n")
        process.stdin.flush()
        return process, json.loads(process.stdout.readline())["endpoint"]

    def rounds(self, commands, count):
        """Runs the named commands `count` times, one of each per round."""
        for number in range(count):
            for name, command in commands.items():
                print(f"  round {number + 1}: {name}", file=sys.stderr)
                self.runs.add(name, run(command))


def main_columns(bench, file):
    """Returns the commands that convert a file to the main columns with two threads, in Rust and in Python."""
    rust, python = ("read", "--threads", 2, "--columns", "main"), ("--threads", 2)
    return {
        "outlay one": bench.measure(*rust, "--hold", file),
        "python one": bench.package(*python, file),
        "outlay parquet": bench.measure(*rust, "--output", bench.output, file),
        "python parquet": bench.package(*python, "--output", bench.output, file),
    }


def quick(bench):
    (file,), facts = make(bench.target, "legacy-120", 150 * MB)
    bench.rounds(
        {
            "inflate": bench.measure("inflate", file),
            "all": bench.measure("read", "--threads", 1, file),
            "two": bench.measure("read", "--threads", 2, file),
            "six": bench.measure("read", "--threads", 1, "--columns", "six", file),
            **main_columns(bench, file),
        },
        5,
    )
    print(f"{facts['rows']} rows, {facts['csv_bytes'] // MB} MB of CSV; {machine()}")
    for name, what in (("inflate", "inflate alone"), ("all", "all columns, one thread"), ("two", "two threads"), ("six", "six columns, one thread")):
        print(f"{what:26} {bench.runs.of(name):7.3f} s  {bench.runs.ratio(name, 'inflate'):5.2f} x inflate")
    table, memory = bench.runs.ratio("python one", "outlay one"), bench.runs.ratio("python parquet", "outlay parquet", "memory")
    print(f"{'Python, to a table':26} {bench.runs.of('python one'):7.3f} s  {table:5.2f} x Rust")
    print(f"{'Python, to Parquet':26} {bench.runs.of('python parquet', 'memory'):7.1f} MB {memory:5.2f} x Rust")
    for name in ("all", "python one", "python parquet"):
        check(bench, name, facts)


def check(bench, name, facts):
    """Fails if the billed total of a run differs from that of the generator."""
    wrong = [run["billed"] for run in bench.runs.good(name) if Decimal(run["billed"]) != Decimal(facts["billed"])]
    if wrong:
        raise SystemExit(f"{name}: billed {wrong}, not {facts['billed']}")


def whole(bench):
    args = bench.args
    size, large = 700 * MB, 7_000 * MB
    files = {shape: make(bench.target, shape, size) for shape in SHAPES}
    (file,), facts = files["legacy-120"]
    many, many_facts = make(bench.target, "legacy-120", size, 8)
    (big,), big_facts = make(bench.target, "legacy-120", large)
    out = bench.output
    stream = out.replace(".parquet", ".arrow")
    commands = {"gzip -dc": ["sh", "-c", f"gzip -dc '{file}' > /dev/null"]}
    if shutil.which("igzip"):
        commands["igzip -dc (ISA-L)"] = ["sh", "-c", f"igzip -dc '{file}' > /dev/null"]
    for shape, ((path,), _) in files.items():
        for stage in ("inflate", "records", "columns"):
            commands[f"{shape} {stage}"] = bench.measure(stage, path)
        commands[f"{shape} read 1"] = bench.measure("read", "--threads", 1, path)
        commands[f"{shape} read 2"] = bench.measure("read", "--threads", 2, path)
        commands[f"{shape} six 1"] = bench.measure("read", "--threads", 1, "--columns", "six", path)
    commands["dictionary"] = bench.measure("read", "--threads", 1, "--text", "dictionary", file)
    commands["view"] = bench.measure("read", "--threads", 1, "--text", "view", file)
    commands["parquet 1"] = bench.measure("read", "--threads", 1, "--output", out, file)
    commands["parquet 2"] = bench.measure("read", "--threads", 2, "--output", out, file)
    server, endpoint = bench.cloud([file])
    commands["cloud 1"] = bench.measure("read", "--threads", 1, "--cloud", endpoint, "2026-09")
    commands["cloud 2"] = bench.measure("read", "--threads", 2, "--cloud", endpoint, "2026-09")
    commands["node"] = bench.node(file)
    commands["ipc 2"] = bench.measure("read", "--threads", 2, "--output", stream, file)
    commands["eight 1"] = bench.measure("read", "--threads", 1, *many)
    commands["eight 2"] = bench.measure("read", "--threads", 2, *many)
    main = ("read", "--threads", 2, "--columns", "main")
    commands["outlay streaming"] = bench.measure(*main, file)
    commands |= main_columns(bench, file)
    commands["outlay eight"] = bench.measure(*main, "--hold", *many)
    commands["python eight"] = bench.package("--threads", 2, *many)
    for rival in ("polars", "duckdb", "pyarrow"):
        commands[f"{rival} one"] = bench.rival(f"{rival}_focus", file)
        commands[f"{rival} eight"] = bench.rival(f"{rival}_focus", *many)
        commands[f"{rival} parquet"] = bench.rival(f"{rival}_focus", "--output", out, file)
    bench.rounds(commands, args.rounds)
    server.stdin.close()
    server.wait()
    once = {
        "big 1": bench.measure("read", "--threads", 1, big),
        "big 2": bench.measure("read", "--threads", 2, big),
        "big parquet": bench.measure("read", "--threads", 2, "--output", out, big),
        "big node": bench.node(big),
        "node lag": bench.node("--lag", file),
        "focus-converter": bench.rival("focus_converter", file),
    }
    bench.rounds(once, 1)
    exact = ("outlay", "python", "duckdb", "pyarrow")
    own = ("legacy-120 read 1", "legacy-120 read 2", "legacy-120 six 1", "dictionary", "view", "parquet 1", "parquet 2", "ipc 2", "node", "cloud 1", "cloud 2")
    for name in (*own, *(f"{name} one" for name in exact), *(f"{name} parquet" for name in exact)):
        check(bench, name, facts)
    for name in ("eight 1", "eight 2", *(f"{name} eight" for name in exact)):
        check(bench, name, many_facts)
    for name in ("big 1", "big node"):
        check(bench, name, big_facts)
    reports = {shape: facts for shape, (_, facts) in files.items()} | {"eight": many_facts, "big": big_facts}
    bench.runs.save(bench.target / "bench-data" / "runs.json", reports, args.rounds)
    write(bench.target / "bench-data" / "runs.json")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--target", type=pathlib.Path, required=True)
    parser.add_argument("--python")
    parser.add_argument("--focus-python")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true")
    bench = Bench(parser.parse_args())
    quick(bench) if bench.args.quick else whole(bench)


if __name__ == "__main__":
    main()
