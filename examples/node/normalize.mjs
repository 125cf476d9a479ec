// Reads a report, writes a file and prints the checks: `normalize.mjs REPORT [FILE.parquet|.csv|.arrow]`.
import path from 'node:path'

import { read } from 'outlay'

const WRITERS = { '.parquet': 'toParquet', '.csv': 'toCsv', '.arrow': 'toIpc' }

const [report = 'examples/data/report', file] = process.argv.slice(2)
const reader = read(report)
if (file) await reader[WRITERS[path.extname(file)]](file)
else for await (const _ of reader);
const totals = await reader.totals()
console.log(`${totals}`)
totals.check()
