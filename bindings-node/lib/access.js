'use strict'

const { inspect } = require('node:util')

const addon = require('./addon.js')
const { unwrap } = require('./errors.js')
const { revealed } = require('./external-id.js')
const { optionsOf, refuse, refuseName, textOf } = require('./options.js')
const { inspected } = require('./print.js')

const OPTIONS = new Set(['features', 'partition', 'kmsKey'])

class Access {
  #rights

  constructor(bucket, prefix, options = {}) {
    const rights = { bucket: textOf('bucket', bucket), prefix: textOf('prefix', prefix) }
    for (const [name, value] of optionsOf(options)) {
      if (!OPTIONS.has(name)) refuseName(name, OPTIONS)
      if (value === undefined || value === null) continue
      rights[name] = name === 'features' ? featuresOf(value) : textOf(name, value)
    }
    this.#rights = rights
    // Validates the arguments.
    this.permissionPolicy()
  }

  permissionPolicy() {
    return unwrap(addon.permissionPolicy(this.#rights)).text
  }

  trustPolicy(trusted, externalId) {
    return unwrap(addon.trustPolicy(this.#rights, textOf('trusted', trusted), revealed(externalId))).text
  }

  cloudformation(trusted) {
    return unwrap(addon.cloudformation(this.#rights, textOf('trusted', trusted))).text
  }

  terraform(trusted) {
    return unwrap(addon.terraform(this.#rights, textOf('trusted', trusted))).text
  }

  [inspect.custom](_depth, options) {
    return `Access ${inspected(this.#rights, options)}`
  }
}

function featuresOf(value) {
  if (typeof value !== 'object' || !(Symbol.iterator in value)) refuse('option `features`: it is a list of texts')
  return Array.from(value, (feature) => textOf('features', feature))
}

module.exports = { Access }
