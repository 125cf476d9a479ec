'use strict'

const OVER = Object.freeze({ value: undefined, done: true })

/**
 * An async iterator over what `pull` gives: lists of values, and `null` at the end.
 *
 * No generator: those let `return` wait for the `next` before it, and a read whose filters leave nothing can be long
 * without a batch.
 */
class Iteration {
  #pull
  #close
  #signal
  #values = []
  #index = 0
  #isOver = false
  #waiting = 0
  /** Two requests at once get values in order. */
  #last = null

  constructor(pull, close, signal) {
    this.#pull = pull
    this.#close = close
    this.#signal = signal
  }

  next() {
    // What was read before is not given any more.
    if (this.#signal?.aborted) this.#values = []
    if (this.#waiting === 0 && this.#index < this.#values.length) return Promise.resolve(this.#take())
    return this.#step(this.#waiting === 0 ? null : this.#last)
  }

  return(value) {
    this.#isOver = true
    this.#values = []
    this.#close()
    return Promise.resolve({ value, done: true })
  }

  [Symbol.asyncIterator]() {
    return this
  }

  #take() {
    return { value: this.#values[this.#index++], done: false }
  }

  async #step(before) {
    let leave
    this.#waiting += 1
    // A promise of its own: only the caller waits for the one of `#step`, or stack traces would end here.
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
      // What came of the read after its end was not asked for.
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
