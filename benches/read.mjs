// Reads a report in Node as `measure read` does in Rust, and prints the same JSON object. With `--lag` it also prints the delay of
// timers during the read. Measuring the delay takes some time itself. With `--rows` it makes objects of the rows instead of batches.
//
// `read.mjs [--text utf8|dictionary|view] [--lag] [--rows] FILE...`
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { parseArgs } from 'node:util'

import { read } from '../bindings-node/lib/index.mjs'

const options = { text: { type: 'string' }, lag: { type: 'boolean' }, rows: { type: 'boolean' } }
const { values, positionals } = parseArgs({ allowPositionals: true, options })
const delay = monitorEventLoopDelay({ resolution: 1 })
if (values.lag) delay.enable()
const start = performance.now()
const reader = read(positionals, { text: values.text })
let bytes = 0
if (values.rows) for await (const _ of reader.rows());
else for await (const batch of reader) bytes += batch.byteLength
const totals = await reader.totals()
totals.check()
const seconds = (performance.now() - start) / 1_000
const [billed] = Object.values(totals.costs).map((costs) => costs.billed)
const lag = values.lag ? { lag: delay.percentile(99) / 1e6 } : {}
console.log(JSON.stringify({ seconds, rows: totals.rowsOut, billed, bytes, ...lag }))
