/// <reference types="node" />

import type { ColumnName, FocusColumn, RowOf, RowOptions } from './types/focus'
import type { CallOptions, DecimalType, OpenOptions, ReaderOptions } from './types/options'
import type { Part, Plan } from './types/plan'
import type { ReaderOf } from './types/reader'
import type { ReportOf } from './types/report'
import type { ByteStream, Path, Source } from './types/source'
import type { Totals } from './types/totals'

/** The version of the package. */
export const version: string

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
  Extra extends string = never,
  Tag extends string = never,
  Schema extends 'focus' | 'cur' = 'focus',
  Maps extends 'map' | 'json' = 'map',
  Unknown extends 'null' | 'stop' = 'null',
  Lineage extends boolean = false,
  Decimals extends DecimalType = 'exact',
>(
  report: Source | ByteStream,
  options?: OpenOptions & RowOptions<Column, Extra, Tag, Schema, Maps, Unknown, Lineage, Decimals>,
): ReaderOf<Column, Extra, Tag, Schema, Maps, Unknown, Lineage, Decimals>

/**
 * Returns a report that can be read any number of times. Paths are not accessed before the first use; bytes are copied.
 *
 * A stream is copied to a temporary file, which has no name and is removed with the last reader of the report. The returned promise
 * rejects if the stream fails, has more bytes than the option `spoolBytes`, or `signal` is aborted; the stream is then destroyed.
 * {@link read} reads a stream without a copy, once.
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
export function open<
  Column extends ColumnName = FocusColumn,
  Extra extends string = never,
  Tag extends string = never,
  Schema extends 'focus' | 'cur' = 'focus',
  Maps extends 'map' | 'json' = 'map',
  Unknown extends 'null' | 'stop' = 'null',
  Lineage extends boolean = false,
  Decimals extends DecimalType = 'exact',
>(
  report: Source,
  options?: ReaderOptions & RowOptions<Column, Extra, Tag, Schema, Maps, Unknown, Lineage, Decimals>,
): ReportOf<Column, Extra, Tag, Schema, Maps, Unknown, Lineage, Decimals>
export function open<
  Column extends ColumnName = FocusColumn,
  Extra extends string = never,
  Tag extends string = never,
  Schema extends 'focus' | 'cur' = 'focus',
  Maps extends 'map' | 'json' = 'map',
  Unknown extends 'null' | 'stop' = 'null',
  Lineage extends boolean = false,
  Decimals extends DecimalType = 'exact',
>(
  report: ByteStream,
  options?: ReaderOptions & CallOptions & RowOptions<Column, Extra, Tag, Schema, Maps, Unknown, Lineage, Decimals>,
): Promise<ReportOf<Column, Extra, Tag, Schema, Maps, Unknown, Lineage, Decimals>>

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
  Extra extends string = never,
  Tag extends string = never,
  Schema extends 'focus' | 'cur' = 'focus',
  Maps extends 'map' | 'json' = 'map',
  Unknown extends 'null' | 'stop' = 'null',
  Lineage extends boolean = false,
  Decimals extends DecimalType = 'exact',
>(
  part: Part,
  options?: OpenOptions & RowOptions<Column, Extra, Tag, Schema, Maps, Unknown, Lineage, Decimals>,
): ReaderOf<Column, Extra, Tag, Schema, Maps, Unknown, Lineage, Decimals>

/**
 * Computes the closing batch, the rows that can be computed only from the totals of all parts. Returns it as Arrow IPC, with
 * the totals that include it. The batch is null if there are no such rows. A read of a whole report returns this
 * batch itself.
 */
export function closingBatch(totals: Totals, options?: ReaderOptions & CallOptions): Promise<{ batch: Buffer | null; totals: Totals }>

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

export * from './types/aws'
export * from './types/decimals'
export * from './types/errors'
export * from './types/focus'
export * from './types/options'
export * from './types/plan'
export * from './types/reader'
export * from './types/report'
export * from './types/source'
export * from './types/totals'
