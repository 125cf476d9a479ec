'use strict'

const addon = require('./addon.js')
const { called } = require('./calls.js')
const { unwrap } = require('./errors.js')
const { fromShared } = require('./names.js')
const { nativeOptions, ownOptions, pathsOf, refuse, sharedText, signalOf } = require('./options.js')
const { Reader } = require('./reader.js')
const { Report } = require('./report.js')

/** Returns the bytes of a report that is given as bytes, otherwise null. */
function bytesOf(report) {
  if (ArrayBuffer.isView(report)) return new Uint8Array(report.buffer, report.byteOffset, report.byteLength)
  return report instanceof ArrayBuffer ? new Uint8Array(report) : null
}

async function plan(report, options = {}) {
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
  return readerOf(options, bytes ? addon.openBytes(native) : addon.openPaths(pathsOf(report), native), bytes)
}

function readPart(part, options = {}) {
  return readerOf(options, addon.openPart(sharedText(part), nativeOptions(options)))
}

module.exports = { open, plan, read, readPart, readerOf }
