// What a month adds up to: by currency and service, exactly, and with what is not known of it.

const BARS = 12
export const COLUMNS = ['ServiceName', 'BilledCost', 'BillingCurrency']
// Of every decimal that outlay gives: of the unscaled integers, which are added here, this is one.
const SCALE = 18
const ONE = 10n ** BigInt(SCALE)

/** The unscaled integer of a decimal: words in two's complement, the least significant first. */
const unscaled = (words) => BigInt.asIntN(128, words.reduceRight((value, word) => (value << 32n) | BigInt(word), 0n))

/** Its exact text. */
export function text(value) {
  const digits = (value < 0n ? -value : value).toString().padStart(SCALE + 1, '0')
  const fraction = digits.slice(-SCALE).replace(/0+$/, '')
  return `${value < 0n ? '-' : ''}${digits.slice(0, -SCALE)}${fraction && '.'}${fraction}`
}

/** A sum of nothing: a cost that is null is unknown, which is not 0, so it is counted and not added. */
const nothing = () => ({ cost: 0n, known: 0, unknown: 0 })

function add(sum, { cost, known, unknown }) {
  sum.cost += cost
  sum.known += known
  sum.unknown += unknown
  return sum
}

export const total = (sums) => [...sums].reduce(add, nothing())

/** A number of money for people: to the cent, or whatever the currency has. A row without one has an amount all the same. */
function money(value, currency) {
  return currency ? new Intl.NumberFormat('en', { style: 'currency', currency }).format(text(value)) : text(value)
}

/** A sum for people: what is known of it, and that it is not all. */
export function amount({ cost, known, unknown }, currency) {
  if (unknown === 0) return money(cost, currency)
  return known === 0 ? 'unknown' : `${money(cost, currency)} + ${unknown.toLocaleString('en')} unknown`
}

/** The same with every digit. */
export function exact({ cost, known, unknown }) {
  if (unknown === 0) return text(cost)
  const charges = `the cost of ${unknown.toLocaleString('en')} charge${unknown === 1 ? '' : 's'} is unknown`
  return known === 0 ? charges : `${text(cost)}; ${charges}`
}

/** Sums by currency and service, batch by batch. */
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
 * Services by cost, the largest first, and those of which no cost is known last. Those beyond the bars that fit, and those below a
 * cent, are one line.
 */
export function ranked(byService) {
  const lines = [...byService].sort(([, a], [, b]) => Number(b.known > 0) - Number(a.known > 0) || (b.cost > a.cost ? 1 : b.cost < a.cost ? -1 : 0))
  const isShown = ([, { cost, unknown }], index) => index < BARS && (unknown > 0 || (cost < 0n ? -cost : cost) * 200n >= ONE)
  const rest = lines.filter((line, index) => !isShown(line, index))
  const shown = lines.filter(isShown)
  return rest.length === 0 ? shown : [...shown, [`${rest.length} more`, total(rest.map(([, sum]) => sum))]]
}
