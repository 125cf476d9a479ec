// What `console.log` shows of objects: before, during and after a read.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { inspect } from 'node:util'

import { Access, Totals, plan, read } from 'outlay'

import { DEMO, HEADER, collect, folder } from './support.mjs'

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
  writeFileSync(path.join(TEMPORARY, name), `${HEADER}Usage,1,USD,,\n`)
  const report = path.join(TEMPORARY, name)
  const reader = read(report)
  await collect(reader)
  for (const value of [await plan(report), reader, await reader.totals()]) {
    assert.doesNotMatch(inspect(value), /\u001b|\u202e/)
  }
})

test('a reader is closed at the end of a block', async () => {
  const reader = read(DEMO)
  await reader.rows().next()
  await reader[Symbol.asyncDispose]()
  assert.match(inspect(reader), /state: 'closed'/)
})
