'use strict'

const { fromShared } = require('./names.js')
const { named } = require('./options.js')
const { printed, printedAs } = require('./print.js')

/** Creates a plan from the JSON text of the addon. */
function planOf(text) {
  const shared = JSON.parse(text)
  for (const warning of shared.warnings) warning.message = named(warning.message)
  const plan = printedAs(fromShared(shared), printPlan)
  return Object.defineProperty(plan, 'toString', { value: lineOf })
}

/** Returns the first line of what is printed of a plan, which is its text. */
function lineOf() {
  const bytes = this.parts.reduce((sum, { size }) => sum + size, 0)
  return `Plan (${this.parts.length} ${this.parts.length === 1 ? 'part' : 'parts'}, ${bytes} bytes)`
}

/** Returns what `console.log` prints of a plan: a line for each part, and the warnings. */
function printPlan(depth, options) {
  const { parts, warnings } = this
  const lines = parts.map(({ object, size, period }) => `  ${period ?? 'no period'}  ${object}  ${size} bytes`)
  const notes = warnings.map(({ code, message }) => `  warning ${code}: ${message}`)
  return printed(lineOf.call(this), [...lines, ...notes].join('\n'), depth, options)
}

module.exports = { planOf }
