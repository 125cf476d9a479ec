/// <reference types="node" />

// A read of a report.

import type { Readable } from 'node:stream'
// @ts-ignore: without the optional package apache-arrow, `Table` has the type any.
import type { Table } from 'apache-arrow'

import type { decimalToString } from './decimals'
import type { OutlayError } from './errors'
import type { DecimalOf, Row, RowOf } from './focus'
import type { CsvOptions, ParquetOptions, ParquetStreamOptions, RowsOptions } from './options'
import type { Path } from './source'
import type { Totals, Warning } from './totals'

/** A reader, by the options of its read. */
export type ReaderOf<Column extends string, Extra, Tag extends string, Schema, Maps, Unknown, Lineage, Decimals> = Reader<
  RowOf<DecimalOf<Decimals>, Column, Extra, Tag, Schema, Maps, Unknown, Lineage>,
  RowOf<number, Column, Extra, Tag, Schema, Maps, Unknown, Lineage>
>

/** An iterator over the rows or tables of a reader. */
export interface ReaderIterator<Value> extends AsyncIterableIterator<Value> {
  /**
   * Returns all values that were not returned yet. They are in memory together, unlike those of a loop: a row of all columns takes
   * about 1 KB, so choose columns.
   */
  toArray(): Promise<Value[]>

  /** Closes the reader at the end of a block: `await using rows = read(report).rows()`. */
  [Symbol.asyncDispose](): Promise<void>
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

  /**
   * Iterates over the batches as buffers of Arrow IPC, each a stream of its own. `tableFromIPC` and `RecordBatchReader.from` of
   * apache-arrow take one stream: pass them a buffer, or {@link Reader.ipcStream}. They throw `OUTLAY_OPTION` for the reader itself, of
   * which they would read the first batch alone.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Buffer> & { [Symbol.asyncDispose](): Promise<void> }

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
  tables(): ReaderIterator<Table>

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
   * const rows = await read('examples/data/report', { columns: ['ServiceName', 'BilledCost'] }).rows().toArray()
   * ```
   */
  rows(options?: { numbers?: 'string' | null }): ReaderIterator<ExactRow>
  rows(options: { numbers: 'number' }): ReaderIterator<NumberRow>
  rows(options: RowsOptions): ReaderIterator<ExactRow | NumberRow>

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

  /** Returns all rows as CSV with a header, in the form and with the option of {@link Reader.toCsv}. The text is made on other threads. */
  csvStream(options?: CsvOptions): Readable

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
   * Rejects with `OUTLAY_OPTION` if the file is an input of the read (a part, a manifest, or the file of a stream of
   * `node:fs`) or the quarantine file. The reader is then not consumed, and can write another file. The same applies to a name
   * that ends like that of another format, such as `.csv`. `~` at the start of the path is the home folder.
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
   * Writes all batches to a CSV file, compressed with gzip if its name ends in `.csv.gz`. Maps are JSON text, and decimals are exact
   * and have no trailing zeros. Null is an empty field, and an empty text is `""`.
   *
   * With `spreadsheetSafe`, text that a spreadsheet may take for a formula, which begins with `=`, `+`, `-`, `@`, a tab or a line
   * break, gets a `'` before it. Tags and names can be set by other people. Numbers and times are not changed. Such a file is
   * for people, since its text is not exactly that of the report.
   */
  toCsv(file: Path, options?: CsvOptions): Promise<void>

  /** Returns the names of all columns. They are known before the first batch. */
  columns(): Promise<string[]>

  /**
   * Returns the totals of the batches produced so far, or of the whole read after its end.
   *
   * The end is when the iterator has returned `done`, a stream has emitted `end`, or a file was written. Before, and if a loop was
   * left, a stream was destroyed or the signal was aborted, the outcome is at most `partial`, and {@link Reader.check} rejects, even if
   * all rows were produced. What a stream was piped to can fail after its `end`: await `pipeline`, which then rejects.
   */
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
   * Stops the read and releases its threads, files and memory. Totals stay available. Pending requests for batches, and the next one
   * of an iterator that was not at its end, reject with `OUTLAY_STOPPED`.
   */
  close(): void

  /** Closes the reader at the end of a block: `await using reader = read(report)`. */
  [Symbol.asyncDispose](): Promise<void>

  /** Returns the report, the state of the read and, once its totals were asked for, its outcome, in one line. */
  toString(): string
}

/** An invalid record that was quarantined. */
export interface Quarantined {
  /** The bytes of the record as in the file, without the line end. */
  record: Buffer
  /** The location of the record and the reason. */
  error: OutlayError
}
