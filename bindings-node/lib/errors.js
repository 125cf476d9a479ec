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
// Defined on the prototype, so that it is not an own property of each error.
Object.defineProperty(OutlayError.prototype, 'name', { value: 'OutlayError', configurable: true, writable: true })

/** Creates the cause of an error, with `code` and `errno` if it is an error of the operating system. */
function causeOf({ cause, errno }) {
  if (cause === undefined) return undefined
  const error = new Error(cause)
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
