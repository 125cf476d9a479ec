'use strict'

const { getSystemErrorName } = require('node:util')

class OutlayError extends Error {
  constructor(code, message, { object = null, row = null, byte = null, column = null, isRetryable = false, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.object = object
    this.row = row
    this.byte = byte
    this.column = column
    this.isRetryable = isRetryable
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
