'use strict'

const path = require('node:path')

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
  throw new Error(reasonOf(cause), { cause })
}

/** Says why there is no addon. */
function reasonOf(cause) {
  const machine = `${process.platform}-${process.arch}`
  if (cause.code !== 'MODULE_NOT_FOUND') return `the addon of outlay for ${machine} cannot be loaded: ${cause.message}`
  const [build] = builds()
  return (
    `outlay has no addon for ${machine}: there is no outlay.${build}.node in ${path.join(__dirname, '..')}, and no package ` +
    `outlay-${build} was found from there. Install that package, which npm leaves out with \`--omit=optional\`, or build the ` +
    'addon with `npm run build`. In a bundle, mark `outlay` as external'
  )
}

const addon = load()

if (addon.IS_DEBUG_BUILD) {
  process.emitWarning('outlay was built for debugging, and is ten times slower: build it with `npm run build`')
}

module.exports = addon
