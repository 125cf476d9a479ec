// What `console.log` shows of objects: before, during and after a read.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { inspect } from 'node:util'

import { Access, Totals, open, plan, read } from 'outlay'

import { DEMO, HEADER, collect, folder, thrown } from './support.mjs'

const { fromShared } = createRequire(import.meta.url)('../lib/names.js')
const TEMPORARY = folder()

test('a reader shows its report, its state and its progress', async () => {
  const state = (reader) => /state: '(.*?)'/.exec(inspect(reader))[1]
  const reader = read(DEMO)
  // `breakLength`: whether it fits on one line depends on the length of the path.
  assert.equal(inspect(reader, { breakLength: Infinity }), `Reader { report: '${DEMO}', state: 'not started' }`)
  const rows = reader.rows()
  await rows.next()
  assert.match(inspect(reader), /state: 'reading',\s+bytesDone: \d+,\s+bytesTotal: \d+,\s+rows: 90\s+}/)
  await collect(rows)
  assert.match(inspect(reader), /state: 'read to its end'.*rows: 175/s)
  const closed = read(DEMO)
  closed.close()
  assert.equal(state(closed), 'closed')
  const failed = read('nowhere')
  await collect(failed).catch(() => {})
  assert.equal(state(failed), 'failed')
  const controller = new AbortController()
  const aborted = read(DEMO, { signal: controller.signal })
  const batches = collect(aborted).catch(() => {})
  controller.abort()
  await batches
  assert.equal(state(aborted), 'aborted')
  assert.match(inspect(read(Buffer.alloc(5))), /report: '5 bytes'/)
  assert.match(inspect([read([DEMO, DEMO])]), /Reader \{\s+report: \[/)
})

test('a reader that ended shows its outcome once it is known, and a report that of its last pass', async () => {
  const wide = { breakLength: Infinity }
  const reader = read(DEMO)
  const rows = reader.rows()
  assert.equal(inspect(rows, wide), `ReaderIterator { of: 'rows', reader: Reader { report: '${DEMO}', state: 'reading' } }`)
  await rows.toArray()
  assert.doesNotMatch(inspect(reader), /outcome/)
  await reader.check()
  assert.match(inspect(reader, wide), /state: 'read to its end', outcome: 'proven', bytesDone/)
  assert.equal(`${reader}`, `Reader of ${DEMO}: read to its end, proven`)
  const left = read(DEMO, { batchRows: 1 })
  for await (const _ of left) break
  await left.totals()
  assert.match(inspect(left), /outcome: 'partial'/)
  const stream = read(DEMO)
  await text(stream.csvStream())
  await stream.totals()
  assert.match(`${stream}`, /proven$/)
  const unproven = read(Buffer.from('lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\nUsage,,USD\nUsage,1,USD\n'))
  await collect(unproven)
  await unproven.totals()
  assert.match(`${unproven}`, /^Reader of \d+ bytes: read to its end, unproven$/)
  for (const [what, values] of [['batches', (one) => one[Symbol.asyncIterator]()], ['tables', (one) => one.tables()]]) {
    assert.match(inspect(values(read(DEMO))), new RegExp(`^ReaderIterator \\{\\s+of: '${what}',\\s+reader: Reader`))
  }

  const report = open(DEMO, { batchRows: 50 })
  const [first, second] = [report.read(), report.read()]
  await collect(first)
  assert.match(inspect(report), /, last pass: read to its end \}$/)
  await first.totals()
  assert.match(`${report}`, /^Report \{ .*, 3 parts, \d+ bytes, last pass: proven \}$/)
  for await (const _ of second) break
  assert.match(`${report}`, /last pass: closed \}$/)
  // What is told of an earlier pass is not of the last one.
  await first.totals()
  assert.match(`${report}`, /last pass: closed \}$/)
  await report.lastPass()
  assert.match(inspect({ report }), /last pass: partial \}/)
  assert.match(`${await report.plan()}`, /^Plan \(3 parts, \d+ bytes\)$/)
})

test('totals and plans show a line, and below it a table', async () => {
  const reader = read(DEMO)
  await collect(reader)
  const totals = await reader.totals()
  assert.equal(inspect(totals), `Totals (proven, 175 rows)\n${totals}`)
  assert.equal(inspect({ totals }), '{ totals: [Totals (proven, 175 rows)] }')
  const planned = await plan(DEMO)
  const [first, ...lines] = inspect(planned).split('\n')
  assert.match(first, /^Plan \(3 parts, \d+ bytes\)$/)
  assert.equal(lines.length, 3)
  for (const [index, { object, size }] of planned.parts.entries()) assert.equal(lines[index], `  2023-11  ${object}  ${size} bytes`)
  assert.match(inspect({ planned }), /^\{ planned: \[Plan \(3 parts/)
  // What is printed is no part of what is copied and compared.
  assert.deepEqual(JSON.parse(JSON.stringify(planned)).parts.length, 3)
  assert.deepEqual({ ...planned }, { ...structuredClone(planned) })
})

test('a copy of totals has the fields, and their state is made totals again', async () => {
  const reader = read(DEMO)
  await collect(reader)
  const totals = await reader.totals()
  const copy = structuredClone(totals)
  assert.deepEqual([copy.rowsOut, copy.costs, copy.check], [totals.rowsOut, totals.costs, undefined])
  await assert.rejects(Totals.merge([copy]), { code: 'OUTLAY_OPTION', message: /the text of their state/ })
  assert.equal((await Totals.merge([totals.state()])).costs.USD.billed, totals.costs.USD.billed)
})

test('access shows its bucket', () => {
  const access = new Access('bucket', 'prefix', { features: ['read'] })
  assert.equal(inspect(access), "Access { bucket: 'bucket', prefix: 'prefix', features: [ 'read' ] }")
})

test('names of files do not control the terminal', async () => {
  const name = 'a\u001b[31m\u202eb.csv'
  const report = path.join(TEMPORARY, name)
  writeFileSync(report, `${HEADER}Usage,1,USD,,\n`)
  const [reader, planned] = [read(report), await plan(report)]
  const rows = reader.rows()
  await collect(rows)
  const totals = await reader.totals()
  const errors = await Promise.all([
    thrown(() => read(`${report}\u202e\u001b`).columns()),
    thrown(() => read(report, { 'a\u202e\u001b': 1 })),
    thrown(() => read(report, { columns: ['a\u202e\u001b'] })),
    thrown(() => open(report, { 'a\u202e\u001b': 1 })),
  ])
  const values = [planned, planned.parts, planned.parts[0], reader, rows, totals, totals.parts, totals.parts[0], open(report), ...errors]
  for (const value of values) {
    for (const options of [{}, { depth: 0 }, { compact: false }]) {
      assert.doesNotMatch(inspect(value, options), /\u001b|\u202e/)
      assert.doesNotMatch(inspect({ value: [value] }, options), /\u001b|\u202e/)
    }
    // Colors stay colors.
    const colored = inspect(value, { colors: true })
    assert.doesNotMatch(colored, /\u202e|\u001b\[31m|\\u\{1b\}\[3[29]m/)
  }
  for (const { message, stack } of errors) assert.doesNotMatch(message + stack, /\u001b|\u202e/)
  for (const value of [reader, planned, open(report), ...errors]) assert.doesNotMatch(`${value}`, /\u001b|\u202e/)
  // The values are as they are.
  assert.equal(planned.parts[0].object, name)
  assert.equal(errors[0].object, `${report}\u202e\u001b`)
  assert.equal(inspect(read(DEMO), { colors: true, breakLength: Infinity }), `Reader { report: \u001b[32m'${DEMO}'\u001b[39m, state: \u001b[32m'not started'\u001b[39m }`)
})

test('long lists are their numbers', async () => {
  // What `connector.periods()` makes of the JSON of the core.
  const columns = Array.from({ length: 120 }, (_, column) => `column ${column}`)
  const [month] = fromShared([{ period: '2026-09', delivery: { manifest_etag: 'e', columns, parts: [{ object: 'a', columns }], warnings: [] } }])
  assert.equal(inspect(month, { breakLength: 200 }), "{ period: '2026-09', delivery: { manifestEtag: 'e', columns: [120 columns], parts: [1 part], warnings: [] } }")
  const { delivery } = month
  assert.match(inspect(delivery.parts), /columns: \[120 columns\]/)
  assert.match(inspect({ ...delivery }), /columns: \[\n/)
  assert.deepEqual([structuredClone(month), JSON.parse(JSON.stringify(month)).delivery.manifest_etag], [{ ...month }, 'e'])
  assert.equal(inspect({ month }, { depth: 0 }), '{ month: [Object] }')
})

test('a reader is closed at the end of a block', async () => {
  const reader = read(DEMO)
  await reader.rows().next()
  await reader[Symbol.asyncDispose]()
  assert.match(inspect(reader), /state: 'closed'/)
})
