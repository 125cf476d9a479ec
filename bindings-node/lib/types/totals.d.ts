// Counts, sums and checks of a read.

import type { closingBatch } from '../index'
import type { Plan } from './plan'

/** The sums of the four costs of FOCUS, as exact decimal text. */
export interface Costs {
  /** BilledCost: the amount on the bill. */
  billed: string
  /** EffectiveCost: the cost with amortized commitments. */
  effective: string
  /** ListCost: the cost at public prices. */
  list: string
  /** ContractedCost: the cost at negotiated prices. */
  contracted: string
}

/** Number of rows with an unknown cost, by cost. A cost without such rows is absent. */
export interface UnknownRows {
  billed?: number
  effective?: number
  list?: number
  contracted?: number
}

/** Number of cells with more than 18 decimals, and the exact sums of the amounts that rounding removed. */
export interface Rounding {
  cells: number
  billed: string
  effective: string
}

/** The kind of error that a check detects. */
export type Guards = 'money' | 'completeness' | 'form' | 'nothing'

/** The stable name of a check. */
export type CheckCode =
  | 'arrays_match'
  | 'billed_cost'
  | 'billed_cost_by_invoice'
  | 'billed_cost_by_sub_account'
  | 'closing_rows'
  | 'costs_known'
  | 'currency_known'
  | 'discounts_counted_once'
  | 'effective_cost'
  | 'nothing_quarantined'
  | 'null_rules'
  | 'parts_complete'
  | 'parts_of_plan'
  | 'reservation_cost'
  | 'rows_accounted_for'
  | 'savings_plan_cost'
  | 'savings_plan_negation'
  | 'savings_plan_quantity'
  | 'unit_prices'

/** The result of one invariant check. */
export interface Check {
  code: CheckCode
  /** The kind of error that the check detects in this report. */
  guards: Guards
  /** Whether the invariant holds. Also `true` for a check that does not apply. */
  holds: boolean
  /** Whether any comparison was made. */
  applies: boolean
  /** Number of comparisons that could not be made although the report has rows for them. */
  skipped: number
  /** The comparison that was made, the difference that was found, or the reason why no comparison was possible. */
  detail: string
}

/**
 * The outcome of all checks. `proven`: all checks hold. `partial`: all checks hold, but a check of money or completeness could
 * not be made. `unproven`: a check does not hold.
 */
export type Outcome = 'proven' | 'partial' | 'unproven'

/** The stable name of a kind of warning. */
export type WarningCode =
  | 'account_id_mended'
  | 'as_of_unknown'
  | 'capacity_status_derived'
  | 'column'
  | 'columns_absent'
  | 'commitment_differs'
  | 'commitment_units_differ'
  | 'copied'
  | 'cost_without_quantity'
  | 'decimals_rounded'
  | 'discounted_usage_has_cash'
  | 'extra_columns_absent'
  | 'hours_to_come'
  | 'link_outside'
  | 'net_columns_differ'
  | 'newer_delivery'
  | 'no_etags'
  | 'no_final_newline'
  | 'no_organization'
  | 'no_parts'
  | 'no_payer'
  | 'no_report'
  | 'no_rows'
  | 'not_an_arn'
  | 'not_delivered'
  | 'not_followed'
  | 'not_read'
  | 'not_yet_begun'
  | 'null_token'
  | 'odd_key'
  | 'older_delivery'
  | 'period_differs'
  | 'periods_absent'
  | 'pricing_currency_differs'
  | 'refund_of_upfront_unknown'
  | 'replicated'
  | 'reservation_not_amortized'
  | 'sku_unknown'
  | 'some_parts'
  | 'tags_absent'
  | 'tags_ambiguous'
  | 'text_in_number'
  | 'unit_price_negative'
  | 'unknown_line_item_type'
  | 'unknown_period'
  | 'unlisted_part'
  | 'unpacked_part'

/**
 * A warning about a report, with the number of affected rows. Warnings that differ only in their subject, such as a commitment, a
 * column or a file, are one warning with the number of subjects and examples.
 */
export interface Warning {
  code: WarningCode
  /** The description, with the first examples. */
  message: string
  rows: number
  /**
   * The number of subjects, 1 for a warning about the report as a whole. Subjects found while reading are counted up to 1,000;
   * 1,001 stands for more.
   */
  count: number
  /** The first of the subjects, at most 20, sorted. Empty for a warning about the report as a whole. */
  examples: string[]
}

/** The identity of the decompressed content of a part. Two parts with rows and the same content are refused. */
export interface Content {
  /** The length in bytes. */
  bytes: number
  /** The CRC-32. */
  crc32: number
}

/** The totals of one part of a report. */
export interface PartTotals {
  object: string
  delivery: string | null
  /** Size of the object in bytes, compressed: from the plan, or for a stream the number of bytes read. */
  size: number
  rowsIn: number
  rowsOut: number
  rowsQuarantined: number
  /** Number of line items of months other than the selected ones. */
  rowsFiltered: number
  /** Number of line items without a billing period, left out because months are selected. */
  rowsWithoutPeriod: number
  blankLines: number
  complete: boolean
  costs: Record<string, Costs>
  /** The identity of the decompressed content. Absent until the part was read completely. */
  content?: Content
}

/**
 * Counts and exact sums of one read, or of several parts together. `JSON.stringify` returns the JSON that
 * `outlay normalize --json` prints. `toString` returns a table of the costs, and the checks.
 *
 * `structuredClone` and messages to workers copy the fields but not the methods. {@link Totals.state} is a text that can be sent
 * and stored, of which {@link Totals.merge} makes totals again.
 *
 * @example
 * ```js
 * const totals = await reader.totals()
 * totals.check()
 * console.log(totals.rowsOut, totals.costs.USD.billed)
 * console.log(`${totals}`)
 * ```
 */
export class Totals {
  private constructor()
  /**
   * Merges the totals of several parts, in any order. Each is an object or the text of its state. A part that was already merged
   * is ignored. Merged totals are not proven, see {@link Totals.checkAgainst}.
   *
   * Rejects with `OUTLAY_OPTION` if only some parts of an argument were already merged, if two reads of the same part differ,
   * and if the parts were read with different options.
   */
  static merge(parts: Iterable<Totals | string>): Promise<Totals>
  /** Number of records that were read, including quarantined records. */
  readonly rowsIn: number
  /** Number of rows that were returned, including the closing batch. */
  readonly rowsOut: number
  /** Number of invalid records that were quarantined. */
  readonly rowsQuarantined: number
  /** Number of rows that rules dropped, by the code of the rule: `{ zero_fee: 2 }`. */
  readonly rowsDropped: Record<string, number>
  /** Number of line items that became two rows: a fee and its unused part. */
  readonly rowsSplit: number
  /** Number of rows in the closing batch. */
  readonly rowsClosing: number
  /** Sums of the returned rows, by currency. */
  readonly costs: Record<string, Costs>
  /**
   * Number of rows with an unknown cost, by currency and cost: `{ USD: { effective: 3 } }`. The sums in `costs` contain only the
   * known costs.
   */
  readonly unknownRows: Record<string, UnknownRows>
  /** The amounts that rounding to 18 decimals removed, by currency. Currencies without rounding are absent. */
  readonly rounding: Record<string, Rounding>
  /** Number of cells that the option `decimals` rounded, by column. Empty if none was. The sums are exact. */
  readonly roundedCells: Record<string, number>
  /** The type of money, prices and quantities in the rows: `exact`, `float64`, or one like `decimal(38,12)`. */
  readonly decimals: string
  /**
   * What the option `decimals` changed in the sums of the rows, by currency: the sum of each cost in the rows minus the exact sum
   * in `costs`. Currencies without a difference are absent. Empty with `float64`, where the result of a sum depends on its order.
   */
  readonly decimalsDifference: Record<string, Costs>
  /** The outcome of all checks. */
  readonly outcome: Outcome
  /** The results of all checks. */
  readonly checks: Check[]
  /** Warnings about the report and about the whole read. */
  readonly warnings: Warning[]
  /** The totals of each part, in the order in which the parts were read. */
  readonly parts: PartTotals[]
  /** The fingerprint of the options of the read, as in a plan; null for empty totals. */
  readonly fingerprint: string | null
  /**
   * Throws `OUTLAY_UNPROVEN` if a check does not hold. The message contains each such check and the difference. A `partial`
   * outcome passes, see {@link Totals.outcome}.
   */
  check(): void
  /**
   * Compares the totals with the plan of the read: they contain each part exactly once and no others, all parts were read with
   * the options of the plan, and every check holds. After that, `outcome` can be `proven`. Call {@link closingBatch} before.
   *
   * Rejects with `OUTLAY_UNPROVEN` otherwise. The message contains the parts that are missing, duplicate or not in the plan, and
   * each check that does not hold. The totals then stay unchanged.
   */
  checkAgainst(plan: Plan): Promise<void>
  /** Returns the complete state as text for {@link Totals.merge}, also in other processes and languages. */
  state(): string
  /** Returns the JSON that `outlay normalize --json` prints, the same in all languages. */
  toJSON(): object
  toString(): string
}
