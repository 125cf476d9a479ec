// The same values as for `require`: one class of each kind, whoever loads the package.
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
  Totals,
  closingBatch,
  decimalToNumber,
  decimalToString,
  plan,
  read,
  readPart,
  version,
} = outlay
