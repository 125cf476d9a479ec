'use strict'

const { inspect } = require('node:util')

const { printed } = require('./print.js')

class Diagnosis {
  #text
  #isReady

  constructor({ json, text, isReady }) {
    this.#text = text
    this.#isReady = isReady
    Object.assign(this, JSON.parse(json))
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
