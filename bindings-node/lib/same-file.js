'use strict'

const { ReadStream, fstatSync, statSync } = require('node:fs')
const { homedir } = require('node:os')
const path = require('node:path')

const { pathOf, refuse } = require('./options.js')
const { escaped } = require('./print.js')

// Numbers of files can have more than 53 bits.
const EXACT = { bigint: true }

/**
 * Returns the file that a stream of Node reads; otherwise undefined. Other streams can have a `path` that is none of a file, as
 * requests have.
 */
function fileOf(stream) {
  if (!(stream instanceof ReadStream)) return undefined
  const name = typeof stream.path === 'string' || Buffer.isBuffer(stream.path) ? `${stream.path}` : ''
  try {
    // The file is opened later, but its path starts from the folder of now.
    const found = Number.isInteger(stream.fd) ? fstatSync(stream.fd, EXACT) : statSync(stream.path, EXACT)
    return found.isFile() ? { name, dev: found.dev, ino: found.ino } : undefined
  } catch {
    // The stream itself tells why it cannot be read.
    return undefined
  }
}

/** Throws if an output is the file, by any path or link. */
function refuseSame(output, file, option = 'output') {
  const place = output === '~' || /^~[/\\]/.test(output) ? path.join(homedir(), output.slice(1)) : output
  let found
  try {
    found = statSync(place, EXACT)
  } catch {
    // An output that does not exist yet is another file, and the core tells why one cannot be reached.
    return
  }
  if (found.dev !== file.dev || found.ino !== file.ino) return
  const what = file.name === '' ? 'the file of the stream' : `the file \`${file.name}\``
  refuse(escaped(`option \`${option}\`: \`${output}\` is ${what}, which is read: name another file`))
}

/** Throws if the quarantine file is the file that a stream reads. */
function refuseQuarantine({ quarantineFile }, file) {
  if (file === undefined || quarantineFile === undefined || quarantineFile === null) return
  refuseSame(pathOf(quarantineFile, 'option `quarantineFile`: it is a path'), file, 'quarantineFile')
}

module.exports = { fileOf, refuseQuarantine, refuseSame }
