// Plans, parts and totals: plain values that travel and add up.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { gunzipSync } from 'node:zlib'

import { tableFromIPC } from 'apache-arrow'
import { OutlayError, Totals, closingBatch, plan, read, readPart } from 'outlay'

import { DATA, DEMO, collect, declarations, folder, rowsOfTable, thrown } from './support.mjs'

/** The checksum of gzip's trailer. */
function crc32(bytes) {
  let crc = ~0
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1))
  }
  return ~crc >>> 0
}

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
  const whole = await plan(DEMO, OPTIONS)
  const results = await Promise.all(whole.parts.map(work))
  // In whatever order.
  const rows = results.reverse().flatMap((result) => result.rows)
  const totals = await Totals.merge(results.map((result) => result.state))
  assert.deepEqual(sorted(rows), sorted(wanted))
  totals.check()
  assert.deepEqual(totals.costs, (await reader.totals()).costs)
  assert.equal((await closingBatch(totals, OPTIONS)).batch, null)
  assert.equal(totals.outcome, 'partial')
  await totals.checkAgainst(JSON.parse(JSON.stringify(whole)))
  assert.equal(totals.outcome, 'proven')
  // As worker threads get it, without its prototype and its methods.
  await totals.checkAgainst(structuredClone(whole))
})

test('rows that only the whole shows come in the closing batch', async () => {
  const report = `${DATA}/golden/savings-plan-residual/report.csv`
  const wanted = await collect(read(report, OPTIONS).rows())
  const [part] = (await plan(report, OPTIONS)).parts
  const reader = readPart(part, OPTIONS)
  const rows = await collect(reader.rows())
  const before = await reader.totals()
  assert.throws(() => before.check(), { name: 'OutlayError', code: 'OUTLAY_UNPROVEN', message: /closing/ })
  const { batch, totals } = await closingBatch(before, OPTIONS)
  assert.deepEqual([...rows, ...rowsOfTable(tableFromIPC(batch))], wanted)
  // What is left over is handed out, and said.
  assert.deepEqual(totals.checks.filter((check) => !check.holds).map((check) => check.code), ['savings_plan_negation'])
  assert.equal(totals.rowsClosing, 1)
  // The others are as they were.
  assert.equal(before.rowsClosing, 0)
  const again = await closingBatch(totals, OPTIONS)
  assert.deepEqual([again.batch, again.totals.state()], [null, totals.state()])
})

test('parts are plain values', async () => {
  const { parts, warnings, fingerprint } = await plan(DEMO)
  assert.deepEqual(warnings, [])
  assert.equal(fingerprint, parts[0].fingerprint)
  assert.equal(fingerprint, (await plan(DEMO, { threads: 1 })).fingerprint)
  assert.notEqual(fingerprint, (await plan(DEMO, { negation: 'keep' })).fingerprint)
  const outside = { threads: 1, batchRows: 9, blockBytes: 1_000, recordBytes: 100_000, maxColumns: 500, text: 'view' }
  for (const [name, value] of Object.entries(outside)) {
    assert.equal((await plan(DEMO, { [name]: value })).fingerprint, fingerprint, name)
  }
  assert.equal((await plan(parts[0].path, { expectedBytes: parts[0].size })).fingerprint, fingerprint)
  // The docs name what is outside.
  const docs = declarations().split('options that decide rows')[1].split('*/')[0]
  for (const name of [...Object.keys(outside), 'expectedBytes', 'quarantineFile']) assert.ok(docs.includes(`\`${name}\``), name)
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

test('times of parts are dates', async () => {
  const [part] = (await plan(DEMO)).parts
  assert.deepEqual(part.asOf, new Date('2023-12-03T05:36:21Z'))
  const wanted = await collect(read(part.path, { asOf: part.asOf }).rows())
  // As it is, and as JSON has it.
  for (const given of [part, JSON.parse(JSON.stringify(part))]) {
    assert.equal((await collect(readPart(given).rows())).length, wanted.length)
  }
  assert.throws(() => readPart({ ...part, asOf: new Date(NaN) }), { code: 'OUTLAY_OPTION', message: /not an instant/ })
  assert.throws(() => readPart({ ...part, asOf: 1_701_581_781_000_000 }), { code: 'OUTLAY_OPTION', message: /expected a string/ })
})

test('parts, plans and totals of another version are refused', async () => {
  const whole = await plan(DEMO)
  const reader = read(DEMO)
  await collect(reader)
  const totals = await reader.totals()
  const cases = [
    ['version 2', 2, /it has version 2, and outlay .* reads version 1: read the report again/],
    ['no version', undefined, /it has no version, and outlay .* reads version 1/],
  ]
  for (const [name, version, message] of cases) {
    const refused = { code: 'OUTLAY_OPTION', message }
    assert.throws(() => readPart({ ...whole.parts[0], version }), refused, name)
    await assert.rejects(totals.checkAgainst({ ...whole, version }), refused, name)
    const state = JSON.stringify({ ...JSON.parse(totals.state()), version })
    await assert.rejects(Totals.merge([state]), refused, name)
  }
  assert.deepEqual([whole.version, whole.parts[0].version, JSON.parse(totals.state()).version], [1, 1, 1])
})

test('totals have a shape of their own', async () => {
  const reader = read(DEMO)
  await collect(reader)
  const totals = await reader.totals()
  assert.ok(totals instanceof Totals)
  totals.check()
  const { rowsIn, rowsOut, rowsQuarantined, rowsSplit } = totals
  assert.deepEqual([rowsIn, rowsOut, rowsQuarantined, rowsSplit], [174, 175, 0, 3])
  assert.equal(totals.costs.USD.billed, '800.2936682272')
  assert.equal(totals.parts.length, 3)
  for (const [index, { path: file }] of (await plan(DEMO)).parts.entries()) {
    const text = gunzipSync(readFileSync(file))
    assert.deepEqual(totals.parts[index].content, { bytes: text.length, crc32: crc32(text) })
  }
  const unread = read(DEMO)
  assert.deepEqual((await unread.totals()).parts.map(({ content, complete }) => [content, complete]), Array(3).fill([undefined, false]))
  unread.close()
  const lines = `${totals}`.split('\n')
  assert.deepEqual(lines.slice(0, 2), [
    '         BilledCost   EffectiveCost        ListCost  ContractedCost',
    'USD  800.2936682272  123.4936682272  876.7226682253  874.5206682272',
  ])
  assert.equal(lines[3], '174 rows in, 175 rows out')
  assert.equal(lines.at(-1), 'proven: nothing was lost, nothing doubled')
  assert.deepEqual(await reader.warnings(), totals.warnings)
})

test('totals add up, and travel as text', async () => {
  const reader = read(DEMO)
  await collect(reader)
  const totals = await reader.totals()
  // Those that are there already change nothing.
  const twice = await Totals.merge([totals, totals.state()])
  assert.equal(twice.state(), totals.state())
  assert.equal(twice.outcome, 'proven')
  assert.equal((await Totals.merge([])).rowsIn, 0)
  assert.equal(`${await Totals.merge([])}`.split('\n')[0], '0 rows in, 0 rows out')
  assert.equal((await Totals.merge([totals])).state(), totals.state())
  const later = totals.state().replace('"version":1', '"version":2')
  for (const strange of [{}, null, 5, 'strange', '{}', '{}x', later]) {
    const error = await thrown(() => Totals.merge([strange]))
    assert.ok(error instanceof OutlayError, `${error}`)
    assert.equal(error.code, 'OUTLAY_OPTION')
  }
  for (const strange of [undefined, null, 5, 'strange', {}, { parts: 5 }, { parts: [{}] }]) {
    assert.equal((await thrown(() => totals.checkAgainst(strange))).code, 'OUTLAY_OPTION')
  }
  assert.equal((await thrown(() => closingBatch({}))).code, 'OUTLAY_OPTION')
  assert.equal((await thrown(() => closingBatch(totals, { colums: [] }))).code, 'OUTLAY_OPTION')
})

const HEADER = 'lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode,lineItem/UsageAccountId'

/** The plan of a report of three parts. */
async function three(name, place) {
  const at = path.join(place, name)
  mkdirSync(at)
  const paths = [1, 2, 3].map((number) => path.join(at, `report-0000${number}.csv`))
  paths.forEach((file, index) => writeFileSync(file, `${HEADER}\nUsage,${index + 1},USD,111111111111\n`))
  return plan(paths)
}

/** The totals of parts, each of which is added as it comes. */
async function of(parts, options = {}) {
  const totals = []
  for (const part of parts) {
    const reader = readPart(part, options)
    await collect(reader)
    totals.push(await reader.totals())
  }
  return Totals.merge(totals)
}

test('lost, doubled and foreign parts are named', async () => {
  const place = folder()
  const [whole, other] = [await three('one', place), await three('two', place)]
  const [one, two, last] = whole.parts
  const keep = await plan(whole.parts.map((part) => part.path), { negation: 'keep' })
  const all = [one, two, last]
  const cases = [
    // What was added, the plan, and what is said of it.
    ['all', await of(all), whole, null],
    ['in another order', await of([last, one, two]), whole, null],
    ['one came twice', await of([one, two, two, last]), whole, null],
    ['one is lost', await of([one, two]), whole, /missing: report-00003\.csv/],
    ['one is there for another', await of([one, two, two]), whole, /missing: report-00003\.csv/],
    ['all are lost', await of([]), whole, /missing: report-00001\.csv/],
    ['one of another report', await of([one, two, other.parts[2]]), whole, /not of the plan: report-00003\.csv/],
    ['one more of another report', await of([...all, other.parts[2]]), whole, /not of the plan: report-00003\.csv/],
    ['another report', await of(all), other, /missing: report-00001\.csv/],
    ['another delivery', await of([one, two, { ...last, delivery: '2' }]), whole, /size or ETag than in the plan: report-00003\.csv/],
    ['other options', await of(keep.parts, { negation: 'keep' }), whole, /made with other options/],
    ['a plan of other options', await of(all), keep, /made with other options/],
    ['a plan without options', await of(all), { ...whole, fingerprint: null }, /no fingerprint of its options/],
  ]
  for (const [name, totals, against, wanted] of cases) {
    const before = totals.state()
    if (wanted === null) {
      assert.equal(totals.outcome, 'partial', name)
      assert.match(`${totals}`.split('\n').at(-1), /^partial: .*parts_of_plan/, name)
      await totals.checkAgainst(against)
      assert.equal(totals.outcome, 'proven', name)
      assert.equal((await Totals.merge([totals.state()])).outcome, 'proven', name)
      continue
    }
    const error = await thrown(() => totals.checkAgainst(against))
    assert.equal(error.code, 'OUTLAY_UNPROVEN', name)
    assert.match(error.message, wanted, name)
    assert.equal(totals.state(), before, name)
    assert.notEqual(totals.outcome, 'proven', name)
  }
})

test('what would count twice is refused', async () => {
  const whole = await three('one', folder())
  const [one, two, last] = whole.parts
  const keep = (await plan(last.path, { negation: 'keep' })).parts
  const begun = readPart(one)
  const unread = await begun.totals()
  begun.close()
  const cases = [
    ['some of both', await of([one, two]), await of([two, last]), /report-00002\.csv.* is there already/],
    ['one more', await of([one]), await of([one, two]), /report-00001\.csv.*merge totals without common parts/],
    ['other options', await of([one]), await of(keep, { negation: 'keep' }), /report-00003\.csv.*other options/],
    ['not to its end', await of([one]), unread, /report-00001\.csv.*not to its end/],
  ]
  for (const [name, totals, others, wanted] of cases) {
    const error = await thrown(() => Totals.merge([totals, others.state()]))
    assert.equal(error.code, 'OUTLAY_OPTION', name)
    assert.match(error.message, wanted, name)
  }
  const error = await thrown(() => readPart(one, { negation: 'keep' }).totals())
  assert.equal(error.code, 'OUTLAY_OPTION')
  assert.match(error.message, /the plan of report-00001\.csv .*with other options/)
  assert.equal((await thrown(async () => closingBatch(await of([one]), { negation: 'keep' }))).code, 'OUTLAY_OPTION')
})

test('totals say what rounding took', async () => {
  const reader = read(`${DATA}/golden/trap-many-decimals/report.csv`)
  await collect(reader)
  const { rounding } = await reader.totals()
  assert.ok(Object.values(rounding).length > 0)
  for (const lost of Object.values(rounding)) assert.ok(lost.cells > 0 && /^-?\d/.test(lost.billed))
})
