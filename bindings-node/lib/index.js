'use strict'

const { Access } = require('./access.js')
const { Accounts } = require('./accounts.js')
const addon = require('./addon.js')
const { Connector } = require('./connector.js')
const { addDecimals, decimalFromString, decimalToNumber, decimalToString, sumDecimals } = require('./decimals.js')
const { Diagnosis } = require('./diagnosis.js')
const { OutlayError } = require('./errors.js')
const { ExternalId } = require('./external-id.js')
const { memoryLimit, setMemoryLimit } = require('./memory.js')
const { Reader } = require('./reader.js')
const { Report } = require('./report.js')
const { Totals, closingBatch } = require('./totals.js')
const { open, plan, read, readPart } = require('./verbs.js')

module.exports = {
  Access,
  Accounts,
  Connector,
  Diagnosis,
  ExternalId,
  OutlayError,
  Reader,
  Report,
  Totals,
  addDecimals,
  closingBatch,
  decimalFromString,
  decimalToNumber,
  decimalToString,
  memoryLimit,
  open,
  plan,
  read,
  readPart,
  setMemoryLimit,
  sumDecimals,
  version: addon.VERSION,
}
