// Totals prove what reached the caller, not what was read ahead of it.
import assert from 'node:assert/strict'
import { copyFileSync, createWriteStream, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Readable, Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { test } from 'node:test'

import { open, plan, read, readPart } from 'outlay'

import { DEMO, HEADER, collect, folder, sleep, thrown, writeReport } from './support.mjs'

const TEMPORARY = folder()
// Of 90 rows, in one batch and without a closing batch.
const PART = path.join(TEMPORARY, 'part.csv.gz')
copyFileSync(path.join(DEMO, '20231101-20231201/20231203T053621Z/daily-00001.csv.gz'), PART)
const EARLY = { code: 'OUTLAY_UNPROVEN', message: /the read was ended early|no row was read/ }

/** Leaves a loop at a value. */
async function leave(values, at = 1) {
  let taken = 0
  for await (const _ of values) if (++taken === at) break
  assert.equal(taken, at)
}

const first = (values) => values[Symbol.asyncIterator]().next()

/** Ways to take a part of what there is, the last batch included. */
const LEFT = {
  'rows, at the first': (reader) => leave(reader.rows()),
  'rows, at the last': (reader) => leave(reader.rows(), 90),
  'rows, without the end': async (reader) => {
    const rows = reader.rows()
    for (let row = 0; row < 90; row += 1) assert.equal((await rows.next()).done, false)
  },
  'rows, by return': async (reader) => {
    const rows = reader.rows()
    await rows.next()
    assert.deepEqual(await rows.return(), { value: undefined, done: true })
  },
  'rows, by an error of the loop': (reader) =>
    thrown(async () => {
      for await (const row of reader.rows()) throw new Error(row.ServiceName)
    }),
  'rows, by close': async (reader) => {
    await first(reader.rows())
    reader.close()
  },
  'the batch': (reader) => leave(reader),
  'the table': (reader) => leave(reader.tables()),
  'a stream that is destroyed': async (reader) => {
    const stream = reader.ndjsonStream()
    await first(stream)
    stream.destroy()
  },
  'a stream that is not read': async (reader) => {
    reader.csvStream()
    await sleep(50)
  },
  'a stream whose bytes wait': async (reader) => {
    const stream = reader.csvStream()
    stream.read(0)
    await sleep(50)
    stream.destroy()
  },
  'csvStream, in a loop': (reader) => leave(reader.csvStream()),
  'ndjsonStream, in a loop': (reader) => leave(reader.ndjsonStream()),
  'parquetStream, in a loop': (reader) => leave(reader.parquetStream()),
  'ipcStream, in a loop': (reader) => leave(reader.ipcStream()),
  'a web stream that is cancelled': async (reader) => {
    const web = Readable.toWeb(reader.csvStream()).getReader()
    assert.ok((await web.read()).value.length > 0)
    await web.cancel()
  },
  'a pipeline that fails': (reader) =>
    thrown(() => pipeline(reader.csvStream(), new Writable({ write: (_chunk, _encoding, done) => done(new Error('full')) }))),
  'a pipeline that fails later': (reader) =>
    thrown(() => {
      const write = (_chunk, _encoding, done) => setTimeout(() => done(new Error('full')), 20)
      return pipeline(reader.csvStream(), new Writable({ highWaterMark: 1, write }))
    }),
  nothing: () => {},
}

for (const [name, take] of Object.entries(LEFT)) {
  test(`not all was taken: ${name}`, async () => {
    const report = open(PART)
    const readers = [read(PART), read(readFileSync(PART)), report.read(), readPart((await plan(PART)).parts[0])]
    for (const [index, reader] of readers.entries()) {
      await take(reader)
      for (let round = 0; round < 2; round += 1) {
        await assert.rejects(reader.check(), EARLY, `${index}`)
        assert.equal((await reader.totals()).outcome, 'partial')
        await sleep(5)
      }
      reader.close()
      await assert.rejects(reader.check(), EARLY, `${index}`)
    }
    assert.equal((await report.lastPass())?.outcome ?? 'partial', 'partial')
    await assert.rejects(report.check(), { code: 'OUTLAY_UNPROVEN' })
  })
}

/** Ways to take all. */
const WHOLE = {
  rows: (reader) => collect(reader.rows()),
  'rows to a list': (reader) => reader.rows().toArray(),
  'rows to their end': async (reader) => {
    const rows = reader.rows()
    while (!(await rows.next()).done);
    await rows.return()
  },
  batches: (reader) => collect(reader),
  tables: (reader) => collect(reader.tables()),
  csvStream: (reader) => buffer(reader.csvStream()),
  parquetStream: (reader) => collect(reader.parquetStream()),
  'a pipeline': (reader) => pipeline(reader.ndjsonStream(), createWriteStream(path.join(TEMPORARY, 'rows'))),
  'a slow pipeline': (reader) =>
    pipeline(reader.ipcStream(), new Writable({ highWaterMark: 1, write: (_chunk, _encoding, done) => setTimeout(done, 20) })),
  'a web stream': (reader) => new Response(Readable.toWeb(reader.csvStream())).text(),
  'a listener': async (reader) => {
    const stream = reader.csvStream().resume()
    await new Promise((resolve, reject) => stream.once('end', () => reader.check().then(resolve, reject)))
  },
  toCsv: (reader) => reader.toCsv(path.join(TEMPORARY, 'rows.csv')),
}

for (const [name, take] of Object.entries(WHOLE)) {
  test(`all was taken: ${name}`, async () => {
    for (const options of [{}, { batchRows: 7 }, { threads: 1 }]) {
      const report = open(PART, options)
      const reader = report.read()
      await take(reader)
      await reader.check()
      await report.check()
      reader.close()
      await reader.check()
      await report.check()
      assert.equal((await report.lastPass()).outcome, 'proven')
    }
  })
}

test('totals in a loop are those of a read that goes on', async () => {
  const reader = read(PART)
  for await (const _ of reader.rows()) await assert.rejects(reader.check(), EARLY)
  await reader.check()
})

test('an abort at the last batch is no end', async () => {
  const controller = new AbortController()
  const reader = read(PART, { signal: controller.signal })
  let taken = 0
  const error = await thrown(async () => {
    for await (const _ of reader.rows()) if (++taken === 5) controller.abort()
  })
  assert.deepEqual([error.name, taken], ['AbortError', 5])
  await assert.rejects(reader.check(), EARLY)
})

test('a large read that is left is partial, wherever', async () => {
  const file = path.join(TEMPORARY, 'large.csv.gz')
  const rows = writeReport(file, 3)
  for (const threads of [1, 2, 4]) {
    for (const at of [1, 500, 8_192, 8_193, 20_000, 40_000, rows - 1, rows]) {
      const reader = read([file, PART], { threads, columns: ['BilledCost'] })
      await leave(reader.rows(), at)
      const totals = await reader.totals()
      assert.deepEqual([totals.outcome, totals.checks.filter(({ holds }) => !holds)], ['partial', []], `${threads} threads, ${at} rows`)
      assert.throws(() => totals.check(), EARLY)
    }
  }
})

test('a reader that is closed before its first batch has totals of nothing', async () => {
  for (const begin of [() => {}, (reader) => reader.rows(), (reader) => void reader.rows().next().catch(() => {})]) {
    const report = open(PART)
    for (const reader of [read(PART), report.read(), read(Readable.from([readFileSync(PART)]))]) {
      begin(reader)
      const pending = reader.totals()
      reader.close()
      for (const totals of [await pending, await reader.totals()]) {
        assert.deepEqual([totals.outcome, totals.costs], ['partial', {}])
        assert.throws(() => totals.check(), EARLY)
      }
      await assert.rejects(reader.check(), EARLY)
    }
  }
})

test('the check of a report fails after a pass that failed, with its reason', async () => {
  const file = path.join(TEMPORARY, 'bad.csv')
  writeFileSync(file, `${HEADER}Usage,1,USD,,\nUsage,much,USD,,\n`)
  const quarantine = { onError: 'quarantine' }
  const report = open(file)
  await collect(report.read(quarantine))
  await report.check().catch((error) => assert.match(error.message, /nothing_quarantined/))
  assert.equal((await thrown(() => collect(report.read()))).code, 'OUTLAY_VALUE')
  await assert.rejects(report.check(), { code: 'OUTLAY_UNPROVEN', message: /the last pass failed: .*much/ })
  const last = await report.lastPass()
  assert.throws(() => last.check(), { code: 'OUTLAY_UNPROVEN' })

  const good = path.join(TEMPORARY, 'good.csv')
  writeFileSync(good, `${HEADER}Usage,1,USD,,\n`)
  const changing = open(good)
  await collect(changing.read().rows())
  await changing.check()
  writeFileSync(path.join(TEMPORARY, 'other'), `${HEADER}Usage,2,USD,,\n`)
  renameSync(path.join(TEMPORARY, 'other'), good)
  assert.equal((await thrown(() => collect(changing.read().rows()))).code, 'OUTLAY_SOURCE_CHANGED')
  await assert.rejects(changing.check(), { code: 'OUTLAY_UNPROVEN', message: /the last pass failed/ })
  await changing.refresh()
  await collect(changing.read().rows())
  await changing.check()
})

test('a pass that is left counts at once', async () => {
  const report = open(DEMO, { batchRows: 5 })
  const ways = [(reader) => reader.rows(), (reader) => reader.tables(), (reader) => reader]
  for (const values of Array(10).fill(ways).flat()) {
    await collect(report.read().rows())
    await report.check()
    await leave(values(report.read()))
    await assert.rejects(report.check(), EARLY)
    // A later pass stays the last one when the thread of the other one ends.
    await leave(values(report.read()))
    await collect(report.read().rows())
    await sleep(2)
    await report.check()
  }
})

test('after a dispose an iterator is over', async () => {
  const iterators = [(reader) => reader.rows(), (reader) => reader.tables(), (reader) => reader[Symbol.asyncIterator]()]
  const ends = [(reader) => reader.close(), (reader) => reader[Symbol.asyncDispose]?.() ?? reader.close()]
  const cases = iterators.flatMap((values) => ends.map((end) => [values, end]))
  // Repeated, since a batch that is being read during the close must not be delivered either.
  for (const [values, end] of Array(50).fill(cases).flat()) {
    const reader = read(PART, { batchRows: 10 })
    const iterator = values(reader)
    await iterator.next()
    await end(reader)
    assert.equal((await thrown(() => iterator.next())).code, 'OUTLAY_STOPPED')
    assert.deepEqual(await iterator.next(), { value: undefined, done: true })
  }
})
