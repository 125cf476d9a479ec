'use strict'

const { constants } = require('node:os')
const { createInterface } = require('node:readline')
const { isatty } = require('node:tty')

const { Program } = require('./addon.js')

// Signals that ask the program to end.
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']

// Bytes of a report that gets a progress bar.
const LARGE = 8 << 20

/** Standard streams, questions, and a progress bar for large reads on a terminal. */
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

/** Whether there is a terminal for a question and its answer. */
const CAN_CONFIRM = isatty(0) && isatty(2)

/** Asks a question on the terminal: whether the answer is yes; undefined if a signal came instead. */
function confirm(question, asked) {
  return new Promise((resolve) => {
    const lines = createInterface({ input: process.stdin, output: process.stderr })
    asked.end = () => lines.close()
    lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'))
    lines.once('close', () => resolve(undefined))
    lines.question(`${question} [y/N] `, (line) => {
      resolve(['y', 'yes'].includes(line.trim().toLowerCase()))
      lines.close()
    })
  })
}

/**
 * The width of a terminal; undefined if the stream is none. A stream that is none is not touched, because Node would make a pipe
 * non-blocking, to which the core may write.
 */
function width(descriptor, stream) {
  return isatty(descriptor) ? stream().columns || 80 : undefined
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
  const widths = [width(1, () => process.stdout), width(2, () => process.stderr)]
  let program
  const console = new Console()
  const asked = {}
  let signalled
  const interrupt = (name) => {
    // A second signal exits at once. The next run removes the incomplete file.
    if (signalled !== undefined) process.exit(128 + constants.signals[name])
    signalled = name
    program.stop()
    asked.end?.()
  }
  for (const name of SIGNALS) process.on(name, interrupt)
  try {
    // It begins at once, also to write a file, which a signal must remove from then on.
    program = new Program(given, CAN_CONFIRM, ...widths)
    for (;;) {
      const { print, report, question, done, total, status, failure } = await program.next()
      if (done !== undefined) console.progress(done, total)
      if (report !== undefined) console.report(report)
      if (print !== undefined) await console.print(print)
      if (question !== undefined) program.answer(await confirm(question, asked))
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
