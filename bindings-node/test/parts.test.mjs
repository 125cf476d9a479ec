// Plans, parts and totals: plain values that travel and add up.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'

import { tableFromIPC } from 'apache-arrow'
import { OutlayError, Totals, closingBatch, mergeTotals, plan, read, readPart } from 'outlay'

import { DATA, DEMO, collect, rowsOfTable, thrown } from './support.mjs'

const OPTIONS = { columns: ['BilledCost', 'EffectiveCost', 'x_LineItemType'] }
const sorted = (rows) => rows.map((row) => JSON.stringify(row)).sort()

/** What a worker does: it gets JSON, and gives JSON back. */
function work(part) {
  const program = `
    const { parentPort, workerData } = require('node:worker_threads')
    const { readPart } = require('outlay')
    ;(async () => {
      const reader = readPart(JSON.parse(workerData.part), workerData.options)
      const rows = []
      for await (const row of reader.rows()) rows.push(row)
      parentPort.postMessage({ rows, state: (await reader.totals()).state() })
    })()
  `
  const worker = new Worker(program, { eval: true, workerData: { part: JSON.stringify(part), options: OPTIONS } })
  return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
}

test('parts that workers read are the whole', async () => {
  const reader = read(DEMO, OPTIONS)
  const wanted = await collect(reader.rows())
  const { parts } = await plan(DEMO, OPTIONS)
  const results = await Promise.all(parts.map(work))
  // In whatever order.
  const rows = results.reverse().flatMap((result) => result.rows)
  const totals = await mergeTotals(results.map((result) => result.state))
  assert.deepEqual(sorted(rows), sorted(wanted))
  totals.check()
  assert.deepEqual(totals.costs, (await reader.totals()).costs)
  assert.equal((await closingBatch(totals, OPTIONS)).batch, null)
})

test('rows that only the whole shows come in the closing batch', async () => {
  const report = `${DATA}/golden/savings-plan-residual/report.csv`
  const wanted = await collect(read(report, OPTIONS).rows())
  const [part] = (await plan(report)).parts
  const reader = readPart(part, OPTIONS)
  const rows = await collect(reader.rows())
  const before = await reader.totals()
  assert.throws(() => before.check(), { name: 'OutlayError', code: 'OUTLAY_UNPROVEN', message: /closing/ })
  const { batch, totals } = await closingBatch(before, OPTIONS)
  assert.deepEqual([...rows, ...rowsOfTable(tableFromIPC(batch))], wanted)
  // What is left over is handed out, and said.
  assert.deepEqual(totals.checks.filter((check) => !check.holds).map((check) => check.name), ['savings_plan_negation'])
  assert.equal(totals.rows_closing, 1)
  // The others are as they were.
  assert.equal(before.rows_closing, 0)
  const again = await closingBatch(totals, OPTIONS)
  assert.deepEqual([again.batch, again.totals.state()], [null, totals.state()])
})

test('parts are plain values', async () => {
  const { parts, warnings } = await plan(DEMO)
  assert.deepEqual(warnings, [])
  assert.deepEqual(parts.map((part) => part.object.split('/').at(-1)), ['daily-00001.csv.gz', 'daily-00002.csv.gz', 'daily-00003.csv.gz'])
  const counts = []
  for (const part of parts) {
    assert.equal(part.period, '2023-11')
    assert.ok(part.size > 0)
    counts.push((await collect(readPart(JSON.parse(JSON.stringify(part))).rows())).length)
  }
  assert.deepEqual(counts, [90, 70, 15])
  const whole = await plan(DEMO, { schema: 'cur' })
  assert.ok(whole.parts[0].columns.includes('lineItem/UnblendedCost'))
})

test('totals have a shape of their own', async () => {
  const reader = read(DEMO)
  await collect(reader)
  const totals = await reader.totals()
  assert.ok(totals instanceof Totals)
  totals.check()
  const { rows_in, rows_out, rows_quarantined, rows_split } = totals
  assert.deepEqual([rows_in, rows_out, rows_quarantined, rows_split], [174, 175, 0, 3])
  assert.equal(totals.costs.USD.BilledCost, '800.2936682272')
  assert.equal(totals.parts.length, 3)
  const lines = `${totals}`.split('\n')
  assert.deepEqual(lines.slice(0, 2), [
    '         BilledCost   EffectiveCost       ListCost  ContractedCost',
    'USD  800.2936682272  123.4936682272  876.722705931  874.5206682272',
  ])
  assert.equal(lines[3], '174 rows in, 175 rows out')
  assert.equal(lines.at(-1), 'proven: nothing was lost, nothing doubled')
  assert.deepEqual(await reader.warnings(), totals.warnings)
})

test('totals add up, and travel as text', async () => {
  const reader = read(DEMO)
  await collect(reader)
  const totals = await reader.totals()
  const twice = await mergeTotals([totals, totals.state()])
  assert.equal(twice.rows_in, 2 * totals.rows_in)
  assert.equal((await mergeTotals([])).rows_in, 0)
  assert.equal(`${await mergeTotals([])}`.split('\n')[0], '0 rows in, 0 rows out')
  assert.equal((await mergeTotals([totals])).state(), totals.state())
  for (const strange of [{}, null, 5, 'strange', '{}x']) {
    const error = await thrown(() => mergeTotals([strange]))
    assert.ok(error instanceof OutlayError, `${error}`)
    assert.equal(error.code, 'OUTLAY_OPTION')
  }
  assert.equal((await thrown(() => closingBatch({}))).code, 'OUTLAY_OPTION')
  assert.equal((await thrown(() => closingBatch(totals, { colums: [] }))).code, 'OUTLAY_OPTION')
})

test('totals say what rounding took', async () => {
  const reader = read(`${DATA}/golden/trap-many-decimals/report.csv`)
  await collect(reader)
  const { rounding } = await reader.totals()
  assert.ok(Object.values(rounding).length > 0)
  for (const lost of Object.values(rounding)) assert.ok(lost.cells > 0 && /^-?\d/.test(lost.BilledCost))
})
