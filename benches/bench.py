#!/usr/bin/env python3
"""Runs the benchmark and writes `RESULTS.md` and `chart.svg`: every figure of one run, on one machine.

    bench.py --target TARGET --python PYTHON --focus-python PYTHON [--quick]

Commands are run one after the other as processes, round by round, so that whatever else the machine does hits all of
them alike; figures are medians over the rounds, ratios are medians of the ratios within a round. Seconds are those that
a program measures itself, from the first byte it reads to its last row; memory is the peak resident set of the process.
"""

import argparse
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import time
from decimal import Decimal

HERE = pathlib.Path(__file__).parent
MB = 1_000_000
SHAPES = {"legacy-120": "legacy, about 120 columns", "legacy-280": "legacy, about 280 columns", "cur2": "CUR 2.0"}


def make(target, shape, size, parts=1):
    """A report of the generator, and what it says of it."""
    folder = target / "bench-data" / f"{shape}-{size // MB}-{parts}"
    facts = folder / "facts.json"
    if not facts.exists():
        shutil.rmtree(folder, ignore_errors=True)
        made = subprocess.run(
            [target / "release/generate", shape, str(size), str(parts), "1", folder], check=True, capture_output=True, text=True
        )
        facts.write_text(made.stdout)
    return sorted(str(file) for file in folder.glob("*.csv.gz")), json.loads(facts.read_text())


def run(command):
    """Runs a command; its own line of facts, wall seconds, and peak memory in MB."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out = process.stdout.read()
    error = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - start
    if process.returncode != 0:
        sys.stderr.write(f"{command} ended with {process.returncode}: {error.decode()[-2000:]}\n")
        return None
    try:
        facts = json.loads(out)
    except ValueError:
        facts = {"seconds": wall}
    return facts | {"wall": wall, "memory": usage.ru_maxrss * 1024 / MB}


class Bench:
    def __init__(self, args):
        self.args, self.target = args, args.target
        self.runs = {}
        self.output = str(args.target / "bench-data" / "out.parquet")

    def measure(self, *arguments):
        return [str(self.target / "release/measure"), *map(str, arguments)]

    def rival(self, name, *arguments):
        python = self.args.focus_python if name == "focus_converter" else self.args.python
        return [str(python), str(HERE / f"rivals/{name}.py"), *map(str, arguments)]

    def rounds(self, commands, count):
        """Runs named commands interleaved."""
        for number in range(count):
            for name, command in commands.items():
                print(f"  round {number + 1}: {name}", file=sys.stderr)
                self.runs.setdefault(name, []).append(run(command))

    def of(self, name, key="seconds"):
        values = [facts[key] for facts in self.runs.get(name, []) if facts]
        return statistics.median(values) if values else None

    def ratio(self, name, base):
        pairs = zip(self.runs.get(name, []), self.runs.get(base, []))
        ratios = [one["seconds"] / other["seconds"] for one, other in pairs if one and other]
        return statistics.median(ratios) if ratios else None


def shown(value, form="{:.2f}"):
    return "failed" if value is None else form.format(value)


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows]) + "\n"


def chart(bars, path):
    """Bars of MB of CSV a second, the longest first as they are given."""
    most, left, width, step = max(value for _, value, _ in bars), 230, 420, 26
    height = step * len(bars) + 40
    colours = {"floor": "#9aa5b1", "ours": "#1f6feb", "rival": "#d0803c"}
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 {height}" font-family="sans-serif" font-size="13">',
        f'<rect width="760" height="{height}" fill="#ffffff"/>',
        '<text x="12" y="20" fill="#24292f">MB of CSV a second, one file, two threads, 40 FOCUS columns; longer is faster</text>',
    ]
    for number, (name, value, kind) in enumerate(bars):
        y, length = 34 + step * number, max(1, width * value / most)
        parts.append(f'<text x="{left - 8}" y="{y + 14}" text-anchor="end" fill="#24292f">{name}</text>')
        parts.append(f'<rect x="{left}" y="{y}" width="{length:.1f}" height="18" fill="{colours[kind]}"/>')
        parts.append(f'<text x="{left + length + 6:.1f}" y="{y + 14}" fill="#24292f">{value:,.0f}</text>')
    path.write_text("\n".join([*parts, "</svg>"]) + "\n")


def machine():
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    memory = int(next(line.split()[1] for line in open("/proc/meminfo") if line.startswith("MemTotal"))) / MB
    return f"{cpu}, {os.cpu_count()} cores, {memory:.0f} GB of memory, {platform.system()} {platform.release()}"


def versions(args):
    ask = lambda command: subprocess.run(command, capture_output=True, text=True).stdout.strip()  # noqa: E731
    lock = (HERE / "../Cargo.lock").read_text()
    crate = lambda name: lock.split(f'name = "{name}"\nversion = "')[1].split('"')[0]  # noqa: E731
    found = [ask(["rustc", "--version"]), *(f"{name} {crate(name)}" for name in ("flate2", "zlib-rs", "arrow", "parquet"))]
    for line in (HERE / "rivals/requirements.txt").read_text().split():
        found.append(line.replace("==", " "))
    found += ["focus-converter 1.0.0", ask(["gzip", "--version"]).splitlines()[0]]
    if shutil.which("igzip"):
        found.append(ask(["igzip", "--version"]).splitlines()[0])
    return ", ".join(found)


def quick(bench):
    (file,), facts = make(bench.target, "legacy-120", 150 * MB)
    bench.rounds(
        {
            "inflate": bench.measure("inflate", file),
            "all": bench.measure("read", "--threads", 1, file),
            "two": bench.measure("read", "--threads", 2, file),
            "six": bench.measure("read", "--threads", 1, "--columns", "six", file),
        },
        5,
    )
    print(f"{facts['rows']} rows, {facts['csv_bytes'] // MB} MB of CSV; {machine()}")
    for name, what in (("inflate", "inflate alone"), ("all", "all columns, one thread"), ("two", "two threads"), ("six", "six columns, one thread")):
        print(f"{what:26} {bench.of(name):7.3f} s  {bench.ratio(name, 'inflate'):5.2f} x inflate")
    check(bench, "all", facts)


def check(bench, name, facts):
    """Every run billed what the generator says."""
    wrong = [run["billed"] for run in bench.runs.get(name, []) if run and Decimal(run["billed"]) != Decimal(facts["billed"])]
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
    commands["eight 1"] = bench.measure("read", "--threads", 1, *many)
    commands["eight 2"] = bench.measure("read", "--threads", 2, *many)
    main = ("read", "--threads", 2, "--columns", "main")
    commands["outlay one"] = bench.measure(*main, file)
    commands["outlay eight"] = bench.measure(*main, *many)
    commands["outlay parquet"] = bench.measure(*main, "--output", out, file)
    for rival in ("polars", "duckdb", "pyarrow"):
        commands[f"{rival} one"] = bench.rival(f"{rival}_focus", file)
        commands[f"{rival} eight"] = bench.rival(f"{rival}_focus", *many)
        commands[f"{rival} parquet"] = bench.rival(f"{rival}_focus", "--output", out, file)
    bench.rounds(commands, args.rounds)
    once = {
        "big 1": bench.measure("read", "--threads", 1, big),
        "big 2": bench.measure("read", "--threads", 2, big),
        "big parquet": bench.measure("read", "--threads", 2, "--output", out, big),
        "focus-converter": bench.rival("focus_converter", file),
    }
    bench.rounds(once, 1)
    exact = ("outlay", "duckdb", "pyarrow")
    own = ("legacy-120 read 1", "legacy-120 read 2", "legacy-120 six 1", "dictionary", "view", "parquet 1", "parquet 2")
    for name in (*own, *(f"{name} one" for name in exact), *(f"{name} parquet" for name in exact)):
        check(bench, name, facts)
    for name in ("eight 1", "eight 2", *(f"{name} eight" for name in exact)):
        check(bench, name, many_facts)
    check(bench, "big 1", big_facts)
    write(bench, files, facts, many_facts, big_facts)


def write(bench, files, facts, many_facts, big_facts):
    of, ratio = bench.of, bench.ratio
    csv = facts["csv_bytes"] / MB
    inflate = "legacy-120 inflate"
    text = [
        "# Results\n",
        "Written by `make bench`; every figure is of the same run.\n",
        f"**Machine**: {machine()}.\n",
        f"**Versions**: {versions(bench.args)}.\n",
        "**Method**: " + " ".join(__doc__.split("\n\n")[2].split()) + f" {bench.args.rounds} rounds, the 7 GB files and focus-converter"
        " once. Reports are made by `generate.rs` from seed 1: hourly, with resources, tags and commitments; gzip level 6."
        " `inflate alone` is flate2 with the same zlib-rs and its check of the CRC, reading from the page cache.\n",
        "## Reports\n",
        table(
            ("report", "rows", "columns", "MB of CSV", "MB of gzip"),
            [
                (SHAPES[shape], f"{f['rows']:,}", f["columns"], f["csv_bytes"] // MB, f["gzip_bytes"] // MB)
                for shape, (_, f) in files.items()
            ]
            + [("the first in 8 parts", f"{many_facts['rows']:,}", many_facts["columns"], many_facts["csv_bytes"] // MB, many_facts["gzip_bytes"] // MB)]
            + [("the first, ten times as large", f"{big_facts['rows']:,}", big_facts["columns"], big_facts["csv_bytes"] // MB, big_facts["gzip_bytes"] // MB)],
        ),
        "## Where the time goes\n",
        "One thread; each stage includes those before it. Seconds, and times inflate alone.\n",
    ]
    stages = (("inflate", "inflate alone"), ("records", "+ scan: blocks of records, UTF-8"), ("columns", "+ columns: typed, repeats found"),
              ("read 1", "+ normalize: all FOCUS 1.2 columns"), ("read 2", "all columns, two threads"), ("six 1", "six columns, one thread"))
    rows = []
    for stage, what in stages:
        rows.append([what, *(f"{shown(of(f'{shape} {stage}'))} s, {shown(ratio(f'{shape} {stage}', f'{shape} inflate'))} x" for shape in SHAPES)])
    text.append(table(("", *SHAPES.values()), rows))
    text.append(table(
        ("text encoding, one thread", "seconds", "peak MB"),
        [(name, shown(of(key)), shown(of(key, "memory"), "{:.0f}")) for name, key in (("Utf8", "legacy-120 read 1"), ("dictionary", "dictionary"), ("view", "view"))],
    ))
    text.append("## Beside what people use instead\n")
    text.append(
        f"The first report, {csv:.0f} MB of CSV, two threads each, to the same 40 FOCUS columns. Who does less than the others is helped by"
        " it: outlay's seconds have all its proofs in them, and Tags as maps; Polars computes with Float64 and, as DuckDB, has Tags as a"
        " struct; pyarrow leaves Tags out. `billed` is the sum of BilledCost as each has it; the report's is"
        f" {facts['billed']}.\n"
    )
    rivals = [(name, f"{name} one", f"{name} eight", f"{name} parquet") for name in ("outlay", "polars", "duckdb", "pyarrow")]
    rows = []
    for name, one, eight, parquet in rivals:
        last = next((run for run in reversed(bench.runs[one]) if run), {})
        rows.append((name, shown(of(one)), shown(of(one, "memory"), "{:.0f}"), shown(of(eight)), shown(of(eight, "memory"), "{:.0f}"),
                     shown(of(parquet)), shown(of(parquet, "memory"), "{:.0f}"), last.get("billed", "failed")))
    last = next((run for run in bench.runs["focus-converter"] if run), {})
    rows.append(("focus-converter", "", "", "", "", shown(of("focus-converter")), shown(of("focus-converter", "memory"), "{:.0f}"), last.get("billed", "failed")))
    text.append(table(("", "one file, s", "peak MB", "8 parts, s", "peak MB", "to Parquet, s", "peak MB", "billed"), rows))
    text.append("## Memory\n")
    text.append(table(
        ("outlay", "0.7 GB, peak MB", "7 GB, peak MB", "7 GB, s"),
        [
            ("streaming, one thread", shown(of("legacy-120 read 1", "memory"), "{:.0f}"), shown(of("big 1", "memory"), "{:.0f}"), shown(of("big 1"))),
            ("streaming, two threads", shown(of("legacy-120 read 2", "memory"), "{:.0f}"), shown(of("big 2", "memory"), "{:.0f}"), shown(of("big 2"))),
            ("to Parquet, two threads", shown(of("parquet 2", "memory"), "{:.0f}"), shown(of("big parquet", "memory"), "{:.0f}"), shown(of("big parquet"))),
        ],
    ))
    text.append("## Budgets\n")
    faster = lambda mine, theirs: (lambda value: None if value is None else 1 / value)(ratio(mine, theirs))  # noqa: E731
    eight = lambda: (lambda value: None if value is None else 1 / value)(ratio("eight 2", "eight 1"))  # noqa: E731
    budgets = [
        ("one file, one thread, all columns, x inflate", "<= 1.70", ratio("legacy-120 read 1", inflate)),
        ("the same of CUR 2.0", "<= 2.20", ratio("cur2 read 1", "cur2 inflate")),
        ("one file, two threads, x inflate", "<= 1.15", ratio("legacy-120 read 2", inflate)),
        ("8 parts, two threads, x the throughput of one", ">= 1.80", eight()),
        ("six columns, one thread, x inflate", "<= 1.35", ratio("legacy-120 six 1", inflate)),
        ("one file, x faster than Polars", ">= 1.70", faster("outlay one", "polars one")),
        ("one file, x faster than DuckDB", ">= 3.50", faster("outlay one", "duckdb one")),
        ("8 parts, x faster than Polars", ">= 2.50", faster("outlay eight", "polars eight")),
        ("8 parts, x faster than DuckDB", ">= 4.00", faster("outlay eight", "duckdb eight")),
        ("to Parquet, x faster than Polars", ">= 1.50", faster("outlay parquet", "polars parquet")),
        ("to Parquet, x faster than DuckDB", ">= 2.50", faster("outlay parquet", "duckdb parquet")),
        ("peak MB at 7 GB, one thread", "<= 64", of("big 1", "memory")),
        ("peak MB at 7 GB, two threads", "<= 128", of("big 2", "memory")),
    ]
    rows = []
    for what, budget, value in budgets:
        sign, bound = budget.split()
        is_met = value is not None and (value <= float(bound) if sign == "<=" else value >= float(bound))
        rows.append((what, budget, shown(value), "yes" if is_met else "no"))
    text.append(table(("", "budget", "measured", "met"), rows))
    floors = [(name, of(name)) for name in ("gzip -dc", "igzip -dc (ISA-L)") if name in bench.runs] + [("inflate alone (zlib-rs)", of(inflate))]
    text.append("The floor, for comparison: " + "; ".join(f"{name} {csv / seconds:,.0f} MB/s" for name, seconds in floors if seconds) + ".\n")
    (HERE / "RESULTS.md").write_text("\n".join(text))
    bars = [(name, csv / seconds, "floor") for name, seconds in floors if seconds]
    bars += [("outlay", csv / of("outlay one"), "ours"), ("outlay, all 63 columns", csv / of("legacy-120 read 2"), "ours")]
    bars += [("outlay, all 63, one thread", csv / of("legacy-120 read 1"), "ours")]
    bars += [(name, csv / of(f"{name.lower()} one"), "rival") for name in ("Polars", "DuckDB", "pyarrow") if of(f"{name.lower()} one")]
    if of("focus-converter"):
        bars.append(("focus-converter", csv / of("focus-converter"), "rival"))
    chart(bars, HERE / "chart.svg")


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
