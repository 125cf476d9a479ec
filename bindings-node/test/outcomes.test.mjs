// What a read must not call proven, and why.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { read } from 'outlay'

import { DEMO, collect } from './support.mjs'

const HEADER = 'lineItem/UsageAccountId,bill/BillingPeriodStartDate,lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\n'
const ROWS = `${HEADER}111122223333,2023-11-01T00:00:00Z,Usage,2,USD\n111122223333,,Usage,438,USD\n`

async function totalsOf(report, options) {
  const reader = read(report === DEMO ? DEMO : Buffer.from(report), options)
  await collect(reader)
  const totals = await reader.totals()
  totals.check()
  return totals
}

test('a check that was not made is not proven', async () => {
  for (const [report, options, outcome, check, detail, warnings] of [
    [DEMO, {}, 'proven', 'unit_prices', /compared\)$/, []],
    [DEMO, { columns: ['ServiceName'] }, 'proven', 'unit_prices', /columns that it compares were not read/, []],
    [DEMO, { schema: 'cur' }, 'partial', 'billed_cost', /rows have no FOCUS costs/, []],
    [DEMO, { periods: ['2023-11', '2023-12'] }, 'partial', 'parts_of_plan', /it has 2023-11/, ['periods_absent']],
    [ROWS, {}, 'proven', 'rows_accounted_for', /compared\)$/, ['unknown_period']],
    [ROWS, { periods: ['2023-11'] }, 'partial', 'rows_accounted_for', /1 row without a billing period/, ['unknown_period']],
    [HEADER, {}, 'proven', 'billed_cost', /the report has no such rows/, ['no_rows']],
  ]) {
    const totals = await totalsOf(report, options)
    const codes = totals.warnings.map(({ code }) => code).filter((code) => /^(unknown_period|periods_absent|no_rows)$/.test(code))
    assert.deepEqual([totals.outcome, codes], [outcome, warnings], JSON.stringify(options))
    assert.match(totals.checks.find(({ code }) => code === check).detail, detail)
  }
})

test('rows without a billing period are counted apart', async () => {
  const { rowsDropped, rowsOut, parts } = await totalsOf(ROWS, { periods: ['2023-11'] })
  assert.deepEqual([rowsOut, rowsDropped.unknown_period, rowsDropped.other_period], [1, 1, 0])
  assert.deepEqual([parts[0].rowsWithoutPeriod, parts[0].rowsFiltered], [1, 0])
})

test('an empty name is refused', () => {
  for (const option of ['columns', 'extraColumns', 'tagColumns']) {
    const message = new RegExp(`option \`${option}\`: a name is empty; it takes`)
    assert.throws(() => read(DEMO, { [option]: [''] }), { code: 'OUTLAY_OPTION', message })
  }
})
