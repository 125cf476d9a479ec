'use strict'

const { fileURLToPath } = require('node:url')

const addon = require('./addon.js')
const { OutlayError } = require('./errors.js')
const { camelCase, nearest, snakeCase, toShared } = require('./names.js')

// Those that the core does not know, and those that it knows.
const OWN = new Set(['signal', 'onProgress'])
const OPTIONS = new Set(addon.options().map(camelCase))

const refuse = (reason) => {
  throw new OutlayError('OUTLAY_OPTION', reason)
}

/** What a value is, without the value: in the wrong place it may be secret. */
function kindOf(value) {
  if (value === null || value === undefined) return `${value}`
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/** Refuses a name that is no option, and says which one is meant, if one is near. */
function refuseName(name, known) {
  const meant = nearest(name, known)
  refuse(`\`${name}\` is not an option${meant === undefined ? '' : `: did you mean \`${meant}\`?`}`)
}

/** Options, as names and values. */
function optionsOf(options) {
  if (typeof options !== 'object' || options === null) refuse(`options are an object, not ${kindOf(options)}`)
  return Object.entries(options)
}

/** The options as the addon takes them: a JSON object under the core's names. What is not given is left to the core. */
function nativeOptions(options) {
  const native = {}
  for (const [name, value] of optionsOf(options)) {
    if (OWN.has(name)) continue
    if (!OPTIONS.has(name)) refuseName(name, [...OPTIONS, ...OWN])
    if (value !== undefined && value !== null) native[snakeCase(name)] = plain(name, value)
  }
  return JSON.stringify(native)
}

/** A value that JSON has. */
function plain(name, value) {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      return Number.isSafeInteger(value) ? value : refuse(`option \`${name}\`: ${value} is no whole number`)
    case 'object':
      if (value instanceof Date) {
        return Number.isNaN(value.getTime()) ? refuse(`option \`${name}\`: an invalid date`) : value.toISOString()
      }
      if (value instanceof URL) return pathOf(value, `option \`${name}\`: it is a path`)
      if (value instanceof Map) return Object.fromEntries(value)
      return Symbol.iterator in value ? Array.from(value) : { ...value }
    default:
      return refuse(`option \`${name}\`: a ${typeof value} is no value`)
  }
}

/** A path, of a text or a URL; `what` says what it is for. */
function pathOf(path, what) {
  if (typeof path === 'string') return path
  if (!(path instanceof URL)) return refuse(`${what}, not ${kindOf(path)}`)
  return path.protocol === 'file:' ? fileURLToPath(path) : refuse(`${what}, not a URL of \`${path.protocol}\``)
}

/** The paths of a report, which can be an address in S3 as well. */
function pathsOf(report) {
  const what = 'a report is a path, a list of paths, or bytes'
  const of = (path) => (path instanceof URL && path.protocol === 's3:' ? decodeURI(path.href) : pathOf(path, what))
  return Array.isArray(report) ? report.map(of) : [of(report)]
}

/** A text, which is not repeated where it is none. */
function textOf(name, value) {
  return typeof value === 'string' ? value : refuse(`option \`${name}\`: expected a text, got ${kindOf(value)}`)
}

/** A value that was kept or sent, as JSON text under the core's names. */
const sharedText = (value) => JSON.stringify(toShared(value)) ?? 'null'

/** The signal, looked at before it is used. */
function signalOf({ signal }) {
  const isSignal = signal === undefined || typeof signal?.throwIfAborted === 'function'
  return isSignal ? signal : refuse('option `signal`: it is no AbortSignal')
}

/** The signal and the listener. */
function ownOptions({ signal, onProgress }) {
  signalOf({ signal })
  if (onProgress !== undefined && typeof onProgress !== 'function') refuse('option `onProgress`: it is no function')
  return { signal, onProgress }
}

module.exports = { kindOf, nativeOptions, optionsOf, ownOptions, pathOf, pathsOf, refuse, refuseName, sharedText, signalOf, textOf }
