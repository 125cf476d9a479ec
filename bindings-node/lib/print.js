'use strict'

const { inspect } = require('node:util')

// Control characters and marks of the direction of text: a name from a report must not control the terminal.
const CONTROL = /[^\P{Cc}\n]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** Escapes what could control a terminal. */
const escaped = (text) => text.replace(CONTROL, (sign) => `\\u{${sign.codePointAt(0).toString(16)}}`)

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

module.exports = { escaped, printed, printedAs }
