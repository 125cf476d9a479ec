// Numbers that JavaScript can compute with, and the programs of the page on arithmetic.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { closingBatch, decimalToNumber, decimalToString, plan, read, readPart } from 'outlay'

import { DEMO, ROOT, collect, folder, run } from './support.mjs'

const columns = ['ServiceName', 'ListUnitPrice', 'PricingQuantity', 'BilledCost', 'Tags']
const NUMBERS = ['ListUnitPrice', 'PricingQuantity', 'BilledCost']

/** A text rounded half to even to 9 decimals, in the simplest way. */
function rounded(text) {
  const [whole, fraction = ''] = text.replace('-', '').split('.')
  const unscaled = BigInt(whole + fraction.padEnd(18, '0'))
  const [quotient, rest] = [unscaled / 10n ** 9n, unscaled % 10n ** 9n]
  const half = 5n * 10n ** 8n
  const isUp = rest > half || (rest === half && quotient % 2n === 1n)
  return (text.startsWith('-') ? -1n : 1n) * (quotient + (isUp ? 1n : 0n))
}

test('rows and tables have the numbers that were chosen', async () => {
  const exact = await collect(read(DEMO, { columns }).rows())
  for (const decimals of ['float64', 'decimal(38,9)']) {
    const reader = read(DEMO, { columns, decimals })
    const rows = await collect(reader.rows())
    const cells = []
    for await (const table of read(DEMO, { columns, decimals }).tables()) {
      for (const row of table) cells.push(row)
    }
    assert.deepEqual([rows.length, cells.length], [175, 175])
    for (const [index, wanted] of exact.entries()) {
      for (const name of NUMBERS) {
        const [text, found, cell] = [wanted[name], rows[index][name], cells[index][name]]
        if (text === null) {
          assert.deepEqual([found, cell], [null, null])
        } else if (decimals === 'float64') {
          assert.deepEqual([found, cell], [Number(text), Number(text)])
        } else {
          assert.equal(found, decimalToString(rounded(text), { scale: 9 }))
          assert.equal(decimalToString(cell, { scale: 9 }), found)
          assert.equal(decimalToNumber(cell, { scale: 9 }), Number(found))
        }
      }
      assert.deepEqual(rows[index].Tags, wanted.Tags)
    }
    const totals = await reader.totals()
    assert.deepEqual([totals.costs.USD.billed, totals.outcome], ['800.2936682272', 'proven'])
    assert.equal(Object.keys(totals.roundedCells).length > 0, decimals !== 'float64')
  }
})

test('rounded cells are counted by the name of their column', async () => {
  const reader = read(DEMO, { columns: ['BilledCost'], decimals: 'decimal(38,2)' })
  const rows = await collect(reader.rows())
  const exact = await collect(read(DEMO, { columns: ['BilledCost'] }).rows())
  const totals = await reader.totals()
  assert.deepEqual(totals.roundedCells, { BilledCost: exact.filter(({ BilledCost }, index) => Number(BilledCost) !== Number(rows[index].BilledCost)).length })
  assert.deepEqual(JSON.parse(JSON.stringify(totals)).rounded_cells, totals.roundedCells)
  assert.match(`${totals}`, /cells of BilledCost rounded/)
})

test('the totals say what rounding changed in the sums', async () => {
  const options = { columns: ['BilledCost'], decimals: 'decimal(18,2)' }
  const reader = read(DEMO, options)
  const cents = (await collect(reader.rows())).map(({ BilledCost }) => BigInt(Math.round(Number(BilledCost) * 100)))
  const totals = await reader.totals()
  const { billed, effective } = totals.decimalsDifference.USD
  const [whole, fraction] = totals.costs.USD.billed.split('.')
  const exact = BigInt(whole + fraction.padEnd(18, '0'))
  const sum = cents.reduce((sum, cell) => sum + cell, 0n) * 10n ** 16n
  assert.equal(billed, decimalToString(sum - exact))
  assert.deepEqual([effective, totals.decimals, totals.outcome], ['0', 'decimal(18,2)', 'proven'])
  assert.deepEqual(JSON.parse(JSON.stringify(totals)).decimals_difference.USD.BilledCost, billed)
  assert.ok(totals.warnings.some(({ code }) => code === 'decimals_rounded'))
  const doubles = read(DEMO, { ...options, decimals: 'float64' })
  await collect(doubles)
  assert.deepEqual((await doubles.totals()).decimalsDifference, {})
})

test('a number out of range and a type that does not exist say what to do', async () => {
  assert.throws(() => read(DEMO, { decimals: 'money' }), { code: 'OUTLAY_OPTION', message: /`money` is none of `exact`, `float64`, `decimal/ })
  assert.throws(() => read(DEMO, { decimals: 'decimal(39,9)' }), { code: 'OUTLAY_OPTION', message: /use 1 to 38 digits/ })
  const options = { columns: ['BilledCost'], decimals: 'decimal(3,2)' }
  await assert.rejects(collect(read(DEMO, options).rows()), (error) => {
    assert.deepEqual([error.code, error.column, error.row > 0], ['OUTLAY_VALUE', 'BilledCost', true])
    return /is not within the range of the option `decimals`/.test(error.message)
  })
  const reader = read(DEMO, { ...options, onError: 'quarantine' })
  const rows = await collect(reader.rows())
  const { rowsQuarantined } = await reader.totals()
  // A record can be two rows.
  assert.ok(rowsQuarantined > 0 && rows.length + rowsQuarantined <= 175, `${rows.length} rows, ${rowsQuarantined} set aside`)
})

test('parts, closing batches and files have the type', async () => {
  const options = { columns, decimals: 'float64' }
  const { parts } = await plan(DEMO, options)
  const [row] = await collect(readPart(parts[0], options).rows())
  assert.equal(typeof row.BilledCost, 'number')
  await assert.rejects(collect(readPart(parts[0], { columns })), { code: 'OUTLAY_OPTION' })
  const reader = readPart(parts[0], options)
  await collect(reader)
  assert.equal((await closingBatch(await reader.totals(), options)).batch, null)
  const file = path.join(folder(), 'out.csv')
  await read(DEMO, { columns: ['BilledCost'], decimals: 'decimal(38,2)' }).toCsv(file)
  assert.match(readFileSync(file, 'utf8'), /^BilledCost\n(-?\d+(\.\d{1,2})?\n)+$/)
})

// The page on arithmetic

const page = readFileSync(path.join(ROOT, 'ARITHMETIC.md'), 'utf8')
const programs = [...page.matchAll(/```js\n(.*?)```\n+```text\n(.*?)```/gs)]

test('the programs of the page print what it says', async () => {
  assert.ok(programs.length > 0 && programs.length === page.split('```js').length - 1)
  // Names of packages are resolved from this folder, and paths from the root.
  const cwd = path.dirname(fileURLToPath(import.meta.url))
  for (const [, program, printed] of programs) {
    const whole = `process.chdir(${JSON.stringify(ROOT)})\n${program}`
    const done = await run(process.execPath, ['--no-warnings', '--input-type=module', '--eval', whole], { cwd })
    assert.deepEqual([done.stderr, done.stdout], ['', printed])
  }
})
