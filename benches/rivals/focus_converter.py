"""focus-converter, the converter of the FinOps Foundation, with the provider `aws-cur`. It always writes Parquet.

Its command line writes a folder of Parquet files. Their costs are added up after timing has stopped.
"""

import pathlib
import subprocess
import sys
import tempfile

import polars as pl

from common import Clock, arguments, report

args = arguments()
command = pathlib.Path(sys.executable).with_name("focus-converter")
with tempfile.TemporaryDirectory() as folder:
    clock = Clock()
    for path in args.reports:
        subprocess.run(
            [command, "convert", "--provider", "aws-cur", "--data-format", "csv", "--data-path", path,
             "--export-path", folder, "--no-export-include-source-columns"],
            check=True, stdout=subprocess.DEVNULL,
        )
    clock.stop()
    table = pl.concat([pl.read_parquet(file) for file in pathlib.Path(folder).rglob("*.parquet")])
report(clock, table.height, table["BilledCost"].sum(), table["EffectiveCost"].sum(), table.width)
