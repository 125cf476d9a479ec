'use strict'

const { fileURLToPath } = require('node:url')
const { types } = require('node:util')

const addon = require('./addon.js')
const { OutlayError } = require('./errors.js')
const { camelCase, nearest, snakeCase, toShared } = require('./names.js')

// Options of this package only, and options of the core.
const OWN = new Set(['signal', 'onProgress'])
const SIGNAL = new Set(['signal'])
const OPTIONS = new Set(addon.options().map(camelCase))

// Names of the core that texts about totals and plans mention.
const NAMES = new Set([...addon.options(), 'check_against', 'closing_batch'])

/** Returns a text of the core with options and methods in camelCase. */
const named = (text) => text.replace(/`([a-z]+(?:_[a-z]+)+)`/g, (whole, name) => (NAMES.has(name) ? `\`${camelCase(name)}\`` : whole))

const refuse = (reason) => {
  throw new OutlayError('OUTLAY_OPTION', reason)
}

/** Describes the type of a value. The value itself is not shown, since it may be a secret in the wrong argument. */
function kindOf(value) {
  if (value === null || value === undefined) return `${value}`
  if (Array.isArray(value)) return 'a list'
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return 'bytes'
  if (isStream(value)) return 'a stream'
  // A `Response`, or the answer of a client of S3.
  const body = typeof value === 'object' ? ['body', 'Body'].find((name) => isStream(value[name] ?? '')) : undefined
  if (body !== undefined) return `an object: pass its \`${body}\``
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/** Whether a value is a stream of Node or of the web, or writable. */
const isStream = (value) =>
  typeof value === 'object' && ['pipe', 'getReader', 'getWriter', 'write'].some((name) => typeof value[name] === 'function')

/** Throws for an unknown option name, with a suggestion if a known name is similar. */
function refuseName(name, known) {
  const meant = nearest(name, known)
  const message = `\`${name}\` is not an option${meant === undefined ? '' : `: did you mean \`${meant}\`?`}`
  throw new OutlayError('OUTLAY_OPTION', message, { candidates: meant === undefined ? [] : [meant] })
}

/** Returns the names and values of options. */
function optionsOf(options) {
  if (typeof options !== 'object' || options === null || Symbol.iterator in options) refuse(`options are an object, not ${kindOf(options)}`)
  return Object.entries(options)
}

/**
 * Converts options to a JSON object with the core's names, for the addon. Absent options keep the core's defaults. `own` has the
 * options of this package that the call takes.
 */
function nativeOptions(options, own = OWN) {
  const native = {}
  for (const [name, value] of optionsOf(options)) {
    if (OWN.has(name)) {
      const isUnused = !own.has(name) && value !== undefined && value !== null
      if (isUnused) refuse(`option \`${name}\`: this call does not take it; \`read\` does`)
      continue
    }
    if (!OPTIONS.has(name)) refuseName(name, [...OPTIONS, ...own])
    if (value !== undefined && value !== null) native[snakeCase(name)] = plain(name, value)
  }
  return JSON.stringify(native)
}

/** Converts the value of an option to a JSON value. */
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

/** Returns a path, given as text or as a `file:` URL. `what` starts the error message. */
function pathOf(path, what) {
  if (typeof path === 'string') return path
  if (!(path instanceof URL)) return refuse(`${what}, not ${kindOf(path)}`)
  return path.protocol === 'file:' ? fileURLToPath(path) : refuse(`${what}, not a URL of \`${path.protocol}\``)
}

/** Returns the paths of a report. `s3:` URLs are allowed as well; for those of other stores the core says what to do. */
function pathsOf(report, what) {
  const of = (path) => (path instanceof URL && path.protocol !== 'file:' ? decodeURI(path.href) : pathOf(path, what))
  return Array.isArray(report) ? report.map(of) : [of(report)]
}

/** Returns a text, or throws. The error message does not show the value. */
function textOf(name, value) {
  return typeof value === 'string' ? value : refuse(`option \`${name}\`: expected a text, got ${kindOf(value)}`)
}

/** Converts a value, possibly stored or transferred, to JSON text with the core's names. */
const sharedText = (value) => JSON.stringify(toShared(value)) ?? 'null'

/** Returns the form of decimals in rows. */
function numbersOf(numbers) {
  if (numbers === undefined || numbers === null) return 'string'
  if (numbers === 'string' || numbers === 'number') return numbers
  const given = typeof numbers === 'string' ? `\`${numbers}\`` : kindOf(numbers)
  return refuse(`option \`numbers\`: ${given} is none of \`string\`, \`number\``)
}

/** Returns the validated signal; undefined without one. */
function signalOf({ signal }) {
  if (signal === undefined || signal === null) return undefined
  return typeof signal.throwIfAborted === 'function' ? signal : refuse('option `signal`: it is no AbortSignal')
}

/** Returns the validated signal and progress listener, each undefined without one. */
function ownOptions({ signal, onProgress }) {
  const isListener = onProgress === undefined || onProgress === null || typeof onProgress === 'function'
  if (!isListener) refuse('option `onProgress`: it is no function')
  return { signal: signalOf({ signal }), onProgress: onProgress ?? undefined }
}

module.exports = { OWN, SIGNAL, kindOf, named, nativeOptions, numbersOf, optionsOf, ownOptions, pathOf, pathsOf, refuse, refuseName, sharedText, signalOf, textOf }
