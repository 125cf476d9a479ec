// Exact sums of a month by currency and service, with the number of unknown costs.

const BARS = 12
export const COLUMNS = ['ServiceName', 'BilledCost', 'BillingCurrency']
// The scale of all decimals of outlay: `ONE` is the unscaled integer of 1.
const SCALE = 18
const ONE = 10n ** BigInt(SCALE)

/** Returns the unscaled integer of a decimal, from words in two's complement, the least significant first. */
const unscaled = (words) => BigInt.asIntN(128, words.reduceRight((value, word) => (value << 32n) | BigInt(word), 0n))

/** Formats an unscaled integer as exact decimal text. */
export function text(value) {
  const digits = (value < 0n ? -value : value).toString().padStart(SCALE + 1, '0')
  const fraction = digits.slice(-SCALE).replace(/0+$/, '')
  return `${value < 0n ? '-' : ''}${digits.slice(0, -SCALE)}${fraction && '.'}${fraction}`
}

/** Returns an empty sum. A null cost is unknown, not 0: it is counted and not added. */
const nothing = () => ({ cost: 0n, known: 0, unknown: 0 })

function add(sum, { cost, known, unknown }) {
  sum.cost += cost
  sum.known += known
  sum.unknown += unknown
  return sum
}

export const total = (sums) => [...sums].reduce(add, nothing())

/** Formats an amount for display, rounded to the currency's smallest unit. Without a currency, it is not rounded. */
function money(value, currency) {
  return currency ? new Intl.NumberFormat('en', { style: 'currency', currency }).format(text(value)) : text(value)
}

/** Formats a sum for display: the known part and the number of unknown costs. */
export function amount({ cost, known, unknown }, currency) {
  if (unknown === 0) return money(cost, currency)
  return known === 0 ? 'unknown' : `${money(cost, currency)} + ${unknown.toLocaleString('en')} unknown`
}

/** Formats a sum with all digits. */
export function exact({ cost, known, unknown }) {
  if (unknown === 0) return text(cost)
  const charges = `the cost of ${unknown.toLocaleString('en')} charge${unknown === 1 ? '' : 's'} is unknown`
  return known === 0 ? charges : `${text(cost)}; ${charges}`
}

/** Yields the sums by currency and service so far, after each batch. */
export async function* sums(batches) {
  const byCurrency = new Map()
  let rows = 0
  for await (const batch of batches) {
    const [services, costs, currencies] = COLUMNS.map((name) => batch.getChild(name))
    for (let row = 0; row < batch.numRows; row += 1) {
      const currency = currencies.get(row)
      if (!byCurrency.has(currency)) byCurrency.set(currency, new Map())
      const byService = byCurrency.get(currency)
      const service = services.get(row)
      if (!byService.has(service)) byService.set(service, nothing())
      const cost = costs.get(row)
      add(byService.get(service), cost === null ? { cost: 0n, known: 0, unknown: 1 } : { cost: unscaled(cost), known: 1, unknown: 0 })
    }
    rows += batch.numRows
    yield { byCurrency, rows }
  }
}

/**
 * Returns the services by cost, the largest first, and those without a known cost last. Services beyond the maximum number of bars,
 * and those below half a cent, are combined in one line.
 */
export function ranked(byService) {
  const lines = [...byService].sort(([, a], [, b]) => Number(b.known > 0) - Number(a.known > 0) || (b.cost > a.cost ? 1 : b.cost < a.cost ? -1 : 0))
  const isShown = ([, { cost, unknown }], index) => index < BARS && (unknown > 0 || (cost < 0n ? -cost : cost) * 200n >= ONE)
  const rest = lines.filter((line, index) => !isShown(line, index))
  const shown = lines.filter(isShown)
  return rest.length === 0 ? shown : [...shown, [`${rest.length} more`, total(rest.map(([, sum]) => sum))]]
}
