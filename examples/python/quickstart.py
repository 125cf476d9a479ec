"""The example program of the README."""

import outlay

reader = outlay.read("examples/data/report", columns=["ServiceName", "BilledCost"])
rows = 0
for batch in reader:
    rows += len(batch)
totals = reader.totals
totals.check()
print(f"{rows} rows, {totals.costs['USD'].billed} USD billed")
