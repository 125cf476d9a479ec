/// <reference types="node" />

import type { Readable } from 'node:stream'
// @ts-ignore: without apache-arrow, which is optional, its tables are of any type.
import type { Table } from 'apache-arrow'

/** The version of the package. */
export const version: string

/** A path, as text or as a `file:` URL. */
export type Path = string | URL

/**
 * A report: a file, a folder as AWS wrote it, a manifest, several of them, or the bytes of one file. A folder may lie in S3, as
 * `s3://bucket/prefix/report/`: it is read with the credentials that the AWS tools find; a {@link Connector} does the same with
 * a role.
 */
export type Report = Path | readonly Path[] | NodeJS.ArrayBufferView | ArrayBuffer

/** What a read can be told; the same in all languages. Each default is the core's. */
export interface ReaderOptions {
  /** The version of FOCUS. */
  focus?: '1.2'
  /** FOCUS rows, or `cur`: the report itself as a typed table, without mapping. */
  schema?: 'focus' | 'cur'
  /** What is handed out, in this order; all by default. What is not wanted is not computed. */
  columns?: Iterable<string> | null
  /** Columns of the report to hand out as `x_…`, in either spelling. */
  extraColumns?: Iterable<string>
  /** Keys of tags to hand out as columns `x_Tag_…`. */
  tagColumns?: Iterable<string>
  /** Names by account id, where the report has none. */
  accountNames?: Readonly<Record<string, string>> | ReadonlyMap<string, string>
  /** Billing periods, such as `2026-09`; all by default. */
  periods?: Iterable<string>
  /** Threads that read; one for each core by default. */
  threads?: number | null
  /** Rows of a batch; 8,192 by default. */
  batchRows?: number
  /** Key-value columns as Arrow maps, or as JSON text. */
  maps?: 'map' | 'json'
  /** Text as `utf8`, which every library takes; as `dictionary`, which is smaller and faster; or as `view`. */
  text?: 'utf8' | 'dictionary' | 'view'
  /** Whether a record that cannot be understood stops the read or is set aside. */
  onError?: 'stop' | 'quarantine'
  /** A CSV file for such records; also sets `onError`. */
  quarantineFile?: Path | null
  /** Whether rows of unknown line item types are kept as Adjustment, with a warning, or stop the read. */
  onUnknownType?: 'warn' | 'stop'
  /**
   * Whether a cost whose cells the report lacks is null in its row (`null`, the default), which no check then proves, or stops the
   * read (`stop`).
   */
  onUnknown?: 'null' | 'stop'
  /** Whether Savings Plan negations are dropped with covered usage at 0, or both are kept. */
  negation?: 'drop' | 'keep'
  /** Up to when Savings Plan hours can have gone unused; by default when the delivery was written. */
  asOf?: string | Date | null
  /** Keys of tags as they are, or folded to Athena's spelling. */
  tagPolicy?: 'exact' | 'fold'
  /** Adds `x_SourceObject`, `x_SourceRow` and `x_DeliveryId`. */
  lineage?: boolean
  /** The longest record; 16 MiB by default. */
  recordBytes?: number
  /** What is inflated and decoded at once; 256 KiB by default. */
  blockBytes?: number
  /** The most columns that a report may have; 32,768 by default. */
  maxColumns?: number
  /** How many bytes a report that is given as bytes has to have, such as a content length. Fewer or more are an error. */
  expectedBytes?: number
}

/** How far a read is. */
export interface ReaderProgress {
  /** Bytes of the report that were read, compressed as it is. */
  bytesDone: number
  /** Bytes of the whole report; null where that is not known. */
  bytesTotal: number | null
  /** Rows that were made. */
  rows: number
}

/** The options of a read, and what the call that opens it can be told. */
export interface OpenOptions extends ReaderOptions {
  /** Ends the read at once, wherever it is: what is awaited rejects with the signal's reason. */
  signal?: AbortSignal
  /** Called after each batch. What it throws ends the read. */
  onProgress?: (progress: ReaderProgress) => void
}

/**
 * Opens a report. Nothing is read before batches are asked for, so an error of the report is raised there; what is wrong
 * with the options is thrown here.
 *
 * A folder is read through its manifests: for each month the listed parts, all of them, of one delivery. Bytes are copied
 * when the first batch is asked for, and must not change before it is there.
 *
 * @example
 * ```js
 * import { read } from 'outlay'
 *
 * const reader = read('examples/data/report', { columns: ['ServiceName', 'BilledCost'] })
 * for await (const batch of reader) console.log(batch.byteLength)
 * console.log(`${await reader.totals()}`)
 * ```
 *
 * @throws {OutlayError} with the code `OUTLAY_OPTION`.
 */
export function read(report: Report, options?: OpenOptions): Reader

/**
 * A report that is being read: batches once, and exact totals of what was handed out.
 *
 * Iterates Arrow IPC: each buffer is a stream of its own with one batch, uncompressed, for `tableFromIPC` or any other
 * library. They are made on other threads, no more than two before they are asked for, and handed over without a copy; so
 * `postMessage` copies them, and cannot transfer them. A loop that is left with `break` gives up threads, files and memory, and so
 * does a read that ended, well or badly, also while the reader is kept.
 *
 * A reader belongs to the thread that made it. Workers make their own, and programs that `child_process.fork` and `cluster` start
 * have none of it: Node never copies a process that has threads.
 *
 * @example
 * ```js
 * import { tableFromIPC } from 'apache-arrow'
 *
 * for await (const batch of read('examples/data/report')) {
 *   const table = tableFromIPC(batch)
 * }
 * ```
 */
export class Reader implements AsyncIterable<Buffer> {
  private constructor()

  /** Buffers of Arrow IPC. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Buffer>

  /**
   * The batches as tables of apache-arrow, which has to be installed. Use {@link decimalToString} for their decimals.
   *
   * They are those that `import('apache-arrow')` gives when any module of the program imports this package, and those of `require`
   * otherwise: the two are different classes. A program with both calls `tableFromIPC` of its own on the batches.
   *
   * @example
   * ```js
   * for await (const table of read('examples/data/report').tables()) {
   *   for (const row of table) console.log(row.ServiceName, decimalToString(row.BilledCost))
   * }
   * ```
   */
  tables(): AsyncIterableIterator<Table>

  /**
   * The rows as plain objects, for which no Arrow is needed: times as `2026-01-10T00:00:00Z`, tags as objects, and null
   * where a value is absent. Decimals are text, which is exact; as numbers they have the 15 digits of JavaScript's.
   *
   * @example
   * ```js
   * for await (const row of read('examples/data/report').rows({ numbers: 'number' })) {
   *   console.log(row.ServiceName, row.BilledCost, row.Tags)
   * }
   * ```
   */
  rows(options?: { numbers?: 'string' }): AsyncIterableIterator<Row<string>>
  rows(options: { numbers: 'number' }): AsyncIterableIterator<Row<number>>

  /**
   * All batches as one Arrow IPC stream with one schema, for a file or an HTTP response. A slow consumer slows the read
   * down. `Readable.toWeb` makes a web stream of it.
   *
   * To give it to `RecordBatchReader.from` of apache-arrow, here or behind a `fetch`, make an iterable of it: of
   * streams, Node's and the web's, that one takes an error for the end. `stream[Symbol.asyncIterator]()` is one.
   *
   * @example
   * ```js
   * import { pipeline } from 'node:stream/promises'
   *
   * response.setHeader('content-type', 'application/vnd.apache.arrow.stream')
   * await pipeline(read('examples/data/report').ipcStream(), response)
   * ```
   */
  ipcStream(): Readable

  /**
   * Writes all batches to a Parquet file, with facts about the read in its footer. The file is written under another name
   * and takes its place when it is complete. When AWS writes the month again meanwhile, it is begun again, at most three times.
   *
   * Rejects with `OUTLAY_OPTION` for a file that is read, part or manifest, and for the quarantine file; the reader is not used
   * up then, and can write another file.
   */
  toParquet(file: Path): Promise<void>

  /** Writes all batches to a file of Arrow IPC: the stream format where its name ends in `.arrows`, else the file format. */
  toIpc(file: Path): Promise<void>

  /** Writes all batches to a CSV file: maps as JSON, money as exact text. */
  toCsv(file: Path): Promise<void>

  /** The names of all columns, fixed before the first batch. */
  columns(): Promise<string[]>

  /** The totals of what was made so far; of the whole read, once it is at its end. */
  totals(): Promise<Totals>

  /** Everything that the caller should know. */
  warnings(): Promise<Warning[]>

  /**
   * Rejects with `OUTLAY_UNPROVEN` when the read is not at its end, or a check does not hold. A `partial` outcome passes, see
   * {@link Totals.outcome}.
   */
  check(): Promise<void>

  /** The records that were set aside since the last call, with `onError: 'quarantine'`. */
  quarantined(): Promise<Quarantined[]>

  /** Gives up threads, files and memory; totals stay. Those who wait for a batch get `OUTLAY_STOPPED`. */
  close(): void
}

/** A row; `Decimal` is how its decimals are given. */
export interface Row<Decimal extends string | number = string> {
  [column: string]: Decimal | string | number | null | { [key: string]: Decimal | string | null }
}

/** A record that could not be understood. */
export interface Quarantined {
  /** Its bytes as they are in the file, without the line end. */
  record: Buffer
  /** Where it is, and why it was set aside. */
  error: OutlayError
}

/** The four costs of FOCUS, summed: exact decimal text. */
export interface Costs {
  /** BilledCost: what is on the bill. */
  billed: string
  /** EffectiveCost: after amortizing commitments. */
  effective: string
  /** ListCost: at public prices. */
  list: string
  /** ContractedCost: at negotiated prices. */
  contracted: string
}

/** Rows in which a cost is not known, by cost; absent where there are none. */
export interface UnknownRows {
  billed?: number
  effective?: number
  list?: number
  contracted?: number
}

/** Cells of more than 18 decimals: how many, and the exact sums of what rounding took away. */
export interface Rounding {
  cells: number
  billed: string
  effective: string
}

/** What a check guards. */
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

/** One invariant, and whether it holds. */
export interface Check {
  code: CheckCode
  /** What of this report it guards. */
  guards: Guards
  /** `true` as well for a check that does not apply. */
  holds: boolean
  /** Whether anything was compared. */
  applies: boolean
  /** How many comparisons could not be made, although the report has rows that they are about. */
  skipped: number
  /** What was compared, or what does not fit and by how much, or why nothing could be compared. */
  detail: string
}

/**
 * What checks come to: `proven`; `partial` when none is broken, but one that guards money or completeness could not be made;
 * `unproven` when one does not hold.
 */
export type Outcome = 'proven' | 'partial' | 'unproven'

/** The stable name of what a warning is about. */
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
  | 'discounted_usage_has_cash'
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
  | 'not_an_arn'
  | 'not_delivered'
  | 'not_followed'
  | 'not_read'
  | 'not_yet_begun'
  | 'null_token'
  | 'odd_key'
  | 'older_delivery'
  | 'period_differs'
  | 'pricing_currency_differs'
  | 'refund_of_upfront_unknown'
  | 'replicated'
  | 'reservation_not_amortized'
  | 'sku_unknown'
  | 'text_in_number'
  | 'unit_price_negative'
  | 'unknown_line_item_type'
  | 'unlisted_part'
  | 'unpacked_part'

/** Something to know about a report, with the number of rows it was seen on. */
export interface Warning {
  code: WarningCode
  message: string
  rows: number
}

/** What tells one inflated text from another. Two parts with the same content and a row are refused. */
export interface Content {
  /** Its length. */
  bytes: number
  /** Its CRC-32. */
  crc32: number
}

/** What one part of a report gave. */
export interface PartTotals {
  object: string
  delivery: string | null
  /** Bytes of the object, compressed as it is: those of the plan; of a stream those that were read. */
  size: number
  rowsIn: number
  rowsOut: number
  rowsQuarantined: number
  rowsFiltered: number
  blankLines: number
  complete: boolean
  costs: Record<string, Costs>
  /** What tells its inflated text from others. Absent until the part was read to its end. */
  content?: Content
}

/**
 * Counts and exact sums of one read, or of several parts together. `JSON.stringify` writes what `outlay normalize --json` prints;
 * as text they are a table and the proof.
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
   * The totals of several parts, in any order; each as it is or as the text of its state. Parts that come again change nothing.
   * What was added is not proven, see {@link Totals.checkAgainst}.
   *
   * Rejects with `OUTLAY_OPTION` when only some of the parts of totals came before, when another read of a part gave something
   * else, and when they were read with different options.
   */
  static merge(parts: Iterable<Totals | string>): Promise<Totals>
  /** Records that were read, quarantined ones included. */
  readonly rowsIn: number
  /** Rows that were handed out, those of the closing batch included. */
  readonly rowsOut: number
  /** Records that could not be understood and were set aside. */
  readonly rowsQuarantined: number
  /** Rows that were left out on purpose, by the code of the rule: `{ zero_fee: 2 }`. */
  readonly rowsDropped: Record<string, number>
  /** Line items that became two rows: a fee and its unused part. */
  readonly rowsSplit: number
  /** Rows of the closing batch. */
  readonly rowsClosing: number
  /** Sums of what was handed out, by currency. */
  readonly costs: Record<string, Costs>
  /**
   * Rows whose cost is unknown, by currency and cost, where there are any: `{ USD: { effective: 3 } }`. The sum of such a cost in
   * `costs` is that of the known ones.
   */
  readonly unknownRows: Record<string, UnknownRows>
  /** What rounding to 18 decimals took away, by currency; only where it took something. */
  readonly rounding: Record<string, Rounding>
  /** What the checks come to. */
  readonly outcome: Outcome
  /** Every invariant, and whether it holds. */
  readonly checks: Check[]
  /** Everything that the caller should know, and findings of the whole read. */
  readonly warnings: Warning[]
  /** What each part gave, in the order in which they were read. */
  readonly parts: PartTotals[]
  /** The options of the read, as a plan has them; null for totals of nothing. */
  readonly fingerprint: string | null
  /**
   * Throws `OUTLAY_UNPROVEN` when a check does not hold; it names each and by how much. A `partial` outcome passes: ask
   * {@link Totals.outcome} for it.
   */
  check(): void
  /**
   * Compares them with the plan of the read: each of its parts is there once, nothing else is, all were read with its
   * options, and every check holds. From then on `outcome` can be `proven`. The closing batch comes before.
   *
   * Rejects with `OUTLAY_UNPROVEN`, which names the parts that are missing, there more than once, or of another plan, and
   * each check that does not hold; the totals are as they were.
   */
  checkAgainst(plan: Plan): Promise<void>
  /** All there is to know of them, as text that {@link Totals.merge} takes: for other processes, and other languages. */
  state(): string
  /** The JSON of `outlay normalize --json`, the same in all languages. */
  toJSON(): object
  toString(): string
}

/**
 * One object of a report: what one read needs, without credentials. A plain value; `JSON.stringify` writes the JSON that all languages
 * share, and {@link readPart} takes what `JSON.parse` makes of it.
 */
export interface Part {
  /** The version of this form. Parts of another one are refused. */
  version: 1
  /** The object as errors, totals and lineage name it: its path below the folder that was given. */
  object: string
  /** Where the object lies. */
  path: string
  /** Bytes of the object, compressed as it is. */
  size: number
  /** The ETag of an object in S3: another one means that AWS has written the month again. */
  etag?: string
  /** The billing period, such as `2026-09`, when a manifest or the folder says. */
  period?: string | null
  /** The delivery: assembly id of a legacy report, execution id of a Data Export. */
  delivery?: string | null
  /** When the delivery was written; only where its id or folder says. Its text, as JSON has it, is taken as well. */
  asOf?: Date | null
  /** The name of the report. */
  report?: string | null
  /** With `schema: 'cur'` the columns of all parts, so that each part read alone has the same schema. */
  columns?: string[]
  /** That of the plan: {@link readPart} refuses other options. */
  fingerprint?: string | null
}

/** The parts of a read, in order. Any order, and any division among readers, gives the same rows and totals. */
export interface Plan {
  /** The version of this form. Plans of another one are refused. */
  version: 1
  parts: Part[]
  /** What was left out, and what else there is to know. */
  warnings: Warning[]
  /**
   * The options that decide rows, amounts or what is handed out, as a hash, after the version of the library: all but
   * `threads`, `batchRows`, `blockBytes`, `recordBytes`, `maxColumns`, `expectedBytes`, `text` and `quarantineFile`. Totals of
   * parts carry it, too.
   */
  fingerprint?: string | null
}

/**
 * The parts of a report as plain values, which JSON carries; {@link readPart} reads one, anywhere, with the same options.
 *
 * @example
 * ```js
 * const [report, totals] = [await plan('examples/data/report'), []]
 * for (const part of report.parts) {
 *   const reader = readPart(part)
 *   for await (const batch of reader) console.log(batch.byteLength)
 *   totals.push(await reader.totals())
 * }
 * const closing = await closingBatch(await Totals.merge(totals))
 * await closing.totals.checkAgainst(report)
 * console.log(closing.totals.outcome)
 * ```
 */
export function plan(report: Path | readonly Path[], options?: ReaderOptions & CallOptions): Promise<Plan>

/**
 * Opens one part of a plan, with the options that the plan was made with. Its totals say which rows are due in the closing
 * batch, but do not hand them out.
 */
export function readPart(part: Part, options?: OpenOptions): Reader

/**
 * The rows that only the totals of all parts show, as Arrow IPC, and the totals settled with them; the batch is null when
 * nothing is due. A whole read hands this batch out by itself.
 */
export function closingBatch(totals: Totals, options?: ReaderOptions): Promise<{ batch: Buffer | null; totals: Totals }>

/** A decimal of apache-arrow: an unscaled integer, in 32-bit words with the least significant first, or as a BigInt. */
export type ArrowDecimal = bigint | ArrayLike<number>

/**
 * The exact text of a decimal of apache-arrow, which knows only the unscaled integer; null stays null.
 *
 * @example
 * ```js
 * decimalToString(-1_500_000_000_000_000_000n) // '-1.5'
 * ```
 */
export function decimalToString(value: ArrowDecimal, scale?: number): string
export function decimalToString(value: ArrowDecimal | null | undefined, scale?: number): string | null

/** The number nearest to a decimal of apache-arrow; null stays null. */
export function decimalToNumber(value: ArrowDecimal, scale?: number): number
export function decimalToNumber(value: ArrowDecimal | null | undefined, scale?: number): number | null

/**
 * What went wrong: a stable text for programs, the same in all languages. `OUTLAY_NO_ARROW` and `OUTLAY_PANIC` are of this package
 * alone: apache-arrow is not there, and a fault of outlay itself.
 */
export type ErrorCode =
  | 'OUTLAY_NOT_FOUND'
  | 'OUTLAY_IO'
  | 'OUTLAY_FORMAT'
  | 'OUTLAY_COMPRESSION'
  | 'OUTLAY_INFLATION'
  | 'OUTLAY_TRUNCATED'
  | 'OUTLAY_CHECKSUM'
  | 'OUTLAY_ENCODING'
  | 'OUTLAY_RECORD_TOO_LONG'
  | 'OUTLAY_RAGGED'
  | 'OUTLAY_UNTERMINATED_QUOTE'
  | 'OUTLAY_VALUE'
  | 'OUTLAY_UNKNOWN_TYPE'
  | 'OUTLAY_UNKNOWN_COST'
  | 'OUTLAY_MISSING_COLUMN'
  | 'OUTLAY_MANIFEST'
  | 'OUTLAY_MISSING_PART'
  | 'OUTLAY_AMBIGUOUS'
  | 'OUTLAY_OPTION'
  | 'OUTLAY_CONSUMED'
  | 'OUTLAY_WRITE'
  | 'OUTLAY_SOURCE_CHANGED'
  | 'OUTLAY_NETWORK'
  | 'OUTLAY_THROTTLED'
  | 'OUTLAY_DENIED'
  | 'OUTLAY_CREDENTIALS'
  | 'OUTLAY_AWS'
  | 'OUTLAY_OUTSIDE'
  | 'OUTLAY_NO_REPORT'
  | 'OUTLAY_NOT_DELIVERED'
  | 'OUTLAY_STOPPED'
  | 'OUTLAY_UNPROVEN'
  | 'OUTLAY_NO_ARROW'
  | 'OUTLAY_PANIC'

/**
 * Everything that outlay throws by itself.
 *
 * @example
 * ```js
 * try {
 *   for await (const batch of read('nowhere')) console.log(batch.byteLength)
 * } catch (error) {
 *   if (error instanceof OutlayError) console.log(error.code, error.row) // OUTLAY_NOT_FOUND null
 * }
 * ```
 */
export class OutlayError extends Error {
  private constructor()
  readonly name: 'OutlayError'
  /** A stable text for programs, the same in all languages: `OUTLAY_VALUE`, ... */
  readonly code: ErrorCode
  /** The file or S3 key, as the report names it. */
  readonly object: string | null
  /** The row, the header not counted; the first is 1. */
  readonly row: number | null
  /** The byte in the inflated stream where the field, or else the record, begins. */
  readonly byte: number | null
  /** The column, as the file's header spells it. */
  readonly column: string | null
  /** What AWS was asked for, as policies spell it: `s3:GetObject`. */
  readonly operation: string | null
  /** AWS's own code: `NoSuchBucket`. */
  readonly awsCode: string | null
  /** What could have been meant, with `OUTLAY_AMBIGUOUS`, and what there is, with `OUTLAY_NO_REPORT`. */
  readonly candidates: string[] | null
  /** Whether the same call may succeed when it is made again later, with nothing changed. */
  readonly isRetryable: boolean
  /** What the operating system or a library said, with `code` and `errno` of the system where it was that. */
  readonly cause?: unknown
}

/** What every call can be told. */
export interface CallOptions {
  /** Ends the call at once: it rejects with the signal's reason. */
  signal?: AbortSignal
}

export * from './aws'
