'use strict'

const path = require('node:path')

const { builds } = require('./platform.js')

// What the addon must be: that of this package, and of this build of it.
const { version: VERSION } = require('../package.json')
const INTERFACE = 3

/** Loads the addon from this folder (a local build) or from the package of the platform. */
function load() {
  const failures = []
  for (const build of builds()) {
    for (const name of [`../outlay.${build}.node`, `outlay-${build}`]) {
      let addon
      try {
        addon = require(name)
      } catch (error) {
        failures.push(error)
        continue
      }
      // Fields of another build would be undefined, also amounts.
      if (addon.VERSION === VERSION && addon.INTERFACE === INTERFACE) return addon
      throw new Error(mismatchOf(addon, require.resolve(name)))
    }
  }
  // An error other than MODULE_NOT_FOUND means that an addon exists but cannot be loaded, so it is the more useful cause.
  const cause = failures.find((error) => error.code !== 'MODULE_NOT_FOUND') ?? failures[0]
  throw new Error(reasonOf(cause), { cause })
}

/** Says that the addon is of another build. */
function mismatchOf(addon, file) {
  return (
    `outlay ${VERSION} (interface ${INTERFACE}) found an addon of outlay ${addon.VERSION} (interface ${addon.INTERFACE}), ${file}: ` +
    'both have to be of one version. Install the package again with `npm install outlay`, or build the addon with `npm run build`'
  )
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
