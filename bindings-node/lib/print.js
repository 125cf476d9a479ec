'use strict'

const { inspect } = require('node:util')

// Control characters and marks of the direction of text: a name from a report must not control the terminal.
const MARKS = /[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069]/gu
const CONTROL = new RegExp(`[^\\P{Cc}\\n]|${MARKS.source}`, 'gu')

const codeOf = (sign) => `\\u{${sign.codePointAt(0).toString(16)}}`

/** Escapes what could control a terminal. */
const escaped = (text) => text.replace(CONTROL, codeOf)

/** Returns what `inspect` makes of a value, with escaped marks. `inspect` escapes control characters itself, and adds colors. */
const inspected = (value, options) => inspect(value, options).replace(MARKS, codeOf)

/**
 * Returns what `console.log` prints of a value: a short line within another value, otherwise the line and a text below it.
 *
 * `depth` and `options` are those of `util.inspect`.
 */
function printed(line, text, depth, options) {
  const isNested = typeof depth === 'number' && typeof options.depth === 'number' && depth < options.depth
  return escaped(isNested || text === '' ? `[${line}]` : `${line}\n${text}`)
}

/** Defines what `console.log` prints of a plain object. Copies, comparisons and messages to workers do not have it. */
function printedAs(value, print) {
  return Object.defineProperty(value, inspect.custom, { value: print })
}

// Lists that are long, and seldom what one looks for.
const LONG = new Set(['columns', 'parts'])

/** What `console.log` prints of an object or a list with texts of a report: the number of columns and parts instead of them. */
const SAFE = {
  value(depth, options) {
    const copy = Array.isArray(this) ? [...this] : { ...this }
    for (const [name, value] of Object.entries(copy)) {
      if (!LONG.has(name) || !Array.isArray(value) || value.length === 0) continue
      const number = `[${value.length} ${value.length === 1 ? name.slice(0, -1) : name}]`
      copy[name] = { [inspect.custom]: () => number }
    }
    return inspected(copy, { ...options, depth })
  },
  configurable: true,
}

/** Makes `console.log` print an object or a list safely. Copies, comparisons and messages to workers do not have that. */
const printedSafely = (value) => Object.defineProperty(value, inspect.custom, SAFE)

module.exports = { escaped, inspected, printed, printedAs, printedSafely }
