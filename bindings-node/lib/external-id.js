'use strict'

const { inspect } = require('node:util')

const addon = require('./addon.js')
const { unwrap } = require('./errors.js')
const { textOf } = require('./options.js')

const REDACTED = 'ExternalId(redacted)'

class ExternalId {
  #text

  constructor(text) {
    this.#text = unwrap(addon.checkExternalId(textOf('externalId', text))).text
  }

  static generate() {
    return new ExternalId(unwrap(addon.generateExternalId()).text)
  }

  reveal() {
    return this.#text
  }

  toString() {
    return REDACTED
  }

  toJSON() {
    return REDACTED
  }

  [inspect.custom]() {
    return REDACTED
  }
}

/** Returns the text of an external ID, given as an `ExternalId` or as text. */
function revealed(externalId) {
  return (externalId instanceof ExternalId ? externalId : new ExternalId(externalId)).reveal()
}

module.exports = { ExternalId, revealed }
