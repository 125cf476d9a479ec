'use strict'

const { setImmediate: turn } = require('node:timers/promises')
const { inspect } = require('node:util')

const addon = require('./addon.js')
const { arrow } = require('./arrow.js')
const { ASYNC_DISPOSE, noOptions, unlessAborted } = require('./calls.js')
const { OutlayError, errorOf } = require('./errors.js')
const { fileOptions, streamOptions } = require('./file-options.js')
const { Iteration } = require('./iteration.js')
const { numbersOf, optionsOf, pathOf, refuse, refuseName } = require('./options.js')
const { Output } = require('./output.js')
const { escaped, inspected } = require('./print.js')
const { rowsWith } = require('./rows.js')
const { refuseSame } = require('./same-file.js')
const { unshared } = require('./supply.js')
const { totalsOf } = require('./totals.js')
const { warn } = require('./warn.js')

// Number of bytes of a report that are copied at once. It takes about a millisecond.
const PIECE = 4 << 20

const FRESH = 0
const TAKEN = 1
const OVER = 2

// apache-arrow takes an error of a Node stream for its end, so that rows are missing without an error. A stream with these
// names it takes for an async iterable, whose errors it passes on.
const NO_NODE_STREAM = { _getDOMStream: { value: undefined }, _getNodeStream: { value: undefined } }

/** Throws for a reader of batches that apache-arrow is given as one stream of bytes. It looks for this property first. */
const NO_STREAM = {
  get() {
    throw new OutlayError(
      'OUTLAY_OPTION',
      'a reader gives each batch as an Arrow IPC stream of its own, and apache-arrow would read the first one alone: pass it ' +
        '`reader.ipcStream()`, or use `reader.tables()`. The names of the columns are `await reader.columns()`',
    )
  },
}

// The method that streams a format which is otherwise written to a file.
const STREAMS = { parquet: 'parquetStream', ipc: 'ipcStream', csv: 'csvStream' }

class Reader {
  #native
  #signal
  #onProgress
  #threads
  /** The bytes of each part that were not passed to the addon yet; null if the report is not given as bytes. */
  #bytes
  #length
  #fed = null
  /** The stream that the report is read from; null if it is not given as a stream. */
  #supply
  /** The file that a stream of the report reads, if it is known. The addon knows those of paths. */
  #file
  /** What the report is, for `console.log`. */
  #what
  /** Whether the options ask for something that the report may not have. */
  #mayWarn
  #use = FRESH
  /** How the read ended, for `console.log`. */
  #ending = null
  /** The outcome of the read, once the totals of its end were asked for. */
  #outcome = null
  /** Tells the report of the reader how the pass ended. */
  #onEnd
  #progress = null
  #onAbort = null

  constructor(native, { signal, onProgress, threads, bytes = null, supply = null, file, length = 0, mayWarn = false, what, onEnd = () => {} } = {}) {
    // An addon object comes from the functions of this package only.
    if (!(native instanceof addon.Reader)) refuse('a reader is made by `read`, `readPart` or a connector, not with `new`')
    this.#native = native
    this.#signal = signal
    this.#onProgress = onProgress
    this.#threads = threads
    this.#bytes = bytes
    this.#length = length
    this.#supply = supply
    this.#file = file
    this.#mayWarn = mayWarn
    this.#what = what
    this.#onEnd = onEnd
  }

  [Symbol.asyncIterator]() {
    const batches = this.#iterate('batches', () => this.#native.beginIpc(false), (item) => [item.bytes])
    return Object.defineProperty(batches, 'schema', NO_STREAM)
  }

  tables(options) {
    noOptions(options)
    return this.#iterate(
      'tables',
      () => this.#native.beginIpc(false),
      async (item) => {
        const { tableFromIPC } = await arrow()
        return [tableFromIPC(item.bytes)]
      },
    )
  }

  rows(options = {}) {
    const asNumbers = areNumbers(options)
    let rowsOf
    return this.#iterate(
      'rows',
      () => this.#native.beginRows(asNumbers),
      async (item) => {
        rowsOf ??= rowsWith(await this.columns())
        return rowsOf(item)
      },
    )
  }

  ipcStream(options) {
    streamOptions('ipc', options)
    return Object.defineProperties(this.#stream(() => this.#native.beginIpc(true)), NO_NODE_STREAM)
  }

  ndjsonStream(options = {}) {
    const asNumbers = areNumbers(options)
    return this.#stream(() => this.#native.beginLines(asNumbers))
  }

  csvStream(options) {
    const { spreadsheetSafe = false } = streamOptions('csv', options)
    return this.#stream(() => this.#native.beginCsv(spreadsheetSafe))
  }

  parquetStream(options) {
    const settings = { threads: this.#threads ?? undefined, ...streamOptions('parquet', options) }
    return this.#stream(() => this.#native.beginParquet(settings))
  }

  async toParquet(file, options) {
    await this.#write(file, 'parquet', options)
  }

  async toIpc(file, options) {
    await this.#write(file, 'ipc', options)
  }

  async toCsv(file, options) {
    await this.#write(file, 'csv', options)
  }

  async columns(options) {
    noOptions(options)
    return (await this.#ask(() => this.#native.columns())).columns
  }

  async totals(options) {
    noOptions(options)
    const totals = totalsOf(await this.#ask(() => this.#native.totals()))
    if (this.#use === OVER) this.#setOutcome(totals.outcome)
    return totals
  }

  async warnings(options) {
    return (await this.totals(options)).warnings
  }

  async check(options) {
    const totals = await this.totals(options)
    totals.check()
  }

  async quarantined(options) {
    noOptions(options)
    const { records } = await this.#ask(() => this.#native.quarantined())
    return records.map(({ record, failure }) => ({ record, error: errorOf(failure) }))
  }

  close() {
    this.#over('closed')
    this.#native.close()
  }

  async [ASYNC_DISPOSE]() {
    this.close()
  }

  [inspect.custom](_depth, options) {
    const outcome = this.#outcome === null ? {} : { outcome: this.#outcome }
    return `Reader ${inspected({ report: this.#what, state: this.#state(), ...outcome, ...this.#progress }, options)}`
  }

  toString() {
    const outcome = this.#outcome === null ? '' : `, ${this.#outcome}`
    return escaped(`Reader of ${[this.#what].flat().join(', ')}: ${this.#state()}${outcome}`).replaceAll('\n', ' ')
  }

  #state() {
    return ['not started', 'reading', this.#ending][this.#use]
  }

  #setOutcome(outcome) {
    this.#outcome = outcome
    this.#onEnd(outcome)
  }

  /** Says that all rows were delivered, after which the outcome can be another one. */
  #delivered() {
    this.#outcome = null
    this.#native.delivered()
  }

  #iterate(what, begin, expand, isStream = false) {
    this.#claim(begin)
    const pull = async () => {
      const item = await this.#next()
      if (item === null) {
        // Here the caller has asked for more than the last value. A stream can still hold bytes.
        if (!isStream) this.#delivered()
        return null
      }
      try {
        const values = await expand(item)
        this.#signal?.throwIfAborted()
        return values
      } catch (error) {
        this.close()
        throw error
      }
    }
    return new Iteration(pull, () => this.close(), () => this.#use === OVER || this.#signal?.aborted, { of: what, reader: this })
  }

  #stream(begin) {
    // Without bytes, an item has only the progress.
    const pieces = this.#iterate('bytes', begin, (item) => (item.bytes?.length > 0 ? [item.bytes] : []), true)
    return new Output(pieces, () => this.#delivered())
  }

  async #write(file, kind, options) {
    if (typeof file?.write === 'function') {
      refuse(`option \`file\`: it is a path, not a stream: await pipeline(reader.${STREAMS[kind]}(), stream)`)
    }
    const path = pathOf(file, 'option `file`: it is a path')
    const settings = { path, kind, threads: this.#threads ?? undefined, ...fileOptions(kind, options) }
    this.#claim(() => {})
    await this.#mayWrite(settings)
    this.#native.beginFile(settings)
    while ((await this.#next()) !== null);
    this.#delivered()
  }

  /** Throws if the file may not be written. If another file may be, the reader stays usable. */
  async #mayWrite(settings) {
    let refused
    try {
      ;({ refused } = await this.#ask(() => this.#native.mayWrite(settings)))
    } catch (error) {
      this.#over('failed')
      throw error
    }
    try {
      if (refused) throw errorOf(refused)
      if (this.#file !== undefined) refuseSame(settings.path, this.#file)
    } catch (error) {
      // The reader may have been closed during the request.
      if (this.#use === TAKEN) this.#use = FRESH
      throw error
    }
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
    const item = await unlessAborted(this.#signal, this.#native.next(), () => this.#over('aborted'))
    if (item.isStopped) {
      this.#over('closed')
      this.#signal?.throwIfAborted()
      throw new OutlayError('OUTLAY_STOPPED', 'the reader was closed')
    }
    if (item.failure) {
      this.#over('failed')
      throw this.#supply?.errorOf(item.failure) ?? errorOf(item.failure)
    }
    if (item.isEnd) this.#over('read to its end')
    if (item.progress) this.#tell(item.progress)
    if (item.isEnd) await this.#warn()
    return item.isEnd ? null : item
  }

  /** Emits the warnings about what was asked for and found nowhere, once. */
  async #warn() {
    if (!this.#mayWarn) return
    this.#mayWarn = false
    const answer = await this.#native.totals()
    if (!answer.failure) warn(totalsOf(answer).warnings)
  }

  #tell({ bytesDone, bytesTotal, rows }) {
    this.#progress = { bytesDone, bytesTotal: bytesTotal || this.#length || null, rows }
    try {
      this.#onProgress?.({ ...this.#progress })
    } catch (error) {
      this.close()
      throw error
    }
  }

  async #ask(ask) {
    // What is known stays known after an abort. Before the first request nothing is.
    if (this.#onAbort === null && this.#use !== OVER && this.#signal?.aborted) {
      this.close()
      this.#signal.throwIfAborted()
    }
    const signal = this.#signal?.aborted ? undefined : this.#signal
    await this.#begin()
    const answer = await unlessAborted(signal, ask(), () => this.#over('aborted'))
    if (answer.failure?.code === 'OUTLAY_STOPPED') this.#signal?.throwIfAborted()
    if (answer.failure) throw this.#supply?.errorOf(answer.failure) ?? errorOf(answer.failure)
    return answer
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
        this.#native.feed(number, unshared(bytes.subarray(start, start + PIECE)))
      }
    }
  }

  #over(ending) {
    const wasUsed = this.#use !== FRESH
    this.#use = OVER
    if (this.#ending === null) {
      this.#ending = ending
      this.#onEnd(ending, wasUsed)
    }
    this.#supply?.cancel()
    if (this.#onAbort !== null) this.#signal.removeEventListener('abort', this.#onAbort)
  }
}

Object.defineProperty(Reader.prototype, 'schema', NO_STREAM)

/** Returns whether decimals are numbers, from the options of `rows`. */
function areNumbers(options) {
  for (const [name] of optionsOf(options)) if (name !== 'numbers') refuseName(name, ['numbers'])
  return numbersOf(options.numbers) === 'number'
}

module.exports = { Reader }
