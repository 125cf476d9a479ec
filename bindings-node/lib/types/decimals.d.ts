// Exact decimals.

import type { Reader } from './reader'

/**
 * A cell of a decimal column of apache-arrow: an unscaled integer, as four 32-bit words in two's complement, least significant first,
 * or as a BigInt. A cell does not say how many decimals it has: those of a read with `decimals: 'decimal(38,9)'` need
 * {@link DecimalOptions.scale}. `Vector.toArray` has the words of all cells in one array, which is no decimal: iterate over the vector
 * instead.
 */
export type ArrowDecimal = bigint | Uint32Array | Int32Array | readonly number[]

/** An exact decimal: text, as {@link Reader.rows} gives it, or a cell of apache-arrow. */
export type ExactDecimal = string | ArrowDecimal

/** The options of the functions for decimals. */
export interface DecimalOptions {
  /** The number of decimals of cells of apache-arrow, and of BigInts: 18 by default, as in a read without the option `decimals`. */
  scale?: number | null
}

/**
 * Converts a decimal of apache-arrow, an unscaled integer, to exact text. Text is checked and written in the same form, without zeros
 * that have no meaning. Null stays null. It can be the function of `map`, whose index is not taken for a scale.
 *
 * @throws {OutlayError} with the code `OUTLAY_OPTION` for a number, which is not exact, and for anything else.
 *
 * @example
 * ```js
 * decimalToString(-1_500_000_000_000_000_000n) // '-1.5'
 * decimalToString(-1_500_000_000n, { scale: 9 }) // '-1.5'
 * decimalToString('1.50') // '1.5'
 * ```
 */
export function decimalToString(value: ExactDecimal, options?: DecimalOptions | null): string
export function decimalToString(value: ExactDecimal, index: number, array: readonly unknown[]): string
export function decimalToString(value: ExactDecimal | null | undefined, options?: DecimalOptions | null): string | null
export function decimalToString(value: ExactDecimal | null | undefined, index: number, array: readonly unknown[]): string | null

/**
 * Converts a decimal to the nearest number, which has about 15 significant digits. It takes what {@link decimalToString} takes.
 *
 * @throws {OutlayError} with the code `OUTLAY_OPTION`.
 */
export function decimalToNumber(value: ExactDecimal, options?: DecimalOptions | null): number
export function decimalToNumber(value: ExactDecimal, index: number, array: readonly unknown[]): number
export function decimalToNumber(value: ExactDecimal | null | undefined, options?: DecimalOptions | null): number | null
export function decimalToNumber(value: ExactDecimal | null | undefined, index: number, array: readonly unknown[]): number | null

/**
 * Converts the text of a number to an unscaled integer, with 18 decimals by default. The inverse of {@link decimalToString}. Null
 * stays null.
 *
 * @throws {OutlayError} with the code `OUTLAY_OPTION` if the text is no number, or has more decimals.
 *
 * @example
 * ```js
 * decimalFromString('-1.5') // -1500000000000000000n
 * decimalFromString('-1.5', { scale: 2 }) // -150n
 * ```
 */
export function decimalFromString(text: string, options?: DecimalOptions | null): bigint
export function decimalFromString(text: string, index: number, array: readonly unknown[]): bigint
export function decimalFromString(text: string | null | undefined, options?: DecimalOptions | null): bigint | null
export function decimalFromString(text: string | null | undefined, index: number, array: readonly unknown[]): bigint | null

/**
 * Adds decimals exactly. The sum of nothing is `0`. Null is refused: it is an unknown amount, which the caller has to decide about.
 * {@link sumDecimals} adds a list, of which a call cannot have more than some ten thousand arguments. The last argument can be
 * options, with the number of decimals of cells.
 *
 * @throws {OutlayError} with the code `OUTLAY_OPTION` for null, for a number, and for text that is no number.
 *
 * @example
 * ```js
 * let sum = '0'
 * for await (const row of read('examples/data/report', { columns: ['BilledCost'], onUnknown: 'stop' }).rows()) {
 *   sum = addDecimals(sum, row.BilledCost)
 * }
 * console.log(sum) // 800.2936682272
 * ```
 */
export function addDecimals(...decimals: readonly ExactDecimal[]): string
export function addDecimals(...decimals: readonly [...decimals: ExactDecimal[], options: DecimalOptions]): string

/**
 * Adds the decimals of a list, or of another iterable, exactly. A column of apache-arrow says how many decimals it has; for a list of
 * its cells `scale` is needed if there are not 18. Otherwise like {@link addDecimals}.
 *
 * @throws {OutlayError} with the code `OUTLAY_OPTION` for null, for a number, for text that is no number, for a column of another
 *   type, and for a `scale` that is not that of the column.
 *
 * @example
 * ```js
 * const rows = await read('examples/data/report', { columns: ['BilledCost'], onUnknown: 'stop' }).rows().toArray()
 * console.log(sumDecimals(rows.map((row) => row.BilledCost))) // 800.2936682272
 * ```
 */
export function sumDecimals(decimals: Iterable<ExactDecimal>, options?: DecimalOptions | null): string
