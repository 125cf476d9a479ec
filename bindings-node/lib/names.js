'use strict'

// Conversion between the core's JSON, with snake_case names, and objects with camelCase names.
const { printedSafely } = require('./print.js')

// The JSON names costs by their column.
const COSTS = { BilledCost: 'billed', EffectiveCost: 'effective', ListCost: 'list', ContractedCost: 'contracted' }
const COLUMNS = Object.fromEntries(Object.entries(COSTS).map(([column, cost]) => [cost, column]))
// Properties whose keys are data, not names: currencies, columns, and codes of rules.
const MAPS = new Set(['costs', 'unknownRows', 'rounding', 'roundedCells', 'decimalsDifference', 'rowsDropped'])

// Properties that are times: RFC 3339 text in JSON, `Date` in JavaScript.
const TIMES = new Set(['asOf', 'created', 'lastDelivery', 'written'])

/** Converts a name of the JSON to camelCase. */
const camelCase = (name) => COSTS[name] ?? name.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase())

/** Converts the name of an option or a field to snake_case. A name in snake_case stays unchanged. */
const snakeCase = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

// Not enumerable, so that it is not part of copies, comparisons and messages to workers.
const TO_JSON = {
  value() {
    return toShared(this)
  },
}

/** Converts a value of the core's JSON to camelCase names. `JSON.stringify` restores the original names of each object. */
function fromShared(value, isMap = false) {
  if (Array.isArray(value)) return printedSafely(value.map((one) => fromShared(one)))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, one]) => {
    const name = isMap ? key : camelCase(key)
    if (!isMap && TIMES.has(name) && typeof one === 'string') return [name, new Date(one)]
    return [name, fromShared(one, !isMap && MAPS.has(name))]
  })
  const named = printedSafely(Object.fromEntries(entries))
  return isMap ? named : Object.defineProperty(named, 'toJSON', TO_JSON)
}

/** The inverse of {@link fromShared}. A value that already has the core's names stays unchanged. */
function toShared(value, isMap = false) {
  if (Array.isArray(value)) return value.map((one) => toShared(one))
  if (typeof value !== 'object' || value === null) return value
  // An invalid date becomes invalid text, which the core refuses. `toJSON` would make it null.
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? `${value}` : value.toISOString().replace('.000Z', 'Z')
  // Objects with their own `toJSON`, such as `Accounts`.
  if (typeof value.toJSON === 'function' && value.toJSON !== TO_JSON.value) return value
  const entries = Object.entries(value).map(([name, one]) => {
    const key = isMap ? name : (COLUMNS[name] ?? snakeCase(name))
    return [key, toShared(one, !isMap && MAPS.has(camelCase(key)))]
  })
  return Object.fromEntries(entries)
}

/** Returns the Levenshtein distance of two texts. */
function distance(one, other) {
  let row = Array.from({ length: other.length + 1 }, (_, column) => column)
  for (let at = 0; at < one.length; at += 1) {
    const next = [at + 1]
    for (let column = 0; column < other.length; column += 1) {
      next.push(Math.min(row[column] + (one[at] !== other[column]), row[column + 1] + 1, next[column] + 1))
    }
    row = next
  }
  return row[other.length]
}

/**
 * Returns the known name nearest to `name`, ignoring case, `_` and `-`, if at most a quarter of the letters differ; otherwise
 * undefined.
 */
function nearest(name, known) {
  const folded = (text) => text.replace(/[_-]/g, '').toLowerCase()
  const given = folded(name.slice(0, 64))
  const near = Array.from(known, (one) => [distance(given, folded(one)), one])
  const [[letters, meant] = [Infinity]] = near.sort(([a], [b]) => a - b)
  return letters <= Math.max(given.length, meant?.length ?? 0) / 4 ? meant : undefined
}

module.exports = { camelCase, fromShared, nearest, snakeCase, toShared }
