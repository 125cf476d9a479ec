'use strict'

const { OutlayError } = require('./errors.js')

// The scale of decimal columns, unless the option `decimals` selects another.
const SCALE = 18

/** Returns the unscaled integer of a BigInt, or of 32-bit words in two's complement, least significant first. */
function unscaledOf(value) {
  if (typeof value === 'bigint') return value
  if (typeof value !== 'object' || typeof value.length !== 'number') {
    const reason = `expected a decimal of apache-arrow or its text, got a ${typeof value}; with \`decimals: 'float64'\` numbers need no conversion`
    throw new OutlayError('OUTLAY_OPTION', reason)
  }
  let unscaled = 0n
  for (let word = value.length - 1; word >= 0; word -= 1) unscaled = (unscaled << 32n) | BigInt(value[word] >>> 0)
  return BigInt.asIntN(32 * value.length, unscaled)
}

// The text of a decimal, as rows() has it.
const TEXT = /^-?\d+(\.\d+)?$/

function decimalToString(value, scale = SCALE) {
  if (value === null || value === undefined) return null
  if (typeof value === 'string' && TEXT.test(value)) return value
  const unscaled = unscaledOf(value)
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale)
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '')
  return `${unscaled < 0n ? '-' : ''}${whole}${fraction && '.'}${fraction}`
}

function decimalToNumber(value, scale = SCALE) {
  // Parsing the text rounds once. Dividing a number would round twice.
  return value === null || value === undefined ? null : Number(decimalToString(value, scale))
}

module.exports = { decimalToNumber, decimalToString }
