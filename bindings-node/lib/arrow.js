'use strict'

const path = require('node:path')

const { OutlayError } = require('./errors.js')

const PACKAGE = path.join(__dirname, '..')

// apache-arrow has different classes for `require` and for `import`. Tables use the classes of the module system that the
// program uses for this package.
let usesImport = false

/** Selects the classes of `import`. `index.mjs` calls it. */
function isImported() {
  usesImport = true
}

/** Loads apache-arrow, an optional dependency. Rejects with `OUTLAY_NO_ARROW` if it is not installed. */
async function arrow() {
  try {
    // Bundlers accept a dependency that is not there if it is required within `try`, or marked like this.
    if (usesImport) return await import(/* webpackIgnore: true */ /* turbopackIgnore: true */ 'apache-arrow')
    return require(/* webpackIgnore: true */ /* turbopackIgnore: true */ 'apache-arrow')
  } catch (cause) {
    throw new OutlayError('OUTLAY_NO_ARROW', reasonOf(cause), { cause })
  }
}

/** Says why apache-arrow could not be loaded. */
function reasonOf(cause) {
  const isAbsent = /^(ERR_)?MODULE_NOT_FOUND$/.test(cause.code) && cause.message.includes('apache-arrow')
  if (!isAbsent) return `tables() needs apache-arrow, which could not be loaded: ${cause.message}`
  return (
    `tables() needs apache-arrow, which was not found from ${PACKAGE}: npm install apache-arrow. If your program has it, this ` +
    'package is a link to another folder (install it with `npm install --install-links`) or part of a bundle (mark `outlay` as ' +
    'external); or call the `tableFromIPC` of your apache-arrow with each batch'
  )
}

module.exports = { arrow, isImported }
