'use strict'

const { inspect } = require('node:util')

const { ASYNC_DISPOSE } = require('./calls.js')
const { inspected } = require('./print.js')

const OVER = Object.freeze({ value: undefined, done: true })

/**
 * An async iterator over the values of the lists that `pull` resolves to. `pull` resolves to `null` at the end.
 *
 * It is not an async generator: there, `return` waits for the pending `next`, which can take long if the filters of a read
 * drop all rows.
 */
class Iteration {
  #pull
  #close
  #isStopped
  /** What it gives, for `console.log`. */
  #what
  #values = []
  #index = 0
  #isOver = false
  #waiting = 0
  /** The promise of the last pending request, so that concurrent requests are served in order. */
  #last = null

  /** `isStopped` says whether the values that were read already must not be returned any more. */
  constructor(pull, close, isStopped, what) {
    this.#pull = pull
    this.#close = close
    this.#isStopped = isStopped
    this.#what = what
  }

  next() {
    if (this.#isReady()) return Promise.resolve(this.#take())
    return this.#step(this.#waiting === 0 ? null : this.#last)
  }

  return(value) {
    this.#isOver = true
    this.#values = []
    this.#close()
    return Promise.resolve({ value, done: true })
  }

  async toArray() {
    const all = []
    for (;;) {
      const { value, done } = await this.next()
      if (done) return all
      all.push(value)
      // A loop of `next` alone would take a turn of promises for each value.
      while (this.#isReady()) all.push(this.#take().value)
    }
  }

  [Symbol.asyncIterator]() {
    return this
  }

  async [ASYNC_DISPOSE]() {
    await this.return()
  }

  [inspect.custom](depth, options) {
    return `ReaderIterator ${inspected(this.#what, { ...options, depth })}`
  }

  /** Whether a value can be returned without a request. Values that were read before an abort or `close` are dropped. */
  #isReady() {
    if (this.#isStopped()) this.#values = []
    return this.#waiting === 0 && this.#index < this.#values.length
  }

  #take() {
    return { value: this.#values[this.#index++], done: false }
  }

  async #step(before) {
    let leave
    this.#waiting += 1
    // A separate promise: if another request awaited the promise of `#step`, async stack traces would end here.
    this.#last = new Promise((resolve) => (leave = resolve))
    try {
      await before
      while (this.#index >= this.#values.length) {
        if (this.#isOver) return OVER
        const values = await this.#pull()
        this.#index = 0
        this.#values = values ?? []
        this.#isOver ||= values === null
      }
      return this.#take()
    } catch (error) {
      // An error after `return` is not reported.
      if (this.#isOver) return OVER
      this.#isOver = true
      throw error
    } finally {
      this.#waiting -= 1
      leave()
    }
  }
}

module.exports = { Iteration }
