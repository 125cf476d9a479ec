// What a report is read from, and what it is written to.
import assert from 'node:assert/strict'
import { createReadStream, existsSync, linkSync, mkdirSync, openSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { open as openFile } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { gunzipSync } from 'node:zlib'

import { Access, Connector, memoryLimit, open, plan, read, setMemoryLimit } from 'outlay'

import { DEMO, SAMPLES, collect, folder, node, thrown } from './support.mjs'

const TEMPORARY = folder()

const HEADER = 'lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode,lineItem/LineItemDescription'
const part = (cost, text = '') => Buffer.from(`${HEADER}\nUsage,${cost},USD,${text}\n`)

async function billed(reader) {
  await collect(reader)
  return (await reader.totals()).costs.USD.billed
}

function partsOf(folder) {
  const files = readdirSync(folder, { recursive: true }).filter((file) => file.endsWith('.csv.gz'))
  return files.sort().map((file) => readFileSync(path.join(folder, file)))
}

test('lists of buffers are the parts of one report', async () => {
  const parts = partsOf(DEMO)
  const wanted = await billed(read(DEMO))
  const copies = parts.map((bytes) => new Uint8Array(bytes).buffer)
  for (const given of [parts, copies, [parts[0], copies[1], new DataView(copies[2])]]) {
    const progress = []
    const reader = read(given, { onProgress: ({ bytesTotal }) => progress.push(bytesTotal) })
    assert.equal(await billed(reader), wanted)
    const totals = await reader.totals()
    totals.check()
    assert.deepEqual(totals.parts.map(({ object }) => object), ['report-1', 'report-2', 'report-3'])
    assert.equal(progress.at(-1), parts.reduce((sum, bytes) => sum + bytes.length, 0))
  }
  const single = read([parts[0]])
  await collect(single)
  assert.deepEqual((await single.totals()).parts.map(({ object }) => object), ['report'])
})

test('what is no report is named', async () => {
  const cases = [
    [() => read([DEMO, part(1)]), /but not both: read the files/],
    [() => read({}), /a report is a path, a list of paths, bytes, a list of bytes, or a stream of bytes, not an object/],
    [() => read(new Response('x')), /not an object: pass its `body`/],
    [() => read({ Body: new Blob(['x']).stream() }), /not an object: pass its `Body`/],
    [() => plan(''), /option `path`: the path is empty/],
    [() => collect(read(['', 'x'])), /option `path`: the path is empty/],
    [() => plan(part(1)), /a plan is made of paths, .* write the bytes to a file/],
    [() => plan([part(1)]), /a plan is made of paths/],
    [() => collect(read([part(1), part(1)])), /`report-1` and `report-2`/],
    [() => plan('https://example.com/report.csv.gz'), /is a web address, which is not read/],
    [() => plan(new URL('https://example.com/report.csv.gz')), /is a web address, which is not read/],
    [() => plan('gs://bucket/report.csv.gz'), /is in Google Cloud Storage, which is not read directly/],
    [() => plan('az://bucket/report.csv.gz'), /is in Azure Storage, which is not read directly/],
  ]
  for (const [use, message] of cases) {
    const error = await thrown(use)
    assert.equal(error.code, 'OUTLAY_OPTION')
    assert.match(error.message, message)
  }
})

test('home, patterns and file addresses are paths', { skip: process.platform === 'win32' }, async () => {
  for (const [number, name] of ['p-1.csv', 'p-2.csv', 'q[1].csv'].entries()) {
    writeFileSync(path.join(TEMPORARY, name), part(1 << number))
  }
  const address = `${pathToFileURL(TEMPORARY)}/q%5B1%5D.csv`
  assert.equal(await billed(read(address)), '4')
  assert.equal(await billed(read(path.join(TEMPORARY, 'p-*.csv'))), '3')
  assert.equal(await billed(read(path.join(TEMPORARY, 'q[1].csv'))), '4')
  const error = await thrown(() => plan(path.join(TEMPORARY, 'z-*.csv')))
  assert.deepEqual([error.code, error.message.endsWith(': no file matches this pattern; check the path')], ['OUTLAY_NOT_FOUND', true])
  const program = `
    import { read } from 'outlay'
    await read('~/p-1.csv').toCsv('~/home.csv')
    console.log((await import('node:fs')).existsSync(process.env.HOME + '/home.csv'))
  `
  const done = await node(program, { env: { ...process.env, HOME: TEMPORARY } })
  assert.equal(done.stdout.trim(), 'true', done.stderr)
})

test('a file is what its name says', async () => {
  const written = async (name, kind) => {
    const file = path.join(TEMPORARY, name)
    await read(part(1), { columns: ['BilledCost'] })[kind](file)
    return readFileSync(file)
  }
  const text = await written('named.csv', 'toCsv')
  assert.deepEqual(gunzipSync(await written('named.csv.gz', 'toCsv')), text)
  for (const name of ['named.arrow', 'named.feather']) {
    assert.equal((await written(name, 'toIpc')).subarray(0, 6).toString(), 'ARROW1')
  }
  assert.equal((await written('named.arrows', 'toIpc')).readUInt32LE(0), 0xffffffff)
  const reader = read(part(1), { columns: ['BilledCost'] })
  for (const [kind, name, wanted] of [
    ['toCsv', 'other.parquet', /name it \.csv or \.csv\.gz/],
    ['toParquet', 'other.csv', /name it \.parquet/],
    ['toIpc', 'other.csv.gz', /name it \.arrow, \.feather or \.arrows/],
  ]) {
    const error = await thrown(() => reader[kind](path.join(TEMPORARY, name)))
    assert.equal(error.code, 'OUTLAY_OPTION')
    assert.match(error.message, wanted)
    assert.ok(!existsSync(path.join(TEMPORARY, name)))
  }
  // The batches were not taken.
  await reader.toCsv(path.join(TEMPORARY, 'other.txt'))
})

test('formulas in CSV are marked on request', async () => {
  const file = path.join(TEMPORARY, 'formulas.csv')
  const line = async (options) => {
    await read(part(-1, '=HYPERLINK(0)'), { columns: ['ChargeDescription', 'BilledCost'] }).toCsv(file, options)
    return readFileSync(file, 'utf8').split('\n')[1]
  }
  assert.equal(await line(), '=HYPERLINK(0),-1')
  assert.equal(await line({ spreadsheetSafe: true }), "'=HYPERLINK(0),-1")
  const error = await thrown(() => read(part(1)).toCsv(file, { spreadsheetSafe: 'yes' }))
  assert.deepEqual([error.code, error.message], ['OUTLAY_OPTION', 'option `spreadsheetSafe`: it is true or false, not a string'])
})

test('Parquet has partitions, row groups and a compression', async () => {
  const size = async (options) => {
    const file = path.join(TEMPORARY, 'x.parquet')
    await read(DEMO).toParquet(file, options)
    const { length } = readFileSync(file)
    if (options?.partitionBy === undefined) assert.equal((await buffer(read(DEMO).parquetStream(options))).length, length)
    return length
  }
  const zstd = await size()
  assert.equal(await size({ compression: 'zstd', rowGroupRows: null }), zstd)
  assert.ok((await size({ compression: 'none' })) > zstd)
  assert.ok((await size({ rowGroupRows: 10 })) > zstd)
  const month = path.join(TEMPORARY, 'month')
  for (let time = 0; time < 2; time += 1) {
    await read(DEMO).toParquet(month, { partitionBy: ['BillingPeriodStart', 'ServiceName'] })
    const services = readdirSync(path.join(month, 'BillingPeriodStart=2023-11-01'))
    assert.ok(services.length > 3 && services.every((name) => name.startsWith('ServiceName=')), `${services}`)
  }

  const reader = read(DEMO)
  for (const [options, message] of [
    [{ compression: 'gzp' }, 'option `compression`: `gzp` is none of `zstd`, `snappy`, `none`'],
    [{ compression: 1 }, 'option `compression`: it is text, not a number'],
    [{ rowGroupRows: 0 }, 'option `rowGroupRows`: it is at least 1, got 0'],
    [{ rowGroupRows: 1.5 }, 'option `rowGroupRows`: it is a whole number, not a number'],
    [{ partitionBy: 'ServiceName' }, 'option `partitionBy`: it is a list of texts, not a string'],
    [{ partitionsBy: [] }, '`partitionsBy` is not an option: did you mean `partitionBy`?'],
  ]) {
    const error = await thrown(() => reader.toParquet(path.join(TEMPORARY, 'refused'), options))
    assert.deepEqual([error.code, error.message], ['OUTLAY_OPTION', message])
  }
  const error = await thrown(() => buffer(read(DEMO).parquetStream({ compression: 'gzp' })))
  assert.equal(error.code, 'OUTLAY_OPTION')
  // The batches were not taken.
  await reader.toParquet(path.join(TEMPORARY, 'whole.parquet'))
  assert.ok(!existsSync(path.join(TEMPORARY, 'refused')))
})

test('the memory limit is that of the process', async () => {
  const before = memoryLimit()
  assert.equal(before, 256 * 2 ** 20)
  setMemoryLimit(0)
  assert.equal(memoryLimit(), 0)
  const reader = read(DEMO, { threads: 8 })
  for await (const _ of reader);
  ;(await reader.totals()).check()
  for (const wrong of [-1, 1.5, '1', null, Infinity]) {
    const error = await thrown(() => setMemoryLimit(wrong))
    assert.equal(error.code, 'OUTLAY_OPTION')
  }
  assert.equal(memoryLimit(), 0)
  setMemoryLimit(before)
})

test('a bucket may be an address', async () => {
  const { config } = new Connector({ bucket: 's3://billing/reports' })
  assert.deepEqual([config.bucket, config.prefix], ['billing', 'reports'])
  const error = await thrown(() => new Connector({ bucket: 's3://billing/reports', prefix: 'other' }))
  assert.match(error.message, /has a prefix already; `other` is another one/)
  assert.equal(new Access('s3://billing/reports', '').permissionPolicy(), new Access('billing', 'reports').permissionPolicy())
})

test('memory that threads share is read', async () => {
  const file = path.join(SAMPLES, 'legacy-csv-daily-2023-11.csv.gz')
  const bytes = readFileSync(file)
  const shared = new SharedArrayBuffer(bytes.byteLength)
  const view = new Uint8Array(shared)
  view.set(bytes)
  const rows = (reader) => reader.rows().toArray()
  const wanted = await rows(read(bytes))
  async function* chunks() {
    yield shared
  }
  for (const report of [shared, view, [shared], chunks()]) assert.deepEqual(await rows(read(report)), wanted)
  const report = open(shared)
  // A report has copied its bytes.
  view.fill(0)
  assert.deepEqual(await rows(report.read()), wanted)
})

test('an iterator of a reader closes it at the end of a block', async () => {
  for (const values of [(reader) => reader.rows(), (reader) => reader.tables(), (reader) => reader[Symbol.asyncIterator]()]) {
    const reader = read(DEMO, { batchRows: 1 })
    const iterator = values(reader)
    await iterator.next()
    await iterator[Symbol.asyncDispose]()
    assert.match(`${reader}`, /: closed$/)
    assert.deepEqual(await iterator.next(), { value: undefined, done: true })
  }
})

test('the file that a stream reads is not written', async () => {
  for (const [to, own] of Object.entries({ toParquet: 'one.parquet', toIpc: 'one.arrow', toCsv: 'one.csv' })) {
    const place = folder()
    const at = (name) => path.join(place, name)
    const one = at(own)
    writeFileSync(one, part(1))
    symlinkSync(one, at(`link-${own}`))
    linkSync(one, at(`hard-${own}`))
    const before = readFileSync(one)
    const relative = path.relative(process.cwd(), one)
    const handle = await openFile(one)
    const ways = {
      'a stream': [read(createReadStream(one)), `the file \`${one}\``],
      'a relative path': [read(createReadStream(relative)), `the file \`${relative}\``],
      'bytes of a path': [read(createReadStream(Buffer.from(one))), `the file \`${one}\``],
      'a descriptor': [read(createReadStream('', { fd: openSync(one, 'r') })), 'the file of the stream'],
      'a handle': [read(handle.createReadStream()), 'the file of the stream'],
      'a copy': [(await open(createReadStream(one))).read(), `the file \`${one}\``],
      'a copy with options': [(await open(createReadStream(one))).read({ columns: ['BilledCost'] }), `the file \`${one}\``],
    }
    for (const [way, [reader, what]] of Object.entries(ways)) {
      for (const output of [one, relative, at(`link-${own}`), at(`hard-${own}`)]) {
        const message = `option \`output\`: \`${output}\` is ${what}, which is read: name another file`
        await assert.rejects(reader[to](output), { code: 'OUTLAY_OPTION', message }, way)
      }
      assert.deepEqual(readFileSync(one), before)
      // The batches were not taken. An output that does not exist yet is none of the files.
      rmSync(at(`new-${own}`), { force: true })
      await reader[to](at(`new-${own}`))
      await assert.rejects(reader[to](one), { code: 'OUTLAY_CONSUMED' }, way)
      assert.deepEqual(readFileSync(one), before)
    }
    // The records that are set aside go to another file as well.
    const aside = { onError: 'quarantine', quarantineFile: pathToFileURL(one) }
    const refused = { code: 'OUTLAY_OPTION', message: /^option `quarantineFile`: .* which is read: name another file$/ }
    await assert.rejects(async () => read(createReadStream(one), aside), refused)
    await assert.rejects(async () => open(createReadStream(one), aside), refused)
    const copied = await open(createReadStream(one))
    assert.throws(() => copied.read(aside), refused)
    assert.deepEqual(readFileSync(one), before)
    const { HOME } = process.env
    process.env.HOME = place
    try {
      await assert.rejects(read(createReadStream(one))[to](`~/${own}`), /which is read: name another file/)
    } finally {
      process.env.HOME = HOME
    }
    // The path of a stream that reads no file, as a request has one, says nothing.
    const request = Object.assign(Readable.from([part(1)]), { path: at(`new-${own}`) })
    await read(request)[to](at(`new-${own}`))
  }
})

test('paths start from the folder of the call', async () => {
  const place = folder()
  // The name of the folder has signs of patterns.
  const [here, there] = [path.join(place, 'here[1]'), path.join(place, 'there')]
  for (const [cost, of] of [[1, here], [2, there]]) {
    mkdirSync(path.join(of, 'sub'), { recursive: true })
    writeFileSync(path.join(of, 'one.csv'), part(cost))
    writeFileSync(path.join(of, 'sub/one.csv'), part(cost * 4))
    writeFileSync(path.join(of, 'b[1].csv'), part(cost * 16))
  }
  mkdirSync(path.join(here, 's3:/b'), { recursive: true })
  writeFileSync(path.join(here, 's3:/b/one.csv'), part(64))
  symlinkSync(path.join(there, 'sub'), path.join(here, 'link'))
  const cases = [
    ['one.csv', '1'],
    ['./one.csv', '1'],
    ['sub', '4'],
    ['sub/../one.csv', '1'],
    ['link/../one.csv', '2'],
    ['o*.csv', '1'],
    ['sub/*.csv', '4'],
    ['b[1].csv', '16'],
    ['s3:/b/one.csv', '64'],
    [['one.csv', 'sub/one.csv'], '5'],
    ['~/one.csv', '1'],
    [path.join(here, 'one.csv'), '1'],
    [pathToFileURL(path.join(there, 'one.csv')), '2'],
    [pathToFileURL(path.join(there, 'one.csv')).href, '2'],
  ]
  const refused = [
    ['', /option `path`: the path is empty/],
    ['-', `${there}/-: no such file`],
    ['no.csv', `${there}/no.csv: no such file`],
    ['no-*.csv', `${there}/no-*.csv: no file matches this pattern`],
    ['https://example.com/x', /is a web address/],
    ['s3:/b/x', /pass it as text, not as a path object/],
  ]
  const [folderBefore, { HOME }] = [process.cwd(), process.env]
  process.env.HOME = here
  try {
    for (const [report, wanted] of cases) {
      process.chdir(here)
      assert.equal(await billed(read(report)), wanted, `${report}`)
      const reader = read(report)
      process.chdir(there)
      assert.equal(await billed(reader), wanted, `${report}`)
    }
    for (const [report, message] of refused) {
      const error = await thrown(() => collect(read(report)))
      assert.ok(typeof message === 'string' ? error.message.includes(message) : message.test(error.message), error.message)
    }
    // What is printed of a reader is what was given.
    assert.match(`${read('one.csv')}`, /^Reader of one\.csv/)
  } finally {
    process.chdir(folderBefore)
    process.env.HOME = HOME
  }
})
