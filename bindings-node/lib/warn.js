'use strict'

const { escaped } = require('./print.js')

// The options that name what a report may not have, and the codes of the warnings that say so.
const NAMES = ['tagColumns', 'extraColumns', 'periods']
const ABSENT = new Set(['tags_absent', 'extra_columns_absent', 'periods_absent'])

/** Whether options ask for something that a report may not have. */
const mayBeAbsent = (options) => NAMES.some((name) => (options?.[name] ?? undefined) !== undefined)

/** Tells the process which of the warnings of a read are about something that was asked for and found nowhere. */
function warn(warnings) {
  for (const { code, message } of warnings) {
    if (ABSENT.has(code)) process.emitWarning(escaped(message), { type: 'OutlayWarning', code })
  }
}

module.exports = { mayBeAbsent, warn }
