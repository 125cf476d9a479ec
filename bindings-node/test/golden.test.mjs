// The core's cases, on every way: the same rows to the digit.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'

import { read } from 'outlay'

import { DATA, SAMPLES, WAYS } from './support.mjs'

const SHOWN = `
  x_LineItemType ChargeCategory ChargeClass ChargeFrequency PricingCategory
  BilledCost EffectiveCost ListCost ContractedCost
  PricingQuantity PricingUnit ListUnitPrice ContractedUnitPrice ConsumedQuantity ConsumedUnit
  CommitmentDiscountId CommitmentDiscountStatus CommitmentDiscountQuantity CommitmentDiscountUnit
  BillingAccountId SubAccountId BillingCurrency PricingCurrency PricingCurrencyEffectiveCost
  PricingCurrencyListUnitPrice ChargePeriodStart ChargePeriodEnd ServiceName ServiceCategory
  PublisherName RegionId RegionName AvailabilityZone ResourceId ResourceType ResourceName
  CapacityReservationId CapacityReservationStatus SkuId SkuPriceId ChargeDescription
  Tags x_Discounts x_CostCategories
`.trim().split(/\s+/)
const MAPS = new Set(['Tags', 'SkuPriceDetails', 'x_Discounts', 'x_CostCategories'])
const NUMERIC = new Set(['SkuPriceDetails', 'x_Discounts'])

/** The inverse of Rust's `escape_debug`. */
function unescape(text) {
  const simple = { n: '\n', r: '\r', t: '\t', 0: '\0' }
  return text.replace(/\\(?:u\{([0-9a-f]+)\}|(.))/g, (_, code, letter) =>
    code ? String.fromCodePoint(Number.parseInt(code, 16)) : (simple[letter] ?? letter),
  )
}

/** A cell of the core's cases, where maps are JSON text, and of some the values numbers; times have three or six decimals. */
function expectedCell(column, text) {
  if (!MAPS.has(column)) return text.replace(/^(\d{4}-.*T.*\.\d*?)0+Z$/, '$1Z')
  return JSON.parse(NUMERIC.has(column) ? text.replace(/: ?(-?[\d.]+)(?=[,}])/g, ':"$1"') : text)
}

/** Rows, and the lines about the whole read below them. */
function expected(name) {
  const blocks = readFileSync(path.join(DATA, 'golden', name, 'expected.txt'), 'utf8').split('\n\n')
  const rows = blocks.slice(0, -1).map((block) =>
    Object.fromEntries(
      block.split('\n').map((line) => {
        const [column, text] = [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]
        return [column, expectedCell(column, unescape(text))]
      }),
    ),
  )
  return { rows, lines: blocks.at(-1).trimEnd().split('\n') }
}

function about(totals) {
  const broken = totals.checks.filter((check) => !check.holds).map((check) => check.code)
  const text = ({ message, rows }) => (rows === 0 ? message : `${message} (${rows} row${rows === 1 ? '' : 's'})`)
  return [
    `broken: ${broken.join(', ')}`.trimEnd(),
    // The JSON names options as all languages do.
    ...JSON.parse(JSON.stringify(totals)).warnings.map((warning) => `warning: ${text(warning)}`),
    ...Object.entries(totals.rounding).map(([name, lost]) => `rounding: ${lost.cells} cells, ${lost.billed} ${name}`),
  ]
}

const cases = readdirSync(path.join(DATA, 'golden'))

test('the cases are there', () => {
  assert.ok(cases.length > 40)
})

for (const [way, rowsOf] of Object.entries(WAYS)) {
  test(`each case is the same as ${way}`, async () => {
    for (const name of cases) {
      const reader = read(path.join(DATA, 'golden', name, 'report.csv'))
      const rows = await rowsOf(reader)
      const { rows: wanted, lines } = expected(name)
      const shown = rows.map((row) =>
        Object.fromEntries(SHOWN.filter((column) => row[column] !== null).map((column) => [column, row[column]])),
      )
      assert.deepEqual(shown, wanted, name)
      assert.deepEqual(about(await reader.totals()), lines.map((line) => line.trimEnd()), name)
    }
  })

  test(`each worked example is the same as ${way}`, async () => {
    for (const example of worked.examples) {
      const reader = read(Buffer.from(reportOf(example)), { accountNames: worked.account_names })
      const rows = await rowsOf(reader)
      const wanted = example.focus.map((row) =>
        Object.fromEntries(Object.entries(row).map(([column, text]) => [column, expectedCell(column, text)])),
      )
      // The examples list what they are about.
      const found = rows.map((row, index) =>
        Object.fromEntries(Object.keys(wanted[index] ?? row).map((column) => [column, row[column]])),
      )
      assert.deepEqual(found, wanted, example.id)
      const { USD } = (await reader.totals()).costs
      assert.equal(USD.billed, example.checks.focus_billed_sum, example.id)
      assert.equal(USD.effective, example.checks.focus_effective_sum, example.id)
    }
  })

  test(`each sample has its outcome as ${way}`, async () => {
    for (const [name, rows, billed, currency, broken] of OUTCOMES) {
      const reader = read(path.join(SAMPLES, name))
      const found = await rowsOf(reader)
      const totals = await reader.totals()
      assert.deepEqual([totals.rowsIn, totals.rowsOut], [rows, found.length], name)
      assert.deepEqual(totals.checks.filter((check) => !check.holds).map((check) => check.code), broken, name)
      assert.equal(totals.costs[currency]?.billed, billed, name)
    }
  })
}

// Its account ids have 13 digits, and negations without covered usage.
const NOT_OF_AWS = ['billed_cost_by_sub_account', 'savings_plan_negation']

const OUTCOMES = [
  ['legacy-csv-daily-2023-11.csv.gz', 1281, '1.6823086974', 'USD', []],
  ['synthetic-legacy-finalized-nok.csv', 3, '30', 'NOK', NOT_OF_AWS],
  ['synthetic-legacy-not-final-nok.csv', 3, '30', 'NOK', NOT_OF_AWS],
  ['synthetic-legacy-header-only.csv', 0, undefined, 'USD', []],
  ['mock-cur1', 3, '0.045152', 'USD', []],
  ['mock-cur2', 4, '0.108304', 'USD', []],
]

const worked = JSON.parse(readFileSync(path.join(DATA, 'worked-examples.json'), 'utf8'))

/** A file has the same columns for all its rows: those that any example names. */
function reportOf(example) {
  const columns = new Set(worked.examples.flatMap((other) => other.cur.flatMap(Object.keys)))
  const isNet = example.cur.some((row) => Object.keys(row).some((column) => column.includes('/Net')))
  const header = [...columns].filter((column) => isNet || !column.includes('/Net')).sort()
  const line = (cells) => cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')
  return [header, ...example.cur.map((row) => header.map((column) => row[column] ?? ''))].map(line).join('\n')
}
