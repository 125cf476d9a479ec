// The connector, which reads reports from AWS, and the types that it returns.

import type { ColumnName, FocusColumn, RowOptions } from './focus'
import type { read } from '../index'
import type { CallOptions, DecimalType, OpenOptions, ReaderOptions } from './options'
import type { Part, Plan } from './plan'
import type { ReaderOf } from './reader'
import type { ReportOf } from './report'
import type { Path } from './source'
import type { Warning } from './totals'

/** The secrets of a connector. They are not part of its configuration. */
export interface ConnectorSecrets {
  /** The external ID that the trust policy of the role requires. */
  externalId?: ExternalId | string | null
  /** The access key of the caller, instead of the default credential chain of AWS. Requires `secretAccessKey`. */
  accessKeyId?: string | null
  /** The secret of the access key. */
  secretAccessKey?: string | null
  /** The session token of temporary credentials. */
  sessionToken?: string | null
  /**
   * A function that returns the caller's credentials, instead of the default credential chain of AWS, such as a provider of
   * `@aws-sdk/credential-providers`. It is called for the first request and again before the credentials expire.
   */
  credentials?: (() => AwsCredentials | Promise<AwsCredentials>) | null
}

/** Credentials of AWS, as the AWS SDK for JavaScript has them. */
export interface AwsCredentials {
  accessKeyId: string
  secretAccessKey: string
  /** The session token of temporary credentials. */
  sessionToken?: string | null | undefined
  /** When temporary credentials expire. */
  expiration?: Date | null | undefined
}

/**
 * The configuration of a connector, as a plain object without secrets. `JSON.stringify` converts {@link Connector.config} to the
 * JSON form that all languages read.
 */
export interface ConnectorConfig {
  /** The ARN of the role to assume, `arn:aws:iam::123456789012:role/name`. By default the caller's own credentials are used. */
  roleArn?: string | null
  /** The environment variable that contains the external ID, if `externalId` is absent. */
  externalIdEnv?: string | null
  /** The name of the report or export, as in its definition. */
  reportName?: string | null
  /**
   * The bucket of the report, or an address with the prefix: `s3://bucket/prefix`. With `reportName`, it selects one of several
   * reports; without, it is the place to search.
   */
  bucket?: string | null
  /** The prefix of the keys of the report. Objects outside it are never read. */
  prefix?: string | null
  /** The region of the bucket. By default it is taken from the definition or requested from the bucket. */
  region?: string | null
  /** The name of the session in the customer's CloudTrail; `outlay` by default. */
  sessionName?: string | null
  /** A name for display. */
  displayName?: string | null
  /** The URL of an endpoint other than AWS: an S3-compatible store, or a proxy. */
  endpoint?: string | null
  /** Whether the bucket is part of the path of URLs. By default true if `endpoint` is given. */
  pathStyle?: boolean | null
  /** Retries and timeouts of requests to AWS. */
  retry?: RetryPolicy | null
}

/** Retries and timeouts of requests to AWS. Times are whole milliseconds. Absent settings keep their default. */
export interface RetryPolicy {
  /** Number of attempts of one request, including the first one: 1 to 100, 6 by default. With 1 there are no retries. */
  maxAttempts?: number | null
  /** The maximum wait before the second attempt. It doubles with each attempt. 250 by default. */
  initialBackoffMs?: number | null
  /** The longest wait between two attempts; 8,000 by default. */
  maxBackoffMs?: number | null
  /** The timeout to establish a connection; 5,000 by default. */
  connectTimeoutMs?: number | null
  /** The timeout from the request to the first byte of the response; 20,000 by default. */
  readTimeoutMs?: number | null
  /** The timeout for a response body without progress. The request is then repeated from that offset. 5,000 by default. */
  stallTimeoutMs?: number | null
  /** The timeout of an operation with all its attempts and waits; 45,000 by default. */
  operationTimeoutMs?: number | null
}

/** The options of a connector. */
export interface ConnectorOptions extends ConnectorConfig, ConnectorSecrets {}

/**
 * Reads a report from AWS: assumes a role, finds the report, lists its months and streams a month. It works on background
 * threads and does not keep the process alive when idle. Secrets do not appear in error messages or printed output.
 *
 * @example
 * ```js
 * const connector = new Connector({
 *   roleArn: 'arn:aws:iam::123456789012:role/outlay',
 *   externalId: process.env.EXTERNAL_ID,
 *   reportName: 'daily',
 * })
 * const diagnosis = await connector.verify() // Sends a request to Cost Explorer, for which AWS charges 0.01 USD.
 * if (!diagnosis.isReady) throw new Error(`${diagnosis}`)
 * for await (const row of connector.read('2026-09').rows()) console.log(row.ServiceName, row.BilledCost)
 * ```
 */
export class Connector {
  /**
   * Creates a connector. No request is sent to AWS.
   *
   * @throws {OutlayError} with the code `OUTLAY_OPTION` for an invalid setting, which the message names.
   */
  constructor(options: ConnectorOptions)

  /**
   * Creates a connector from a stored configuration and its secrets. The configuration is an object, or JSON text that any
   * language has written. Without `externalId`, the external ID is read from the environment variable `externalIdEnv`.
   *
   * @example
   * ```js
   * const kept = '{"role_arn": "arn:aws:iam::123456789012:role/outlay", "external_id_env": "EXTERNAL_ID", "report_name": "daily"}'
   * const connector = Connector.fromConfig(kept)
   * console.log(connector.config.reportName) // daily
   * ```
   */
  static fromConfig(config: ConnectorConfig | string, secrets?: ConnectorSecrets): Connector

  /** The AWS account of the role, as 12 digits; null without a role. */
  readonly account: string | null

  /** The settings, without secrets. */
  readonly config: ConnectorConfig

  /**
   * Creates a connector with other settings. The account of the role must stay the same; for another account, create a new
   * connector.
   *
   * @throws {OutlayError} with the code `OUTLAY_OPTION`.
   */
  reconfigure(options: ConnectorOptions): Connector

  /**
   * Checks every requirement for reading the report and returns one finding per probe, with the observed state and the required
   * change. It changes nothing in AWS. It sends one request to Cost Explorer, for which AWS charges 0.01 USD, unless `costExplorer`
   * is false.
   */
  verify(options?: CallOptions & { costExplorer?: boolean | null }): Promise<Diagnosis>

  /**
   * Lists the payer account and its linked accounts: those in AWS Organizations, if access is allowed, and those in the report.
   * The newest month with rows is read, and in the first week of a month the month before as well. Later reads use
   * the names for accounts without a name in the report.
   *
   * If one of the two sources is not available, the result has a warning: `no_organization`, `no_payer` or `no_report`. If
   * neither is available, the call rejects with the same codes as `read`.
   */
  discover(options?: CallOptions): Promise<Accounts>

  /** Lists all reports and exports of the account. Rejects with `OUTLAY_DENIED` if neither kind may be listed. */
  reports(options?: CallOptions): Promise<ReportDefinition[]>

  /**
   * Lists the months of the report in chronological order, each with its newest delivery. A month that cannot be read has the
   * state `unreadable` and a `problem`. Rejects with `OUTLAY_NO_REPORT` if no report or more than one matches, and with
   * `OUTLAY_DENIED`.
   */
  periods(options?: CallOptions): Promise<PeriodStatus[]>

  /**
   * Returns a reader that streams a month, such as `2026-09`, from S3. As with {@link read}, no request is sent to AWS before
   * batches are requested.
   *
   * If AWS rewrites the month during the read, the read restarts, provided that no batch was returned yet or that it writes a
   * file. Otherwise it ends with `OUTLAY_SOURCE_CHANGED`. Deliveries are never mixed.
   */
  read<
    Column extends ColumnName = FocusColumn,
    Extra extends string = never,
    Tag extends string = never,
    Schema extends 'focus' | 'cur' = 'focus',
    Maps extends 'map' | 'json' = 'map',
    Unknown extends 'null' | 'stop' = 'null',
    Lineage extends boolean = false,
    Decimals extends DecimalType = 'exact',
  >(
    period: string,
    options?: OpenOptions & RowOptions<Column, Extra, Tag, Schema, Maps, Unknown, Lineage, Decimals>,
  ): ReaderOf<Column, Extra, Tag, Schema, Maps, Unknown, Lineage, Decimals>

  /**
   * Returns a month as a report that can be read any number of times. Its objects and their ETags are selected now; a pass ends
   * with `OUTLAY_SOURCE_CHANGED` if one of them was replaced.
   */
  open<
    Column extends ColumnName = FocusColumn,
    Extra extends string = never,
    Tag extends string = never,
    Schema extends 'focus' | 'cur' = 'focus',
    Maps extends 'map' | 'json' = 'map',
    Unknown extends 'null' | 'stop' = 'null',
    Lineage extends boolean = false,
    Decimals extends DecimalType = 'exact',
  >(
    period: string,
    options?: ReaderOptions & CallOptions & RowOptions<Column, Extra, Tag, Schema, Maps, Unknown, Lineage, Decimals>,
  ): Promise<ReportOf<Column, Extra, Tag, Schema, Maps, Unknown, Lineage, Decimals>>

  /**
   * Lists the parts of a month as plain objects without credentials. {@link Connector.readPart} reads one part. The options
   * must be those of the read: with `schema: 'cur'` each part contains the columns of all parts.
   */
  plan(period: string, options?: ReaderOptions & CallOptions): Promise<Plan>

  /**
   * Returns a reader of one part of a plan. The options must be those of the plan. The read ends with `OUTLAY_SOURCE_CHANGED`
   * if the object was replaced since the plan was created.
   */
  readPart<
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
   * Downloads a month into the folder `folder/2026-09` and returns the path of its manifest, for {@link read}.
   *
   * The download uses a temporary folder beside the target and renames it when it is complete. An earlier download of the same
   * month is replaced. If the target contains anything else, it stays unchanged and the call rejects with `OUTLAY_IO`. If AWS
   * rewrites the month during the download, it restarts, at most three times.
   */
  spool(period: string, folder: Path, options?: CallOptions): Promise<string>

  /** Ends the calls that were not answered yet, which reject with `OUTLAY_STOPPED`. Readers are not affected. */
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * The external ID that the trust policy of a role requires. It prevents access to the role of another customer by mistake. It
 * has 2 to 1,224 characters: letters, digits and `_+=,.@:/-`. It is never printed.
 *
 * @example
 * ```js
 * const externalId = ExternalId.generate()
 * console.log(`${externalId}`, externalId.reveal().length) // ExternalId(redacted) 36
 * ```
 */
export class ExternalId {
  /** Creates an external ID from existing text. Throws `OUTLAY_OPTION` if the text is not valid. */
  constructor(text: string)
  /** Creates a new external ID with 122 random bits. Use a separate one for each customer. */
  static generate(): ExternalId
  /** Returns the text, for use in a trust policy. */
  reveal(): string
  toString(): string
  toJSON(): string
}

/** A feature of a connector that requires permissions. */
export type Capability = 'read' | 'find' | 'discover' | 'reconcile'

/** The options of {@link Access}. */
export interface AccessOptions {
  /** The features that the role is allowed to use; all by default. */
  features?: Iterable<Capability> | null
  /** The AWS partition of the account; `aws` by default. */
  partition?: 'aws' | 'aws-cn' | 'aws-us-gov' | null
  /** The ARN of the KMS key that encrypts the bucket, if it is not the default key of S3. */
  kmsKey?: string | null
}

/**
 * The minimal permissions that a connector needs for a report: as IAM policies, and as templates that create the role.
 *
 * @example
 * ```js
 * const access = new Access('billing-123456789012', 'cur/daily', { features: ['read', 'find'] })
 * console.log(access.permissionPolicy())
 * console.log(access.trustPolicy('210987654321', ExternalId.generate()))
 * ```
 */
export class Access {
  /** @throws {OutlayError} with the code `OUTLAY_OPTION`, for a name that would change the meaning of a policy. */
  constructor(bucket: string, prefix: string, options?: AccessOptions)
  /** Returns the permission policy of the role, as JSON text. */
  permissionPolicy(): string
  /**
   * Returns the trust policy of the role, as JSON text. `trusted` is an account of 12 digits, or the ARN of a role or user, which
   * may assume the role only with the external ID.
   */
  trustPolicy(trusted: string, externalId: ExternalId | string): string
  /** Returns a CloudFormation template that creates the role. The external ID is a parameter of the template. */
  cloudformation(trusted: string): string
  /** Returns a Terraform configuration that creates the role. The external ID is a variable of the configuration. */
  terraform(trusted: string): string
}

/** The stable name of a probe. */
export type FindingCode =
  | 'assume_role'
  | 'bucket_region'
  | 'cost_explorer'
  | 'credentials'
  | 'delivery_status'
  | 'external_id'
  | 'freshness'
  | 'get'
  | 'hourly'
  | 'kms'
  | 'list'
  | 'manifest'
  | 'organizations'
  | 'ownership'
  | 'prefix'
  | 'refresh'
  | 'report_definition'
  | 'report_format'
  | 'report_kind'
  | 'resource_ids'
  | 'versioning'

/** The result of a probe. Reports can be read despite a `warning`, but not if a probe has `failed`. */
export type Verdict = 'skipped' | 'passed' | 'warning' | 'failed'

/** The result of one probe. */
export interface Finding {
  /** The stable name of the probe. */
  code: FindingCode
  verdict: Verdict
  /** The observed state. */
  seen: string
  /** The required change: a statement of a policy, or a setting. */
  fix: string | null
}

/** The findings of all probes, in order. `toString` returns a table. */
export class Diagnosis {
  private constructor()
  readonly findings: Finding[]
  /** Whether reports can be read, that is, no probe has failed. */
  readonly isReady: boolean
  /** Returns the finding of a probe, or undefined if the probe is not in the diagnosis. */
  finding(code: FindingCode): Finding | undefined
  toString(): string
}

/** The state of an account; `unknown` if only the report contains it. */
export type AccountState = 'pending_activation' | 'active' | 'suspended' | 'pending_closure' | 'closed' | 'unknown'

/** An AWS account. */
export interface Account {
  /** The account ID: 12 digits, which may start with 0. */
  id: string
  /** The account name; null if unknown. */
  name: string | null
  state: AccountState
  /** Whether it is the payer account, which receives the bill. The payer account is listed only once. */
  isPayer: boolean
  /** Whether AWS Organizations lists the account. */
  inOrganization: boolean
  /** Whether the report has rows of the account in the months that were read. */
  inReport: boolean
}

/** The differences between two results of {@link Connector.discover}. */
export interface AccountChanges {
  /** Accounts that are new, or new in the organization. */
  joined: Account[]
  /** Accounts that are gone, or no longer in the organization, with their earlier values. */
  left: Account[]
  /** Accounts with a changed name, with their current values. */
  renamed: Account[]
}

/** The accounts of a report. `JSON.stringify` converts them to JSON that any language can compare with a later result. */
export class Accounts {
  private constructor()
  /** The ID of the payer account; null if unknown. */
  readonly payer: string | null
  /** All accounts, sorted by ID. */
  readonly accounts: Account[]
  /** Sources that were not available, with the reason. */
  readonly warnings: Warning[]
  /** Returns the account with this ID, or undefined. */
  get(id: string): Account | undefined
  /** Returns the known names by account ID, for the option `accountNames`. */
  names(): Record<string, string>
  /** Compares with an earlier result, given as `Accounts` or as the object that `JSON.parse` returns. */
  changesSince(earlier: Pick<Accounts, 'payer' | 'accounts' | 'warnings'>): AccountChanges
  /** Returns the JSON form that all languages read. */
  toJSON(): object
}

/** A legacy report, the table `COST_AND_USAGE_REPORT` of Data Exports, or another table, such as `FOCUS_1_2_AWS`. */
export type ReportKind = 'legacy' | 'cur2' | { table: string }

/** The definition of a report or an export. */
export interface ReportDefinition {
  name: string
  kind: ReportKind
  /** The bucket of the deliveries. */
  bucket: string
  /** The configured prefix, without the name of the report. */
  prefix: string
  /** The region of the bucket. */
  region: string
  /** `textORcsv` or `Parquet`, as AWS spells it. */
  format: string
  /** `GZIP`, `ZIP` or `Parquet`. */
  compression: string
  /** `HOURLY`, `DAILY` or `MONTHLY`. */
  timeUnit: string | null
  /** Whether rows contain resource IDs. */
  hasResourceIds: boolean
  /** Whether each delivery overwrites the previous one. */
  overwrites: boolean
  /** Whether invoiced months are delivered again after refunds and credits. */
  refreshesClosed: boolean
  /** The ARN of an export; null for a legacy report. */
  arn: string | null
  /** When the export was created; null for a legacy report. */
  created: Date | null
  /** The status of the last delivery, as AWS reports it: `SUCCESS`, `ERROR_PERMISSIONS`, `HEALTHY`, `UNHEALTHY`. */
  status: string | null
  /** Why an export is unhealthy, as AWS reports it: `INSUFFICIENT_PERMISSION`. */
  statusReason: string | null
  /** The time of the last delivery. */
  lastDelivery: Date | null
}

/**
 * The state of a month. `pending`: nothing was delivered. `open`: until 15 days after the end of the month, while AWS rewrites
 * it several times a day. `invoiced`: after that. `restated`: rewritten after that, for a refund, a credit or a correction.
 * `unreadable`: the manifest is invalid, a part is missing, or AWS is overwriting the month at this moment.
 */
export type PeriodState = 'pending' | 'open' | 'invoiced' | 'restated' | 'unreadable'

/** A month of a report. */
export interface PeriodStatus {
  /** The month, such as `2026-09`. */
  period: string
  state: PeriodState
  /** The newest delivery; null if the month is pending or unreadable. */
  delivery: Delivery | null
  /** Why the month is unreadable; otherwise null. */
  problem: string | null
}

/** An object of a delivery. */
export interface DeliveredPart {
  /** The key of the object. */
  key: string
  /** The size of the object in bytes, compressed. */
  size: number
  /** The ETag of the object; null if the store has none. */
  etag: string | null
}

/** One delivery of a month. */
export interface Delivery {
  /** The assembly ID of a legacy report, or the execution ID of an export. */
  id: string | null
  /** The name of the report, as in the manifest. */
  report: string | null
  /** The account that owns the report. */
  account: string | null
  /** The key of the manifest. */
  manifest: string
  /** The ETag of the manifest; null if the store has none. */
  manifestEtag: string | null
  /** When the manifest was written. */
  written: Date
  /** The names of the columns, as in the manifest. */
  columns: string[]
  /** The objects that contain the rows. */
  parts: DeliveredPart[]
  /** Whether the next delivery will overwrite this one. */
  isOverwritten: boolean
  /** Warnings about the delivery. */
  warnings: Warning[]
}
