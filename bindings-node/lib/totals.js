'use strict'

const { inspect } = require('node:util')

const addon = require('./addon.js')
const { unlessAborted } = require('./calls.js')
const { OutlayError, errorOf, unwrap } = require('./errors.js')
const { fromShared } = require('./names.js')
const { SIGNAL, named, nativeOptions, refuse, sharedText, signalOf } = require('./options.js')
const { printed } = require('./print.js')

class Totals {
  #native
  #json
  #text
  #broken

  constructor(answer) {
    // An addon object comes from the methods of this package only.
    if (answer?.totals === undefined) refuse('totals are made by a reader, `Totals.merge` or `closingBatch`')
    this.#take(answer)
  }

  #take({ totals, json, text, broken }) {
    this.#native = totals
    this.#json = json
    this.#text = named(text)
    this.#broken = broken
    const shared = JSON.parse(json)
    // The JSON has the code of a check under `name` as well.
    for (const check of shared.checks) {
      delete check.name
      check.detail = named(check.detail)
    }
    for (const warning of shared.warnings) warning.message = named(warning.message)
    // Used only by the core, to merge parts.
    for (const part of shared.parts) delete part.has_net_columns
    Object.assign(this, fromShared(shared))
  }

  static async merge(parts) {
    const natives = Array.from(parts, (part) => (typeof part === 'string' ? part : Totals.nativeOf(part)))
    return totalsOf(await addon.mergeTotals(natives))
  }

  check() {
    if (this.#broken) throw errorOf(this.#broken)
  }

  async checkAgainst(plan) {
    this.#take(unwrap(await addon.checkAgainst(this.#native, planText(plan))))
  }

  state() {
    return addon.totalsState(this.#native)
  }

  toJSON() {
    return JSON.parse(this.#json)
  }

  toString() {
    return this.#text
  }

  [inspect.custom](depth, options) {
    return printed(`Totals (${this.outcome}, ${this.rowsOut} rows)`, this.toString(), depth, options)
  }

  /** Returns the addon object of totals. */
  static nativeOf(totals) {
    if (typeof totals === 'object' && totals !== null && #native in totals) return totals.#native
    throw new OutlayError('OUTLAY_OPTION', 'totals are what a reader or Totals.merge gave, or the text of their state')
  }
}

/** Converts a plan to JSON text for the addon. */
function planText(plan) {
  if (typeof plan === 'object' && plan !== null && Array.isArray(plan.parts)) return sharedText(plan)
  throw new OutlayError('OUTLAY_OPTION', 'a plan is what `plan` gave, or what JSON made of it')
}

/** Creates totals from a result of the addon, or throws its failure. */
function totalsOf(answer) {
  return new Totals(unwrap(answer))
}

async function closingBatch(totals, options = {}) {
  const [native, given, signal] = [Totals.nativeOf(totals), nativeOptions(options, SIGNAL), signalOf(options)]
  signal?.throwIfAborted()
  const settled = unwrap(await unlessAborted(signal, addon.closingBatch(native, given)))
  return { batch: settled.bytes ?? null, totals: totalsOf(settled) }
}

module.exports = { Totals, closingBatch, totalsOf }
