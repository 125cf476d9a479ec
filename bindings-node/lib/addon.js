'use strict'

const { builds } = require('./platform.js')

/** Loads the addon from this folder (a local build) or from the package of the platform. */
function load() {
  const failures = []
  for (const build of builds()) {
    for (const name of [`../outlay.${build}.node`, `outlay-${build}`]) {
      try {
        return require(name)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  // An error other than MODULE_NOT_FOUND means that an addon exists but cannot be loaded, so it is the more useful cause.
  const cause = failures.find((error) => error.code !== 'MODULE_NOT_FOUND') ?? failures[0]
  throw new Error(`outlay has no addon for ${process.platform}-${process.arch}: install its package outlay-${builds()[0]}, or build it`, { cause })
}

const addon = load()

if (addon.IS_DEBUG_BUILD) {
  process.emitWarning('outlay was built for debugging, and is ten times slower: build it with `npm run build`')
}

module.exports = addon
