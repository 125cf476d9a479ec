'use strict'

const addon = require('./addon.js')
const { decimalToNumber, decimalToString } = require('./decimals.js')
const { OutlayError } = require('./errors.js')
const { Reader } = require('./reader.js')
const { Totals, closingBatch, mergeTotals } = require('./totals.js')
const { plan, readers } = require('./verbs.js')

const { read, readPart } = readers(() => require('apache-arrow'))

module.exports = {
  OutlayError,
  Reader,
  Totals,
  closingBatch,
  decimalToNumber,
  decimalToString,
  mergeTotals,
  plan,
  read,
  readPart,
  version: addon.VERSION,
}
