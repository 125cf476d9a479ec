'use strict'

const { lstatSync } = require('node:fs')
const path = require('node:path')

// The start of an address. One letter is a drive of Windows.
const ADDRESS = /^[a-z][a-z0-9+.-]+:\//i

const isThere = (place) => lstatSync(place, { throwIfNoEntry: false }) !== undefined

/**
 * Returns paths that lead to the same files after a change of the working directory, as those of a report that is opened do: the
 * files of a read are opened later than it.
 */
function fromHere(paths) {
  const folder = folderOf()
  return folder === undefined ? paths : paths.map((given) => from(folder, given))
}

/** Returns the working directory; undefined if it was removed, or if text cannot name it. */
function folderOf() {
  try {
    const folder = process.cwd()
    return folder.includes('\ufffd') ? undefined : folder
  } catch {
    return undefined
  }
}

function from(folder, given) {
  if (given === '' || path.isAbsolute(given) || /^~($|[/\\])/.test(given)) return given
  // Not `path.join`: `..` after a link is the folder above the one that the link leads to.
  const whole = `${folder}${path.sep}${given}`
  const isPattern = /[*?[]/.test(given)
  if (!isPattern && !ADDRESS.test(given)) return whole
  // A name that looks like an address or a pattern may be that of a file.
  try {
    if (isThere(whole)) return whole
  } catch {
    // A name that no file can have.
  }
  // In a pattern the name of the folder has to stand for itself.
  return ADDRESS.test(given) ? given : `${folder.replace(/[*?[]/g, '[$&]')}${path.sep}${given}`
}

module.exports = { fromHere }
