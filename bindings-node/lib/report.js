'use strict'

const { inspect } = require('node:util')

const { ASYNC_DISPOSE, called, onlySignal, unlessAborted } = require('./calls.js')
const { OutlayError, unwrap } = require('./errors.js')
const { SIGNAL, nativeOptions, numbersOf, optionsOf, ownOptions, refuse, signalOf } = require('./options.js')
const { planOf } = require('./plan.js')
const { escaped } = require('./print.js')
const { Reader } = require('./reader.js')
const { refuseQuarantine } = require('./same-file.js')
const { totalsOf } = require('./totals.js')
const { mayBeAbsent } = require('./warn.js')

class Report {
  #native
  /** Whether the options ask for something that the report may not have. */
  #mayWarn
  /** The file that the stream read of which the report has a copy, if it is known. */
  #file
  /** The pass that ended last, and how, as far as it is known here. */
  #last = { pass: null, ended: null }
  /** What the addon said of the last pass when the report was closed, as a promise; null before. */
  #kept = null
  /** The reader of the pass that ended last after that, of which the addon does not know. */
  #late = null

  constructor(native, options, file) {
    this.#native = native
    this.#file = file
    this.#mayWarn = mayBeAbsent(options)
  }

  read(options = {}) {
    const native = nativeOptions(options)
    refuseQuarantine(options, this.#file)
    const { reader } = unwrap(this.#native.read(native))
    const mayWarn = this.#mayWarn || mayBeAbsent(options)
    const pass = {}
    let isOver = false
    const onEnd = (ended, wasUsed) => {
      if (!isOver && wasUsed && this.#kept !== null) this.#late = started
      // The outcome of a pass comes after its end, and another pass can have ended since.
      if (!isOver || this.#last.pass === pass) this.#last = { pass, ended }
      isOver = true
    }
    const given = { ...ownOptions(options), threads: options.threads ?? undefined }
    const started = new Reader(reader, { ...given, file: this.#file, mayWarn, what: this.#native.describe(), onEnd })
    return started
  }

  async head(rows = 5, given = {}) {
    const { numbers, ...options } = Object.fromEntries(optionsOf(given))
    if (!Number.isInteger(rows) || rows < 0 || rows > 0xffff_ffff) refuse('option `rows`: expected a whole number')
    const asNumbers = numbersOf(numbers) === 'number'
    return this.#ask(options, (native, call) => this.#native.head(rows, asNumbers, native, call))
  }

  async columns(options = {}) {
    return this.#ask(options, (native, call) => this.#native.columns(native, call))
  }

  async plan(options = {}) {
    return planOf((await called(onlySignal(options), (call) => this.#native.plan(call))).text)
  }

  async refresh(options = {}) {
    await called(onlySignal(options), (call) => this.#native.refresh(call))
  }

  async lastPass(options = {}) {
    const signal = onlySignal(options)
    signal?.throwIfAborted()
    const totals = await unlessAborted(signal, this.#lastTotals())
    if (totals !== null) this.#last = { ...this.#last, ended: totals.outcome }
    return totals
  }

  async #lastTotals() {
    if (this.#late !== null) return this.#late.totals()
    const answer = await (this.#kept ?? this.#native.lastPass())
    return answer.totals === undefined && answer.failure === undefined ? null : totalsOf(answer)
  }

  async check(options) {
    const totals = await this.lastPass(options)
    if (totals === null) throw new OutlayError('OUTLAY_UNPROVEN', 'not proven: parts_complete: the report was not read yet')
    totals.check()
  }

  close() {
    // The request has the report until it is answered.
    this.#kept ??= this.#native.lastPass()
    this.#native.close()
  }

  async [ASYNC_DISPOSE]() {
    this.close()
  }

  toString() {
    const { ended } = this.#last
    return escaped(`Report { ${this.#native.describe()}${ended === null ? '' : `, last pass: ${ended}`} }`).replaceAll('\n', ' ')
  }

  [inspect.custom]() {
    return this.toString()
  }

  async #ask(options, question) {
    const native = nativeOptions(options, SIGNAL)
    return JSON.parse((await called(signalOf(options), (call) => question(native, call))).text)
  }
}

module.exports = { Report }
