'use strict'

const { Program } = require('./addon.js')

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

async function normalize(given) {
  const program = new Program(given)
  const bar = new Bar()
  let isInterrupted = false
  const interrupt = () => {
    isInterrupted = true
    program.stop()
  }
  process.once('SIGINT', interrupt)
  try {
    for (;;) {
      const happened = await program.next()
      if (happened.begun !== undefined) bar.begin(happened.begun, given.includes('--json'))
      if (happened.read !== undefined) bar.show(happened.read)
      else bar.clear()
      if (happened.setAside !== undefined) console.error(`set aside: ${happened.setAside}`)
      if (happened.problem !== undefined) {
        console.error(happened.problem)
        return 2
      }
      if (happened.failure !== undefined) {
        if (isInterrupted) return 130
        console.error(`${happened.failure.code}: ${happened.failure.message}`)
        return 1
      }
      if (happened.text !== undefined) {
        console.log(happened.text)
        return happened.isProven ? 0 : 1
      }
    }
  } finally {
    process.off('SIGINT', interrupt)
  }
}

module.exports = { normalize }
