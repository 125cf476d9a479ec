'use strict'

const { fromShared } = require('./names.js')
const { named } = require('./options.js')
const { printed, printedAs } = require('./print.js')

/** Creates a plan from the JSON text of the addon. */
function planOf(text) {
  const shared = JSON.parse(text)
  for (const warning of shared.warnings) warning.message = named(warning.message)
  return printedAs(fromShared(shared), printPlan)
}

/** Returns what `console.log` prints of a plan: a line for each part, and the warnings. */
function printPlan(depth, options) {
  const { parts, warnings } = this
  const bytes = parts.reduce((sum, { size }) => sum + size, 0)
  const lines = parts.map(({ object, size, period }) => `  ${period ?? 'no period'}  ${object}  ${size} bytes`)
  const notes = warnings.map(({ code, message }) => `  warning ${code}: ${message}`)
  return printed(`Plan (${parts.length} parts, ${bytes} bytes)`, [...lines, ...notes].join('\n'), depth, options)
}

module.exports = { planOf }
