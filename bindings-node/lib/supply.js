'use strict'

const { OutlayError } = require('./errors.js')
const { kindOf } = require('./options.js')

/**
 * The bytes of a report that is given as a stream. The addon calls `pull` when its thread needs more of them, so that a stream
 * is read only as fast as its rows are used.
 */
class Supply {
  #stream
  /** The iterator over the chunks; null once the stream is over. */
  #chunks
  #isPulling = false
  #error = null
  /** A weak reference: the callback in the addon must not keep the reader in memory. */
  #native = null

  constructor(stream) {
    this.#stream = stream
    this.#chunks = stream[Symbol.asyncIterator]()
    // The iterator reports an error of a stream of Node, but listens to it only once the first chunk is asked for.
    if (typeof stream.destroy === 'function') stream.on?.('error', () => {})
  }

  /** Sets the reader of the addon. */
  feeds(native) {
    this.#native = new WeakRef(native)
  }

  /** Passes the next chunk to the addon. */
  async pull() {
    if (this.#isPulling) return
    this.#isPulling = true
    try {
      const chunk = await this.#next()
      this.#native.deref()?.supply(chunk, null)
    } catch (error) {
      this.#error = error
      this.#native.deref()?.supply(null, messageOf(error))
      this.cancel()
    } finally {
      this.#isPulling = false
    }
  }

  /** Returns the next chunk with bytes, or null at the end. */
  async #next() {
    for (;;) {
      const { value, done } = (await this.#chunks?.next()) ?? { done: true }
      if (done) return null
      const bytes = bytesOf(value)
      if (bytes.byteLength > 0) return bytes
    }
  }

  /** Ends the stream, which gives up what it holds. */
  cancel() {
    const chunks = this.#chunks
    this.#chunks = null
    if (chunks === null) return
    // The iterator of a Node stream would first wait for the chunk that was asked for.
    if (typeof this.#stream.destroy === 'function') this.#stream.destroy()
    // An error of a stream that is not read any more is of no concern.
    Promise.resolve(chunks.return?.()).catch(() => {})
  }

  /** Returns the error of a read that ended because the stream failed; otherwise undefined. */
  errorOf(failure) {
    if (this.#error === null) return undefined
    if (this.#error instanceof OutlayError) return this.#error
    return new OutlayError('OUTLAY_IO', failure.message, { ...failure, cause: this.#error })
  }
}

const messageOf = (error) => (error instanceof Error ? error.message : `${error}`)

/** Returns the bytes of a view or a buffer; otherwise null. */
function viewOf(value) {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  return value instanceof ArrayBuffer ? new Uint8Array(value) : null
}

/** Returns the bytes of a chunk. */
function bytesOf(chunk) {
  const bytes = viewOf(chunk)
  if (bytes !== null) return bytes
  const hint = typeof chunk === 'string' ? ': a stream with an encoding gives text; read it without one' : ''
  throw new OutlayError('OUTLAY_OPTION', `the chunks of a stream are bytes, not ${kindOf(chunk)}${hint}`)
}

/** Returns the stream of a report that is given as one or as a `Blob`; otherwise undefined. */
function streamOf(report) {
  if (typeof report !== 'object' || report === null) return undefined
  if (typeof Blob === 'function' && report instanceof Blob) return report.stream()
  // Streams of Node and of the web, and bodies of requests and of objects in S3.
  if (typeof report[Symbol.asyncIterator] === 'function') return report
  // A stream of the web where it cannot be iterated.
  return typeof report.getReader === 'function' ? chunksOf(report) : undefined
}

async function* chunksOf(stream) {
  const reader = stream.getReader()
  try {
    for (;;) {
      const { value, done } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    await reader.cancel()
  }
}

module.exports = { Supply, streamOf, viewOf }
