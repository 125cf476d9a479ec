// The parts of a report.

import type { readPart } from '../index'
import type { Warning } from './totals'

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
