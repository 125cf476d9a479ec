// Errors.

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
  /** The id that AWS gave the request, which AWS Support asks for; null if AWS did not respond. */
  readonly requestId: string | null
  /** The possible choices with `OUTLAY_AMBIGUOUS`, the existing reports with `OUTLAY_NO_REPORT`, the delivered months with `OUTLAY_NOT_DELIVERED`. */
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
