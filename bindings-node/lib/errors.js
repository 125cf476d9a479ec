'use strict'

const { getSystemErrorName } = require('node:util')

class OutlayError extends Error {
  constructor(code, message, facts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.code = code
    this.object = facts.object ?? null
    this.row = facts.row ?? null
    this.byte = facts.byte ?? null
    this.column = facts.column ?? null
    this.operation = facts.operation ?? null
    this.awsCode = facts.awsCode ?? null
    this.candidates = facts.candidates ?? null
    this.isRetryable = facts.isRetryable ?? false
  }
}
// Of the class, so that it is no property of each error.
Object.defineProperty(OutlayError.prototype, 'name', { value: 'OutlayError', configurable: true, writable: true })

/** What the system or a library said, with the system's own code where that is known. */
function causeOf({ cause, errno }) {
  if (cause === undefined) return undefined
  const error = new Error(cause)
  if (errno !== undefined && process.platform !== 'win32') {
    error.errno = -errno
    error.code = getSystemErrorName(-errno)
  }
  return error
}

/** The error for the facts that the addon gives. */
function errorOf(failure) {
  return new OutlayError(failure.code, failure.message, { ...failure, cause: causeOf(failure) })
}

/** The answer of the addon, or its error. */
function unwrap(answer) {
  if (answer.failure) throw errorOf(answer.failure)
  return answer
}

module.exports = { OutlayError, errorOf, unwrap }
