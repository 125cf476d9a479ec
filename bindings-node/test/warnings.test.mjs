// What was asked for and found nowhere is a warning of the process, once for each pass that reached its end.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'

import { open, plan, read, readPart } from 'outlay'

import { DEMO, ROOT, collect, folder, node, run } from './support.mjs'

const ASKED = { columns: ['BilledCost'], tagColumns: ['Nope'], extraColumns: ['product/nope'], periods: ['2023-11', '2022-01'] }
const CODES = ['extra_columns_absent', 'periods_absent', 'tags_absent']
const PART = path.join(DEMO, '20231101-20231201/20231203T053621Z/daily-00001.csv.gz')

/** The codes of the warnings that are emitted meanwhile. */
async function emitted(use) {
  const warnings = []
  // A debug build has a warning of its own.
  const listener = (warning) => warning.name === 'OutlayWarning' && warnings.push(warning)
  process.on('warning', listener)
  try {
    await use()
    await setImmediate()
  } finally {
    process.off('warning', listener)
  }
  return warnings.map(({ code }) => code).sort()
}

const file = path.join(folder(), 'out.csv')
const WAYS = {
  batches: (reader) => collect(reader),
  tables: (reader) => collect(reader.tables()),
  rows: (reader) => reader.rows().toArray(),
  'a stream': (reader) => collect(reader.csvStream()),
  'a file': (reader) => reader.toCsv(file),
}
const READS = {
  'a path': () => read(DEMO, ASKED),
  bytes: () => read(readFileSync(PART), ASKED),
  'a report': () => open(DEMO, ASKED).read(),
  'a pass with options of its own': () => open(DEMO).read(ASKED),
}

for (const [way, drain] of Object.entries(WAYS)) {
  test(`the end of ${way} tells what is absent, once`, async () => {
    for (const [given, opened] of Object.entries(READS)) {
      const reader = opened()
      assert.deepEqual(await emitted(() => drain(reader)), CODES, given)
      assert.deepEqual(await emitted(() => reader.check()), [])
    }
  })
}

test('each pass of a report tells it', async () => {
  const report = open(DEMO, ASKED)
  for (let pass = 0; pass < 2; pass += 1) assert.deepEqual(await emitted(() => collect(report.read())), CODES)
  assert.deepEqual(await emitted(() => report.head(1)), [])
})

test('other reads tell nothing', async () => {
  const tag = { tagColumns: ['Nope'] }
  const parts = async () => {
    for (const part of (await plan(DEMO, tag)).parts) await collect(readPart(part, tag))
  }
  const reads = [
    () => collect(read(DEMO)),
    () => collect(read(DEMO, { tagColumns: ['Team'], periods: ['2023-11'] })),
    () => collect(read(DEMO, { ...ASKED, onNoMatch: 'stop' })).catch(() => {}),
    async () => {
      for await (const _ of read(DEMO, ASKED).rows()) break
    },
    // A part does not know whether others have it.
    parts,
  ]
  for (const use of reads) assert.deepEqual(await emitted(use), [])
})

test('Node prints the warning, unless it is told not to', async () => {
  const program = `import { read } from 'outlay'; await read(process.argv[1], { tagColumns: ['Nope'] }).rows().toArray()`
  const printed = async (...flags) => (await run(process.execPath, [...flags, '--input-type=module', '--eval', program, DEMO], { cwd: path.join(ROOT, 'bindings-node/test') })).stderr
    .split('\n').filter((line) => !/built for debugging|--trace-warnings/.test(line)).join('\n')
  assert.match(await printed(), /^\(node:\d+\) \[tags_absent\] OutlayWarning: no row has the tag `Nope`/)
  assert.equal(await printed('--disable-warning=OutlayWarning'), '')
  assert.equal(await printed('--disable-warning=tags_absent'), '')
  assert.equal((await node(program, { given: [DEMO] })).stderr, '')
})

test('the program prints the warning once', async () => {
  const program = path.join(ROOT, 'bindings-node/bin/outlay.js')
  const { stdout, stderr } = await run(process.execPath, [program, 'normalize', DEMO, '--tag-columns', 'Nope', '--output', path.join(folder(), 'out.csv')])
  assert.equal(`${stdout}${stderr}`.match(/tag `?Nope/g)?.length, 1, `${stdout}${stderr}`)
  assert.doesNotMatch(stderr, /OutlayWarning/)
})
