// How a reader behaves: lazily, once, beside everything else, and without copies.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createWriteStream, existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'

import { RecordBatchReader, Table, tableFromIPC } from 'apache-arrow'
import { Reader, read } from 'outlay'

import { FOCUS } from '../lib/rows.js'
import { AT_ONCE, DEMO, SAMPLES, WAYS, collect, copies, count, folder, node, ours, rowsOfTable, sleep, soon, thrown, writeReport } from './support.mjs'

const COLUMNS = ['ResourceId', 'BilledCost', 'Tags']
const TEMPORARY = folder()
const SOME = path.join(TEMPORARY, 'some.csv.gz')
const ROWS = writeReport(SOME, 5)
const SIZE = statSync(SOME).size
const THREE = copies(SOME, 3)

test('nothing is read before it is asked for, and then two batches ahead', async () => {
  const reader = read(SOME, { columns: COLUMNS })
  assert.ok(reader instanceof Reader)
  assert.equal(ours(), 0)
  assert.deepEqual(await reader.columns(), COLUMNS)
  const made = async () => (await reader.totals()).rowsOut
  const batches = reader[Symbol.asyncIterator]()
  await sleep(50)
  assert.equal(await made(), 0)
  for (let taken = 1; taken <= 3; taken += 1) {
    const { value } = await batches.next()
    assert.equal(tableFromIPC(value).numRows, 8_192)
    await sleep(100)
    // Batches are cut of what one block gave, which the core counts as a whole.
    const ahead = (await made()) / 8_192 - taken
    assert.ok(ahead >= 2 && ahead <= 3, `${ahead} batches ahead after ${taken}`)
  }
  await batches.return()
  await soon(() => ours() === 0)
})

test('buffers are views of what was made, each a stream of its own', async () => {
  const [batch] = await collect(read(DEMO, { columns: ['BilledCost', 'ServiceName'] }))
  assert.ok(Buffer.isBuffer(batch))
  const table = tableFromIPC(batch)
  assert.equal(table.numRows, 90)
  assert.equal(table.getChild('BilledCost').data[0].values.buffer, batch.buffer, 'apache-arrow looks at the same memory')
  assert.equal(batch.byteOffset, 0)
  // Its memory belongs to this thread: it is copied for others, or refused, as the version of Node has it.
  const { byteLength } = batch
  try {
    assert.equal(structuredClone(batch, { transfer: [batch.buffer] }).byteLength, byteLength)
  } catch (error) {
    assert.equal(error.name, 'DataCloneError')
  }
  assert.equal(batch.byteLength, byteLength)
})

test('buffers that are kept stay as they are, though the memory of others is written again', { skip: !globalThis.gc }, async () => {
  const hash = (bytes) => createHash('sha256').update(bytes).digest('hex')
  for (const way of ['batches', 'one stream']) {
    const kept = []
    let number = 0
    for await (const bytes of LOOPS[way](read(THREE, { columns: COLUMNS }))) {
      if (number++ % 3 === 0) kept.push([bytes, hash(bytes)])
      gc()
      // Memory comes back in the loop, after the collection.
      await sleep(1)
    }
    assert.ok(kept.length > 10)
    for (const [bytes, before] of kept) assert.equal(hash(bytes), before, way)
  }
})

test('batches are given once', async () => {
  for (const [way, rowsOf] of Object.entries(WAYS)) {
    const reader = read(DEMO, { columns: ['BilledCost'] })
    assert.equal((await rowsOf(reader)).length, 175, way)
    for (const use of [() => reader[Symbol.asyncIterator](), () => reader.tables(), () => reader.rows(), () => reader.ipcStream()]) {
      assert.throws(use, { code: 'OUTLAY_CONSUMED', message: /read the report again/ })
    }
    assert.equal((await thrown(() => reader.toParquet(path.join(TEMPORARY, 'no.parquet')))).code, 'OUTLAY_CONSUMED')
    // What was read stays.
    assert.equal((await reader.totals()).rowsOut, 175)
    await reader.check()
  }
  const reader = read(DEMO)
  const rows = reader.rows()
  assert.throws(() => reader[Symbol.asyncIterator](), { code: 'OUTLAY_CONSUMED', message: /went to a consumer/ })
  assert.equal((await collect(rows)).length, 175)
})

test('a reader of which batches were taken does not give the rest as the whole', async () => {
  const out = path.join(TEMPORARY, 'rest.out')
  const uses = { toParquet: [out], toCsv: [out], toIpc: [out], ndjsonStream: [], csvStream: [], parquetStream: [], ipcStream: [], tables: [], rows: [] }
  for (const [use, given] of Object.entries(uses)) {
    const reader = read(DEMO, { columns: ['BilledCost'], batchRows: 50 })
    const batches = reader[Symbol.asyncIterator]()
    await batches.next()
    assert.equal((await thrown(async () => reader[use](...given))).code, 'OUTLAY_CONSUMED', use)
    await batches.return()
    assert.equal((await thrown(() => reader.check())).code, 'OUTLAY_UNPROVEN', use)
    assert.notEqual((await reader.totals()).outcome, 'proven', use)
  }
  assert.equal(existsSync(out), false)
})

test('two requests at once get batches in order', async () => {
  const batches = read(DEMO, { columns: ['BilledCost'] })[Symbol.asyncIterator]()
  const given = await Promise.all(Array.from({ length: 7 }, () => batches.next()))
  assert.deepEqual(given.map(({ done }) => done), [false, false, false, true, true, true, true])
  assert.deepEqual(given.slice(0, 3).map(({ value }) => tableFromIPC(value).numRows), [90, 70, 15])
  const rows = read(DEMO, { columns: ['x_LineItemType'] }).rows()
  const twice = await Promise.all(Array.from({ length: 200 }, () => rows.next()))
  const once = await collect(read(DEMO, { columns: ['x_LineItemType'] }).rows())
  assert.deepEqual(twice.filter(({ done }) => !done).map(({ value }) => value), once)
})

const LOOPS = {
  batches: (reader) => reader,
  tables: (reader) => reader.tables(),
  rows: (reader) => reader.rows(),
  'one stream': (reader) => reader.ipcStream(),
}

test('a loop that is left gives up threads and memory', async () => {
  for (const threads of [1, 2, 5]) {
    for (const way of Object.keys(LOOPS)) {
      const reader = read(THREE, { threads, columns: COLUMNS })
      const iterable = LOOPS[way](reader)
      for await (const one of iterable) {
        assert.ok(one)
        break
      }
      await soon(() => ours() === 0, `${way} on ${threads} threads`)
      assert.ok((await reader.totals()).rowsOut < 3 * ROWS)
      assert.equal((await thrown(() => reader.check())).code, 'OUTLAY_UNPROVEN')
    }
  }
})

test('a closed reader keeps its totals', async () => {
  const reader = read(SOME, { columns: COLUMNS })
  const batches = reader[Symbol.asyncIterator]()
  await batches.next()
  reader.close()
  await soon(() => ours() === 0)
  assert.equal((await thrown(() => batches.next())).code, 'OUTLAY_STOPPED')
  assert.ok((await batches.next()).done)
  assert.ok((await reader.totals()).rowsOut >= 8_192)
  reader.close()
  const unread = read(SOME)
  unread.close()
  assert.equal((await unread.totals()).outcome, 'partial')
  assert.equal((await thrown(() => unread.columns())).code, 'OUTLAY_STOPPED')
  assert.throws(() => unread.rows(), { code: 'OUTLAY_CONSUMED' })
})

test('readers that are forgotten are freed', { skip: !globalThis.gc }, async () => {
  const forget = async () => {
    const reader = read(THREE, { columns: COLUMNS })
    await reader[Symbol.asyncIterator]().next()
    return new WeakRef(reader)
  }
  const gone = await forget()
  assert.ok(ours() > 0)
  await soon(() => (gc(), gone.deref() === undefined && ours() === 0), 'freed')
})

test('questions are answered while a read goes on', async () => {
  const reader = read(SOME, { columns: ['BilledCost'] })
  const asked = [reader.totals(), reader.columns(), reader.warnings(), reader.quarantined()]
  const rows = count(reader)
  asked.push(reader.totals())
  const [before, columns, , aside] = await Promise.all(asked)
  assert.ok(before.rowsOut <= ROWS)
  assert.deepEqual([columns, aside], [['BilledCost'], []])
  assert.equal(await rows, ROWS)
  assert.equal((await reader.totals()).rowsOut, ROWS)
})

test('progress is told, and can end the read', async () => {
  const told = []
  const reader = read(SOME, { columns: COLUMNS, onProgress: (progress) => told.push(progress) })
  assert.equal(told.length, 0)
  assert.equal(await count(reader), ROWS)
  assert.ok(told.length >= ROWS / 8_192)
  assert.deepEqual(told.at(-1), { bytesDone: SIZE, bytesTotal: SIZE, rows: ROWS })
  assert.deepEqual(told, told.toSorted((a, b) => a.rows - b.rows))

  for (const [name, use] of Object.entries({ ...WAYS, toParquet: (reader) => reader.toParquet(path.join(TEMPORARY, 'told.parquet')) })) {
    told.length = 0
    await use(read(readFileSync(SOME), { columns: ['BilledCost'], onProgress: (progress) => told.push(progress) }))
    assert.deepEqual(told.at(-1), { bytesDone: SIZE, bytesTotal: SIZE, rows: ROWS }, name)
    const enough = new RangeError('enough')
    const stop = () => {
      throw enough
    }
    assert.equal(await thrown(() => use(read(SOME, { columns: ['BilledCost'], onProgress: stop }))), enough, name)
    await soon(() => ours() === 0, name)
  }
})

test('bytes are the same report as their file', async () => {
  const file = path.join(SAMPLES, 'legacy-csv-daily-2023-11.csv.gz')
  const wanted = read(file)
  const rows = await collect(wanted.rows())
  const content = readFileSync(file)
  const array = new Uint8Array(content)
  const apart = new Uint8Array(content.length + 7).subarray(7)
  apart.set(content)
  for (const report of [content, array, array.buffer, new DataView(array.buffer), apart, pathToFileURL(file), [file], [pathToFileURL(file)]]) {
    for (const threads of [1, 2, 5]) {
      const reader = read(report, { threads })
      assert.deepEqual(await collect(reader.rows()), rows)
      await reader.check()
    }
  }
  assert.deepEqual(await collect(read(content, { schema: 'cur' }).rows()), await collect(read(file, { schema: 'cur' }).rows()))
  // More than is copied at once.
  const long = Buffer.concat(Array.from({ length: Math.ceil((9 << 20) / SIZE) }, () => readFileSync(SOME)))
  assert.ok(long.length > 8 << 20)
  assert.equal((await thrown(() => count(read(long, { columns: ['BilledCost'] })))).code, 'OUTLAY_FORMAT', 'the second header')
})

test('rows are plain objects', async () => {
  const columns = ['ChargePeriodStart', 'BilledCost', 'Tags', 'CommitmentDiscountId']
  const exact = await collect(read(DEMO, { columns }).rows())
  assert.deepEqual(Object.keys(exact[0]), columns)
  const { ChargePeriodStart, BilledCost, Tags } = exact.find((row) => row.Tags?.Name === 'web-1')
  assert.equal(ChargePeriodStart, '2023-11-01T00:00:00Z')
  assert.match(BilledCost, /^[0-9.]+$/)
  assert.deepEqual(Tags, { Team: 'Search, "Ranking"', Name: 'web-1', 'aws:createdBy': 'AssumedRole:deploy' })
  assert.ok(exact.some((row) => row.CommitmentDiscountId === null))
  const numbers = await collect(read(DEMO, { columns }).rows({ numbers: 'number' }))
  assert.deepEqual(numbers, exact.map((row) => ({ ...row, BilledCost: Number(row.BilledCost) })))
  const sum = numbers.reduce((sum, row) => sum + row.BilledCost, 0)
  assert.ok(Math.abs(sum - 800.2936682272) < 1e-9)
  const texts = await collect(read(DEMO, { columns, maps: 'json' }).rows())
  assert.deepEqual(texts.map((row) => row.Tags && JSON.parse(row.Tags)), exact.map((row) => row.Tags))
})

test('options are those of the core', async () => {
  const columns = (options) => read(DEMO, options).columns()
  assert.equal((await columns({})).length, 63)
  assert.deepEqual(await columns({ columns: ['Tags', 'BilledCost'] }), ['Tags', 'BilledCost'])
  assert.deepEqual(await columns({ columns: null }), await columns({ columns: undefined }))
  const more = { columns: new Set(['Tags']), tagColumns: ['Team'], extraColumns: ['lineItem/UsageType'], lineage: true }
  assert.deepEqual(await columns(more), ['Tags', 'x_line_item_usage_type', 'x_Tag_Team', 'x_SourceObject', 'x_SourceRow', 'x_DeliveryId'])
  assert.ok((await columns({ schema: 'cur' })).includes('line_item_unblended_cost'))

  const first = path.join(DEMO, readdirSync(DEMO, { recursive: true }).find((name) => name.endsWith('daily-00001.csv.gz')))
  const none = read(first, { periods: ['2031-01'] })
  assert.equal(await count(none), 0)
  assert.ok((await none.totals()).rowsDropped.other_period > 0)
  const named = await collect(read(DEMO, { accountNames: new Map([['111122223333', 'a name']]), columns: ['BillingAccountName', 'BillingAccountId'] }).rows())
  assert.ok(named.every((row) => row.BillingAccountId !== '111122223333' || row.BillingAccountName === 'a name'))
  const kept = read(DEMO, { focus: '1.2', negation: 'keep', tagPolicy: 'fold', onUnknownType: 'stop', asOf: new Date('2023-12-03T05:36:21Z') })
  assert.ok((await count(kept)) >= 174)
  assert.equal(await count(read(DEMO, { threads: 1, blockBytes: 1_000, recordBytes: 100_000 })), 175)
  const batches = await collect(read(SOME, { batchRows: 100, columns: ['BilledCost'] }))
  assert.equal(tableFromIPC(batches[0]).numRows, 100)
})

test('each encoding of text has the same rows', async () => {
  const report = path.join(SAMPLES, 'legacy-csv-daily-2023-11.csv.gz')
  for (const [way, rowsOf] of Object.entries(WAYS)) {
    const wanted = await rowsOf(read(report, { batchRows: 500 }))
    for (const text of ['dictionary', 'view']) {
      assert.deepEqual(await rowsOf(read(report, { batchRows: 500, text })), wanted, `${way}, ${text}`)
    }
  }
  const sizes = await Promise.all(
    ['utf8', 'dictionary', 'view'].map(async (text) => (await collect(read(report, { text })))[0].byteLength),
  )
  assert.ok(sizes[1] < sizes[0], 'dictionaries are smaller')
  // A view that leads to its whole block would make it many times as large.
  assert.ok(sizes[2] < 2 * sizes[0], `${sizes}`)
})

test('one stream has one schema, and goes to a file, a response and a web stream', async () => {
  const wanted = await WAYS.batches(read(DEMO))
  const file = path.join(TEMPORARY, 'piped.arrow')
  await pipeline(read(DEMO).ipcStream(), createWriteStream(file))
  assert.deepEqual(rowsOfTable(tableFromIPC(readFileSync(file))), wanted)

  const server = createServer((_, response) => pipeline(read(DEMO).ipcStream(), response).catch(() => {}))
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const response = await fetch(`http://127.0.0.1:${server.address().port}`)
  const table = new Table(await RecordBatchReader.from(response.body).then((batches) => batches.readAll()))
  assert.deepEqual(rowsOfTable(table), wanted)
  server.close()
  server.closeAllConnections()

  const web = new Response(Readable.toWeb(read(DEMO).ipcStream()))
  assert.deepEqual(rowsOfTable(tableFromIPC(new Uint8Array(await web.arrayBuffer()))), wanted)
  const empty = new Response(Readable.toWeb(read(path.join(SAMPLES, 'synthetic-legacy-header-only.csv')).ipcStream()))
  assert.equal(tableFromIPC(new Uint8Array(await empty.arrayBuffer())).schema.fields.length, 63)
})

test('a stream that apache-arrow reads passes errors on, and has all rows', async () => {
  const readAll = async (stream) => {
    let rows = 0
    for await (const batch of await RecordBatchReader.from(stream)) rows += batch.numRows
    return rows
  }
  for (const text of ['utf8', 'dictionary']) assert.equal(await readAll(read(DEMO, { text }).ipcStream()), 175)
  assert.equal((await tableFromIPC(read(DEMO).ipcStream())).numRows, 175)
  assert.equal((await thrown(() => readAll(read('/nope').ipcStream()))).code, 'OUTLAY_NOT_FOUND')
  const bad = path.join(TEMPORARY, 'bad.csv')
  writeFileSync(bad, `lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\n${'Usage,1,USD\n'.repeat(30_000)}Usage,much,USD\n`)
  const stopped = new AbortController()
  const readOne = async () => {
    for await (const batch of await RecordBatchReader.from(read(THREE, { signal: stopped.signal }).ipcStream())) stopped.abort(batch)
  }
  assert.equal((await thrown(() => readAll(read(bad).ipcStream()))).code, 'OUTLAY_VALUE')
  assert.ok(((await thrown(readOne)).numRows ?? 0) > 0, 'the reason of the abort')
  // It is a stream of Node as ever.
  const stream = read(DEMO).ipcStream()
  assert.ok(stream instanceof Readable)
  assert.deepEqual(Object.keys(stream).filter((name) => name.startsWith('_get')), [])
  stream.destroy()
})

test('a stream that is read slowly slows the read down', async () => {
  const reader = read(SOME, { columns: ['BilledCost'] })
  const stream = reader.ipcStream()
  stream.once('readable', () => {})
  await sleep(300)
  const made = (await reader.totals()).rowsOut
  assert.ok(made < ROWS, `${made}`)
  stream.destroy()
  await soon(() => ours() === 0)
})

test('files', async () => {
  const place = folder()
  const wanted = await WAYS.batches(read(DEMO))
  await read(DEMO).toParquet(path.join(place, 'out.parquet'))
  const written = readFileSync(path.join(place, 'out.parquet'))
  assert.equal(written.toString('latin1', 0, 4) + written.toString('latin1', written.length - 4), 'PAR1PAR1')
  assert.ok(written.includes('outlay.totals'))
  await read(DEMO, { threads: 1 }).toIpc(pathToFileURL(path.join(place, 'out.arrow')))
  assert.deepEqual(rowsOfTable(tableFromIPC(readFileSync(path.join(place, 'out.arrow')))), wanted)
  const reader = read(DEMO, { maps: 'json' })
  await reader.toCsv(path.join(place, 'out.csv'))
  assert.equal(readFileSync(path.join(place, 'out.csv'), 'utf8').trimEnd().split('\n').length, 176)
  await reader.check()
  assert.deepEqual(readdirSync(place).sort(), ['out.arrow', 'out.csv', 'out.parquet'])
})

test('rows are the same objects, whatever columns are chosen and added', async () => {
  // Rows that begin with all columns of FOCUS have a way of their own.
  assert.deepEqual(FOCUS, await read(DEMO).columns())
  for (const numbers of ['string', 'number']) {
    for (const options of [{}, { lineage: true, tagColumns: ['Team'] }, { maps: 'json' }, { decimals: 'float64' }, { batchRows: 3 }]) {
      const all = await read(DEMO, options).rows({ numbers }).toArray()
      const names = await read(DEMO, options).columns()
      assert.equal(all.length, 175)
      for (const row of all) assert.deepEqual(Object.keys(row), names)
      const reversed = await read(DEMO, { ...options, columns: names.toReversed?.() ?? [...names].reverse() }).rows({ numbers }).toArray()
      assert.deepEqual(Object.keys(reversed[0]), [...names].reverse())
      assert.deepEqual(reversed, all)
      const [some] = await read(DEMO, { ...options, columns: ['Tags'], lineage: false, tagColumns: [] }).rows({ numbers }).toArray()
      assert.deepEqual(some, { Tags: all[0].Tags })
    }
  }
})

test('no two rows have the same object in them', async () => {
  const file = path.join(TEMPORARY, 'tags.csv.gz')
  const written = writeReport(file, 1, 200)
  for (const columns of [null, ['Tags']]) {
    const tags = (await read(file, { columns }).rows().toArray()).map((row) => row.Tags)
    assert.equal(new Set(tags.map((pairs) => pairs['user:Team'] ?? pairs.Team)).size, 7)
    assert.equal(new Set(tags).size, written)
  }
})

test('toArray gives all values that were not given yet', async () => {
  const columns = ['ServiceName', 'BilledCost', 'Tags']
  const wanted = await collect(read(DEMO, { columns }).rows())
  assert.deepEqual(await read(DEMO, { columns }).rows().toArray(), wanted)
  assert.deepEqual(await read(DEMO, { columns, batchRows: 7 }).rows().toArray(), wanted)
  const rows = read(DEMO, { columns }).rows()
  const first = [rows.next(), rows.next()]
  const rest = await rows.toArray()
  assert.deepEqual([...(await Promise.all(first)).map(({ value }) => value), ...rest], wanted)
  assert.deepEqual(await rows.toArray(), [])
  const tables = await read(DEMO, { batchRows: 50 }).tables().toArray()
  assert.equal(tables.reduce((sum, table) => sum + table.numRows, 0), 175)
  const numbers = await read(DEMO, { columns: ['BilledCost'] }).rows({ numbers: 'number' }).toArray()
  assert.equal(typeof numbers[0].BilledCost, 'number')
})

test('toArray rejects if the read fails or is aborted, and then is over', async () => {
  await assert.rejects(read('nowhere').rows().toArray(), { code: 'OUTLAY_NOT_FOUND' })
  const controller = new AbortController()
  const rows = read(DEMO, { batchRows: 5, signal: controller.signal }).rows()
  await rows.next()
  controller.abort()
  await assert.rejects(rows.toArray(), { name: 'AbortError' })
  assert.deepEqual(await rows.toArray(), [])
  const left = read(DEMO).rows()
  await left.next()
  await left.return()
  assert.deepEqual(await left.toArray(), [])
})

test('a write that is refused leaves the reader as it was', async () => {
  const place = folder()
  const [report, aside, out] = ['report.csv', 'aside.csv', 'out'].map((name) => path.join(place, name))
  const text = 'lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\nUsage,1.5,USD\n'
  writeFileSync(report, text)
  for (const write of ['toParquet', 'toCsv', 'toIpc']) {
    const reader = read(report, { quarantineFile: aside, signal: new AbortController().signal })
    for (const refused of [report, aside, pathToFileURL(report)]) {
      const error = await thrown(() => reader[write](refused))
      assert.deepEqual([error.code, /name another file/.test(error.message)], ['OUTLAY_OPTION', true], `${write}: ${error}`)
    }
    await reader[write](out)
    assert.ok(statSync(out).size > 10, write)
    await reader.check()
    assert.equal((await thrown(() => reader[write](report))).code, 'OUTLAY_CONSUMED')
    assert.equal(readFileSync(report, 'utf8'), text)
  }
  // The rows can go elsewhere as well; while a file is being asked about, they cannot.
  const reader = read(report)
  const asked = reader.toCsv(report)
  assert.throws(() => reader.rows(), { code: 'OUTLAY_CONSUMED' })
  await assert.rejects(asked, { code: 'OUTLAY_OPTION' })
  assert.equal((await collect(reader.rows())).length, 1)
  // What is closed stays closed, and what cannot be read is over.
  const closed = read(report)
  const refused = thrown(() => closed.toCsv(report))
  closed.close()
  assert.match((await refused).code, /OUTLAY_(OPTION|STOPPED)/)
  assert.throws(() => closed.rows(), { code: 'OUTLAY_CONSUMED' })
  const nowhere = read(path.join(place, 'nowhere'))
  assert.equal((await thrown(() => nowhere.toCsv(out))).code, 'OUTLAY_NOT_FOUND')
  assert.throws(() => nowhere.rows(), { code: 'OUTLAY_CONSUMED' })
  const stopped = read(report, { signal: AbortSignal.abort() })
  assert.equal((await thrown(() => stopped.toCsv(out))).name, 'AbortError')
})

test('reads in worker threads, and a worker that is ended takes its reads along', async () => {
  const program = `
    const { parentPort, workerData } = require('node:worker_threads')
    const { read, OutlayError } = require('outlay')
    ;(async () => {
      let rows = 0
      for await (const row of read(workerData.report).rows()) rows += 1
      const error = await read('nowhere').totals().catch((error) => error)
      parentPort.postMessage([rows, error instanceof OutlayError])
      for await (const batch of read(workerData.long)) parentPort.postMessage(batch)
    })()
  `
  const work = () => new Worker(program, { eval: true, workerData: { report: DEMO, long: THREE } })
  for (let round = 0; round < 3; round += 1) {
    const worker = work()
    const messages = []
    worker.on('message', (message) => messages.push(message))
    await soon(() => messages.length >= 3, 'batches from a worker')
    assert.deepEqual(messages[0], [175, true])
    assert.equal(tableFromIPC(messages[1]).numRows, 8_192)
    await worker.terminate()
    await soon(() => ours() === 0, 'threads of a worker that is gone')
  }
})

test('nothing keeps the process alive after the work', async () => {
  const program = `
    import { read, plan } from 'outlay'
    const [some, demo] = process.argv.slice(1)
    for await (const row of read(some).rows()) break
    const reader = read(some)
    await reader[Symbol.asyncIterator]().next()
    await plan(demo)
    await reader.totals()
    const controller = new AbortController()
    globalThis.kept = [reader, read(some, { signal: controller.signal }), controller]
    await kept[1].columns()
    console.log(Date.now())
  `
  const done = await node(program, { given: [SOME, DEMO], timeout: 60_000 })
  assert.equal(done.status, 0, done.stderr)
  assert.ok(Date.now() - Number(done.stdout) < AT_ONCE)
})

test('a process that ends in the middle ends', async () => {
  const program = `
    import { read } from 'outlay'
    const some = process.argv[1]
    for (let n = 0; n < 4; n += 1) read(some, { threads: 4 }).toParquet(some + '.never-' + n)
    for await (const batch of read(some)) process.exit(7)
  `
  for (let round = 0; round < 5; round += 1) assert.equal((await node(program, { given: [SOME] })).status, 7)
})
