'use strict'

const { inspect } = require('node:util')

const { called, noOptions, onlySignal } = require('./calls.js')
const { OutlayError, unwrap } = require('./errors.js')
const { SIGNAL, nativeOptions, numbersOf, ownOptions, refuse, signalOf } = require('./options.js')
const { planOf } = require('./plan.js')
const { Reader } = require('./reader.js')
const { totalsOf } = require('./totals.js')
const { mayBeAbsent } = require('./warn.js')

class Report {
  #native
  /** Whether the options ask for something that the report may not have. */
  #mayWarn

  constructor(native, options) {
    this.#native = native
    this.#mayWarn = mayBeAbsent(options)
  }

  read(options = {}) {
    const { reader } = unwrap(this.#native.read(nativeOptions(options)))
    const mayWarn = this.#mayWarn || mayBeAbsent(options)
    return new Reader(reader, { ...ownOptions(options), threads: options.threads ?? undefined, mayWarn, what: this.#native.describe() })
  }

  async head(rows = 5, { numbers, ...options } = {}) {
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

  async lastPass(options) {
    noOptions(options)
    const answer = await this.#native.lastPass()
    return answer.totals === undefined && answer.failure === undefined ? null : totalsOf(answer)
  }

  async check(options) {
    const totals = await this.lastPass(options)
    if (totals === null) throw new OutlayError('OUTLAY_UNPROVEN', 'parts_complete: the report was not read yet')
    totals.check()
  }

  [inspect.custom]() {
    return `Report { ${this.#native.describe()} }`
  }

  async #ask(options, question) {
    const native = nativeOptions(options, SIGNAL)
    return JSON.parse((await called(signalOf(options), (call) => question(native, call))).text)
  }
}

module.exports = { Report }
