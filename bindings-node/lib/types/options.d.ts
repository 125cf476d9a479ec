/// <reference types="node" />

// Options of reads and calls.

import type { ColumnName } from './focus'
import type { open } from '../index'
import type { Reader } from './reader'
import type { Path } from './source'
import type { Totals } from './totals'

/** The values of the option `decimals`. */
export type DecimalType = NonNullable<ReaderOptions['decimals']>

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
   * names (`warn`, the default), or an error (`stop`). The warning is one of {@link Totals.warnings}, and is emitted as a warning of
   * the process with the type `OutlayWarning` and the code `tags_absent`, `extra_columns_absent` or `periods_absent`: Node prints it,
   * unless it runs with `--disable-warning=OutlayWarning` or `--no-warnings`, and `process.on('warning', …)` receives it.
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
  /**
   * The length of a report given as a stream or as bytes, before decompression, such as a content length. Any other length is an
   * error.
   */
  expectedBytes?: number
  /** The most bytes of a stream that {@link open} keeps in a temporary file; 4 GiB by default. */
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

/** The options of {@link Reader.rows} and {@link Reader.ndjsonStream}. */
export interface RowsOptions {
  /** Decimals as exact text (`string`, the default), or as numbers with about 15 significant digits. */
  numbers?: 'string' | 'number' | null
}

/** The options of every asynchronous call. */
export interface CallOptions {
  /** Stops the call, which rejects with the reason of the signal at once, and also if the call ends after that. */
  signal?: AbortSignal | null
}

/** The options of {@link Reader.toCsv} and {@link Reader.csvStream}. */
export interface CsvOptions {
  /** Whether text that a spreadsheet may take for a formula gets a `'` before it. */
  spreadsheetSafe?: boolean | null
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
   * the files. An older folder is replaced if outlay wrote it with the same columns; a folder with other files, or with values
   * that this read does not have, such as another month, is refused. There are at most 4,096 files.
   */
  partitionBy?: readonly ColumnName[] | null
}
