// Exact decimals: texts and cells of apache-arrow, and their sums.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { tableFromIPC } from 'apache-arrow'
import { addDecimals, decimalFromString, decimalToNumber, decimalToString, read, sumDecimals } from 'outlay'

import { DEMO, collect } from './support.mjs'

const words = (unscaled) => new Uint32Array(new BigUint64Array([BigInt.asUintN(64, unscaled), BigInt.asUintN(64, unscaled >> 64n)]).buffer)
const one = 10n ** 18n

test('a decimal of apache-arrow becomes text and a number', () => {
  const cases = [
    [0n, 18, '0'],
    [1n, 18, '0.000000000000000001'],
    [-1n, 18, '-0.000000000000000001'],
    [one, 18, '1'],
    [-one - one / 2n, 18, '-1.5'],
    [10n ** 38n - 1n, 18, '99999999999999999999.999999999999999999'],
    [1n - 10n ** 38n, 18, '-99999999999999999999.999999999999999999'],
    [-(2n ** 64n), 0, '-18446744073709551616'],
    [-5n, 0, '-5'],
    [-120n, 2, '-1.2'],
  ]
  for (const [unscaled, scale, text] of cases) {
    for (const value of [unscaled, words(unscaled), [...words(unscaled)], new Int32Array(words(unscaled).buffer)]) {
      assert.equal(decimalToString(value, { scale }), text)
      assert.equal(decimalToNumber(value, { scale }), Number(text))
    }
    assert.equal(decimalFromString(text, { scale }), unscaled)
  }
  const functions = [decimalToString, decimalToNumber, decimalFromString]
  for (const convert of functions) assert.deepEqual([convert(null), convert(undefined)], [null, null])
})

test('the text of a decimal stays what it is', async () => {
  const cases = [
    ['1.5', '1.5'],
    ['-0.03', '-0.03'],
    ['1.50', '1.5'],
    ['007', '7'],
    ['-0', '0'],
    ['+.5', '0.5'],
    ['5.', '5'],
    ['1.81E-8', '0.0000000181'],
    ['-1e+3', '-1000'],
    ['0.1234567890123456789', '0.1234567890123456789'],
  ]
  for (const [given, text] of cases) {
    assert.equal(decimalToString(given), text)
    assert.equal(decimalToNumber(given), Number(text) + 0)
    assert.equal(addDecimals(given), text)
  }
  const [exact, numbers] = await Promise.all([{}, { numbers: 'number' }].map((options) => collect(read(DEMO, { columns: ['BilledCost'] }).rows(options))))
  assert.ok(exact.every(({ BilledCost }, row) => decimalToString(BilledCost) === BilledCost && decimalToNumber(BilledCost) === numbers[row].BilledCost))
})

test('what is no exact decimal is refused', () => {
  const values = [1.5, 0, NaN, true, {}, [], [1.5], ['1'], [2 ** 32], new Uint8Array(16), new Uint32Array(0), new Uint32Array(2), new Uint32Array(3), new Uint32Array(5), new Uint32Array(8), new Int32Array(8), [1, 0], [1, 0, 0, 0, 0, 0, 0, 0], new BigUint64Array(2), Symbol.iterator, () => 1]
  const texts = ['', ' ', '.', '-', '1,5', '1.5 USD', '0x10', 'NaN', 'Infinity', '1e', '1e9999', '1'.repeat(2_000), '１']
  for (const value of [...values, ...texts]) {
    for (const convert of [decimalToString, decimalToNumber, addDecimals, decimalFromString]) {
      assert.throws(() => convert(value), { name: 'OutlayError', code: 'OUTLAY_OPTION' }, `${convert.name}(${String(value)})`)
    }
  }
  assert.throws(() => decimalToString(1.5), { message: /not a number$/ })
  assert.throws(() => decimalToString('1,5'), { message: '`1,5` is no decimal number' })
  assert.throws(() => decimalFromString(5n), { message: /not a bigint$/ })
  assert.throws(() => decimalFromString('0.125', { scale: 2 }), { message: '`0.125` has more than 2 decimals' })
  assert.equal(decimalFromString('0.1200', { scale: 2 }), 12n)
  for (const scale of [-1, 1.5, 77, '2', NaN]) assert.throws(() => decimalToString(5n, { scale }), { message: /^option `scale`/ })
  for (const absent of [null, undefined]) assert.throws(() => addDecimals('1', absent), { code: 'OUTLAY_OPTION', message: /not (null|undefined)$/ })
})

test('the index that `map` gives is no scale', () => {
  const cells = [15n, 25n, null, words(35n)].map((cell) => (typeof cell === 'bigint' ? cell * one : cell))
  const texts = ['15', '25', null, '0.000000000000000035']
  assert.deepEqual(cells.map(decimalToString), texts)
  assert.deepEqual(cells.map(decimalToNumber), [15, 25, null, 3.5e-17])
  assert.deepEqual(texts.map(decimalFromString), [15n * one, 25n * one, null, 35n])
  assert.deepEqual(cells.flatMap(decimalToString), texts)
  for (const convert of [decimalToString, decimalToNumber, decimalFromString]) {
    const value = convert === decimalFromString ? '15' : 15n
    // A number alone was the scale of an earlier version, or is the index of `Array.from`: neither may be guessed.
    assert.throws(() => convert(value, 2), { code: 'OUTLAY_OPTION', message: /pass `\{ scale: 2 \}`/ })
    assert.throws(() => Array.from([value], convert), { code: 'OUTLAY_OPTION' })
    for (const rest of [[2, 3], [2, [], 1], [{ scale: 2 }, []], ['2'], [[2]], [15n]]) {
      assert.throws(() => convert(value, ...rest), { code: 'OUTLAY_OPTION' }, `${convert.name} ${JSON.stringify(rest.map(String))}`)
    }
    assert.throws(() => convert(value, { scales: 2 }), { message: '`scales` is not an option: did you mean `scale`?' })
    for (const none of [undefined, null, {}, { scale: null }]) assert.equal(convert(value, none), convert(value))
  }
})

test('columns and cells of another scale have their own', async () => {
  for (const scale of [2, 9, 18]) {
    for await (const table of read(DEMO, { columns: ['BilledCost', 'ServiceName'], decimals: `decimal(38,${scale})`, batchRows: 1_000 }).tables()) {
      const column = table.getChild('BilledCost')
      const [cells, texts] = [[...column], Array.from(column, (cell) => decimalToString(cell, { scale }))]
      const sum = sumDecimals(texts)
      assert.equal(sumDecimals(column), sum)
      assert.equal(sumDecimals(column, { scale }), sum)
      assert.equal(sumDecimals(cells, { scale }), sum)
      assert.equal(addDecimals(...cells, { scale }), sum)
      assert.equal(addDecimals('1', ...cells, { scale }), addDecimals('1', sum))
      assert.throws(() => sumDecimals(column, { scale: scale + 1 }), { code: 'OUTLAY_OPTION', message: /the column has \d+ decimals/ })
      assert.throws(() => sumDecimals(table.getChild('ServiceName')), { code: 'OUTLAY_OPTION', message: /the column has the type Utf8/ })
    }
  }
  for await (const table of read(DEMO, { columns: ['BilledCost'], decimals: 'float64' }).tables()) {
    assert.throws(() => sumDecimals(table.getChild('BilledCost')), { code: 'OUTLAY_OPTION', message: /the column has the type Float64/ })
  }
  for (const use of [addDecimals, (...cells) => sumDecimals(cells.slice(0, -1), cells.at(-1))]) {
    assert.equal(use(150n, words(25n), '1', { scale: 2 }), '2.75')
    assert.throws(() => use(150n, { scale: -1 }), { message: /^option `scale`/ })
  }
  assert.throws(() => sumDecimals([1n], 2), { message: /pass `\{ scale: 2 \}`/ })
})

test('sums are exact', async () => {
  assert.equal(addDecimals(), '0')
  assert.equal(addDecimals('0.1', '0.2'), '0.3')
  assert.equal(addDecimals('99999999999999999999.999999999999999999', '0.000000000000000001'), '100000000000000000000')
  assert.equal(addDecimals('1e-20', '1', one, words(-one)), '1.00000000000000000001')
  const sum = (decimals) => decimals.reduce((sum, decimal) => addDecimals(sum, decimal), '0')
  const rows = (await collect(read(DEMO, { columns: ['BilledCost'] }).rows())).map((row) => row.BilledCost)
  assert.equal(sum(rows), '800.2936682272')
  assert.equal(addDecimals(...rows), '800.2936682272')
  const batches = (await collect(read(DEMO, { columns: ['BilledCost'] }))).map((batch) => tableFromIPC(batch))
  const cells = batches.flatMap((table) => [...table.getChild('BilledCost')])
  assert.equal(sum(cells), '800.2936682272')
  for (const decimals of [rows, cells, rows.values(), (function* () { yield* rows })()]) {
    assert.equal(sumDecimals(decimals), '800.2936682272')
  }
  assert.equal(batches.reduce((sum, table) => addDecimals(sum, sumDecimals(table.getChild('BilledCost'))), '0'), '800.2936682272')
  assert.equal(sumDecimals([]), '0')
  assert.equal(sumDecimals(new Array(200_000).fill('0.01')), '2000')
  assert.equal(decimalToString(rows.reduce((sum, text) => sum + decimalFromString(text), 0n)), '800.2936682272')
})

test('what is no list of decimals is refused', async () => {
  const [table] = await collect(read(DEMO, { columns: ['BilledCost'] }).tables())
  const column = table.getChild('BilledCost')
  for (const convert of [addDecimals, decimalToString, decimalToNumber]) {
    assert.throws(() => convert(column.toArray()), { code: 'OUTLAY_OPTION', message: /^\d+ words are no decimal, which has 4: pass one cell, or the cells of a column to `sumDecimals`$/ })
  }
  for (const decimals of [column.toArray(), '123', '1.5', 5n, 5, null, undefined, {}, [null], ['1', undefined], [1.5], [['1']], Promise.resolve(['1'])]) {
    assert.throws(() => sumDecimals(decimals), { code: 'OUTLAY_OPTION' })
  }
})
