'use strict'

const { Access } = require('./access.js')
const { Accounts } = require('./accounts.js')
const addon = require('./addon.js')
const { decimalToNumber, decimalToString } = require('./decimals.js')
const { Diagnosis } = require('./diagnosis.js')
const { OutlayError } = require('./errors.js')
const { ExternalId } = require('./external-id.js')
const { Reader } = require('./reader.js')
const { Totals, closingBatch, mergeTotals } = require('./totals.js')
const { plan, readers } = require('./verbs.js')

const { Connector, read, readPart } = readers(() => require('apache-arrow'))

module.exports = {
  Access,
  Accounts,
  Connector,
  Diagnosis,
  ExternalId,
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
