'use strict'

const { getSystemErrorName, inspect } = require('node:util')

const { escaped, inspected } = require('./print.js')

// The facts about an error, and what they are if nothing is known.
const ABSENT = {
  object: null,
  row: null,
  byte: null,
  column: null,
  operation: null,
  awsCode: null,
  requestId: null,
  candidates: null,
  isRetryable: false,
}

class OutlayError extends Error {
  constructor(code, message, facts = {}) {
    // Messages are printed, also by what does not know of this class.
    super(escaped(message), facts.cause === undefined ? undefined : { cause: facts.cause })
    this.code = code
    // Facts that are not known are properties of the prototype, so that a printed error has only those that are.
    for (const [name, absent] of Object.entries(ABSENT)) if ((facts[name] ?? absent) !== absent) this[name] = facts[name]
  }

  toJSON() {
    const { name, message, cause } = this
    return { name, message, ...this, ...(cause instanceof Error && { cause: cause.message }) }
  }

  [inspect.custom](depth, options) {
    return inspected(this, { ...options, depth, customInspect: false })
  }
}
for (const [name, value] of Object.entries({ name: 'OutlayError', ...ABSENT })) {
  Object.defineProperty(OutlayError.prototype, name, { value, configurable: true, writable: true })
}

/** Creates the cause of an error, with `code` and `errno` if it is an error of the operating system. */
function causeOf({ cause, errno }) {
  if (cause === undefined) return undefined
  const error = new Error(escaped(cause))
  if (errno !== undefined && process.platform !== 'win32') {
    error.errno = -errno
    error.code = getSystemErrorName(-errno)
  }
  return error
}

/** Converts a failure of the addon to an error. */
function errorOf(failure) {
  return new OutlayError(failure.code, failure.message, { ...failure, cause: causeOf(failure) })
}

/** Returns the result of the addon, or throws its failure as an error. */
function unwrap(answer) {
  if (answer.failure) throw errorOf(answer.failure)
  return answer
}

module.exports = { OutlayError, errorOf, unwrap }
