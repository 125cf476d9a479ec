'use strict'

const addon = require('./addon.js')
const { kindOf, refuse } = require('./options.js')

function setMemoryLimit(limit) {
  if (!Number.isSafeInteger(limit) || limit < 0) {
    const found = typeof limit === 'number' ? limit : kindOf(limit)
    refuse(`option \`limit\`: expected a whole number of bytes, got ${found}`)
  }
  addon.setMemoryLimit(limit)
}

const memoryLimit = () => addon.memoryLimit()

module.exports = { memoryLimit, setMemoryLimit }
