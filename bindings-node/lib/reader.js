'use strict'

const { Readable } = require('node:stream')
const { setImmediate: turn } = require('node:timers/promises')

const { arrow } = require('./arrow.js')
const { OutlayError, errorOf, unwrap } = require('./errors.js')
const { Iteration } = require('./iteration.js')
const { pathOf } = require('./options.js')
const { totalsOf } = require('./totals.js')

// Number of bytes of a report that are copied at once. It takes about a millisecond.
const PIECE = 4 << 20

const FRESH = 0
const TAKEN = 1
const OVER = 2

class Reader {
  #native
  #signal
  #onProgress
  #threads
  /** The bytes of each part that were not passed to the addon yet; null if the report is not given as bytes. */
  #bytes
  #length
  #fed = null
  #use = FRESH
  #onAbort = null

  constructor(native, { signal, onProgress, threads, bytes = null }) {
    this.#native = native
    this.#signal = signal
    this.#onProgress = onProgress
    this.#threads = threads
    this.#bytes = bytes
    this.#length = bytes?.reduce((length, part) => length + part.byteLength, 0) ?? 0
  }

  [Symbol.asyncIterator]() {
    return this.#iterate(() => this.#native.beginIpc(false), (item) => [item.bytes])
  }

  tables() {
    return this.#iterate(
      () => this.#native.beginIpc(false),
      async (item) => {
        const { tableFromIPC } = await arrow()
        return [tableFromIPC(item.bytes)]
      },
    )
  }

  rows({ numbers = 'string' } = {}) {
    if (numbers !== 'string' && numbers !== 'number') {
      throw new OutlayError('OUTLAY_OPTION', `option \`numbers\`: \`${numbers}\` is none of \`string\`, \`number\``)
    }
    return this.#iterate(() => this.#native.beginRows(numbers === 'number'), (item) => JSON.parse(item.text))
  }

  ipcStream() {
    const pieces = this.#iterate(() => this.#native.beginIpc(true), (item) => [item.bytes])
    return Readable.from(pieces, { objectMode: false })
  }

  async toParquet(file) {
    await this.#write(file, 'parquet')
  }

  async toIpc(file) {
    await this.#write(file, 'ipc')
  }

  async toCsv(file, { spreadsheetSafe = false } = {}) {
    if (typeof spreadsheetSafe !== 'boolean') {
      throw new OutlayError('OUTLAY_OPTION', 'option `spreadsheetSafe`: it is true or false')
    }
    await this.#write(file, 'csv', spreadsheetSafe)
  }

  async columns() {
    return (await this.#ask(() => this.#native.columns())).columns
  }

  async totals() {
    return totalsOf(await this.#ask(() => this.#native.totals()))
  }

  async warnings() {
    return (await this.totals()).warnings
  }

  async check() {
    const totals = await this.totals()
    totals.check()
  }

  async quarantined() {
    const { records } = await this.#ask(() => this.#native.quarantined())
    return records.map(({ record, failure }) => ({ record, error: errorOf(failure) }))
  }

  close() {
    this.#over()
    this.#native.close()
  }

  #iterate(begin, expand) {
    this.#claim(begin)
    const pull = async () => {
      const item = await this.#next()
      if (item === null) return null
      try {
        return await expand(item)
      } catch (error) {
        this.close()
        throw error
      }
    }
    return new Iteration(pull, () => this.close(), this.#signal)
  }

  async #write(file, kind, spreadsheetSafe) {
    const path = pathOf(file, 'option `file`: it is a path')
    const settings = { path, kind, threads: this.#threads ?? undefined, spreadsheetSafe }
    this.#claim(() => {})
    await this.#mayWrite(settings)
    this.#native.beginFile(settings)
    while ((await this.#next()) !== null);
  }

  /** Throws if the file may not be written. If another file may be, the reader stays usable. */
  async #mayWrite(settings) {
    let refused
    try {
      ;({ refused } = await this.#ask(() => this.#native.mayWrite(settings)))
    } catch (error) {
      this.#over()
      throw error
    }
    if (!refused) return
    // The reader may have been closed during the request.
    if (this.#use === TAKEN) this.#use = FRESH
    throw errorOf(refused)
  }

  /** Reserves the batches for one consumer. */
  #claim(begin) {
    if (this.#use !== FRESH) {
      const reason = this.#use === TAKEN ? 'they went to a consumer' : 'it was read to its end or closed'
      const remedy = 'read the report again, or use `open`, whose reports can be read any number of times'
      const message = `a reader gives its batches once, and ${reason}: ${remedy}`
      throw new OutlayError('OUTLAY_CONSUMED', message)
    }
    this.#use = TAKEN
    begin()
  }

  /** Resolves to the next piece of the output, or `null` at the end. */
  async #next() {
    await this.#begin()
    const item = await this.#native.next()
    if (item.isStopped) {
      this.#over()
      this.#signal?.throwIfAborted()
      throw new OutlayError('OUTLAY_STOPPED', 'the reader was closed')
    }
    if (item.failure) {
      this.#over()
      throw errorOf(item.failure)
    }
    if (item.isEnd) this.#over()
    if (item.progress) this.#tell(item.progress)
    return item.isEnd ? null : item
  }

  #tell({ bytesDone, bytesTotal, rows }) {
    try {
      this.#onProgress?.({ bytesDone, bytesTotal: bytesTotal || this.#length || null, rows })
    } catch (error) {
      this.close()
      throw error
    }
  }

  async #ask(ask) {
    await this.#begin()
    const answer = await ask()
    if (answer.failure?.code === 'OUTLAY_STOPPED') this.#signal?.throwIfAborted()
    return unwrap(answer)
  }

  /** Listens for the signal, and passes the bytes of the report to the addon. */
  async #begin() {
    this.#listen()
    if (this.#bytes !== null) this.#fed ??= this.#feed(this.#bytes)
    await this.#fed
  }

  #listen() {
    if (this.#signal === undefined || this.#onAbort !== null || this.#use === OVER) return
    // A weak reference, so that a long-lived signal does not keep the reader in memory.
    const native = new WeakRef(this.#native)
    this.#onAbort = () => native.deref()?.close()
    this.#signal.addEventListener('abort', this.#onAbort, { once: true })
    if (this.#signal.aborted) this.#onAbort()
  }

  async #feed(parts) {
    this.#bytes = null
    for (const [number, bytes] of parts.entries()) {
      for (let start = 0; start < bytes.byteLength; start += PIECE) {
        if (number > 0 || start > 0) await turn()
        this.#native.feed(number, bytes.subarray(start, start + PIECE))
      }
    }
  }

  #over() {
    this.#use = OVER
    if (this.#onAbort !== null) this.#signal.removeEventListener('abort', this.#onAbort)
  }
}

module.exports = { Reader }
