'use strict'

const addon = require('./addon.js')
const { OutlayError, errorOf, unwrap } = require('./errors.js')
const { nativeOptions } = require('./options.js')

const COSTS = ['BilledCost', 'EffectiveCost', 'ListCost', 'ContractedCost']

class Totals {
  #native
  #proof
  #broken

  constructor(answer) {
    this.#take(answer)
  }

  #take({ totals, json, proof, broken }) {
    this.#native = totals
    this.#proof = proof
    this.#broken = broken
    Object.assign(this, JSON.parse(json))
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

  toString() {
    const currencies = Object.entries(this.costs)
    if (currencies.length === 0) return this.#proof
    const lines = [['', ...COSTS], ...currencies.map(([name, costs]) => [name, ...COSTS.map((cost) => costs[cost])])]
    const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)))
    const cell = (text, column) => (column === 0 ? text.padEnd(widths[0]) : text.padStart(widths[column]))
    return [...lines.map((line) => line.map(cell).join('  ')), '', this.#proof].join('\n')
  }

  /** What the addon knows them by. */
  static nativeOf(totals) {
    if (typeof totals === 'object' && totals !== null && #native in totals) return totals.#native
    throw new OutlayError('OUTLAY_OPTION', 'totals are what a reader or mergeTotals gave, or the text of their state')
  }
}

/** A plan as the addon takes it. */
function planText(plan) {
  if (typeof plan === 'object' && plan !== null && Array.isArray(plan.parts)) return JSON.stringify(plan)
  throw new OutlayError('OUTLAY_OPTION', 'a plan is what `plan` gave, or what JSON made of it')
}

/** The totals of an answer of the addon. */
function totalsOf(answer) {
  return new Totals(unwrap(answer))
}

async function mergeTotals(parts) {
  const natives = Array.from(parts, (part) => (typeof part === 'string' ? part : Totals.nativeOf(part)))
  return totalsOf(await addon.mergeTotals(natives))
}

async function closingBatch(totals, options = {}) {
  const settled = unwrap(await addon.closingBatch(Totals.nativeOf(totals), nativeOptions(options)))
  return { batch: settled.bytes ?? null, totals: totalsOf(settled) }
}

module.exports = { Totals, closingBatch, mergeTotals, totalsOf }
