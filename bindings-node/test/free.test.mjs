// The event loop stays free, and memory flat.
import assert from 'node:assert/strict'
import path from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { test } from 'node:test'

import { read } from 'outlay'

import { DEMO, WAYS, collect, copies, folder, ours, sleep, soon, writeReport } from './support.mjs'

const TEMPORARY = folder()
const LONG = path.join(TEMPORARY, 'long.csv.gz')
const ROWS = writeReport(LONG, 10)

/** How late timers are while something runs: the 99th percentile in milliseconds. */
async function lag(work) {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  await work()
  delay.disable()
  return delay.percentile(99) / 1e6
}

const READS = {
  batches: async (reader) => {
    let rows = 0
    for await (const batch of reader) rows += batch.byteLength > 0
    assert.ok(rows >= ROWS / 8_192)
  },
  tables: async (reader) => {
    let rows = 0
    for await (const table of reader.tables()) rows += table.numRows
    assert.equal(rows, ROWS)
  },
  rows: async (reader) => {
    let rows = 0
    for await (const row of reader.rows()) rows += row.BilledCost === '0.00000015'
    assert.equal(rows, ROWS)
  },
  'one stream': async (reader) => {
    for await (const piece of reader.ipcStream()) assert.ok(piece.length > 0)
  },
  'lines of JSON': async (reader) => {
    for await (const piece of reader.ndjsonStream()) assert.ok(piece.length > 0)
  },
  'a CSV stream': async (reader) => {
    for await (const piece of reader.csvStream()) assert.ok(piece.length > 0)
  },
  toParquet: (reader) => reader.toParquet(path.join(TEMPORARY, 'out.parquet')),
}

for (const [name, use] of Object.entries(READS)) {
  test(`the loop is free: ${name}`, async () => {
    // A machine that has other things to do is late by itself.
    const idle = await lag(() => sleep(500))
    // What blocks the loop does so each time.
    let busy = Infinity
    for (let round = 0; round < 3 && busy >= 20 + idle; round += 1) busy = await lag(() => use(read(LONG)))
    assert.ok(busy < 20 + idle, `${busy.toFixed(1)} ms, and ${idle.toFixed(1)} ms without a read`)
  })
}

test('memory is flat over fifty reads, and nothing is left', { skip: !globalThis.gc }, async () => {
  const memory = async () => {
    for (let round = 0; round < 3; round += 1) {
      gc()
      // Buffers are freed after the collection, in the loop.
      await sleep(10)
    }
    return process.memoryUsage()
  }
  const round = async () => {
    for (const rowsOf of Object.values(WAYS)) await rowsOf(read(DEMO))
    for await (const batch of read(LONG)) if (batch) break
    await read(DEMO).totals()
    await collect(read('nowhere')).catch(() => {})
    await collect(read(LONG, { signal: AbortSignal.timeout(5) })).catch(() => {})
  }
  for (let warm = 0; warm < 10; warm += 1) await round()
  const before = await memory()
  for (let read = 0; read < 50; read += 1) await round()
  const after = await memory()
  const grown = (kind) => (after[kind] - before[kind]) / (1 << 20)
  assert.ok(grown('external') + grown('arrayBuffers') < 2, `${grown('external')} MiB of buffers`)
  assert.ok(grown('heapUsed') < 4, `${grown('heapUsed')} MiB of objects`)
  assert.ok(grown('rss') < 48, `${grown('rss')} MiB in all`)
  await soon(() => ours() === 0, 'threads')
})

test('memory does not grow with the report', { skip: !globalThis.gc }, async () => {
  const peak = async (report) => {
    let most = 0
    for await (const batch of read(report)) {
      most = Math.max(most, process.memoryUsage().arrayBuffers + batch.byteLength)
    }
    return most
  }
  await peak(LONG)
  const one = await peak(LONG)
  const five = await peak(copies(LONG, 5))
  assert.ok(five < 1.5 * one + (64 << 20), `${one >> 20} MiB, ${five >> 20} MiB`)
})
