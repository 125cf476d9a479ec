// Names in options: each spelling that is meant is found, and one that matches nothing is not silent.
import assert from 'node:assert/strict'
import test from 'node:test'

import { plan, read } from 'outlay'

import { DEMO, folder } from './support.mjs'

const LEGACY = `lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode,resourceTags/user:Team
Usage,1,USD,web
Usage,1,USD,
`

const CUR2 = `line_item_line_item_type,line_item_unblended_cost,line_item_currency_code,product
Usage,1,USD,"{""transfer_type"":""out""}"
`

async function rowsOf(text, options) {
  const reader = read(Buffer.from(text), options)
  const rows = []
  for await (const row of reader.rows()) rows.push(row)
  return [rows, await reader.warnings()]
}

const warned = (warnings, code) => warnings.filter((warning) => warning.code === code)

async function thrown(work) {
  try {
    await work()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

test('a tag is found in each spelling', async () => {
  for (const key of ['Team', 'user:Team', 'resourceTags/user:Team']) {
    const [rows, warnings] = await rowsOf(LEGACY, { columns: ['x_Tag_Team', 'BilledCost'], tagColumns: [key] })
    assert.deepEqual(Object.keys(rows[0]), ['x_Tag_Team', 'BilledCost'])
    assert.equal(rows[0].x_Tag_Team, 'web')
    assert.deepEqual(warned(warnings, 'tags_absent'), [])
  }
})

test('a name that matches nothing is a warning with similar names', async () => {
  const options = { tagColumns: ['user:teem'], extraColumns: ['lineItem/UnblendedCosts'] }
  const [, warnings] = await rowsOf(LEGACY, options)
  const [tags] = warned(warnings, 'tags_absent')
  assert.deepEqual([tags.count, tags.examples], [1, ['teem']])
  assert.match(tags.message, /did you mean `Team`\?/)
  assert.match(warned(warnings, 'extra_columns_absent')[0].message, /did you mean `lineItem\/UnblendedCost`\?/)
})

test('a key of the product map is a column in each spelling', async () => {
  for (const name of ['product/transferType', 'product_transfer_type', 'product.transfer_type', "product['transfer_type']"]) {
    const [rows, warnings] = await rowsOf(CUR2, { columns: ['BilledCost'], extraColumns: [name] })
    assert.deepEqual([rows[0].x_product_transfer_type, warned(warnings, 'extra_columns_absent')], ['out', []], name)
  }
  for (const name of ['product.transfer_typ', 'transferType']) {
    const [, warnings] = await rowsOf(CUR2, { columns: ['BilledCost'], extraColumns: [name] })
    assert.match(warned(warnings, 'extra_columns_absent')[0].message, /did you mean `product\.transfer_type`\?/, name)
  }
})

test('a month that the report does not have is a warning with those there are', async () => {
  const { warnings } = await plan(DEMO, { periods: ['2023-12'] })
  assert.deepEqual(
    warnings.map(({ code, message, examples }) => [code, message, examples]),
    [['periods_absent', '2023-12: the report does not have this month; it has 2023-11', ['2023-12']]],
  )
  const reader = read(DEMO, { periods: ['2023-12'] })
  for await (const row of reader.rows()) assert.fail(`${row}`)
  assert.equal(warned(await reader.warnings(), 'periods_absent').length, 1)
})

test('a strict read ends with an error', async () => {
  for (const [options, candidates] of [
    [{ tagColumns: ['teem'] }, ['Team']],
    [{ extraColumns: ['lineItem/CurencyCode'] }, ['lineItem/CurrencyCode']],
  ]) {
    const error = await thrown(() => rowsOf(LEGACY, { ...options, onNoMatch: 'stop' }))
    assert.equal(error.code, 'OUTLAY_OPTION')
    assert.deepEqual(error.candidates, candidates)
    assert.ok(error.message.startsWith(`option \`${Object.keys(options)[0]}\`: `), error.message)
  }
  const error = await thrown(() => rowsFrom(read(DEMO, { periods: ['2023-12'], onNoMatch: 'stop' })))
  assert.deepEqual([error.code, error.candidates], ['OUTLAY_OPTION', ['2023-11']])
})

async function rowsFrom(reader) {
  const rows = []
  for await (const row of reader.rows()) rows.push(row)
  return rows
}

test('a column that does not exist says what was meant', () => {
  for (const [name, message, candidates] of [
    ['ServiceNam', /did you mean `ServiceName`\?/, ['ServiceName']],
    ['servicename', /did you mean `ServiceName`\?/, ['ServiceName']],
    ['line_item_unblended_cost', /of FOCUS, BilledCost, /, ['BilledCost', 'ContractedCost', 'EffectiveCost', 'ListCost']],
    ['resourceTags/user:Team', /`Team`/, []],
  ]) {
    assert.throws(
      () => read(DEMO, { columns: [name] }),
      (error) => {
        assert.equal(error.code, 'OUTLAY_OPTION')
        assert.match(error.message, message)
        assert.deepEqual(error.candidates, candidates)
        return true
      },
    )
  }
  assert.throws(() => read(DEMO, { text: 'UTF8' }), { message: /did you mean `utf8`\?/, candidates: ['utf8'] })
  assert.throws(() => read(DEMO, { colums: [] }), { message: /did you mean `columns`\?/, candidates: ['columns'] })
})

test('messages name options as Node does', async () => {
  const file = `${folder()}/aside.csv`
  for (const [options, message] of [
    [{ columns: ['lineItem/UsageType'] }, /^option `columns`: .*: add it with `extraColumns`/],
    [{ columns: ['x_Tag_Team'] }, /^option `columns`: .*: add the tag with `tagColumns`: `Team`/],
    [{ onError: 'stop', quarantineFile: file }, /^option `quarantineFile`: it needs `onError` quarantine/],
    [{ recordBytes: 20 }, /the option `recordBytes` sets the limit/],
  ]) {
    const error = await thrown(async () => rowsOf(LEGACY, options))
    assert.match(error.message, message)
  }
  const record = LEGACY.replace('1,USD,web', 'one,USD,web')
  assert.match((await thrown(() => rowsOf(record, {}))).message, /`one` is not a decimal number; the option `onError` decides/)
  // What a program gives is escaped, in whatever option.
  assert.match((await thrown(() => plan('nowhere/\u001b[31m*'))).message, /nowhere\/\\u\{1b\}\[31m\*/)
})

test('wrong types name the option and what it takes', () => {
  for (const [options, message] of [
    [{ columns: 'ServiceName' }, 'option `columns`: expected a list of texts, got a text: put it in a list, ["ServiceName"]'],
    [{ periods: '2023-11' }, 'option `periods`: expected a list of texts, got a text: put it in a list, ["2023-11"]'],
    [{ columns: [1] }, 'option `columns`: expected a list of texts, got a list with `1`, a number'],
    [{ accountNames: { 123412341234: 2 } }, 'option `accountNames`: expected texts by key, got `123412341234` with `2`, a number'],
    [{ asOf: 5 }, 'option `asOf`: expected a text, got a number'],
  ]) {
    assert.throws(() => read(DEMO, options), { name: 'OutlayError', code: 'OUTLAY_OPTION', message })
  }
})

test('an account name needs an account', () => {
  assert.throws(() => read(DEMO, { accountNames: { 1234: 'Shop' } }), { code: 'OUTLAY_OPTION', candidates: [] })
  assert.throws(() => read(DEMO, { accountNames: new Map([[12345678901, 'Shop']]) }), { candidates: ['012345678901'] })
})

test('a quarantine file needs quarantine in any order', () => {
  const quarantineFile = `${folder()}/aside.csv`
  for (const options of [{ onError: 'stop', quarantineFile }, { quarantineFile, onError: 'stop' }]) {
    assert.throws(() => read(DEMO, options), { code: 'OUTLAY_OPTION', message: /^option `quarantineFile`: / })
  }
})

test('warnings that differ in their subject are one', async () => {
  const odd = Array.from({ length: 30 }, (_, row) => `Odd${String(row % 25).padStart(2, '0')},1,USD,\n`).join('')
  const [, warnings] = await rowsOf(LEGACY + odd)
  const [warning, ...others] = warned(warnings, 'unknown_line_item_type')
  assert.deepEqual([warning.rows, warning.count, warning.examples.length, others.length], [30, 25, 20, 0])
  assert.equal(warning.examples[0], 'Odd00')
})
