#!/usr/bin/env python3
"""Does the same as `measure read` with the Python package: reads to a pyarrow table, or writes a Parquet file.

    measure.py [--threads N] [--output FILE] FILE...

Reads the main columns, and prints the same JSON object. Python and its libraries are loaded before timing starts.
"""

import argparse
import json
import pathlib
import time

import outlay

parser = argparse.ArgumentParser()
parser.add_argument("--threads", type=int)
parser.add_argument("--output")
parser.add_argument("reports", nargs="+")
args = parser.parse_args()
columns = (pathlib.Path(__file__).parent / "main-columns.txt").read_text().split()
if not args.output:
    # Parquet is written without pyarrow, whose memory must not be measured then.
    import pyarrow  # noqa: F401

start = time.perf_counter()
reader = outlay.read(args.reports, threads=args.threads, columns=columns)
if args.output:
    reader.to_parquet(args.output)
else:
    table = reader.to_pyarrow()
reader.check()
billed = reader.totals.costs["USD"].billed
seconds = time.perf_counter() - start
print(json.dumps({"seconds": round(seconds, 4), "rows": reader.totals.rows_out, "billed": f"{billed:f}"}))
