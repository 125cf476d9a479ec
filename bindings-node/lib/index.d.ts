/// <reference types="node" />

import type { Readable } from 'node:stream'
// @ts-ignore: without the optional package apache-arrow, `Table` has the type any.
import type { Table } from 'apache-arrow'

import type { ColumnName, FocusColumn, Row, RowOf, RowOptions } from './focus'

/** The version of the package. */
export const version: string

/** A path, as text or as a `file:` URL. */
export type Path = string | URL

/**
 * A report: a file, a folder in the layout of AWS, a manifest, a list of these, the bytes of one file, a list of the bytes of
 * its parts, or a stream of bytes.
 *
 * `~` at the start of a path is the home folder; a file with that name is `./~`. A path that does not exist and has `*`, `?` or
 * `[…]` is a pattern, such as `bills/*.csv.gz`. An address in S3 names a prefix, as `s3://bucket/prefix/report/`, a manifest
 * (`….json`), or one object (`….csv.gz`). It is read with the default credential chain of AWS. A {@link Connector} reads with a
 * role.
 */
export type Source = Path | readonly Path[] | Bytes | readonly Bytes[]

/** A buffer with the bytes of a file, compressed or not. */
export type Bytes = NodeJS.ArrayBufferView | ArrayBuffer

/**
 * The bytes of one file as a stream: a `Readable` of Node, a `ReadableStream` such as the body of a `fetch`, a `Blob`, the body of
 * an object in S3, or any other async iterable of bytes. It is read as fast as the rows are used, and destroyed if the read ends
 * before it does.
 */
export type ByteStream = AsyncIterable<NodeJS.ArrayBufferView | ArrayBuffer> | ReadableStreamLike | BlobLike

/** A `ReadableStream`, in every library of types that declares one. */
export interface ReadableStreamLike {
  getReader(): { read(): Promise<{ done: boolean; value?: any }>; cancel(reason?: any): Promise<void> }
}

/** A `Blob`, in every library of types that declares one. */
export interface BlobLike {
  readonly size: number
  stream(): ReadableStreamLike
}

/** The options of a read, the same in all languages. */
export interface ReaderOptions {
  /** The version of FOCUS. */
  focus?: '1.2'
  /** The output: FOCUS rows (`focus`, the default), or the report as a typed table without mapping (`cur`). */
  schema?: 'focus' | 'cur'
  /**
   * The columns of the output, in this order; all by default. Other columns are not computed. Columns that `extraColumns`,
   * `tagColumns` and `lineage` add can be named as well; those that are not named follow at the end.
   */
  columns?: Iterable<ColumnName> | null
  /** Columns of the report to add as `x_…`, in either spelling. */
  extraColumns?: Iterable<string>
  /**
   * Tag keys to add as columns `x_Tag_…`, as in Tags or as the report spells them: `Team`, `user:Team` and
   * `resourceTags/user:Team` are the column `x_Tag_Team`.
   */
  tagColumns?: Iterable<string>
  /** Account names by account ID, a text of 12 digits, for accounts without a name in the report. */
  accountNames?: Readonly<Record<string, string>> | ReadonlyMap<string, string>
  /** Billing periods, such as `2026-09`; all by default. */
  periods?: Iterable<string>
  /** Number of threads; one per core by default. */
  threads?: number | null
  /** Maximum number of rows in a batch; 8,192 by default. */
  batchRows?: number
  /** The type of key-value columns: Arrow maps, or JSON text. */
  maps?: 'map' | 'json'
  /** The Arrow type of text: `utf8`, which every library supports; `dictionary`, which is smaller and faster; or `view`. */
  text?: 'utf8' | 'dictionary' | 'view'
  /**
   * The type of money, prices and quantities: `exact`, decimals with 18 places; `float64`, numbers of JavaScript; or a narrower
   * decimal, rounded half to even. Totals are exact with each of them.
   */
  decimals?: 'exact' | 'float64' | 'decimal(38,9)' | `decimal(${number},${number})`
  /** Whether an invalid record stops the read, which is the default, or is quarantined. */
  onError?: 'stop' | 'quarantine'
  /** A CSV file for quarantined records. `onError` is then `quarantine`. */
  quarantineFile?: Path | null
  /** Whether a row of an unknown line item type becomes an Adjustment with a warning, or stops the read. */
  onUnknownType?: 'warn' | 'stop'
  /**
   * Whether a cost that the report has no cells for is null in its row (`null`, the default), so that no check can prove it, or
   * stops the read (`stop`).
   */
  onUnknown?: 'null' | 'stop'
  /**
   * Whether a tag, an extra column or a month that the report does not have is a warning at the end of the read, with similar
   * names (`warn`, the default), or an error (`stop`).
   */
  onNoMatch?: 'warn' | 'stop'
  /** Whether Savings Plan negations are dropped and covered usage is billed at 0 (`drop`), or both are kept (`keep`). */
  negation?: 'drop' | 'keep'
  /** The time until which unused Savings Plan hours are counted. By default, the time of the delivery. */
  asOf?: string | Date | null
  /** Whether tag keys stay unchanged, or are converted to the spelling of Athena. */
  tagPolicy?: 'exact' | 'fold'
  /** Whether to add the columns `x_SourceObject`, `x_SourceRow` and `x_DeliveryId`. */
  lineage?: boolean
  /** The maximum length of a record in bytes; 16 MiB by default. */
  recordBytes?: number
  /** The number of bytes that are decompressed and decoded at once; 256 KiB by default. */
  blockBytes?: number
  /** The maximum number of columns of a report; 32,768 by default. */
  maxColumns?: number
  /** The expected length of a report given as bytes, such as a content length. Any other length is an error. */
  expectedBytes?: number
  /** The most bytes of a stream that are kept in a temporary file; 4 GiB by default. */
  spoolBytes?: number
}

/** The progress of a read. */
export interface ReaderProgress {
  /** Number of bytes of the report that were read, compressed. */
  bytesDone: number
  /** Size of the whole report in bytes; null if unknown. */
  bytesTotal: number | null
  /** Number of rows that were produced. */
  rows: number
}

/** The options of a read, with a signal and a progress listener. */
export interface OpenOptions extends ReaderOptions {
  /**
   * Stops the read. Pending promises reject at once with the reason of the signal, and so does a file whose last byte is being
   * written; that file can be complete.
   */
  signal?: AbortSignal | null
  /** A function that is called after each batch. An exception from it ends the read. */
  onProgress?: ((progress: ReaderProgress) => void) | null
}

/**
 * Returns a reader of a report. Nothing is read before batches are requested, so errors of the report are raised there. Errors
 * of the options are thrown by this call.
 *
 * A folder is read by its manifests: for each month, all listed parts of one delivery. Bytes are copied when the first batch
 * is requested, and must not change before it arrives.
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
 * The options decide the type of rows: {@link RowOf}.
 *
 * @throws {OutlayError} with the code `OUTLAY_OPTION`.
 */
export function read<
  Column extends ColumnName = FocusColumn,
  Added extends string = never,
  Schema extends 'focus' | 'cur' = 'focus',
  Maps extends 'map' | 'json' = 'map',
  Unknown extends 'null' | 'stop' = 'null',
  Lineage extends boolean = false,
>(
  report: Source | ByteStream,
  options?: OpenOptions & RowOptions<Column, Added, Schema, Maps, Unknown, Lineage>,
): ReaderOf<Column, Added, Schema, Maps, Unknown, Lineage>

/** A reader, by the options of its read. */
export type ReaderOf<Column extends string, Added, Schema, Maps, Unknown, Lineage> = Reader<
  RowOf<string, Column, Added, Schema, Maps, Unknown, Lineage>,
  RowOf<number, Column, Added, Schema, Maps, Unknown, Lineage>
>

/** The options of {@link Reader.rows} and {@link Reader.ndjsonStream}. */
export interface RowsOptions {
  /** Decimals as exact text (`string`, the default), or as numbers with about 15 significant digits. */
  numbers?: 'string' | 'number' | null
}

/**
 * Returns a report that can be read any number of times. Paths are not accessed before the first use; bytes are copied.
 *
 * @example
 * ```js
 * import { open } from 'outlay'
 *
 * const report = open('examples/data/report')
 * console.log(await report.head(3))
 * for await (const row of report.read({ columns: ['ServiceName', 'BilledCost'] }).rows()) console.log(row)
 * await report.check()
 * ```
 *
 * @throws {OutlayError} with the code `OUTLAY_OPTION`.
 */
export function open(report: Source, options?: ReaderOptions): Report

/**
 * A report that can be read any number of times. Each pass is a {@link Reader}.
 *
 * The first use selects the parts and notes their versions: sizes, change times, ETags. Every later pass reads the same versions
 * or ends with `OUTLAY_SOURCE_CHANGED`. {@link Report.refresh} selects the parts again.
 */
export class Report {
  private constructor()

  /**
   * Returns a reader of a pass. The options replace those of {@link open} for this pass. With `periods`, only months for which
   * the report was opened can be read. The compiler knows the types of rows whose columns are options of this call.
   */
  read<
    Column extends ColumnName = string,
    Added extends string = never,
    Schema extends 'focus' | 'cur' = 'focus',
    Maps extends 'map' | 'json' = 'map' | 'json',
    Unknown extends 'null' | 'stop' = 'null',
    Lineage extends boolean = false,
  >(
    options?: OpenOptions & RowOptions<Column, Added, Schema, Maps, Unknown, Lineage>,
  ): ReaderOf<Column, Added, Schema, Maps, Unknown, Lineage>

  /** Returns the first rows as plain objects. Only as much of the report as they need is read, so nothing is proven. */
  head(rows?: number, options?: ReaderOptions & CallOptions & { numbers?: 'string' }): Promise<Row<string>[]>
  head(rows: number, options: ReaderOptions & CallOptions & { numbers: 'number' }): Promise<Row<number>[]>

  /** Returns the names of all columns. */
  columns(options?: ReaderOptions & CallOptions): Promise<string[]>

  /** Returns the parts of the report, which are selected on first use. */
  plan(options?: CallOptions): Promise<Plan>

  /** Selects the parts again, with their current versions. */
  refresh(options?: CallOptions): Promise<void>

  /** Returns the totals of the pass that ended last, at its end or before; null if no pass has ended. */
  lastPass(): Promise<Totals | null>

  /**
   * Rejects with `OUTLAY_UNPROVEN` if a check of the pass that ended last does not hold, if it did not reach the end of the
   * report, or if no pass has ended.
   */
  check(): Promise<void>
}

/** The options of {@link Reader.parquetStream}. */
export interface ParquetStreamOptions {
  /** The compression; `zstd` by default. */
  compression?: 'zstd' | 'snappy' | 'none' | null
  /** The maximum number of rows of a row group, by default a million. It ends earlier when it uses 20 MiB of memory. */
  rowGroupRows?: number | null
}

/** The options of {@link Reader.toParquet}. */
export interface ParquetOptions extends ParquetStreamOptions {
  /**
   * Writes a folder with a file for each combination of values of these columns, in folders named as in Hive:
   * `BillingPeriodStart=2026-09-01/ServiceName=AmazonEC2/part-0.parquet`. The values stand in the names of the folders and not in
   * the files. An older folder is replaced if it was written with the same columns; a folder with other files is refused. There
   * are at most 4,096 files.
   */
  partitionBy?: readonly ColumnName[] | null
}

/**
 * A read of a report. It returns each batch once, and exact totals of the returned rows.
 *
 * Iteration yields Arrow IPC: each buffer is a complete uncompressed stream with one batch, for `tableFromIPC` or any other
 * library. Batches are produced on other threads, at most two in advance, and are passed without a copy. `postMessage` can
 * copy the buffers but cannot transfer them. Threads, files and memory are released when the loop is left with `break` and
 * when the read ends, with or without an error, even if the reader is still referenced.
 *
 * A reader can be used only on the thread that created it. Workers and child processes create their own readers.
 *
 * `ExactRow` is the type of its rows, and `NumberRow` that of rows with decimals as numbers. An open reader of all columns takes
 * 60 to 100 MB; fewer columns and a smaller `batchRows` take less. A service should limit how many it has open at once.
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
export class Reader<ExactRow = Row, NumberRow = Row<number>> implements AsyncIterable<Buffer> {
  private constructor()

  /** Iterates over the batches as buffers of Arrow IPC. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Buffer>

  /**
   * Iterates over the batches as tables of apache-arrow, which must be installed. Use {@link decimalToString} for decimals; with
   * `decimals: 'float64'` they are numbers.
   *
   * The tables have the classes of `import('apache-arrow')` if any module of the program imports this package, and otherwise
   * those of `require`, which are different classes. A program that uses both should call its own `tableFromIPC` on the batches.
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
   * Iterates over the rows as plain objects, without apache-arrow. Times are text such as `2026-01-10T00:00:00Z`, tags are
   * objects, and absent values are null. Decimals are exact text by default; as numbers they have about 15 significant digits.
   * With `decimals: 'float64'` they are always numbers.
   *
   * @example
   * ```js
   * for await (const row of read('examples/data/report').rows({ numbers: 'number' })) {
   *   console.log(row.ServiceName, row.BilledCost, row.Tags)
   * }
   * ```
   */
  rows(options?: { numbers?: 'string' | null }): AsyncIterableIterator<ExactRow>
  rows(options: { numbers: 'number' }): AsyncIterableIterator<NumberRow>
  rows(options: RowsOptions): AsyncIterableIterator<ExactRow | NumberRow>

  /**
   * Returns all batches as one Arrow IPC stream with one schema, for a file or an HTTP response. The stream applies
   * backpressure. `Readable.toWeb` converts it to a web stream.
   *
   * `RecordBatchReader.from` of apache-arrow takes this stream as an async iterable, and rejects if the read fails. Of other
   * streams of Node and of the web, such as the body of a `fetch`, it takes an error for the end, so that rows are missing; pass
   * it `stream[Symbol.asyncIterator]()` of those.
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
   * Returns all rows as lines of JSON, each an object as {@link Reader.rows} gives it. The text is made on another thread.
   *
   * @example
   * ```js
   * import { pipeline } from 'node:stream/promises'
   *
   * response.setHeader('content-type', 'application/x-ndjson')
   * await pipeline(read('examples/data/report').ndjsonStream(), response)
   * ```
   */
  ndjsonStream(options?: RowsOptions): Readable

  /** Returns all rows as CSV with a header, in the form of {@link Reader.toCsv}. The text is made on other threads. */
  csvStream(): Readable

  /**
   * Returns all batches as a Parquet file, in the form of {@link Reader.toParquet}. Bytes come when a row group is complete, which
   * has up to 20 MiB. The stream fails with `OUTLAY_OPTION` for an option with a value that it does not take.
   *
   * @example
   * ```js
   * import { buffer } from 'node:stream/consumers'
   *
   * const parquet = await buffer(read('examples/data/report').parquetStream())
   * ```
   */
  parquetStream(options?: ParquetStreamOptions): Readable

  /**
   * Writes all batches to a Parquet file, with metadata about the read in its footer. The file is written under a temporary name
   * and renamed when it is complete. If AWS rewrites the month during the read, the file restarts, at most three times.
   *
   * Rejects with `OUTLAY_OPTION` if the file is an input of the read (a part or a manifest) or the quarantine file. The reader
   * is then not consumed, and can write another file. The same applies to a name that ends like that of another format, such as
   * `.csv`. `~` at the start of the path is the home folder.
   *
   * @example
   * ```js
   * await read('examples/data/report').toParquet('november', { partitionBy: ['BillingPeriodStart', 'ServiceName'] })
   * ```
   */
  toParquet(file: Path, options?: ParquetOptions): Promise<void>

  /**
   * Writes all batches to an Arrow IPC file: in the stream format if its name ends in `.arrows`, otherwise in the file format,
   * which is that of `.arrow` and `.feather`.
   */
  toIpc(file: Path): Promise<void>

  /**
   * Writes all batches to a CSV file, compressed with gzip if its name ends in `.csv.gz`. Maps are JSON text, and decimals have all
   * digits of their type.
   *
   * With `spreadsheetSafe`, text that a spreadsheet may take for a formula, which begins with `=`, `+`, `-`, `@`, a tab or a line
   * break, gets a `'` before it. Tags and names can be set by other people. Numbers and times are not changed. Such a file is
   * for people, since its text is not exactly that of the report.
   */
  toCsv(file: Path, options?: { spreadsheetSafe?: boolean }): Promise<void>

  /** Returns the names of all columns. They are known before the first batch. */
  columns(): Promise<string[]>

  /** Returns the totals of the batches produced so far, or of the whole read after its end. */
  totals(): Promise<Totals>

  /** Returns the warnings about the report. */
  warnings(): Promise<Warning[]>

  /**
   * Rejects with `OUTLAY_UNPROVEN` if the read has not reached its end, or if a check does not hold. A `partial` outcome passes,
   * see {@link Totals.outcome}.
   */
  check(): Promise<void>

  /** Returns the records that were quarantined since the last call, with `onError: 'quarantine'`. */
  quarantined(): Promise<Quarantined[]>

  /**
   * Stops the read and releases its threads, files and memory. Totals stay available. Pending requests for batches reject with
   * `OUTLAY_STOPPED`.
   */
  close(): void

  /** Closes the reader at the end of a block: `await using reader = read(report)`. */
  [Symbol.asyncDispose](): Promise<void>
}

/** An invalid record that was quarantined. */
export interface Quarantined {
  /** The bytes of the record as in the file, without the line end. */
  record: Buffer
  /** The location of the record and the reason. */
  error: OutlayError
}

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
  rowsFiltered: number
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

/**
 * One object of a report, without credentials. It is a plain object: `JSON.stringify` converts it to the JSON form that all
 * languages read, and {@link readPart} accepts the object that `JSON.parse` returns.
 */
export interface Part {
  /** The version of the format. Parts of another version are refused. */
  version: 1
  /** The name of the object in errors, totals and lineage: its path relative to the given folder. */
  object: string
  /** The path or the S3 address of the object. */
  path: string
  /** Size of the object in bytes, compressed. */
  size: number
  /** The ETag of an object in S3. A different ETag means that AWS has rewritten the month. */
  etag?: string
  /** The billing period, such as `2026-09`, if a manifest or the folder contains it. */
  period?: string | null
  /** The delivery: the assembly ID of a legacy report, or the execution ID of a Data Export. */
  delivery?: string | null
  /** When the delivery was written, if its ID or folder contains the time. Text, as in the JSON form, is accepted as well. */
  asOf?: Date | null
  /** The name of the report. */
  report?: string | null
  /** With `schema: 'cur'`, the columns of all parts, so that every part has the same schema. */
  columns?: string[]
  /** The fingerprint of the plan. {@link readPart} refuses other options. */
  fingerprint?: string | null
}

/** The parts of a read. Reading them in any order and with any number of readers gives the same rows and totals. */
export interface Plan {
  /** The version of the format. Plans of another version are refused. */
  version: 1
  parts: Part[]
  /** Warnings, for example about files that were left out. */
  warnings: Warning[]
  /**
   * The version of the library, followed by a hash of the options that decide rows, amounts or columns: all except
   * `threads`, `batchRows`, `blockBytes`, `recordBytes`, `maxColumns`, `expectedBytes`, `text` and `quarantineFile`. The totals of
   * parts contain it as well.
   */
  fingerprint?: string | null
}

/**
 * Lists the parts of a report as plain objects, which can be stored as JSON. {@link readPart} reads one part, in any process,
 * with the same options.
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
 * Returns a reader of one part of a plan. The options must be those of the plan. The totals of the part record the rows of the
 * closing batch, but the reader does not return these rows.
 */
export function readPart<
  Column extends ColumnName = FocusColumn,
  Added extends string = never,
  Schema extends 'focus' | 'cur' = 'focus',
  Maps extends 'map' | 'json' = 'map',
  Unknown extends 'null' | 'stop' = 'null',
  Lineage extends boolean = false,
>(
  part: Part,
  options?: OpenOptions & RowOptions<Column, Added, Schema, Maps, Unknown, Lineage>,
): ReaderOf<Column, Added, Schema, Maps, Unknown, Lineage>

/**
 * Computes the closing batch, the rows that can be computed only from the totals of all parts. Returns it as Arrow IPC, with
 * the totals that include it. The batch is null if there are no such rows. A read of a whole report returns this
 * batch itself.
 */
export function closingBatch(totals: Totals, options?: ReaderOptions): Promise<{ batch: Buffer | null; totals: Totals }>

/**
 * A cell of a decimal column of apache-arrow: an unscaled integer, as 32-bit words in two's complement, least significant first, or
 * as a BigInt.
 */
export type ArrowDecimal = bigint | Uint32Array | Int32Array | readonly number[]

/** An exact decimal: text, as {@link Reader.rows} gives it, or a cell of apache-arrow with 18 decimals. */
export type ExactDecimal = string | ArrowDecimal

/**
 * Converts a decimal of apache-arrow, an unscaled integer, to exact text. `scale` is that of the option `decimals`, 18 by default. Text is checked and written in
 * the same form, without zeros that have no meaning. Null stays null.
 *
 * @throws {OutlayError} with the code `OUTLAY_OPTION` for a number, which is not exact, and for anything else.
 *
 * @example
 * ```js
 * decimalToString(-1_500_000_000_000_000_000n) // '-1.5'
 * decimalToString('1.50') // '1.5'
 * ```
 */
export function decimalToString(value: ExactDecimal, scale?: number): string
export function decimalToString(value: ExactDecimal | null | undefined, scale?: number): string | null

/**
 * Converts a decimal to the nearest number, which has about 15 significant digits. It takes what {@link decimalToString} takes.
 *
 * @throws {OutlayError} with the code `OUTLAY_OPTION`.
 */
export function decimalToNumber(value: ExactDecimal, scale?: number): number
export function decimalToNumber(value: ExactDecimal | null | undefined, scale?: number): number | null

/**
 * Converts the text of a number to an unscaled integer, with 18 decimals by default. The inverse of {@link decimalToString}. Null
 * stays null.
 *
 * @throws {OutlayError} with the code `OUTLAY_OPTION` if the text is no number, or has more decimals.
 *
 * @example
 * ```js
 * decimalFromString('-1.5') // -1500000000000000000n
 * decimalFromString('-1.5', 2) // -150n
 * ```
 */
export function decimalFromString(text: string, scale?: number): bigint
export function decimalFromString(text: string | null | undefined, scale?: number): bigint | null

/**
 * Adds decimals exactly. The sum of nothing is `0`. Null is refused: it is an unknown amount, which the caller has to decide about.
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

/**
 * Sets how much memory all readers of this process may use to work ahead of their callers, in bytes. Default: 256 MiB.
 *
 * A reader with `threads` of 4 and more reads several parts at the same time, and each part has batches in queues. Within the
 * limit this makes reads faster; once all readers together have reached it, each of them reads one part at a time until others
 * have ended. That needs 25 to 40 MB for each reader with all columns and the default options, and is not limited: limit the
 * number of readers. With 0, no reader works ahead.
 *
 * Reads that are under way follow the new limit from their next part or batch on. Batches that were returned, records set
 * aside, and downloads from S3 (about 10 MB for each reader) do not count. Worker threads share the limit.
 *
 * @throws {OutlayError} with the code `OUTLAY_OPTION` if the limit is no whole number.
 *
 * @example
 * ```js
 * import { setMemoryLimit } from 'outlay'
 *
 * setMemoryLimit(64 * 2 ** 20)
 * ```
 */
export function setMemoryLimit(limit: number): void

/** Returns the limit of {@link setMemoryLimit}, in bytes. */
export function memoryLimit(): number

/**
 * The stable code of an error, the same in all languages. Two codes exist only in this package: `OUTLAY_NO_ARROW`,
 * apache-arrow is not installed; `OUTLAY_PANIC`, an internal error of outlay.
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
 * The class of all errors that outlay throws.
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
  /** The stable code, the same in all languages, such as `OUTLAY_VALUE`. */
  readonly code: ErrorCode
  /** The file or S3 key, as the report spells it. */
  readonly object: string | null
  /** The row number, counted from 1 without the header. */
  readonly row: number | null
  /** The byte offset in the decompressed stream of the field or, if unknown, the record. */
  readonly byte: number | null
  /** The column, as the header of the file spells it. */
  readonly column: string | null
  /** The AWS operation, as IAM policies spell it: `s3:GetObject`. */
  readonly operation: string | null
  /** The error code of AWS: `NoSuchBucket`. */
  readonly awsCode: string | null
  /** The possible choices with `OUTLAY_AMBIGUOUS`, and the existing reports with `OUTLAY_NO_REPORT`. */
  readonly candidates: string[] | null
  /** Whether the same call may succeed later without changes. */
  readonly isRetryable: boolean
  /** The underlying error of the operating system (with its `code` and `errno`) or of a library. */
  readonly cause?: unknown
  /**
   * Returns the name, the message, the code and the other properties that are known, for logs and messages to workers.
   * `structuredClone` keeps only the message and the stack of an error.
   */
  toJSON(): object
}

/** The options of every asynchronous call. */
export interface CallOptions {
  /** Stops the call, which rejects with the reason of the signal at once, and also if the call ends after that. */
  signal?: AbortSignal | null
}

export * from './aws'
export * from './focus'
