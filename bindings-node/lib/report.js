'use strict'

const { inspect } = require('node:util')

const { ASYNC_DISPOSE, called, onlySignal, unlessAborted } = require('./calls.js')
const { OutlayError, unwrap } = require('./errors.js')
const { SIGNAL, nativeOptions, numbersOf, optionsOf, ownOptions, refuse, signalOf } = require('./options.js')
const { planOf } = require('./plan.js')
const { escaped } = require('./print.js')
const { Reader } = require('./reader.js')
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

  constructor(native, options, file) {
    this.#native = native
    this.#file = file
    this.#mayWarn = mayBeAbsent(options)
  }

  read(options = {}) {
    const { reader } = unwrap(this.#native.read(nativeOptions(options)))
    const mayWarn = this.#mayWarn || mayBeAbsent(options)
    const pass = {}
    let isOver = false
    const onEnd = (ended) => {
      // The outcome of a pass comes after its end, and another pass can have ended since.
      if (!isOver || this.#last.pass === pass) this.#last = { pass, ended }
      isOver = true
    }
    const given = { ...ownOptions(options), threads: options.threads ?? undefined }
    return new Reader(reader, { ...given, file: this.#file, mayWarn, what: this.#native.describe(), onEnd })
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
    const answer = await unlessAborted(signal, this.#native.lastPass())
    if (answer.totals === undefined && answer.failure === undefined) return null
    const totals = totalsOf(answer)
    this.#last = { ...this.#last, ended: totals.outcome }
    return totals
  }

  async check(options) {
    const totals = await this.lastPass(options)
    if (totals === null) throw new OutlayError('OUTLAY_UNPROVEN', 'parts_complete: the report was not read yet')
    totals.check()
  }

  close() {
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
