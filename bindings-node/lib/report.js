'use strict'

const { inspect } = require('node:util')

const { called } = require('./calls.js')
const { OutlayError, unwrap } = require('./errors.js')
const { nativeOptions, numbersOf, ownOptions, refuse, signalOf } = require('./options.js')
const { planOf } = require('./plan.js')
const { Reader } = require('./reader.js')
const { totalsOf } = require('./totals.js')

class Report {
  #native

  constructor(native) {
    this.#native = native
  }

  read(options = {}) {
    const { reader } = unwrap(this.#native.read(nativeOptions(options)))
    return new Reader(reader, { ...ownOptions(options), threads: options.threads ?? undefined, what: this.#native.describe() })
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
    return planOf(await this.#text(options, (_, call) => this.#native.plan(call)))
  }

  async refresh(options = {}) {
    await this.#ask(options, (_, call) => this.#native.refresh(call))
  }

  async lastPass() {
    const answer = await this.#native.lastPass()
    return answer.totals === undefined && answer.failure === undefined ? null : totalsOf(answer)
  }

  async check() {
    const totals = await this.lastPass()
    if (totals === null) throw new OutlayError('OUTLAY_UNPROVEN', 'parts_complete: the report was not read yet')
    totals.check()
  }

  [inspect.custom]() {
    return `Report { ${this.#native.describe()} }`
  }

  async #ask(options, question) {
    return JSON.parse(await this.#text(options, question))
  }

  async #text(options, question) {
    const native = nativeOptions(options)
    return (await called(signalOf(options), (call) => question(native, call))).text
  }
}

module.exports = { Report }
