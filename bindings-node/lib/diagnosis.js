'use strict'

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
}

module.exports = { Diagnosis }
