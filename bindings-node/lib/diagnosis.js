'use strict'

const { inspect } = require('node:util')

const { printed, printedSafely } = require('./print.js')

class Diagnosis {
  #text
  #isReady

  constructor({ json, text, isReady }) {
    this.#text = text
    this.#isReady = isReady
    Object.assign(this, JSON.parse(json))
    this.findings = printedSafely(this.findings.map(printedSafely))
  }

  get isReady() {
    return this.#isReady
  }

  finding(code) {
    return this.findings.find((finding) => finding.code === code)
  }

  toString() {
    return this.#text
  }

  [inspect.custom](depth, options) {
    return printed(`Diagnosis (${this.#isReady ? 'ready' : 'not ready'})`, this.#text, depth, options)
  }
}

module.exports = { Diagnosis }
