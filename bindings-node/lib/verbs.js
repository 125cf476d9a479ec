'use strict'

const addon = require('./addon.js')
const { called } = require('./calls.js')
const { unwrap } = require('./errors.js')
const { nativeOptions, ownOptions, pathsOf, refuse, sharedText, signalOf } = require('./options.js')
const { planOf } = require('./plan.js')
const { Reader } = require('./reader.js')
const { Report } = require('./report.js')
const { Supply, streamOf, viewOf } = require('./supply.js')

// What messages say that a report is.
const PLANNED = 'a report is a path or a list of paths'
const OPENED = 'a report that can be read again is a path, a list of paths, bytes, or a list of bytes'
const READ = 'a report is a path, a list of paths, bytes, a list of bytes, or a stream of bytes'

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
  const [paths, native] = [pathsOf(report, PLANNED), nativeOptions(options)]
  const { text } = await called(signalOf(options), (call) => addon.plan(paths, native, call))
  return planOf(text)
}

/** Wraps the reader that the addon opened. `given` is what is known of the report. */
function readerOf(options, opened, given) {
  const { reader } = unwrap(opened)
  given.supply?.feeds(reader)
  return new Reader(reader, { ...ownOptions(options), threads: options.threads ?? undefined, ...given })
}

function open(report, options = {}) {
  for (const name of ['signal', 'onProgress']) {
    if ((options[name] ?? undefined) !== undefined) refuse(`option \`${name}\`: it is an option of the calls of the report`)
  }
  const native = nativeOptions(options)
  const bytes = bytesOf(report)
  const opened = bytes ? addon.reportOfBytes(bytes, native) : addon.reportOfPaths(pathsOf(report, OPENED), native)
  return new Report(unwrap(opened).report)
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
    const supply = new Supply(stream)
    const length = typeof Blob === 'function' && report instanceof Blob ? report.size : 0
    return readerOf(options, addon.openStream(native, () => void supply.pull()), { supply, length, what: 'a stream' })
  }
  const paths = pathsOf(report, READ)
  return readerOf(options, addon.openPaths(paths, native), { what: paths.length === 1 ? paths[0] : paths })
}

function readPart(part, options = {}) {
  return readerOf(options, addon.openPart(sharedText(part), nativeOptions(options)), { what: part?.object })
}

module.exports = { open, plan, read, readPart, readerOf }
