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
export interface Options {
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
}

/** How far a read is. */
export interface Progress {
  /** Bytes of the report that were read, compressed as it is. */
  bytesDone: number
  /** Bytes of the whole report. */
  bytesTotal: number | null
  /** Rows that were made. */
  rows: number
}

/** What a reader can be told, beside the options of the read. */
export interface ReadOptions extends Options {
  /** Ends the read at once, wherever it is: what is awaited rejects with the signal's reason. */
  signal?: AbortSignal
  /** Called after each batch. What it throws ends the read. */
  onProgress?: (progress: Progress) => void
}

/**
 * Opens a report. Nothing is read before somebody asks for it, so what is wrong with the report is said there; what is wrong
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
export function read(report: Report, options?: ReadOptions): Reader

/**
 * A report that is being read: batches once, and exact totals of what was handed out.
 *
 * Iterates Arrow IPC: each buffer is a stream of its own with one batch, uncompressed, for `tableFromIPC` or any other
 * library. They are made on other threads, no more than two before they are asked for, and handed over without a copy; so
 * `postMessage` copies them, and cannot transfer them. A loop that is left with `break` gives up threads, files and memory.
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
   * All batches as one Arrow IPC stream with one schema, for a file or an HTTP response. Whoever reads slowly slows the read
   * down. `Readable.toWeb` makes a web stream of it.
   *
   * Whoever gives it to `RecordBatchReader.from` of apache-arrow, here or behind a `fetch`, has to make an iterable of it: of
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
   * and takes its place when it is complete. When AWS writes the month anew meanwhile, it is begun anew, at most three times.
   */
  toParquet(file: Path): Promise<void>

  /** Writes all batches to a file as a stream of Arrow IPC. */
  toIpc(file: Path): Promise<void>

  /** Writes all batches to a CSV file: maps as JSON, money as exact text. */
  toCsv(file: Path): Promise<void>

  /** The names of all columns, fixed before the first batch. */
  columns(): Promise<string[]>

  /** The totals of what was made so far; of the whole read, once it is at its end. */
  totals(): Promise<Totals>

  /** Everything that the caller should know. */
  warnings(): Promise<Warning[]>

  /** Rejects with `OUTLAY_UNPROVEN` unless everything is read and proven. */
  check(): Promise<void>

  /** The records that were set aside since the last call, with `onError: 'quarantine'`. */
  quarantined(): Promise<Quarantined[]>

  /** Gives up threads, files and memory; totals stay. Whoever waits for a batch gets `OUTLAY_STOPPED`. */
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
  BilledCost: string
  EffectiveCost: string
  ListCost: string
  ContractedCost: string
}

/** Cells of more than 18 decimals: how many, and the exact sums of what rounding took away. */
export interface Rounding {
  cells: number
  BilledCost: string
  EffectiveCost: string
}

/** One invariant, and whether it holds. */
export interface Check {
  name: string
  /** `true` as well for a check that does not apply. */
  holds: boolean
  applies: boolean
  /** What was compared, or what does not fit and by how much. */
  detail: string
}

/** Something to know about a report, with the number of rows it was seen on. */
export interface Warning {
  code: string
  message: string
  rows: number
}

/** What one part of a report gave. */
export interface PartTotals {
  object: string
  delivery: string | null
  rows_in: number
  rows_out: number
  rows_quarantined: number
  rows_filtered: number
  blank_lines: number
  complete: boolean
  costs: Record<string, Costs>
}

/**
 * Counts and exact sums of one read, or of several parts together. Its properties are those of `outlay normalize --json`,
 * which `JSON.stringify` writes; as text it is a table and the proof.
 *
 * @example
 * ```js
 * const totals = await reader.totals()
 * totals.check()
 * console.log(totals.rows_out, totals.costs.USD.BilledCost)
 * console.log(`${totals}`)
 * ```
 */
export class Totals {
  private constructor()
  /** Records that were read, quarantined ones included. */
  readonly rows_in: number
  /** Rows that were handed out, those of the closing batch included. */
  readonly rows_out: number
  /** Records that could not be understood and were set aside. */
  readonly rows_quarantined: number
  /** Rows that were left out on purpose, by the rule that says so. */
  readonly rows_dropped: Record<string, number>
  /** Line items that became two rows: a fee and its unused part. */
  readonly rows_split: number
  /** Rows of the closing batch. */
  readonly rows_closing: number
  /** Sums of what was handed out, by currency. */
  readonly costs: Record<string, Costs>
  /** What rounding to 18 decimals took away, by currency; only where it took something. */
  readonly rounding: Record<string, Rounding>
  /** Every invariant, and whether it holds. */
  readonly checks: Check[]
  /** Everything that the caller should know, and findings of the whole read. */
  readonly warnings: Warning[]
  /** What each part gave, in the order in which they were read. */
  readonly parts: PartTotals[]
  /** Throws `OUTLAY_UNPROVEN`, which names each check that does not hold and by how much. */
  check(): void
  /** All there is to know of them, as text that {@link mergeTotals} takes: for other processes, and other languages. */
  state(): string
  toString(): string
}

/** One object of a report: what one read needs, without credentials. Plain JSON, the same in all languages. */
export interface Part {
  /** The object as errors, totals and lineage name it: its path below the folder that was given. */
  object: string
  /** Where the object lies. */
  path: string
  /** Bytes of the object, compressed as it is. */
  size: number
  /** The ETag of an object in S3: another one means that AWS has written the month anew. */
  etag?: string
  /** The billing period, such as `2026-09`, when a manifest or the folder says. */
  period?: string | null
  /** The delivery: assembly id of a legacy report, execution id of a Data Export. */
  delivery?: string | null
  /** When the delivery was written, microseconds since 1970; only where its id or folder says. */
  as_of?: number | null
  /** The name of the report. */
  report?: string | null
  /** With `schema: 'cur'` the columns of all parts, so that each part read alone has the same schema. */
  columns?: string[]
}

/** The parts of a read, in order. Any order, and any division among readers, gives the same rows and totals. */
export interface Plan {
  parts: Part[]
  /** What was left out, and what else there is to know. */
  warnings: Warning[]
}

/**
 * The parts of a report as plain values, which JSON carries; {@link readPart} reads one, anywhere.
 *
 * @example
 * ```js
 * const totals = []
 * for (const part of (await plan('examples/data/report')).parts) {
 *   const reader = readPart(part)
 *   for await (const batch of reader) console.log(batch.byteLength)
 *   totals.push(await reader.totals())
 * }
 * const closing = await closingBatch(await mergeTotals(totals))
 * closing.totals.check()
 * ```
 */
export function plan(report: Path | readonly Path[], options?: Options & CallOptions): Promise<Plan>

/** Opens one part of a plan. Its totals say which rows are due in the closing batch, but do not hand them out. */
export function readPart(part: Part, options?: ReadOptions): Reader

/** The totals of several parts, each once and in any order; each as it is or as the text of its state. */
export function mergeTotals(parts: Iterable<Totals | string>): Promise<Totals>

/**
 * The rows that only the totals of all parts show, as Arrow IPC, and the totals settled with them; the batch is null when
 * nothing is due. A whole read hands this batch out by itself.
 */
export function closingBatch(totals: Totals, options?: Options): Promise<{ batch: Buffer | null; totals: Totals }>

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
  readonly code: string
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

/** What is secret of a connector, and no part of its configuration. */
export interface ConnectorSecrets {
  /** What the role's trust policy asks for. */
  externalId?: ExternalId | string | null
  /** A key of the caller, in place of those that the AWS tools find; with `secretAccessKey`. */
  accessKeyId?: string | null
  /** The secret of that key. */
  secretAccessKey?: string | null
  /** The token of a key that expires. */
  sessionToken?: string | null
}

/** What a connector can be told. */
export interface ConnectorOptions extends ConnectorSecrets {
  /** The role to assume, `arn:aws:iam::123456789012:role/name`; by default the caller's own credentials are used. */
  roleArn?: string | null
  /** The environment variable that holds the external ID, where `externalId` does not give it. */
  externalIdEnv?: string | null
  /** The name of the report or export, as its definition has it. */
  reportName?: string | null
  /** The bucket of the report: with a name, which of several is meant; without one, where to look. */
  bucket?: string | null
  /** What the keys of the report begin with. Nothing outside it is ever read. */
  prefix?: string | null
  /** The region of the bucket; by default as the definition or the bucket itself says. */
  region?: string | null
  /** What the session is called in the customer's CloudTrail; `outlay` by default. */
  sessionName?: string | null
  /** A name for people. */
  displayName?: string | null
  /** Another endpoint than AWS's: an S3-compatible store, or a proxy. */
  endpoint?: string | null
  /** Whether buckets are part of the path; by default with an endpoint of one's own. */
  pathStyle?: boolean | null
}

/** What a connector needs to know, as plain JSON without secrets, the same in all languages. */
export interface ConnectorConfig {
  display_name?: string | null
  role_arn?: string | null
  /** The environment variable that holds the external ID. */
  external_id_env?: string | null
  session_name?: string | null
  report_name?: string | null
  bucket?: string | null
  prefix?: string | null
  region?: string | null
  endpoint?: string | null
  path_style?: boolean | null
}

/**
 * Reads a report where AWS delivers it: assumes a role, finds the report, lists its months, streams one. It works on threads
 * of its own, and keeps no process alive. What is secret of it is in no message and in nothing that is printed.
 *
 * @example
 * ```js
 * const connector = new Connector({
 *   roleArn: 'arn:aws:iam::123456789012:role/outlay',
 *   externalId: process.env.EXTERNAL_ID,
 *   reportName: 'daily',
 * })
 * const diagnosis = await connector.verify()
 * if (!diagnosis.isReady) throw new Error(`${diagnosis}`)
 * for await (const row of connector.read('2026-09').rows()) console.log(row.ServiceName, row.BilledCost)
 * ```
 */
export class Connector {
  /**
   * Asks nothing of AWS yet.
   *
   * @throws {OutlayError} with the code `OUTLAY_OPTION`, which names the setting that makes no sense.
   */
  constructor(options: ConnectorOptions)

  /**
   * A connector by a configuration that was kept, and what is secret of it. Without `externalId` the external ID is
   * read from the environment variable that the configuration names.
   *
   * @example
   * ```js
   * const config = JSON.parse('{"role_arn": "arn:aws:iam::123456789012:role/outlay", "external_id_env": "EXTERNAL_ID", "report_name": "daily"}')
   * const connector = Connector.fromConfig(config)
   * ```
   */
  static fromConfig(config: ConnectorConfig, secrets?: ConnectorSecrets): Connector

  /** The AWS account that is read: that of the role. */
  readonly account: string | null

  /** The settings, without secrets. */
  readonly config: ConnectorConfig

  /**
   * A connector with other settings. The account of the role must stay the same: another account is another connector.
   *
   * @throws {OutlayError} with the code `OUTLAY_OPTION`.
   */
  reconfigure(options: ConnectorOptions): Connector

  /**
   * Looks at everything that reading the report needs, probe by probe, and says of each what was seen and what to change.
   * Nothing is changed by it. It puts one question to Cost Explorer, for which AWS charges 0.01 USD.
   */
  verify(options?: CallOptions): Promise<Diagnosis>

  /**
   * The consolidated account and those that are linked to it: those that AWS Organizations lists, where it may be
   * asked, and those that the report names. Its newest month that has rows is read for that, and in the first week of
   * it the month before as well. Reads that follow fill in the names where the report has none.
   *
   * That one of the two cannot be asked is a warning: `no_organization`, `no_payer` or `no_report`. Rejects as `read`
   * does when neither can.
   */
  discover(options?: CallOptions): Promise<Accounts>

  /** All reports and exports that the account has. Rejects with `OUTLAY_DENIED` when neither kind may be listed. */
  reports(options?: CallOptions): Promise<ReportDefinition[]>

  /**
   * The months of the report, in order, each with its newest delivery; one that cannot be read is `unreadable`, and
   * says why. Rejects with `OUTLAY_NO_REPORT` when the name or the place means none or several, and with
   * `OUTLAY_DENIED`.
   */
  periods(options?: CallOptions): Promise<Period[]>

  /**
   * Opens a month, such as `2026-09`, and streams it from S3 while it is read. As with {@link read}, nothing is asked of AWS
   * before somebody asks for it.
   *
   * A month that AWS writes anew meanwhile is begun anew while nothing of it was handed out, and always in files; later the
   * read ends with `OUTLAY_SOURCE_CHANGED`. Deliveries are never mixed.
   */
  read(period: string, options?: ReadOptions): Reader

  /**
   * The parts of a month as plain values without credentials; {@link Connector.readPart} reads one. Options are those
   * of the read: with `schema: 'cur'` each part has the columns of all.
   */
  plan(period: string, options?: Options & CallOptions): Promise<Plan>

  /** Opens one part of a plan. It ends with `OUTLAY_SOURCE_CHANGED` when another object has taken its place since. */
  readPart(part: Part, options?: ReadOptions): Reader

  /**
   * Brings a month into a folder of its own, `folder/2026-09`, and gives the path of its manifest, for {@link read}.
   *
   * The folder is built beside its place and renamed when it is complete. It takes the place of the same month
   * brought before; one that holds something else is left as it is, and the call rejects with `OUTLAY_IO`. When AWS
   * writes the month anew meanwhile, it starts over, three times.
   */
  spool(period: string, folder: Path, options?: CallOptions): Promise<string>
}

/**
 * What a role's trust policy asks for, so that nobody else's role can be read by mistake: 2 to 1,224 letters, digits and
 * `_+=,.@:/-`. It is never printed.
 *
 * @example
 * ```js
 * const externalId = ExternalId.generate()
 * console.log(`${externalId}`, externalId.reveal().length) // ExternalId(redacted) 36
 * ```
 */
export class ExternalId {
  /** An external ID that a role asks for already. */
  constructor(text: string)
  /** A new one, of 122 random bits: one for each customer. */
  static generate(): ExternalId
  /** The text itself, to put into a trust policy. */
  reveal(): string
  toString(): string
  toJSON(): string
}

/** What a role is to be allowed to. */
export interface AccessOptions {
  /** All by default. */
  features?: Iterable<'read' | 'find' | 'discover' | 'reconcile'> | null
  /** `aws` by default. */
  partition?: 'aws' | 'aws-cn' | 'aws-us-gov' | null
  /** The ARN of the KMS key that the bucket is encrypted with, when it is not S3's own. */
  kmsKey?: string | null
}

/**
 * The rights that a connector needs to a report, and none beside: as IAM policies, and as templates that make the role.
 *
 * @example
 * ```js
 * const access = new Access('billing-123456789012', 'cur/daily', { features: ['read', 'find'] })
 * console.log(access.permissionPolicy())
 * console.log(access.trustPolicy('210987654321', ExternalId.generate()))
 * ```
 */
export class Access {
  /** @throws {OutlayError} with the code `OUTLAY_OPTION`, for a name with which a policy would say something else. */
  constructor(bucket: string, prefix: string, options?: AccessOptions)
  /** The policy of the role: what it may do, as JSON. */
  permissionPolicy(): string
  /** Who may assume the role, as JSON: an account of 12 digits, or the ARN of a role or user; only with the external ID. */
  trustPolicy(trusted: string, externalId: ExternalId | string): string
  /** A CloudFormation template that makes the role; the external ID is a parameter of it. */
  cloudformation(trusted: string): string
  /** A Terraform file that makes the role; the external ID is a variable of it. */
  terraform(trusted: string): string
}

/** What one probe of a set-up found. */
export interface Finding {
  /** The stable name of the probe: `credentials`, `assume_role`, `list`. */
  code: string
  /** Reports can be read with a warning, and cannot when a probe failed. */
  verdict: 'skipped' | 'passed' | 'warning' | 'failed'
  /** What was seen. */
  seen: string
  /** What to change: a statement of a policy, or a setting. */
  fix: string | null
}

/** What all probes of a set-up gave, in order. As text it is a table, as JSON its findings. */
export class Diagnosis {
  private constructor()
  readonly findings: Finding[]
  /** Whether reports can be read: no probe failed. */
  readonly isReady: boolean
  /** What a probe found. */
  finding(code: string): Finding | undefined
  toString(): string
}

/** An AWS account. */
export interface Account {
  /** 12 digits; the first may be 0. */
  id: string
  /** Its name, where somebody knows it. */
  name: string | null
  /** `unknown` when only the report names it. */
  state: 'pending_activation' | 'active' | 'suspended' | 'pending_closure' | 'closed' | 'unknown'
  /** Whether it is the consolidated account, which gets the bill. It is a linked account as well, and is there once. */
  is_payer: boolean
  /** Whether AWS Organizations lists it. */
  in_organization: boolean
  /** Whether the report has rows of it, in the months that were read. */
  in_report: boolean
}

/** What is different between two results of {@link Connector.discover}. */
export interface AccountChanges {
  /** Accounts that were not there before, or not in the organization. */
  joined: Account[]
  /** Accounts that are not there any more, or not in the organization; as they were. */
  left: Account[]
  /** Accounts that have another name now, as they are now. */
  renamed: Account[]
}

/** The accounts behind a report. `JSON.stringify` writes them, to be compared with later ones. */
export class Accounts {
  private constructor()
  /** The consolidated account, where it is known. */
  readonly payer: string | null
  /** All accounts, in order of their ids. */
  readonly accounts: Account[]
  /** What could not be found out, and why. */
  readonly warnings: Warning[]
  /** An account by its id. */
  get(id: string): Account | undefined
  /** Names by id, for `accountNames`. */
  names(): Record<string, string>
  /** What has changed since an earlier result, given as it was or as JSON has it. */
  changesSince(earlier: Pick<Accounts, 'payer' | 'accounts' | 'warnings'>): AccountChanges
}

/** How a report or an export is set up. */
export interface ReportDefinition {
  name: string
  /** The report before Data Exports, `COST_AND_USAGE_REPORT` of those, or another table of those: `FOCUS_1_2_AWS`. */
  kind: 'legacy' | 'cur2' | { table: string }
  /** The bucket that it is delivered to. */
  bucket: string
  /** The prefix that was chosen for it, without the name. */
  prefix: string
  /** The region of the bucket. */
  region: string
  /** `textORcsv` or `Parquet`, as AWS spells it. */
  format: string
  /** `GZIP`, `ZIP` or `Parquet`. */
  compression: string
  /** `HOURLY`, `DAILY` or `MONTHLY`. */
  time_unit: string | null
  /** Whether rows name resources. */
  has_resource_ids: boolean
  /** Whether each delivery takes the place of the one before. */
  overwrites: boolean
  /** Whether months are delivered again after their invoice, for refunds and credits. */
  refreshes_closed: boolean
  /** The ARN of an export. */
  arn: string | null
  /** When an export was created, as AWS writes it; of reports AWS does not say. */
  created: string | null
  /** What AWS says of its last delivery: `SUCCESS`, `ERROR_PERMISSIONS`, `HEALTHY`, `UNHEALTHY`. */
  status: string | null
  /** Why an export is unhealthy, as AWS writes it: `INSUFFICIENT_PERMISSION`. */
  status_reason: string | null
  /** When it was last delivered, as AWS writes it. */
  last_delivery: string | null
}

/** A month of a report. */
export interface Period {
  /** The month, such as `2026-09`. */
  period: string
  /**
   * `pending` without a delivery; `open` until 15 days after the month, while AWS writes it anew several times a day;
   * `invoiced` then; `restated` when it was written again later: a refund, a credit, or a correction; `unreadable` when its
   * manifest is none, or a part of it is gone, or AWS is writing over it at this moment.
   */
  state: 'pending' | 'open' | 'invoiced' | 'restated' | 'unreadable'
  /** Its newest delivery; none while it is pending or unreadable. */
  delivery: Delivery | null
  /** Why it is unreadable. */
  problem: string | null
}

/** One delivery of a month. */
export interface Delivery {
  /** Assembly id of a legacy report, execution id of an export. */
  id: string | null
  /** The name of the report, as the manifest has it. */
  report: string | null
  /** The account that the report belongs to. */
  account: string | null
  /** The key of the manifest. */
  manifest: string
  /** The manifest's ETag, where the store has one. */
  manifest_etag: string | null
  /** When the manifest was written, as `2026-09-15T06:00:00Z`. */
  written: string
  /** Names of the columns, as the manifest has them. */
  columns: string[]
  /** The objects with its rows; `size` is in bytes, compressed as they are. The store may have no ETags. */
  parts: { key: string; size: number; etag: string | null }[]
  /** Whether the next delivery will be written over this one. */
  is_overwritten: boolean
  /** What there is to know. */
  warnings: Warning[]
}
