'use strict'

const { constants } = require('node:os')

const { Program } = require('./addon.js')

// Signals that ask the program to end.
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']

// Bytes of a report that gets a progress bar.
const LARGE = 8 << 20

/** Standard output, standard error, and a progress bar for large reads on a terminal. */
class Console {
  isWritten = true
  #hasBar = false

  progress(done, total) {
    if (total < LARGE || process.stderr.isTTY !== true) return
    this.#hasBar = true
    const share = Math.min(done / total, 1)
    const full = Math.round(40 * share)
    process.stderr.write(`\r${'█'.repeat(full)}${'░'.repeat(40 - full)} ${Math.floor(100 * share)} %`)
  }

  clear() {
    if (this.#hasBar) process.stderr.write('\r\x1b[K')
    this.#hasBar = false
  }

  report(message) {
    this.clear()
    console.error(message)
  }

  async print(text) {
    this.clear()
    const error = await written(text)
    // A closed pipe, as with `head`, is not a failure.
    if (error === null || error.code === 'EPIPE') return
    this.isWritten = false
    this.report(`standard output: ${error.message}`)
  }
}

/** Writes a text and a line break to standard output: null, or the error. */
function written(text) {
  return new Promise((resolve) => {
    // Without a listener the error would end the process.
    process.stdout.once('error', resolve)
    process.stdout.write(`${text}\n`, (error) => {
      if (error) return
      process.stdout.off('error', resolve)
      resolve(null)
    })
  })
}

/**
 * Runs the program `outlay` of the core.
 *
 * @param {readonly string[]} given The arguments after its name.
 * @returns {Promise<number>} The exit status: 0 if the read is proven or partial (with `--strict` only if it is proven), else 1;
 *   2 if the arguments are not valid; 128 and the number of the signal after SIGINT, SIGTERM and SIGHUP, which leave no file
 *   behind.
 */
async function run(given) {
  const program = new Program(given)
  const console = new Console()
  let signalled
  const interrupt = (name) => {
    // A second signal exits at once. The next run removes the incomplete file.
    if (signalled !== undefined) process.exit(128 + constants.signals[name])
    signalled = name
    program.stop()
  }
  for (const name of SIGNALS) process.on(name, interrupt)
  try {
    for (;;) {
      const { print, report, done, total, status, failure } = await program.next()
      if (done !== undefined) console.progress(done, total)
      if (report !== undefined) console.report(report)
      if (print !== undefined) await console.print(print)
      if (failure !== undefined) {
        console.report(`${failure.code}: ${failure.message}`)
        return 1
      }
      if (status !== undefined) {
        if (signalled !== undefined && status !== 0) return 128 + constants.signals[signalled]
        return status === 0 && !console.isWritten ? 1 : status
      }
    }
  } finally {
    console.clear()
    for (const name of SIGNALS) process.off(name, interrupt)
  }
}

module.exports = { run }
