'use strict'

const { constants } = require('node:os')

const { Program } = require('./addon.js')

// Signals that ask a program to end.
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']

// Bytes of a report that takes a while.
const LONG = 8 << 20

/** A line on the terminal that says how far the program is. */
class Bar {
  #total = 0
  #isShown = false

  begin(total, isQuiet) {
    this.#total = total
    this.#isShown = !isQuiet && total >= LONG && process.stderr.isTTY === true
  }

  show(done) {
    if (!this.#isShown) return
    const share = done / this.#total
    const full = Math.round(40 * share)
    process.stderr.write(`\r${'█'.repeat(full)}${'░'.repeat(40 - full)} ${Math.floor(100 * share)} %`)
  }

  clear() {
    if (this.#isShown) process.stderr.write('\r\x1b[K')
  }
}

/** Prints a text; true if it arrived, or its reader has gone away, as `head` does. */
function print(text) {
  return new Promise((resolve) => {
    const failed = (error) => {
      if (error.code !== 'EPIPE') console.error(`standard output: ${error.message}`)
      resolve(error.code === 'EPIPE')
    }
    // Without a listener the error would end the process.
    process.stdout.once('error', failed)
    process.stdout.write(`${text}\n`, (error) => {
      if (error) return
      process.stdout.off('error', failed)
      resolve(true)
    })
  })
}

async function normalize(given) {
  const program = new Program(given)
  const bar = new Bar()
  let signal
  const interrupt = (name) => {
    // What was begun takes too long to end: what it leaves, the next run removes.
    if (signal !== undefined) process.exit(128 + constants.signals[name])
    signal = name
    program.stop()
  }
  for (const name of SIGNALS) process.on(name, interrupt)
  try {
    for (;;) {
      const happened = await program.next()
      if (happened.begun !== undefined) bar.begin(happened.begun, given.includes('--json'))
      if (happened.read !== undefined) bar.show(happened.read)
      else bar.clear()
      if (happened.setAside !== undefined) console.error(`set aside: ${happened.setAside}`)
      if (happened.withheld !== undefined) console.error(happened.withheld)
      if (happened.problem !== undefined) {
        console.error(happened.problem)
        return 2
      }
      if (happened.failure !== undefined) {
        if (signal !== undefined && happened.failure.code === 'OUTLAY_STOPPED') return 128 + constants.signals[signal]
        console.error(`${happened.failure.code}: ${happened.failure.message}`)
        return 1
      }
      if (happened.text !== undefined) {
        const isPrinted = await print(happened.text)
        return isPrinted && happened.isGood ? 0 : 1
      }
    }
  } finally {
    for (const name of SIGNALS) process.off(name, interrupt)
  }
}

module.exports = { normalize }
