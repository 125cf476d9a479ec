'use strict'

// Values of the JSON that all languages share ↔ objects under JavaScript's names.

// In JSON the costs have the names of their columns.
const COSTS = { BilledCost: 'billed', EffectiveCost: 'effective', ListCost: 'list', ContractedCost: 'contracted' }
const COLUMNS = Object.fromEntries(Object.entries(COSTS).map(([column, cost]) => [cost, column]))
// Their keys are data: currencies, and the rules by which rows were left out.
const MAPS = new Set(['costs', 'unknownRows', 'rounding', 'rowsDropped'])

// Instants, which are text of RFC 3339 in JSON.
const TIMES = new Set(['asOf', 'created', 'lastDelivery', 'written'])

/** A name as JavaScript spells it. */
const camelCase = (name) => COSTS[name] ?? name.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase())

/** A name of an option or a field as the core spells it; one that is spelled so is left alone. */
const snakeCase = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

// Hidden, so that an object is what it looks like: copied, compared, and sent to workers without it.
const TO_JSON = {
  value() {
    return toShared(this)
  },
}

/** A value of JSON under JavaScript's names. `JSON.stringify` writes each object of it as it was. */
function fromShared(value, isMap = false) {
  if (Array.isArray(value)) return value.map((one) => fromShared(one))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, one]) => {
    const name = isMap ? key : camelCase(key)
    if (!isMap && TIMES.has(name) && typeof one === 'string') return [name, new Date(one)]
    return [name, fromShared(one, !isMap && MAPS.has(name))]
  })
  const named = Object.fromEntries(entries)
  return isMap ? named : Object.defineProperty(named, 'toJSON', TO_JSON)
}

/** The value of JSON that {@link fromShared} made an object of. One that has its names already is left as it is. */
function toShared(value, isMap = false) {
  if (Array.isArray(value)) return value.map((one) => toShared(one))
  if (typeof value !== 'object' || value === null) return value
  // An invalid date as a text that is none, and not as null.
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? `${value}` : value.toISOString().replace('.000Z', 'Z')
  // What writes itself: accounts.
  if (typeof value.toJSON === 'function' && value.toJSON !== TO_JSON.value) return value
  const entries = Object.entries(value).map(([name, one]) => {
    const key = isMap ? name : (COLUMNS[name] ?? snakeCase(name))
    return [key, toShared(one, !isMap && MAPS.has(camelCase(key)))]
  })
  return Object.fromEntries(entries)
}

/** Letters that have to be changed, added or left out to make one text of another. */
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

/** The known name that is meant by another spelling, or with a fourth of its letters changed; undefined if none is near. */
function nearest(name, known) {
  const folded = (text) => text.replace(/[_-]/g, '').toLowerCase()
  const given = folded(name.slice(0, 64))
  const near = Array.from(known, (one) => [distance(given, folded(one)), one])
  const [[letters, meant] = [Infinity]] = near.sort(([a], [b]) => a - b)
  return letters <= Math.max(given.length, meant?.length ?? 0) / 4 ? meant : undefined
}

module.exports = { COSTS, camelCase, fromShared, nearest, snakeCase, toShared }
