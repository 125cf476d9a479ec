// Streams of bytes: reports that are read from them, and rows that are written to them.
import assert from 'node:assert/strict'
import { createReadStream, createWriteStream, openAsBlob, readFileSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import path from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { test } from 'node:test'

import { RecordBatchReader, tableFromIPC } from 'apache-arrow'
import { OutlayError, Report, Totals, closingBatch, open, plan, read } from 'outlay'

import { DEMO, HEADER, SAMPLES, WAYS, collect, count, folder, node, ours, sleep, soon, thrown, writeReport } from './support.mjs'

const TEMPORARY = folder()
const SOME = path.join(TEMPORARY, 'some.csv.gz')
const ROWS = writeReport(SOME, 5)
const COLUMNS = ['ChargePeriodStart', 'ServiceName', 'BilledCost', 'Tags', 'SkuPriceDetails']

// How streams are written.

test('lines of JSON are the rows', async () => {
  for (const options of [{}, { numbers: 'string' }, { numbers: 'number' }, { numbers: null }]) {
    for (const form of [{}, { text: 'dictionary' }, { maps: 'json' }]) {
      const lines = (await text(read(DEMO, form).ndjsonStream(options))).split('\n')
      assert.equal(lines.pop(), '')
      const wanted = await collect(read(DEMO, form).rows(options))
      assert.deepEqual(lines.map((line) => JSON.parse(line)), wanted)
    }
  }
})

test('streams are the same bytes as files', async () => {
  for (const [stream, file] of [['csvStream', 'toCsv'], ['parquetStream', 'toParquet']]) {
    for (const threads of [1, 4]) {
      const place = path.join(TEMPORARY, `${stream}-${threads}`)
      await read(DEMO, { threads })[file](place)
      assert.deepEqual(await buffer(read(DEMO, { threads })[stream]()), readFileSync(place), stream)
    }
  }
  const reader = read(SOME, { columns: COLUMNS })
  const parquet = await buffer(reader.parquetStream())
  assert.equal(parquet.toString('latin1', parquet.length - 4), 'PAR1')
  assert.equal((await reader.totals()).rowsOut, ROWS)
})

const STREAMS = {
  ndjsonStream: (reader) => reader.ndjsonStream(),
  csvStream: (reader) => reader.csvStream(),
  parquetStream: (reader) => reader.parquetStream(),
  ipcStream: (reader) => reader.ipcStream(),
}

for (const [name, streamOf] of Object.entries(STREAMS)) {
  test(`a stream goes to any Writable: ${name}`, async () => {
    const wanted = await buffer(streamOf(read(DEMO)))
    const file = path.join(TEMPORARY, `to-${name}`)
    await pipeline(streamOf(read(DEMO)), createWriteStream(file))
    assert.deepEqual(readFileSync(file), wanted)
    const server = createServer((_, response) => pipeline(streamOf(read(DEMO)), response).catch(() => {}))
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
    const response = await fetch(`http://127.0.0.1:${server.address().port}`)
    assert.deepEqual(Buffer.from(await response.arrayBuffer()), wanted)
    server.close()
    server.closeAllConnections()
    const web = new Response(Readable.toWeb(streamOf(read(DEMO))))
    assert.deepEqual(Buffer.from(await web.arrayBuffer()), wanted)
  })

  test(`a stream that fails passes the error on: ${name}`, async () => {
    const bad = path.join(TEMPORARY, 'bad.csv')
    writeFileSync(bad, `${HEADER}${'Usage,1,USD,,\n'.repeat(20_000)}Usage,much,USD,,\n`)
    for (const [report, code] of [[bad, 'OUTLAY_VALUE'], ['nowhere', 'OUTLAY_NOT_FOUND']]) {
      const error = await thrown(() => buffer(streamOf(read(report))))
      assert.ok(error instanceof OutlayError)
      assert.equal(error.code, code)
    }
    await soon(() => ours() === 0, 'threads')
  })

  test(`a stream that is left ends the read: ${name}`, async () => {
    const reader = read(SOME, { columns: COLUMNS })
    const stream = streamOf(reader)
    await stream[Symbol.asyncIterator]().next()
    assert.throws(() => streamOf(reader), { code: 'OUTLAY_CONSUMED' })
    stream.destroy()
    await soon(() => ours() === 0, 'threads')
    const controller = new AbortController()
    const aborted = buffer(streamOf(read(SOME, { signal: controller.signal })))
    setTimeout(() => controller.abort(), 20)
    assert.equal((await thrown(() => aborted)).name, 'AbortError')
    await soon(() => ours() === 0, 'threads')
  })
}

test('progress is told while a stream is written', async () => {
  const told = []
  await buffer(read(SOME, { columns: COLUMNS, onProgress: ({ rows }) => told.push(rows) }).parquetStream())
  assert.equal(told.at(-1), ROWS)
  assert.ok(told.length > 3)
})

// How streams are read.

const chunked = (bytes, size) => Array.from({ length: Math.ceil(bytes.length / size) }, (_, chunk) => bytes.subarray(chunk * size, (chunk + 1) * size))

const SOURCES = {
  'a file stream': (file) => createReadStream(file, { highWaterMark: 4_096 }),
  'a Readable of buffers': (file) => Readable.from(chunked(readFileSync(file), 1_000)),
  'a web stream': (file) => Readable.toWeb(createReadStream(file)),
  'a web stream that cannot be iterated': (file) => {
    const stream = Readable.toWeb(createReadStream(file))
    return { getReader: () => stream.getReader() }
  },
  'a Blob': (file) => openAsBlob(file),
  'a Blob in memory': (file) => new Blob([readFileSync(file)]),
  'the body of a response': (file) => new Response(readFileSync(file)).body,
  'an async generator': async function* (file) {
    for (const chunk of chunked(readFileSync(file), 3_333)) yield new Uint8Array(chunk)
  },
  'a stream of ArrayBuffers, some of them empty': async function* (file) {
    for (const chunk of chunked(readFileSync(file), 10_000)) {
      yield new ArrayBuffer(0)
      yield new Uint8Array(chunk).buffer
    }
  },
  'a PassThrough': (file) => createReadStream(file).pipe(new PassThrough()),
}

for (const [name, sourceOf] of Object.entries(SOURCES)) {
  test(`a report is read from ${name}`, async () => {
    const file = path.join(SAMPLES, 'legacy-csv-daily-2023-11.csv.gz')
    const wanted = await collect(read(file, { columns: COLUMNS }).rows())
    for (const threads of [1, 2, 4]) {
      const reader = read(await sourceOf(file), { columns: COLUMNS, threads })
      assert.deepEqual(await collect(reader.rows()), wanted)
      await reader.check()
      assert.equal((await reader.totals()).parts[0].size, readFileSync(file).length)
    }
    const table = read(await sourceOf(file), { schema: 'cur' })
    // The header is needed for the columns, and nothing else has been asked for.
    assert.ok((await table.columns()).includes('line_item_unblended_cost'))
    assert.deepEqual(await WAYS.tables(table), await WAYS.tables(read(file, { schema: 'cur' })))
    await soon(() => ours() === 0, 'threads')
  })
}

for (const [name, sourceOf] of Object.entries(SOURCES)) {
  test(`a report that is opened from ${name} can be read again`, async () => {
    const file = path.join(SAMPLES, 'legacy-csv-daily-2023-11.csv.gz')
    const wanted = await read(file, { columns: COLUMNS }).rows().toArray()
    const report = await open(await sourceOf(file), { columns: COLUMNS })
    assert.ok(report instanceof Report)
    assert.deepEqual(await report.head(3), wanted.slice(0, 3))
    for (const threads of [1, 2, 4]) assert.deepEqual(await report.read({ threads }).rows().toArray(), wanted)
    const both = await Promise.all([report.read().rows().toArray(), report.read().rows().toArray()])
    assert.deepEqual(both, [wanted, wanted])
    await report.check()
    assert.deepEqual((await report.lastPass()).parts.map(({ object, size }) => [object, size]), [['report', readFileSync(file).length]])
  })
}

test('a stream is written as it is read', async () => {
  const file = path.join(TEMPORARY, 'through.csv')
  await pipeline(read(createReadStream(SOME), { columns: COLUMNS }).csvStream(), createWriteStream(file))
  assert.equal(readFileSync(file, 'utf8').trimEnd().split('\n').length, ROWS + 1)
  await read(createReadStream(SOME), { columns: COLUMNS }).toParquet(path.join(TEMPORARY, 'through.parquet'))
})

test('a stream is read as fast as its rows are used', async () => {
  const bytes = readFileSync(SOME)
  let given = 0
  const source = async function* () {
    for (;;) {
      given += bytes.length
      yield bytes
    }
  }
  const reader = read(source(), { columns: COLUMNS })
  assert.equal(given, 0, 'nothing is read before it is asked for')
  const rows = reader.rows()
  await rows.next()
  await sleep(300)
  const ahead = given
  await sleep(100)
  assert.equal(given, ahead)
  assert.ok(ahead < 8 << 20, `${ahead} bytes`)
  await rows.return()
  await soon(() => ours() === 0, 'threads')
})

test('a stream that fails is the cause of the error', async () => {
  const broken = new RangeError('the line is cut')
  const bytes = readFileSync(SOME)
  const sources = [
    async function* () {
      yield bytes.subarray(0, 1_000)
      throw broken
    },
    () => {
      const stream = new PassThrough()
      stream.write(bytes.subarray(0, 1_000))
      setTimeout(() => stream.destroy(broken), 20)
      return stream
    },
    () => new ReadableStream({ pull: (controller) => controller.error(broken) }),
  ]
  for (const source of sources) {
    for (const [way, rowsOf] of Object.entries(WAYS)) {
      const error = await thrown(() => rowsOf(read(source())))
      assert.deepEqual([error.code, error.cause, error.object], ['OUTLAY_IO', broken, 'report'], way)
      assert.match(error.message, /the line is cut/)
    }
    assert.equal((await thrown(() => read(source(), { schema: 'cur' }).columns())).cause, broken)
  }
  const early = await thrown(() => collect(read(Readable.from([bytes.subarray(0, 1_000)]))))
  assert.equal(early.code, 'OUTLAY_TRUNCATED')
  const words = await thrown(() => collect(read(createReadStream(path.join(TEMPORARY, 'some.csv.gz'), 'utf8'))))
  assert.deepEqual([words.code, /without one/.test(words.message)], ['OUTLAY_OPTION', true])
  const objects = await thrown(() => collect(read(Readable.from([{ a: 1 }]))))
  assert.deepEqual([objects.code, objects.message], ['OUTLAY_OPTION', 'the chunks of a stream are bytes, not an object'])
})

/** Number of open files that have no name. */
const spooled = () => readdirSync('/proc/self/fd').filter((file) => {
  try {
    return readlinkSync(`/proc/self/fd/${file}`).endsWith(' (deleted)')
  } catch {
    return false
  }
}).length

const CUT = new Error('the line is cut')
const FAILURES = {
  'a stream that fails': [
    async function* () {
      yield Buffer.alloc(1_000)
      throw CUT
    },
    {},
    { code: 'OUTLAY_IO', message: /the line is cut/, cause: CUT, object: 'report' },
  ],
  'a stream that is destroyed': [
    () => {
      const stream = new PassThrough()
      stream.write(Buffer.alloc(1_000))
      setTimeout(() => stream.destroy(CUT), 20)
      return stream
    },
    {},
    { code: 'OUTLAY_IO', cause: CUT },
  ],
  'a stream of text': [() => createReadStream(SOME, 'utf8'), {}, { code: 'OUTLAY_OPTION', message: /read it without one/ }],
  'a stream that is too long': [
    () => createReadStream(SOME),
    { spoolBytes: readFileSync(SOME).length - 1 },
    { code: 'OUTLAY_OPTION', message: /`spoolBytes`: the stream has more than \d+ bytes/ },
  ],
  'an endless stream': [
    async function* () {
      for (;;) yield Buffer.alloc(1 << 16)
    },
    { spoolBytes: 1 << 20 },
    { code: 'OUTLAY_OPTION', message: /more than 1048576 bytes/ },
  ],
  'a wrong name': [() => createReadStream(SOME), { spoolByte: 1 }, { code: 'OUTLAY_OPTION', message: /did you mean `spoolBytes`/ }],
  'a wrong value': [() => createReadStream(SOME), { threads: 0 }, { code: 'OUTLAY_OPTION', message: /threads/ }],
  'an option of calls': [() => createReadStream(SOME), { onProgress() {} }, { code: 'OUTLAY_OPTION', message: /`onProgress`/ }],
  'a signal that was aborted': [() => createReadStream(SOME), { signal: AbortSignal.abort() }, { name: 'AbortError' }],
  'a signal that is aborted later': [() => new PassThrough(), { signal: AbortSignal.timeout(50) }, { name: 'TimeoutError' }],
}

for (const [name, [sourceOf, options, wanted]] of Object.entries(FAILURES)) {
  test(`open rejects, and destroys the stream and the file: ${name}`, async () => {
    const before = spooled()
    const stream = sourceOf()
    await assert.rejects(open(stream, options), wanted)
    if (stream.destroy) await soon(() => stream.destroyed, 'destroyed')
    else assert.deepEqual(await stream.next(), { value: undefined, done: true })
    await soon(() => ours() === 0 && spooled() <= before, 'the file')
  })
}

test('a stream of just as many bytes as may be kept is kept', async () => {
  const report = await open(createReadStream(SOME), { spoolBytes: readFileSync(SOME).length, columns: ['BilledCost'] })
  assert.equal((await report.read().rows().toArray()).length, ROWS)
})

test('the file of a stream goes with the report and its readers', { skip: !globalThis.gc }, async () => {
  // Files of other tests go first.
  await soon(() => (gc(), spooled() === 0), 'other files')
  const kept = async () => {
    const report = await open(createReadStream(SOME), { columns: ['BilledCost'] })
    return report.read()
  }
  let reader = await kept()
  assert.equal(spooled(), 1)
  // The report is forgotten, and its reader still reads.
  await sleep(10)
  gc()
  assert.equal((await reader.rows().toArray()).length, ROWS)
  reader = null
  await soon(() => (gc(), spooled() === 0), 'the file')
})

test('close removes the file of a stream, after the passes that read it', { skip: !globalThis.gc }, async () => {
  await soon(() => (gc(), spooled() === 0), 'other files')
  const report = await open(createReadStream(SOME), { columns: ['BilledCost'] })
  const rows = report.read().rows()
  await rows.next()
  report.close()
  assert.equal((await rows.toArray()).length, ROWS - 1)
  await soon(() => spooled() === 0, 'the file')
  const closed = { code: 'OUTLAY_CONSUMED', message: /the report was closed/ }
  assert.throws(() => report.read(), closed)
  const calls = [() => report.head(1), () => report.columns(), () => report.plan(), () => report.refresh()]
  for (const call of calls) await assert.rejects(call, closed)
  // The pass was read to its end after that.
  await report.check()
  assert.equal((await report.lastPass()).rowsOut, ROWS)
  assert.match(String(report), /closed/)
  report.close()
})

test('an open that is pending reads no more than it needs', async () => {
  const controller = new AbortController()
  const stream = new PassThrough()
  const pending = thrown(() => open(stream, { signal: controller.signal }))
  for (let chunk = 0; chunk < 100; chunk += 1) {
    if (!stream.write(Buffer.alloc(1 << 16))) await new Promise((resolve) => stream.once('drain', resolve))
  }
  controller.abort(new Error('enough'))
  assert.equal((await pending).message, 'enough')
  await soon(() => stream.destroyed && ours() === 0)
})

test('a stream that fails before it is read is the error of the read', async () => {
  const reader = read(createReadStream('nowhere'))
  await sleep(50)
  const error = await thrown(() => collect(reader))
  assert.deepEqual([error.code, error.cause.code], ['OUTLAY_IO', 'ENOENT'])
  await assert.rejects(open(createReadStream('nowhere')), { code: 'OUTLAY_IO' })
})

test('a stream is destroyed when its read is left, fails or is aborted', async () => {
  const stream = () => createReadStream(SOME, { highWaterMark: 1_000 })
  const left = stream()
  for await (const _ of read(left, { columns: COLUMNS }).rows()) break
  await soon(() => left.destroyed)
  const closed = stream()
  const reader = read(closed)
  reader.close()
  await soon(() => closed.destroyed)
  const aborted = new PassThrough()
  const controller = new AbortController()
  const pending = thrown(() => collect(read(aborted, { signal: controller.signal })))
  setTimeout(() => controller.abort(), 50)
  assert.equal((await pending).name, 'AbortError')
  await soon(() => aborted.destroyed)
  const failed = Readable.from(chunked(Buffer.from(`a,b\n${'1,2\n'.repeat(10_000)}`), 100))
  await thrown(() => collect(read(failed)))
  await soon(() => failed.destroyed)
  await soon(() => ours() === 0, 'threads')
})

test('a stream of the web that sends nothing more is cancelled at once', async () => {
  const bytes = readFileSync(SOME)
  const stalled = () => {
    const found = { isCancelled: false }
    const cancel = () => {
      found.isCancelled = true
    }
    found.stream = new ReadableStream({ start: (controller) => controller.enqueue(bytes.subarray(0, 2_000)), cancel })
    return found
  }
  const aborted = stalled()
  const controller = new AbortController()
  const pending = thrown(() => collect(read(aborted.stream, { signal: controller.signal })))
  setTimeout(() => controller.abort(), 50)
  assert.equal((await pending).name, 'AbortError')
  await soon(() => aborted.isCancelled)
  const closed = stalled()
  const reader = read(closed.stream)
  const rows = thrown(() => collect(reader))
  await sleep(50)
  reader.close()
  assert.equal((await rows).code, 'OUTLAY_STOPPED')
  await soon(() => closed.isCancelled)
  // One that was read to its end is unlocked.
  const whole = new Blob([bytes]).stream()
  assert.equal(await count(read(whole, { columns: COLUMNS })), ROWS)
  assert.equal(whole.locked, false)
})

test('a stream of another length is an error', async () => {
  const length = readFileSync(SOME).length
  await collect(read(createReadStream(SOME), { expectedBytes: length, columns: ['BilledCost'] }))
  const short = await thrown(() => collect(read(createReadStream(SOME), { expectedBytes: length + 1, columns: ['BilledCost'] })))
  assert.equal(short.code, 'OUTLAY_TRUNCATED')
})

test('a stream that nothing waits for does not keep the process', async () => {
  const program = `
    import { createReadStream } from 'node:fs'
    import { Readable } from 'node:stream'
    import { read } from 'outlay'
    const some = process.argv[1]
    globalThis.kept = [read(createReadStream(some)), read(Readable.from([Buffer.alloc(10)]))]
    await kept[0].rows().next()
    console.log('done')
  `
  const done = await node(program, { given: [SOME], timeout: 20_000 })
  assert.deepEqual([done.status, done.stdout], [0, 'done\n'], done.stderr)
})

test('readers of streams that are forgotten are freed', { skip: !globalThis.gc }, async () => {
  const forget = async () => {
    const reader = read(createReadStream(SOME), { columns: COLUMNS })
    await reader[Symbol.asyncIterator]().next()
    return new WeakRef(reader)
  }
  const gone = await forget()
  await soon(() => (gc(), gone.deref() === undefined && ours() === 0), 'freed')
})

test('csvStream has the option of toCsv', async () => {
  const file = path.join(TEMPORARY, 'formulas.csv')
  writeFileSync(file, `${HEADER}Usage,-1,USD,=1+1,@team\n`)
  const options = { columns: ['ResourceId', 'BilledCost'], tagColumns: ['Team'] }
  for (const [given, wanted] of [[{}, '=1+1,-1,@team\n'], [{ spreadsheetSafe: false }, '=1+1,-1,@team\n'], [{ spreadsheetSafe: true }, "'=1+1,-1,'@team\n"]]) {
    const out = path.join(TEMPORARY, 'formulas-out.csv')
    await read(file, options).toCsv(out, given)
    const written = readFileSync(out, 'utf8')
    assert.equal(written.split('\n').slice(1).join('\n'), wanted)
    assert.equal(await text(read(file, options).csvStream(given)), written)
  }
})

test('options that a method does not take are refused', async () => {
  const signal = new AbortController().signal
  const unknown = { code: 'OUTLAY_OPTION', message: /`spredsheetSafe` is not an option/ }
  const own = { code: 'OUTLAY_OPTION', message: /option `(signal|onProgress)`: |`(signal|onProgress)` is not an option/ }
  const out = path.join(TEMPORARY, 'refused')
  const methods = {
    tables: (options) => read(DEMO).tables(options),
    rows: (options) => read(DEMO).rows(options),
    ipcStream: (options) => read(DEMO).ipcStream(options),
    ndjsonStream: (options) => read(DEMO).ndjsonStream(options),
    csvStream: (options) => read(DEMO).csvStream(options),
    parquetStream: (options) => read(DEMO).parquetStream(options),
    toIpc: (options) => read(DEMO).toIpc(out, options),
    toCsv: (options) => read(DEMO).toCsv(out, options),
    toParquet: (options) => read(DEMO).toParquet(out, options),
    columns: (options) => read(DEMO).columns(options),
    totals: (options) => read(DEMO).totals(options),
    warnings: (options) => read(DEMO).warnings(options),
    check: (options) => read(DEMO).check(options),
    quarantined: (options) => read(DEMO).quarantined(options),
  }
  for (const [name, method] of Object.entries(methods)) {
    for (const [options, refused] of [[{ spredsheetSafe: true }, unknown], [{ signal }, own], [{ onProgress: () => {} }, own]]) {
      await assert.rejects(async () => method(options), refused, name)
    }
    await assert.rejects(async () => method(5), { code: 'OUTLAY_OPTION', message: /options are an object, not a number/ }, name)
  }
  const calls = {
    plan: (options) => plan(DEMO, options),
    head: (options) => open(DEMO).head(1, options),
    'columns of a report': (options) => open(DEMO).columns(options),
    'plan of a report': (options) => open(DEMO).plan(options),
    refresh: (options) => open(DEMO).refresh(options),
    'lastPass of a report': (options) => open(DEMO).lastPass(options),
    'check of a report': async (options) => {
      const report = open(DEMO)
      await collect(report.read())
      await report.check(options)
    },
    closingBatch: async (options) => closingBatch(await Totals.merge([]), options),
  }
  for (const [name, call] of Object.entries(calls)) {
    for (const [options, refused] of [[{ spredsheetSafe: true }, unknown], [{ onProgress: () => {} }, own]]) {
      await assert.rejects(async () => call(options), refused, name)
    }
    await call({ signal })
  }
  await assert.rejects(open(DEMO).plan({ periods: ['2023-11'] }), { code: 'OUTLAY_OPTION', message: /`periods` is not an option/ })
})

test('apache-arrow reads all batches as one stream, and refuses a reader', async () => {
  const opened = () => read(DEMO, { columns: ['BilledCost'], batchRows: 50 })
  const wrong = { code: 'OUTLAY_OPTION', message: /apache-arrow would read the first one alone: pass it `reader\.ipcStream\(\)`, or use `reader\.tables\(\)`/ }
  for (const given of [(reader) => reader, (reader) => reader[Symbol.asyncIterator]()]) {
    for (const use of [tableFromIPC, (source) => RecordBatchReader.from(source)]) {
      await assert.rejects(async () => use(given(opened())), wrong)
      await assert.rejects(async () => use(Promise.resolve(given(opened()))), wrong)
    }
  }
  assert.equal((await tableFromIPC(opened().ipcStream())).numRows, 175)
  const reader = opened()
  assert.deepEqual(Object.keys(reader), [])
  assert.ok((await collect(reader)).length > 3)
})

test('a stream that has no bytes any more says how to read it again', async () => {
  const file = path.join(SAMPLES, 'legacy-csv-daily-2023-11.csv.gz')
  const made = { 'of Node': () => createReadStream(file), 'of the web': () => Readable.toWeb(createReadStream(file)) }
  const wrong = { code: 'OUTLAY_CONSUMED', message: /^a stream gives its bytes once, .*: make a new stream, or use `await open\(stream\)`/ }
  const rows = (stream) => read(stream, { columns: ['BilledCost'] }).rows().toArray()
  for (const [what, stream] of Object.entries(made)) {
    const wanted = (await rows(stream())).length
    const used = stream()
    await collect(used)
    await assert.rejects(rows(used), wrong, what)
    await assert.rejects(async () => open(used), wrong, what)
    const given = stream()
    const readers = [read(given), read(given), read(given)]
    const third = readers[2].rows()
    await third.next()
    await assert.rejects(readers[0].rows().toArray(), wrong)
    assert.equal((await third.toArray()).length, wanted - 1)
    await assert.rejects(readers[1].rows().toArray(), wrong)
    // A reader that another one forestalled does not end the stream.
    const [first, second] = [stream()].flatMap((shared) => [read(shared, { batchRows: 100 }), read(shared)])
    const batches = first.rows()
    await batches.next()
    second.close()
    assert.equal((await batches.toArray()).length, wanted - 1)
    // What was refused before a byte was asked for can be read.
    const untouched = stream()
    assert.throws(() => read(untouched, { colums: [] }), { code: 'OUTLAY_OPTION' })
    assert.throws(() => read(untouched, { columns: ['nothing'] }), { code: 'OUTLAY_OPTION' })
    assert.equal((await rows(untouched)).length, wanted)
    const lost = what === 'of Node' ? stream().destroy() : stream()
    if (what === 'of the web') lost.getReader()
    await assert.rejects(rows(lost), wrong)
  }
  // A stream without bytes is an empty file, and an iterable that starts again can be read again.
  await assert.rejects(rows(Readable.from([])), { code: 'OUTLAY_FORMAT', message: /empty/ })
  const bytes = readFileSync(file)
  const repeatable = { async *[Symbol.asyncIterator]() { yield bytes } }
  assert.equal((await rows(repeatable)).length, (await rows(repeatable)).length)
  const generator = repeatable[Symbol.asyncIterator]()
  await rows(generator)
  await assert.rejects(rows(generator), wrong)
  // The rest of a stream whose beginning was looked at and put back.
  const peeked = createReadStream(file)
  await new Promise((resolve) => peeked.once('readable', resolve))
  peeked.unshift(peeked.read(2))
  assert.ok((await rows(peeked)).length > 0)
})
