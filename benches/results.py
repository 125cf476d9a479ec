#!/usr/bin/env python3
"""Writes the results of `bench.py` to `RESULTS.md`, `chart.svg`, and the marked section of the README.

    results.py TARGET/bench-data/runs.json
"""

import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
README = HERE.parent / "README.md"
MARKS = "<!-- figures: written by make bench -->", "<!-- end of figures -->"
MB = 1_000_000
SHAPES = {"legacy-120": "legacy, about 120 columns", "legacy-280": "legacy, about 280 columns", "cur2": "CUR 2.0"}
RIVALS = {"outlay": "outlay", "python": "outlay (Python)", "polars": "Polars", "duckdb": "DuckDB", "pyarrow": "pyarrow"}


class Runs:
    """The facts and measurements of each command, by round. `None` marks a failed run."""

    def __init__(self, runs=None):
        self.runs = runs or {}

    def add(self, name, facts):
        self.runs.setdefault(name, []).append(facts)

    def good(self, name):
        return [facts for facts in self.runs.get(name, []) if facts]

    def of(self, name, key="seconds"):
        """Returns the median over the rounds."""
        values = [facts[key] for facts in self.good(name)]
        return statistics.median(values) if values else None

    def ratio(self, name, base, key="seconds"):
        """Returns the median of the ratios within each round."""
        pairs = zip(self.runs.get(name, []), self.runs.get(base, []))
        ratios = [one[key] / other[key] for one, other in pairs if one and other]
        return statistics.median(ratios) if ratios else None

    def save(self, path, reports, rounds):
        facts = {"machine": machine(), "versions": versions(), "rounds": rounds, "reports": reports, "runs": self.runs}
        path.write_text(json.dumps(facts, indent=1))


def machine():
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    memory = int(next(line.split()[1] for line in open("/proc/meminfo") if line.startswith("MemTotal"))) / MB
    return f"{cpu}, {os.cpu_count()} cores, {memory:.0f} GB of memory, {platform.system()} {platform.release().split('-')[0]}"


def versions():
    def ask(*command):
        return subprocess.run(command, capture_output=True, text=True).stdout.splitlines()[0]

    def crate(name):
        return lock.split(f'name = "{name}"\nversion = "')[1].split('"')[0]

    lock = (HERE.parent / "Cargo.lock").read_text()
    found = [ask("rustc", "--version").split(" (")[0], f"Node {ask('node', '--version').removeprefix('v')}"]
    found += [f"{name} {crate(name)}" for name in ("flate2", "zlib-rs", "arrow", "parquet")]
    for file in ("requirements.txt", "requirements-focus-converter.txt"):
        pinned = (HERE / "rivals" / file).read_text().split()
        found += [line.replace("==", " ") for line in pinned if line.split("==")[0] not in ("click", "multimethod", "setuptools")]
    found.append(ask("gzip", "--version"))
    if shutil.which("igzip"):
        found.append(ask("igzip", "--version"))
    return ", ".join(found)


def shown(value, form="{:.2f}"):
    return "failed" if value is None else form.format(value)


def inverse(value):
    return None if value is None else 1 / value


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows]) + "\n"


def report_rows(reports):
    names = SHAPES | {"eight": "the first in 8 parts", "big": "the first, ten times as large"}
    for report, facts in reports.items():
        sizes = facts["csv_bytes"] // MB, facts["gzip_bytes"] // MB
        yield names[report], f"{facts['rows']:,}", facts["columns"], *sizes


def stage_rows(runs):
    stages = {
        "inflate": "inflate alone",
        "records": "+ scan: blocks of records, UTF-8",
        "columns": "+ columns: typed, repeats found",
        "read 1": "+ normalize: all 63 columns",
        "read 2": "all 63 columns, two threads",
        "six 1": "six columns, one thread",
    }
    for stage, what in stages.items():
        names = [(f"{shape} {stage}", f"{shape} inflate") for shape in SHAPES]
        yield what, *(f"{shown(runs.of(name))} s, {shown(runs.ratio(name, base))} x" for name, base in names)


def encoding_rows(runs):
    for what, name in (("Utf8", "legacy-120 read 1"), ("dictionary", "dictionary"), ("view", "view")):
        yield what, shown(runs.of(name)), shown(runs.of(name, "memory"), "{:.0f}")


def rival_rows(runs):
    for name, title in RIVALS.items():
        cells = [title]
        for kind in ("one", "eight", "parquet"):
            cells += [shown(runs.of(f"{name} {kind}")), shown(runs.of(f"{name} {kind}", "memory"), "{:.0f}")]
        yield *cells, billed(runs, f"{name} one")
    converter = [shown(runs.of("focus-converter")), shown(runs.of("focus-converter", "memory"), "{:.0f}")]
    yield "focus-converter", "", "", "", "", *converter, billed(runs, "focus-converter")


def billed(runs, name):
    return next((facts["billed"] for facts in runs.good(name)), "failed")


def memory_rows(runs):
    ways = {
        "streaming, one thread": ("legacy-120 read 1", "big 1"),
        "streaming, two threads": ("legacy-120 read 2", "big 2"),
        "to Parquet, two threads": ("parquet 2", "big parquet"),
    }
    for way, (small, big) in ways.items():
        yield way, *(shown(runs.of(name, "memory"), "{:.0f}") for name in (small, big)), shown(runs.of(big))


def cloud_rows(runs):
    for threads, what in ((1, "one thread"), (2, "two threads")):
        disk, cloud = f"legacy-120 read {threads}", f"cloud {threads}"
        yield what, shown(runs.of(disk)), shown(runs.of(cloud)), shown(runs.ratio(cloud, disk)), shown(runs.of(cloud, "memory"), "{:.0f}")


def node_rows(runs):
    rust, ways = "legacy-120 read 2", {
        "Rust, batch by batch": ("legacy-120 read 2", "big 2"),
        "Rust, to a file of Arrow IPC": ("ipc 2", None),
        "Node, buffers of Arrow IPC": ("node", "big node"),
    }
    for way, (name, big) in ways.items():
        memory = [shown(runs.of(run, "memory"), "{:.0f}") if run else "" for run in (name, big)]
        lag = shown(runs.of("node lag", "lag"), "{:.1f}") if name == "node" else ""
        yield way, shown(runs.of(name)), shown(runs.ratio(name, rust)), *memory, lag


def budget_rows(runs):
    def faster(than, kind):
        return inverse(runs.ratio(f"outlay {kind}", f"{than} {kind}"))

    inflate = "legacy-120 inflate"
    budgets = [
        ("one file, one thread, all columns, x inflate", "<= 1.70", runs.ratio("legacy-120 read 1", inflate)),
        ("the same of CUR 2.0", "<= 2.20", runs.ratio("cur2 read 1", "cur2 inflate")),
        ("one file, two threads, x inflate", "<= 1.15", runs.ratio("legacy-120 read 2", inflate)),
        ("8 parts, two threads, x the throughput of one", ">= 1.80", inverse(runs.ratio("eight 2", "eight 1"))),
        ("six columns, one thread, x inflate", "<= 1.35", runs.ratio("legacy-120 six 1", inflate)),
        ("one file, x faster than Polars", ">= 1.70", faster("polars", "one")),
        ("one file, x faster than DuckDB", ">= 3.50", faster("duckdb", "one")),
        ("8 parts, x faster than Polars", ">= 2.50", faster("polars", "eight")),
        ("8 parts, x faster than DuckDB", ">= 4.00", faster("duckdb", "eight")),
        ("to Parquet, x faster than Polars", ">= 1.50", faster("polars", "parquet")),
        ("to Parquet, x faster than DuckDB", ">= 2.50", faster("duckdb", "parquet")),
        ("from S3 on this machine, two threads, x the time from disk", "<= 1.15", runs.ratio("cloud 2", "legacy-120 read 2")),
        ("peak MB from S3, one thread", "<= 64", runs.of("cloud 1", "memory")),
        ("peak MB from S3, two threads", "<= 128", runs.of("cloud 2", "memory")),
        ("in Node, x the time of Rust batch by batch", "<= 1.25", runs.ratio("node", "legacy-120 read 2")),
        ("peak MB at 7 GB, one thread", "<= 64", runs.of("big 1", "memory")),
        ("peak MB at 7 GB, two threads", "<= 128", runs.of("big 2", "memory")),
        ("from Python to a table of pyarrow, x the time of Rust", "<= 1.10", runs.ratio("python one", "outlay one")),
        ("from Python to Parquet, x the peak MB of Rust", "<= 1.20", runs.ratio("python parquet", "outlay parquet", "memory")),
    ]
    for what, budget, value in budgets:
        sign, bound = budget.split()
        is_met = value is not None and (value <= float(bound) if sign == "<=" else value >= float(bound))
        yield what, budget, shown(value), "yes" if is_met else "no"


def bars(runs, csv):
    """Returns name, MB of CSV per second and kind of each bar."""
    found = [("inflate alone, one thread", "legacy-120 inflate", "floor"), ("outlay, batch by batch", "outlay streaming", "ours")]
    found += [(f"{title}, held in memory", f"{name} one", "ours" if name in ("outlay", "python") else "rival") for name, title in RIVALS.items()]
    found.append(("focus-converter, to Parquet", "focus-converter", "rival"))
    return [(title, csv / runs.of(name), kind) for title, name, kind in found if runs.of(name)]


def chart(bars):
    most, left, width, step = max(value for _, value, _ in bars), 210, 450, 28
    colours = {"floor": "#9aa5b1", "ours": "#1f6feb", "rival": "#c9762f"}
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 {step * len(bars) + 52}" font-family="sans-serif" font-size="13">',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        '<text x="12" y="24" fill="#24292f" font-weight="bold">A month\'s bill to FOCUS: MB of CSV a second, two threads</text>',
    ]
    for number, (name, value, kind) in enumerate(bars):
        y, length = 42 + step * number, max(1, width * value / most)
        lines.append(f'<text x="{left - 8}" y="{y + 14}" text-anchor="end" fill="#24292f">{name}</text>')
        lines.append(f'<rect x="{left}" y="{y}" width="{length:.1f}" height="19" rx="2" fill="{colours[kind]}"/>')
        lines.append(f'<text x="{left + length + 6:.1f}" y="{y + 14}" fill="#24292f">{value:,.0f}</text>')
    return "\n".join([*lines, "</svg>"]) + "\n"


def results(facts, runs):
    reports = facts["reports"]
    csv = reports["legacy-120"]["csv_bytes"] / MB
    floors = {"gzip -dc": "GNU gzip", "igzip -dc (ISA-L)": "igzip (ISA-L)", "legacy-120 inflate": "flate2 with zlib-rs"}
    rates = [f"{title} {csv / runs.of(name):,.0f} MB/s" for name, title in floors.items() if runs.of(name)]
    return "\n".join([
        "# Results\n",
        "Written by `make bench`; every figure is of the same run.\n",
        f"**Machine**: {facts['machine']}.\n",
        f"**Versions**: {facts['versions']}.\n",
        "**Method**: commands are run one after the other as processes, round by round, so that whatever else the machine does hits"
        " all of them alike; figures are medians over the rounds, ratios are medians of the ratios within a round. Seconds are those"
        " that a program measures itself, from the first byte it reads to its last row; memory is the peak resident set of the"
        f" process. {facts['rounds']} rounds; the 7 GB files and focus-converter once. Reports are made by `generate` from seed 1:"
        " hourly, with resources, tags and commitments; gzip level 6. `inflate alone` is flate2 with the same zlib-rs and its check of"
        " the CRC, reading from the page cache.\n",
        "## Reports\n",
        table(("report", "rows", "columns", "MB of CSV", "MB of gzip"), report_rows(reports)),
        "## Where the time goes\n",
        "One thread; each stage includes those before it. Seconds, and times inflate alone.\n",
        table(("", *SHAPES.values()), stage_rows(runs)),
        f"Inflate alone: {'; '.join(rates)}.\n",
        table(("text encoding, one thread", "seconds", "peak MB"), encoding_rows(runs)),
        "## Beside what people use instead\n",
        f"The first report, {csv:.0f} MB of CSV, two threads each, to the same 40 FOCUS columns, held in memory or written to Parquet"
        " (zstd). Who does less than the others is helped by it: outlay's seconds have all its proofs in them, and Tags as maps; Polars"
        " computes with Float64 and, as DuckDB, has Tags as a struct; pyarrow leaves Tags out. outlay (Python) is the package, to a table"
        " of pyarrow or by its own writer of Parquet, with the memory of the interpreter. `billed` is the sum of BilledCost as each"
        f" has it; the report's is {reports['legacy-120']['billed']}. Batch by batch, holding none, outlay takes"
        f" {shown(runs.of('outlay streaming'))} s and {shown(runs.of('outlay streaming', 'memory'), '{:.0f}')} MB.\n",
        table(("", "one file, s", "peak MB", "8 parts, s", "peak MB", "to Parquet, s", "peak MB", "billed"), rival_rows(runs)),
        "## Memory\n",
        table(("outlay", "0.7 GB, peak MB", "7 GB, peak MB", "7 GB, s"), memory_rows(runs)),
        "## From S3\n",
        "The first report, all columns, through the connector from `outlay-cloud` on the same two cores, which it takes its share of.\n",
        table(("", "from disk, s", "from S3, s", "x disk", "from S3, peak MB"), cloud_rows(runs)),
        "## In Node\n",
        "All columns, default options, two threads. Rust makes batches, or writes them to a file as Arrow IPC; Node takes each as a buffer"
        " of Arrow IPC. Lag is how late its timers are meanwhile, the 99th percentile.\n",
        table(("", "seconds", "x Rust", "0.7 GB, peak MB", "7 GB, peak MB", "lag, ms"), node_rows(runs)),
        "## Budgets\n",
        table(("", "budget", "measured", "met"), budget_rows(runs)),
    ])


def figures(facts, runs):
    """Returns the section of the README."""
    report = facts["reports"]["legacy-120"]
    rows = []
    for name, title in RIVALS.items():
        cells = [shown(runs.of(f"{name} {kind}"), "{:.1f} s") for kind in ("one", "eight", "parquet")]
        rows.append((title, *cells, shown(runs.of(f"{name} one", "memory"), "{:,.0f} MB")))
    if runs.of("focus-converter"):
        rows.append(("focus-converter", "", "", shown(runs.of("focus-converter"), "{:.0f} s"), shown(runs.of("focus-converter", "memory"), "{:,.0f} MB")))
    streaming = (runs.of("outlay streaming"), "{:.1f} s"), (runs.of("outlay streaming", "memory"), "{:.0f} MB")
    rows.insert(0, ("outlay, batch by batch", shown(*streaming[0]), "", "", shown(*streaming[1])))
    return "\n".join([
        "![MB of CSV a second](benches/chart.svg)\n",
        table(("", "one file", "8 parts", "one file to Parquet", "peak memory, one file"), rows),
        f"A seeded report of {report['csv_bytes'] // MB} MB of CSV, {report['rows']:,} rows and {report['columns']} columns in gzip, to 40 FOCUS columns, with"
        f" two threads; the first row streams, the others keep the result in memory. Medians of {facts['rounds']} interleaved rounds on one machine: {facts['machine']}."
        " All figures, versions, and what each rival leaves out: [benches/RESULTS.md](benches/RESULTS.md). `make bench` repeats it.\n",
    ])


def write(path):
    facts = json.loads(path.read_text())
    runs = Runs(facts["runs"])
    (HERE / "RESULTS.md").write_text(results(facts, runs))
    (HERE / "chart.svg").write_text(chart(bars(runs, facts["reports"]["legacy-120"]["csv_bytes"] / MB)))
    before, rest = README.read_text().split(MARKS[0])
    after = rest.split(MARKS[1])[1]
    README.write_text(f"{before}{MARKS[0]}\n\n{figures(facts, runs)}\n{MARKS[1]}{after}")


if __name__ == "__main__":
    write(pathlib.Path(sys.argv[1]))
