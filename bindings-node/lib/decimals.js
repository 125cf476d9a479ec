'use strict'

const { types } = require('node:util')

const { kindOf, refuse, refuseName } = require('./options.js')

// The scale of decimal columns of outlay, unless the option `decimals` says otherwise, and the largest one of Arrow.
const SCALE = 18
const MOST_SCALE = 76

// 32-bit words of a decimal of 128 bits, which every decimal column of outlay has.
const WORDS = 4

// A number in plain or exponent form, as the core reads it.
const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/
// Digits of a text. Longer ones are no amounts, and take long to convert.
const MOST_DIGITS = 1_000

const POWERS = Array.from({ length: MOST_SCALE + 1 }, (_, power) => 10n ** BigInt(power))
const power = (exponent) => POWERS[exponent] ?? 10n ** BigInt(exponent)

/** Shortens a text for a message. */
const clip = (text) => (text.length > 40 ? `${text.slice(0, 40)}…` : text)

/** Whether an argument is an object with options. Cells and columns are iterable. */
const areOptions = (value) => typeof value === 'object' && value !== null && !(Symbol.iterator in value)

/** Returns the scale of options; undefined without one. */
function givenScale(options) {
  if (options === undefined || options === null) return undefined
  if (typeof options === 'number') refuse(`the scale is an option: pass \`{ scale: ${options} }\`, or a function of one argument as a callback`)
  if (!areOptions(options)) refuse(`options are an object such as \`{ scale: 9 }\`, not ${kindOf(options)}`)
  for (const name of Object.keys(options)) if (name !== 'scale') refuseName(name, ['scale'])
  const { scale } = options
  if (scale === undefined || scale === null) return undefined
  const isScale = Number.isInteger(scale) && scale >= 0 && scale <= MOST_SCALE
  return isScale ? scale : refuse(`option \`scale\`: it is a whole number from 0 to ${MOST_SCALE}`)
}

/**
 * Returns the scale that the arguments after the value give. `map` gives the index and the array there, and an index must not be taken
 * for a scale.
 */
function scaleOf(rest) {
  const [index, array] = rest
  const isOfMap = rest.length === 2 && Number.isInteger(index) && Array.isArray(array)
  if (!isOfMap && rest.length > 1) refuse('a value and options are expected: use a function of one argument as a callback')
  return (isOfMap ? undefined : givenScale(index)) ?? SCALE
}

/** The number of the type of decimals in apache-arrow. */
const DECIMAL = 7

/** Returns the scale of a column of apache-arrow, which has its type; undefined for other iterables. */
function scaleOfColumn(values) {
  const { type } = values
  if (typeof type !== 'object' || type === null || type.typeId === undefined) return undefined
  return type.typeId === DECIMAL ? type.scale : refuse(`the column has the type ${type}, and is no column of decimals`)
}

/** Returns the unscaled integer of a text, and its number of decimals. */
function parsed(text) {
  const [, sign, whole = '', fraction = '', exponent = '0'] = (text.length <= MOST_DIGITS && NUMBER.exec(text)) || []
  if (whole + fraction === '') refuse(`\`${clip(text)}\` is no decimal number`)
  const unscaled = BigInt(`${sign === '-' ? '-' : ''}1`) * BigInt(whole + fraction)
  const scale = fraction.length - Number(exponent)
  return scale >= 0 ? [unscaled, scale] : [unscaled * power(-scale), 0]
}

/** Returns the unscaled integer of the 32-bit words of a decimal in two's complement, least significant first. */
function integerOf(words) {
  let unscaled = 0n
  for (let word = words.length - 1; word >= 0; word -= 1) unscaled = (unscaled << 32n) | BigInt(words[word] >>> 0)
  return BigInt.asIntN(32 * words.length, unscaled)
}

/** Whether a value is the list of 32-bit words of one decimal. Elements of other typed arrays are no words. */
function areWords(value) {
  const isTyped = types.isUint32Array(value) || types.isInt32Array(value)
  if (!isTyped && !Array.isArray(value)) return false
  // The words of a whole column would be a large number.
  if (value.length > WORDS && (isTyped || value.every(isWord))) {
    refuse(`${value.length} words are no decimal, which has ${WORDS}: pass one cell, or the cells of a column to \`sumDecimals\``)
  }
  return value.length === WORDS && (isTyped || value.every(isWord))
}

const isWord = (word) => Number.isInteger(word) && word >= -(2 ** 31) && word < 2 ** 32

/** Returns the unscaled integer of a decimal in any of its forms, and its number of decimals. */
function partsOf(value, scale) {
  if (typeof value === 'string') return parsed(value)
  if (typeof value === 'bigint') return [value, scale]
  if (areWords(value)) return [integerOf(value), scale]
  return refuse(
    `a decimal is a text such as '1.5', or a cell of a decimal column of apache-arrow: a BigInt or four 32-bit words; not ${kindOf(value)}`,
  )
}

/** Returns the text of an unscaled integer. */
function textOf(unscaled, scale) {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale)
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '')
  return `${unscaled < 0n ? '-' : ''}${whole}${fraction && '.'}${fraction}`
}

function decimalToString(value, ...rest) {
  const scale = scaleOf(rest)
  return value === null || value === undefined ? null : textOf(...partsOf(value, scale))
}

function decimalToNumber(value, ...rest) {
  // Parsing the text rounds once. Dividing a number would round twice.
  const text = decimalToString(value, ...rest)
  return text === null ? null : Number(text)
}

function decimalFromString(text, ...rest) {
  const scale = scaleOf(rest)
  if (text === null || text === undefined) return null
  if (typeof text !== 'string') refuse(`the text of a decimal number is expected, not ${kindOf(text)}`)
  const [unscaled, decimals] = parsed(text)
  const missing = scale - decimals
  if (missing >= 0) return unscaled * power(missing)
  const divisor = power(-missing)
  return unscaled % divisor === 0n ? unscaled / divisor : refuse(`\`${clip(text)}\` has more than ${scale} decimals`)
}

function addDecimals(...decimals) {
  const last = decimals.at(-1)
  return areOptions(last) && Object.hasOwn(last, 'scale') ? sumDecimals(decimals.slice(0, -1), last) : sumDecimals(decimals)
}

function sumDecimals(decimals, options) {
  const isList = typeof decimals === 'object' && decimals !== null && typeof decimals[Symbol.iterator] === 'function'
  if (!isList) refuse(`the decimals to add are a list or another iterable, not ${kindOf(decimals)}`)
  const [given, own] = [givenScale(options), scaleOfColumn(decimals)]
  if (own !== undefined && given !== undefined && own !== given) {
    refuse(`option \`scale\`: the column has ${own} decimals, not ${given}; leave the option out`)
  }
  const cells = own ?? given ?? SCALE
  let [sum, scale] = [0n, cells]
  for (const decimal of decimals) {
    const [unscaled, digits] = partsOf(decimal, cells)
    if (digits > scale) [sum, scale] = [sum * power(digits - scale), digits]
    sum += unscaled * power(scale - digits)
  }
  return textOf(sum, scale)
}

module.exports = { addDecimals, decimalFromString, decimalToNumber, decimalToString, sumDecimals }
