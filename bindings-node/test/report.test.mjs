// A report that is read again: each pass is whole, of the same versions, and proves itself.
import assert from 'node:assert/strict'
import { copyFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { inspect } from 'node:util'

import { Report, Totals, closingBatch, open, plan, read } from 'outlay'

import { DEMO, HEADER, collect, folder, thrown } from './support.mjs'

const TEMPORARY = folder()
// A part apart from its delivery, which would be some of its parts.
const PART = path.join(TEMPORARY, 'part.csv.gz')
copyFileSync(path.join(DEMO, '20231101-20231201/20231203T053621Z/daily-00001.csv.gz'), PART)
const OPENED = { 'a path': () => open(PART), paths: () => open([PART]), bytes: () => open(readFileSync(PART)) }

for (const [way, opened] of Object.entries(OPENED)) {
  test(`every pass over ${way} is the whole report`, async () => {
    const report = opened()
    assert.ok(report instanceof Report)
    assert.equal(await report.lastPass(), null)
    const passes = [await collect(report.read().rows()), await collect(report.read().rows())]
    assert.equal(passes[0].length, 90)
    assert.deepEqual(passes[0], passes[1])
    assert.deepEqual(await report.head(7), passes[0].slice(0, 7))
    assert.deepEqual(await report.columns(), Object.keys(passes[0][0]))
    await thrown(() => report.check())
    await collect(report.read())
    await report.check()
    const totals = await report.lastPass()
    assert.deepEqual([totals.rowsOut, totals.outcome], [90, 'proven'])
    assert.deepEqual((await report.plan()).parts.map((part) => part.object), totals.parts.map((part) => part.object))
  })
}

test('options of a pass replace those of the report', async () => {
  const report = open(DEMO, { columns: ['ServiceName'] })
  assert.deepEqual(await report.read().columns(), ['ServiceName'])
  assert.deepEqual(await report.read({ columns: ['BilledCost'] }).columns(), ['BilledCost'])
  assert.deepEqual(await report.columns({ columns: ['BilledCost'] }), ['BilledCost'])
  assert.deepEqual(await report.head(1, { columns: ['BilledCost'], numbers: 'number' }), [{ BilledCost: 0 }])
  assert.deepEqual(await report.columns(), ['ServiceName'])
  const november = open(DEMO, { periods: ['2023-11'] })
  const refused = await thrown(() => collect(november.read({ periods: ['2023-12'] })))
  assert.match(refused.message, /`periods`: the report was opened for 2023-11; open it for 2023-12 too/)
})

test('a pass that is left early is partial, and its check throws', async () => {
  const report = open(DEMO, { batchRows: 10 })
  assert.equal((await thrown(() => report.check())).code, 'OUTLAY_UNPROVEN')
  const reader = report.read()
  for await (const _ of reader) break
  const totals = await reader.totals()
  assert.equal(totals.outcome, 'partial')
  assert.throws(() => totals.check(), { code: 'OUTLAY_UNPROVEN', message: /the read was ended early/ })
  assert.equal((await report.lastPass()).outcome, 'partial')
})

test('a read that is left in the middle of a part is partial', async () => {
  for (let n = 0; n < 30; n += 1) {
    const reader = read(DEMO, { columns: ['BilledCost'], batchRows: 1, threads: [1, 2, 4][n % 3] })
    for await (const _ of reader) break
    assert.equal((await reader.totals()).outcome, 'partial')
  }
})

test('a report that changes ends its passes until it is refreshed', async () => {
  const [file, other] = [path.join(TEMPORARY, 'r.csv'), path.join(TEMPORARY, 'other')]
  writeFileSync(file, `${HEADER}Usage,1,USD,,\n`)
  const report = open(file)
  const billed = async () => (await collect(report.read({ columns: ['BilledCost'] }).rows()))[0].BilledCost
  assert.equal(await billed(), '1')
  writeFileSync(other, `${HEADER}Usage,2,USD,,\n`)
  renameSync(other, file)
  assert.equal((await thrown(billed)).code, 'OUTLAY_SOURCE_CHANGED')
  await report.refresh()
  assert.equal(await billed(), '2')
})

test('a closed report still tells of its last pass', async () => {
  const columns = ['BilledCost']
  const report = open(DEMO, { columns })
  await collect(report.read())
  const before = await report.lastPass()
  report.close()
  report.close()
  for (let n = 0; n < 2; n += 1) {
    assert.deepEqual((await report.lastPass()).toJSON(), before.toJSON())
    await report.check()
  }
  assert.equal((await thrown(() => report.head(1))).code, 'OUTLAY_CONSUMED')
  assert.throws(() => report.read(), { code: 'OUTLAY_CONSUMED' })
  // A pass that was ended early, and none.
  const early = open(DEMO, { columns, batchRows: 10, threads: 1 })
  for await (const _ of early.read()) break
  early.close()
  // How many rows it had depends on how far it had read ahead.
  await assert.rejects(early.check(), { code: 'OUTLAY_UNPROVEN', message: /^not proven: parts_complete: (no row was read|the read was ended early)/ })
  assert.equal((await early.lastPass()).outcome, 'partial')
  const unread = open(DEMO)
  unread.close()
  assert.equal(await unread.lastPass(), null)
  const message = 'not proven: parts_complete: the report was not read yet'
  for (const unproven of [unread, open(DEMO)]) await assert.rejects(unproven.check(), { code: 'OUTLAY_UNPROVEN', message })
  await assert.rejects(unread.check({ signal: AbortSignal.abort(new Error('enough')) }), /enough/)
})

test('a pass that ends after the report was closed is its last one', async () => {
  const file = path.join(TEMPORARY, 'late.csv')
  writeFileSync(file, HEADER + 'Usage,1,USD,,\n'.repeat(100))
  const report = open(file, { batchRows: 10, threads: 1 })
  await collect(report.read())
  const [whole, early, failing, unused] = Array.from({ length: 4 }, () => report.read())
  const stuck = failing.rows()
  await stuck.next()
  report.close()
  await report.check()
  for await (const _ of early) break
  await assert.rejects(report.check(), { code: 'OUTLAY_UNPROVEN', message: /no row was read|the read was ended early/ })
  assert.equal((await report.lastPass()).outcome, 'partial')
  await collect(whole)
  await report.check()
  assert.equal((await report.lastPass()).rowsOut, 100)
  failing.close()
  await assert.rejects(report.check(), { code: 'OUTLAY_UNPROVEN' })
  // One of which nothing was asked is no pass.
  const last = await report.lastPass()
  unused.close()
  assert.deepEqual((await report.lastPass()).toJSON(), last.toJSON())
})

test('calls can be aborted, and wrong arguments are refused', async () => {
  const report = open(DEMO)
  const signal = AbortSignal.abort(new Error('enough'))
  const totals = await Totals.merge([])
  const calls = [report.head.bind(report, 1), ...['plan', 'refresh', 'lastPass', 'check'].map((name) => report[name].bind(report)), closingBatch.bind(null, totals)]
  const controller = new AbortController()
  const pending = calls.map((call) => thrown(() => call({ signal: controller.signal })))
  controller.abort(new Error('later'))
  for (const error of await Promise.all(pending)) assert.equal(error.message, 'later')
  for (const call of calls) {
    assert.equal((await thrown(() => call({ signal: 5 }))).message, 'option `signal`: it is no AbortSignal')
    for (const options of [[], new Set(), new Map()]) assert.match((await thrown(() => call(options))).message, /^options are an object, not /)
  }
  for (const call of calls.map((call) => () => call({ signal }))) {
    assert.equal((await thrown(call)).message, 'enough')
  }
  for (const use of [read, open, plan]) assert.equal((await thrown(() => use(DEMO, []))).message, 'options are an object, not a list')
  assert.throws(() => open(DEMO, { colums: [] }), { code: 'OUTLAY_OPTION', message: /did you mean `columns`/ })
  assert.throws(() => open(DEMO, { signal }), { code: 'OUTLAY_OPTION', message: /`signal`/ })
  for (const rows of [-1, 0.5, '3']) assert.equal((await thrown(() => report.head(rows))).code, 'OUTLAY_OPTION')
})

test('a report prints its address and its parts', async () => {
  const report = open(DEMO)
  assert.equal(inspect(report), `Report { ${DEMO} }`)
  await report.head(1)
  assert.match(inspect(report), /, 3 parts, \d+ bytes \}$/)
})

test('a reader says how to read again', async () => {
  const reader = read(DEMO)
  await collect(reader)
  assert.throws(() => reader.rows(), { code: 'OUTLAY_CONSUMED', message: /or use `open`, whose reports can be read any number of times/ })
})
