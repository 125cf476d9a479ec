// The same classes as for `require`, so that an error is an OutlayError wherever it was thrown.
import outlay from './index.js'
import { readers } from './verbs.js'

export const {
  Access,
  Accounts,
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
  version,
} = outlay
// Tables are those of the apache-arrow that other modules import.
export const { Connector, read, readPart } = readers(() => import('apache-arrow'))
