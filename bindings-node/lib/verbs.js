'use strict'

const addon = require('./addon.js')
const { called } = require('./calls.js')
const { unwrap } = require('./errors.js')
const { fromShared } = require('./names.js')
const { nativeOptions, ownOptions, pathsOf, refuse, sharedText, signalOf } = require('./options.js')
const { Reader } = require('./reader.js')
const { Report } = require('./report.js')

/** Returns a view of the bytes of a buffer, or null for other values. */
function viewOf(buffer) {
  if (ArrayBuffer.isView(buffer)) return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
  return buffer instanceof ArrayBuffer ? new Uint8Array(buffer) : null
}

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
  const [paths, native] = [pathsOf(report), nativeOptions(options)]
  const answer = await called(signalOf(options), (call) => addon.plan(paths, native, call))
  return fromShared(JSON.parse(answer.text))
}

/** Wraps the reader that the addon opened. */
function readerOf(options, opened, bytes) {
  const { reader } = unwrap(opened)
  return new Reader(reader, { ...ownOptions(options), threads: options.threads, bytes })
}

function open(report, options = {}) {
  for (const name of ['signal', 'onProgress']) {
    if (options[name] !== undefined) refuse(`option \`${name}\`: it is an option of the calls of the report`)
  }
  const native = nativeOptions(options)
  const bytes = bytesOf(report)
  return new Report(unwrap(bytes ? addon.reportOfBytes(bytes, native) : addon.reportOfPaths(pathsOf(report), native)).report)
}

function read(report, options = {}) {
  const native = nativeOptions(options)
  const bytes = bytesOf(report)
  const opened = bytes ? addon.openBytes(bytes.length, native) : addon.openPaths(pathsOf(report), native)
  return readerOf(options, opened, bytes)
}

function readPart(part, options = {}) {
  return readerOf(options, addon.openPart(sharedText(part), nativeOptions(options)))
}

module.exports = { open, plan, read, readPart, readerOf }
