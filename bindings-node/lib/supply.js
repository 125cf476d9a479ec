'use strict'

const { Readable } = require('node:stream')
const { types } = require('node:util')

const { OutlayError } = require('./errors.js')
const { kindOf } = require('./options.js')

// The streams and iterators that were read, each of which gives its bytes once.
const TAKEN = new WeakSet()

/**
 * The bytes of a report that is given as a stream. The addon calls `pull` when its thread needs more of them, so that a stream
 * is read only as fast as its rows are used.
 */
class Supply {
  #stream
  /** The iterator over the chunks: undefined before the first request, and null once the stream is over. */
  #chunks
  /** The reader of a stream of the web. */
  #reader = null
  /** Whether the stream may have been read before this. */
  #wasRead = false
  #hasBytes = false
  #isPulling = false
  #error = null
  /** A weak reference: the callback in the addon must not keep the reader in memory. */
  #native = null

  constructor(stream) {
    this.#stream = stream
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

  /** Takes the stream. A reader that asks for no batch leaves it to others. */
  #take() {
    const stream = this.#stream
    const isOver = (stream.destroyed === true && !stream.errored) || stream.readableEnded === true
    if (isOver || stream.locked === true || TAKEN.has(stream)) {
      this.#chunks = null
      throw consumed()
    }
    this.#wasRead = Readable.isDisturbed?.(stream) ?? false
    // A stream of the web is read by a reader, whose `cancel` does not wait for the chunk that was asked for.
    this.#reader = typeof stream.getReader === 'function' ? stream.getReader() : null
    this.#chunks = this.#reader === null ? stream[Symbol.asyncIterator]() : { next: () => this.#reader.read() }
    // Other iterables start again from the beginning each time.
    if (this.#chunks === stream || stream.getReader || stream.pipe) TAKEN.add(stream)
  }

  /** Returns the next chunk with bytes, or null at the end. */
  async #next() {
    if (this.#chunks === undefined) this.#take()
    for (;;) {
      const { value, done } = (await this.#chunks?.next()) ?? { done: true }
      if (done && this.#wasRead && !this.#hasBytes) throw consumed()
      if (done) {
        this.#reader?.releaseLock()
        return null
      }
      const bytes = bytesOf(value)
      if (bytes.byteLength === 0) continue
      this.#hasBytes = true
      return bytes
    }
  }

  /** Ends the stream, which gives up what it holds. */
  cancel() {
    if (this.#chunks === undefined) {
      try {
        this.#take()
      } catch {
        // Another reader has the stream.
      }
    }
    const chunks = this.#chunks
    this.#chunks = null
    if (chunks === null) return
    // The iterator of a Node stream would first wait for the chunk that was asked for.
    if (typeof this.#stream.destroy === 'function') this.#stream.destroy()
    this.#reader?.cancel().catch(() => {})
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

/** The error of a stream that has no bytes any more. */
const consumed = () =>
  new OutlayError(
    'OUTLAY_CONSUMED',
    'a stream gives its bytes once, and this one was read, destroyed or given to another reader already: make a new stream, or use ' +
      '`await open(stream)`, whose report can be read any number of times',
  )

const messageOf = (error) => (error instanceof Error ? error.message : `${error}`)

/** Returns the bytes of a view or a buffer; otherwise null. */
function viewOf(value) {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  return types.isAnyArrayBuffer(value) ? new Uint8Array(value) : null
}

/** Copies bytes that other threads can change. Those of the addon must not change. */
const unshared = (bytes) => (types.isSharedArrayBuffer(bytes.buffer) ? bytes.slice() : bytes)

/** Returns the bytes of a chunk. */
function bytesOf(chunk) {
  const bytes = viewOf(chunk)
  if (bytes !== null) return unshared(bytes)
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
  return typeof report.getReader === 'function' ? report : undefined
}

module.exports = { Supply, streamOf, unshared, viewOf }
