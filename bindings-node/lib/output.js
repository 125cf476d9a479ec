'use strict'

const { Readable } = require('node:stream')

/** A stream of the bytes that an iterator gives. */
class Output extends Readable {
  #pieces

  /** `onEnd` is called when the last byte was taken and the end is known, before other listeners of the event `end`. */
  constructor(pieces, onEnd) {
    // Nothing is asked for while there are bytes that were not taken: a stream that is destroyed then has not ended.
    super({ highWaterMark: 0 })
    this.#pieces = pieces
    this.once('end', onEnd)
  }

  async _read() {
    try {
      const { value, done } = await this.#pieces.next()
      this.push(done ? null : value)
    } catch (error) {
      this.destroy(error)
    }
  }

  _destroy(error, done) {
    this.#pieces.return()
    done(error)
  }
}

module.exports = { Output }
