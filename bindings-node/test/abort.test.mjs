// An AbortSignal ends whatever is awaited, at once.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { pipeline } from 'node:stream/promises'
import { Writable } from 'node:stream'

import { plan, read } from 'outlay'

import { AT_ONCE, collect, copies, folder, ours, soon, thrown, writeReport } from './support.mjs'

const TEMPORARY = folder()
const LONG = path.join(TEMPORARY, 'long.csv.gz')
writeReport(LONG, Number(process.env.OUTLAY_LONG_REPORT ?? 200))
const FOUR = copies(LONG, 4)
const FILES = path.join(TEMPORARY, 'files')
// What is left of a report in which no batch comes for many seconds.
const nothing = { periods: ['2031-01'] }

const USES = {
  batches: (options) => collect(read(LONG, options)),
  tables: (options) => collect(read(LONG, options).tables()),
  rows: (options) => collect(read(LONG, options).rows()),
  'one stream': (options) => pipeline(read(LONG, options).ipcStream(), new Writable({ write: (_chunk, _encoding, done) => done() })),
  'batches that are filtered away': (options) => collect(read(LONG, { ...options, ...nothing })),
  'batches that are filtered away, on one thread': (options) => collect(read(LONG, { ...options, ...nothing, threads: 1 })),
  'batches that are filtered away, on many threads': (options) => collect(read(FOUR, { ...options, ...nothing, threads: 8 })),
  'rows that are filtered away': (options) => collect(read(LONG, { ...options, ...nothing }).rows()),
  bytes: (options) => collect(read(readFileSync(LONG), options)),
  toParquet: (options) => read(LONG, options).toParquet(path.join(FILES, 'out.parquet')),
  'toParquet of nothing': (options) => read(LONG, { ...options, ...nothing }).toParquet(path.join(FILES, 'out.parquet')),
  toCsv: (options) => read(LONG, options).toCsv(path.join(FILES, 'out.csv')),
  'totals, meanwhile': async (options) => {
    const reader = read(LONG, { ...options, ...nothing })
    const rows = thrown(() => collect(reader))
    await reader.totals()
    throw await rows
  },
  'batches that take a while to use': async (options) => {
    for await (const _ of read(LONG, options)) await new Promise((resolve) => setTimeout(resolve, 50))
  },
  'rows that take a while to use': async (options) => {
    for await (const _ of read(LONG, options).rows()) await new Promise((resolve) => setTimeout(resolve, 20))
  },
}
mkdirSync(FILES)

for (const [name, use] of Object.entries(USES)) {
  test(`abort: ${name}`, async () => {
    const controller = new AbortController()
    let aborted
    setTimeout(() => {
      aborted = performance.now()
      controller.abort()
    }, 300)
    const error = await thrown(() => use({ signal: controller.signal }))
    const took = performance.now() - aborted
    assert.equal(error.name, 'AbortError', `${error.stack}`)
    assert.ok(took < AT_ONCE, `${took} ms`)
    await soon(() => ours() === 0, 'threads')
    assert.deepEqual(readdirSync(FILES), [])
  })
}

test('the reason is what is thrown', async () => {
  const reason = new Error('enough')
  const controller = new AbortController()
  const reading = thrown(() => collect(read(LONG, { signal: controller.signal })))
  controller.abort(reason)
  assert.equal(await reading, reason)
  const late = await thrown(() => collect(read(LONG, { signal: AbortSignal.timeout(50) })))
  assert.equal(late.name, 'TimeoutError')
})

test('every call rejects at once, and one that would end after the abort as well', async () => {
  const small = path.join(TEMPORARY, 'few.csv.gz')
  writeReport(small, 1, 10)
  const calls = {
    plan: (options) => plan(small, options),
    columns: (options) => read(small, options).columns(),
    totals: (options) => read(small, options).totals(),
    check: (options) => read(small, options).check(),
    quarantined: (options) => read(small, options).quarantined(),
    rows: (options) => read(small, options).rows().next(),
    tables: (options) => read(small, options).tables().next(),
    toCsv: (options) => read(small, options).toCsv(path.join(FILES, 'few.csv')),
  }
  for (const [name, call] of Object.entries(calls)) {
    for (let round = 0; round < 5; round += 1) {
      const controller = new AbortController()
      const pending = thrown(() => call({ signal: controller.signal }))
      // Nothing has been awaited, so that no answer can have come.
      await null
      let isLater = false
      setImmediate(() => (isLater = true))
      controller.abort(name)
      assert.equal(await pending, name)
      assert.ok(!isLater, `${name}: before anything else happens`)
    }
  }
  await soon(() => ours() === 0, 'threads')
  rmSync(path.join(FILES, 'few.csv'), { force: true })
})

test('null is no signal', async () => {
  const [signal, onProgress] = [null, null]
  const reader = read(LONG, { signal, onProgress, columns: ['BilledCost'] })
  assert.equal((await reader.columns()).length, 1)
  reader.close()
  assert.equal((await plan(LONG, { signal })).parts.length, 1)
})

test('a signal that was given before nothing is read', async () => {
  const signal = AbortSignal.abort()
  for (const use of [collect, (reader) => reader.totals(), (reader) => reader.columns(), (reader) => reader.check(), (reader) => reader.toParquet(path.join(FILES, 'x'))]) {
    const reader = read(LONG, { signal })
    assert.equal((await thrown(() => use(reader))).name, 'AbortError')
  }
  await soon(() => ours() === 0, 'threads')
  assert.deepEqual(readdirSync(FILES), [])
})

test('what was read before stays known', async () => {
  const controller = new AbortController()
  const reader = read(LONG, { signal: controller.signal })
  const error = await thrown(async () => {
    for await (const batch of reader) controller.abort(batch.byteLength)
  })
  assert.ok(error > 1_000_000)
  assert.ok((await reader.totals()).rowsOut >= 8_192)
})

test('a signal does not keep readers', { skip: !globalThis.gc }, async () => {
  const { signal } = new AbortController()
  const small = path.join(TEMPORARY, 'small.csv.gz')
  writeReport(small, 1, 10)
  const forget = async () => {
    const reader = read(small, { signal })
    await reader.columns()
    return new WeakRef(reader)
  }
  const gone = await forget()
  await soon(() => (gc(), gone.deref() === undefined && ours() === 0), 'freed')
})
