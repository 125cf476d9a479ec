'use strict'

const addon = require('./addon.js')
const { called, unlessAborted } = require('./calls.js')
const { errorOf, unwrap } = require('./errors.js')
const { fromHere } = require('./from-here.js')
const { SIGNAL, nativeOptions, ownOptions, pathsOf, refuse, sharedText, signalOf } = require('./options.js')
const { planOf } = require('./plan.js')
const { Reader } = require('./reader.js')
const { Report } = require('./report.js')
const { fileOf, refuseQuarantine } = require('./same-file.js')
const { Supply, streamOf, unshared, viewOf } = require('./supply.js')
const { mayBeAbsent } = require('./warn.js')

// What messages say that a report is.
const PLANNED = 'a report is a path or a list of paths'
const GIVEN = 'a report is a path, a list of paths, bytes, a list of bytes, or a stream of bytes'

/** Returns the bytes of each part of a report that is given as bytes, otherwise null. */
function bytesOf(report) {
  const views = (Array.isArray(report) ? report : [report]).map(viewOf)
  if (views.length === 0 || views.every((view) => view === null)) return null
  if (views.includes(null)) refuse('a report is a list of paths, or a list of buffers, but not both: read the files')
  return views
}

async function plan(report, options = {}) {
  if (bytesOf(report) !== null) {
    refuse('a plan is made of paths, since its parts are read again, also in other processes: write the bytes to a file')
  }
  const [paths, native] = [pathsOf(report, PLANNED), nativeOptions(options, SIGNAL)]
  const { text } = await called(signalOf(options), (call) => addon.plan(paths, native, call))
  return planOf(text)
}

/** Wraps the reader that the addon opened. `given` is what is known of the report. */
function readerOf(options, opened, given) {
  const { reader } = unwrap(opened)
  given.supply?.feeds(reader)
  return new Reader(reader, { ...ownOptions(options), threads: options.threads ?? undefined, mayWarn: mayBeAbsent(options), ...given })
}

/** Throws if an option is set that belongs to the calls of a report. */
function refuseOfCalls(options, ...names) {
  const given = names.find((name) => (options[name] ?? undefined) !== undefined)
  if (given !== undefined) refuse(`option \`${given}\`: it is an option of the calls of the report`)
}

function open(report, options = {}) {
  const stream = bytesOf(report) === null ? streamOf(report) : undefined
  if (stream !== undefined) return openStream(stream, options)
  refuseOfCalls(options, 'signal', 'onProgress')
  const native = nativeOptions(options)
  const bytes = bytesOf(report)
  const opened = bytes ? addon.reportOfBytes(bytes.map(unshared), native) : addon.reportOfPaths(pathsOf(report, GIVEN), native)
  return new Report(unwrap(opened).report, options)
}

/** Copies a stream to a temporary file, and returns the report that is in it. */
async function openStream(stream, options) {
  const file = fileOf(stream)
  const supply = new Supply(stream)
  const spool = new addon.Spool(() => void supply.pull())
  supply.feeds(spool)
  try {
    refuseOfCalls(options, 'onProgress')
    refuseQuarantine(options, file)
    const [native, signal] = [nativeOptions(options), signalOf(options)]
    signal?.throwIfAborted()
    const { report, failure } = await unlessAborted(signal, spool.open(native))
    if (failure) throw supply.errorOf(failure) ?? errorOf(failure)
    return new Report(report, options, file)
  } finally {
    // The spool is used here, so that it is not collected as garbage during the copy.
    spool.close()
    supply.cancel()
  }
}

function read(report, options = {}) {
  const native = nativeOptions(options)
  const bytes = bytesOf(report)
  if (bytes !== null) {
    const length = bytes.reduce((length, part) => length + part.byteLength, 0)
    return readerOf(options, addon.openBytes(bytes.length, native), { bytes, length, what: `${length} bytes` })
  }
  const stream = streamOf(report)
  if (stream !== undefined) {
    const file = fileOf(stream)
    refuseQuarantine(options, file)
    const supply = new Supply(stream)
    const length = typeof Blob === 'function' && report instanceof Blob ? report.size : 0
    return readerOf(options, addon.openStream(native, () => void supply.pull()), { supply, file, length, what: 'a stream' })
  }
  const paths = pathsOf(report, GIVEN)
  return readerOf(options, addon.openPaths(fromHere(paths), native), { what: paths.length === 1 ? paths[0] : paths })
}

function readPart(part, options = {}) {
  return readerOf(options, addon.openPart(sharedText(part), nativeOptions(options)), { what: part?.object })
}

module.exports = { open, plan, read, readPart, readerOf }
