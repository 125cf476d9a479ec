'use strict'

const { OutlayError } = require('./errors.js')

// Its classes are other ones for `require` than for `import`, and tables should be those of the caller.
let load = () => require('apache-arrow')

/** Says that a module of the program imports this package. */
function isImported() {
  load = () => import('apache-arrow')
}

/** apache-arrow, which is not always there. */
async function arrow() {
  try {
    return await load()
  } catch (cause) {
    const message = 'tables() needs apache-arrow: npm install apache-arrow'
    throw new OutlayError('OUTLAY_NO_ARROW', message, { cause })
  }
}

module.exports = { arrow, isImported }
