'use strict'

const { OutlayError } = require('./errors.js')

// apache-arrow has different classes for `require` and for `import`. Tables use the classes of the module system that the
// program uses for this package.
let load = () => require('apache-arrow')

/** Selects the classes of `import`. `index.mjs` calls it. */
function isImported() {
  load = () => import('apache-arrow')
}

/** Loads apache-arrow, an optional dependency. Rejects with `OUTLAY_NO_ARROW` if it is not installed. */
async function arrow() {
  try {
    return await load()
  } catch (cause) {
    const message = 'tables() needs apache-arrow: npm install apache-arrow'
    throw new OutlayError('OUTLAY_NO_ARROW', message, { cause })
  }
}

module.exports = { arrow, isImported }
