// Exports the same objects as `require`, so that each class exists only once in a process.
import arrow from './arrow.js'
import outlay from './index.js'

arrow.isImported()

export const {
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
  version,
} = outlay
