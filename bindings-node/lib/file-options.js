'use strict'

// Options of the files and streams that a reader writes, by format.
const { kindOf, optionsOf, refuse, refuseName } = require('./options.js')

const isWhole = (value) => Number.isSafeInteger(value) && value >= 0 && value < 2 ** 32
const isTexts = (value) => Array.isArray(value) && value.every((name) => typeof name === 'string')

// For each option: what it takes, and whether a value is that.
const FLAG = ['true or false', (value) => typeof value === 'boolean']
const TEXT = ['text', (value) => typeof value === 'string']
const ROWS = ['a whole number', isWhole]
const TEXTS = ['a list of texts', isTexts]

const FILES = {
  csv: { spreadsheetSafe: FLAG },
  ipc: {},
  parquet: { compression: TEXT, rowGroupRows: ROWS, partitionBy: TEXTS },
}
const STREAMS = { ...FILES, parquet: { compression: TEXT, rowGroupRows: ROWS } }

/** Checks the types of options. Returns those that are set. */
function checked(known, options) {
  const settings = {}
  for (const [name, value] of optionsOf(options)) {
    if (!Object.hasOwn(known, name)) refuseName(name, Object.keys(known))
    if (value === undefined || value === null) continue
    const [wanted, isValid] = known[name]
    settings[name] = isValid(value) ? value : refuse(`option \`${name}\`: it is ${wanted}, not ${kindOf(value)}`)
  }
  return settings
}

/** Returns the options of a file. `kind` is its format. */
const fileOptions = (kind, options = {}) => checked(FILES[kind], options)

/** Returns the options of a stream. */
const streamOptions = (kind, options = {}) => checked(STREAMS[kind], options)

module.exports = { fileOptions, streamOptions }
