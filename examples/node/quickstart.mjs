// The example program of the README.
import { read } from 'outlay'

const reader = read('examples/data/report', { columns: ['ServiceName', 'BilledCost'] })
let rows = 0
for await (const _ of reader.rows()) rows += 1
const totals = await reader.totals()
totals.check()
for (const [currency, { billed }] of Object.entries(totals.costs)) console.log(`${rows} rows, ${billed} ${currency} billed`)
