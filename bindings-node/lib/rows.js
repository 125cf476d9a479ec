'use strict'

// The columns of a row of FOCUS, in the order of the core.
const FOCUS = Object.keys(focusRow(new Array(63).fill([null]), new Uint32Array(63), 1, 0))

/**
 * Returns a function that makes objects with these names of the addon's rows, which are the values of each column as JSON, and for
 * each row the position of its value.
 */
function rowsWith(names) {
  const isFocus = FOCUS.every((name, column) => name === names[column])
  // Columns that other options added follow at the end.
  const rest = isFocus ? names.slice(FOCUS.length) : names
  const empty = JSON.parse(JSON.stringify(Object.fromEntries(rest.map((name) => [name, null]))))
  return ({ values, rows: count, bytes }) => {
    const arrays = JSON.parse(values)
    const columns = arrays.slice(0, names.length).map((column) => (typeof column === 'number' ? arrays[column] : column))
    const positions = bytes && new Uint32Array(bytes.buffer, bytes.byteOffset, names.length * count)
    const rows = new Array(count)
    for (let row = 0; row < count; row += 1) {
      rows[row] = isFocus ? focusRow(columns, positions, count, row) : { ...empty }
    }
    for (let column = names.length - rest.length; column < names.length; column += 1) {
      fill(rows, names[column], columns[column], positions.subarray(column * count))
    }
    return rows
  }
}

/**
 * Returns the object of row `r` of a row of FOCUS, of `n` rows with the columns `c` and the positions `p`. An object whose properties
 * stand in the program is made several times as fast as one whose properties are set by name, and without code that is made at run
 * time, which programs can forbid.
 */
function focusRow(c, p, n, r) {
  return {
    AvailabilityZone: c[0][p[0 * n + r]],
    BilledCost: c[1][p[1 * n + r]],
    BillingAccountId: c[2][p[2 * n + r]],
    BillingAccountName: c[3][p[3 * n + r]],
    BillingAccountType: c[4][p[4 * n + r]],
    BillingCurrency: c[5][p[5 * n + r]],
    BillingPeriodEnd: c[6][p[6 * n + r]],
    BillingPeriodStart: c[7][p[7 * n + r]],
    CapacityReservationId: c[8][p[8 * n + r]],
    CapacityReservationStatus: c[9][p[9 * n + r]],
    ChargeCategory: c[10][p[10 * n + r]],
    ChargeClass: c[11][p[11 * n + r]],
    ChargeDescription: c[12][p[12 * n + r]],
    ChargeFrequency: c[13][p[13 * n + r]],
    ChargePeriodEnd: c[14][p[14 * n + r]],
    ChargePeriodStart: c[15][p[15 * n + r]],
    CommitmentDiscountCategory: c[16][p[16 * n + r]],
    CommitmentDiscountId: c[17][p[17 * n + r]],
    CommitmentDiscountName: c[18][p[18 * n + r]],
    CommitmentDiscountQuantity: c[19][p[19 * n + r]],
    CommitmentDiscountStatus: c[20][p[20 * n + r]],
    CommitmentDiscountType: c[21][p[21 * n + r]],
    CommitmentDiscountUnit: c[22][p[22 * n + r]],
    ConsumedQuantity: c[23][p[23 * n + r]],
    ConsumedUnit: c[24][p[24 * n + r]],
    ContractedCost: c[25][p[25 * n + r]],
    ContractedUnitPrice: c[26][p[26 * n + r]],
    EffectiveCost: c[27][p[27 * n + r]],
    InvoiceId: c[28][p[28 * n + r]],
    InvoiceIssuerName: c[29][p[29 * n + r]],
    ListCost: c[30][p[30 * n + r]],
    ListUnitPrice: c[31][p[31 * n + r]],
    PricingCategory: c[32][p[32 * n + r]],
    PricingCurrency: c[33][p[33 * n + r]],
    PricingCurrencyContractedUnitPrice: c[34][p[34 * n + r]],
    PricingCurrencyEffectiveCost: c[35][p[35 * n + r]],
    PricingCurrencyListUnitPrice: c[36][p[36 * n + r]],
    PricingQuantity: c[37][p[37 * n + r]],
    PricingUnit: c[38][p[38 * n + r]],
    ProviderName: c[39][p[39 * n + r]],
    PublisherName: c[40][p[40 * n + r]],
    RegionId: c[41][p[41 * n + r]],
    RegionName: c[42][p[42 * n + r]],
    ResourceId: c[43][p[43 * n + r]],
    ResourceName: c[44][p[44 * n + r]],
    ResourceType: c[45][p[45 * n + r]],
    ServiceCategory: c[46][p[46 * n + r]],
    ServiceName: c[47][p[47 * n + r]],
    ServiceSubcategory: c[48][p[48 * n + r]],
    SkuId: c[49][p[49 * n + r]],
    SkuMeter: c[50][p[50 * n + r]],
    SkuPriceDetails: own(c[51][p[51 * n + r]]),
    SkuPriceId: c[52][p[52 * n + r]],
    SubAccountId: c[53][p[53 * n + r]],
    SubAccountName: c[54][p[54 * n + r]],
    SubAccountType: c[55][p[55 * n + r]],
    Tags: own(c[56][p[56 * n + r]]),
    x_ServiceCode: c[57][p[57 * n + r]],
    x_Operation: c[58][p[58 * n + r]],
    x_Discounts: own(c[59][p[59 * n + r]]),
    x_LineItemType: c[60][p[60 * n + r]],
    x_UsageType: c[61][p[61 * n + r]],
    x_CostCategories: own(c[62][p[62 * n + r]]),
  }
}

/** Sets a property of all rows. */
function fill(rows, name, values, positions) {
  for (let row = 0; row < rows.length; row += 1) rows[row][name] = own(values[positions[row]])
}

/** Returns a value. Key-value pairs are copied, because a program may change those of a row. */
function own(value) {
  return typeof value === 'object' && value !== null ? { ...value } : value
}

module.exports = { FOCUS, rowsWith }
