// Reports where AWS delivers them: the connector, and what it gives.

import type { CallOptions, OpenOptions, Part, Path, Plan, Reader, ReaderOptions, Warning } from './index'

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

/**
 * What a connector needs to know, as a plain value without secrets. `JSON.stringify` writes {@link Connector.config} as the JSON that all
 * languages share.
 */
export interface ConnectorConfig {
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
  /** How often and how long AWS is asked. */
  retry?: RetryPolicy | null
}

/** How often and how long AWS is asked; times are whole milliseconds. What is not given is as by default. */
export interface RetryPolicy {
  /** Attempts of one request, the first one included: 1 to 100, 6 by default. With 1 nothing is repeated. */
  maxAttempts?: number | null
  /** The wait before the second attempt, at most; it doubles with each attempt. 250 by default. */
  initialBackoffMs?: number | null
  /** The longest wait between two attempts; 8,000 by default. */
  maxBackoffMs?: number | null
  /** The time in which a connection must be there; 5,000 by default. */
  connectTimeoutMs?: number | null
  /** The time from the request to the first byte of its answer; 20,000 by default. */
  readTimeoutMs?: number | null
  /** A body that gives nothing for so long is given up, and asked for again from where it broke off; 5,000 by default. */
  stallTimeoutMs?: number | null
}

/** What a connector can be told. */
export interface ConnectorOptions extends ConnectorConfig, ConnectorSecrets {}

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
   * A connector by a configuration that was kept, and what is secret of it. The configuration is an object, or JSON text as any
   * language writes it. Without `externalId` the external ID is read from the environment variable that the configuration names.
   *
   * @example
   * ```js
   * const kept = '{"role_arn": "arn:aws:iam::123456789012:role/outlay", "external_id_env": "EXTERNAL_ID", "report_name": "daily"}'
   * const connector = Connector.fromConfig(kept)
   * console.log(connector.config.reportName) // daily
   * ```
   */
  static fromConfig(config: ConnectorConfig | string, secrets?: ConnectorSecrets): Connector

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
   * The payer account and those that are linked to it: those that AWS Organizations lists, where it may be
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
  periods(options?: CallOptions): Promise<PeriodStatus[]>

  /**
   * Opens a month, such as `2026-09`, and streams it from S3 while it is read. As with {@link read}, nothing is asked of AWS
   * before it is asked for.
   *
   * A month that AWS writes again meanwhile is begun again while nothing of it was handed out, and always in files; later the
   * read ends with `OUTLAY_SOURCE_CHANGED`. Deliveries are never mixed.
   */
  read(period: string, options?: OpenOptions): Reader

  /**
   * The parts of a month as plain values without credentials; {@link Connector.readPart} reads one. Options are those
   * of the read: with `schema: 'cur'` each part has the columns of all.
   */
  plan(period: string, options?: ReaderOptions & CallOptions): Promise<Plan>

  /**
   * Opens one part of a plan, with the options that the plan was made with. It ends with `OUTLAY_SOURCE_CHANGED` when another
   * object has taken its place since.
   */
  readPart(part: Part, options?: OpenOptions): Reader

  /**
   * Brings a month into a folder of its own, `folder/2026-09`, and gives the path of its manifest, for {@link read}.
   *
   * The folder is built beside its place and renamed when it is complete. It takes the place of the same month
   * brought before; one that holds something else is left as it is, and the call rejects with `OUTLAY_IO`. When AWS
   * writes the month again meanwhile, it starts over, three times.
   */
  spool(period: string, folder: Path, options?: CallOptions): Promise<string>
}

/**
 * What a role's trust policy asks for, so that no other customer's role can be read by mistake: 2 to 1,224 letters, digits and
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

/** Something that a connector can do, for which it needs rights. */
export type Capability = 'read' | 'find' | 'discover' | 'reconcile'

/** What a role is to be allowed to. */
export interface AccessOptions {
  /** All by default. */
  features?: Iterable<Capability> | null
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

/** Whether a set-up passes a probe. Reports can be read with a warning, and cannot when a probe failed. */
export type Verdict = 'skipped' | 'passed' | 'warning' | 'failed'

/** What one probe of a set-up found. */
export interface Finding {
  /** The stable name of the probe. */
  code: FindingCode
  verdict: Verdict
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
  finding(code: FindingCode): Finding | undefined
  toString(): string
}

/** What an account is: `unknown` when only the report names it. */
export type AccountState = 'pending_activation' | 'active' | 'suspended' | 'pending_closure' | 'closed' | 'unknown'

/** An AWS account. */
export interface Account {
  /** 12 digits; the first may be 0. */
  id: string
  /** Its name, where it is known. */
  name: string | null
  state: AccountState
  /** Whether it is the payer account, which gets the bill. It is a linked account as well, and is there once. */
  isPayer: boolean
  /** Whether AWS Organizations lists it. */
  inOrganization: boolean
  /** Whether the report has rows of it, in the months that were read. */
  inReport: boolean
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

/** The accounts behind a report. `JSON.stringify` writes them, to be compared with later ones, in any language. */
export class Accounts {
  private constructor()
  /** The payer account, where it is known. */
  readonly payer: string | null
  /** All accounts, in order of their ids. */
  readonly accounts: Account[]
  /** What could not be found out, and why. */
  readonly warnings: Warning[]
  /** An account by its id. */
  get(id: string): Account | undefined
  /** Names by id, for `accountNames`. */
  names(): Record<string, string>
  /** What has changed since an earlier result, given as it was or as `JSON.parse` has it. */
  changesSince(earlier: Pick<Accounts, 'payer' | 'accounts' | 'warnings'>): AccountChanges
  /** The JSON that all languages share. */
  toJSON(): object
}

/** The report before Data Exports, `COST_AND_USAGE_REPORT` of those, or another table of those: `FOCUS_1_2_AWS`. */
export type ReportKind = 'legacy' | 'cur2' | { table: string }

/** How a report or an export is set up. */
export interface ReportDefinition {
  name: string
  kind: ReportKind
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
  timeUnit: string | null
  /** Whether rows name resources. */
  hasResourceIds: boolean
  /** Whether each delivery takes the place of the one before. */
  overwrites: boolean
  /** Whether months are delivered again after their invoice, for refunds and credits. */
  refreshesClosed: boolean
  /** The ARN of an export. */
  arn: string | null
  /** When an export was created; of reports AWS does not say. */
  created: Date | null
  /** What AWS says of its last delivery: `SUCCESS`, `ERROR_PERMISSIONS`, `HEALTHY`, `UNHEALTHY`. */
  status: string | null
  /** Why an export is unhealthy, as AWS writes it: `INSUFFICIENT_PERMISSION`. */
  statusReason: string | null
  /** When it was last delivered. */
  lastDelivery: Date | null
}

/**
 * What a month is: `pending` without a delivery; `open` until 15 days after the month, while AWS writes it again several times a day;
 * `invoiced` then; `restated` when it was written again later: a refund, a credit, or a correction; `unreadable` when its
 * manifest is none, or a part of it is gone, or AWS is writing over it at this moment.
 */
export type PeriodState = 'pending' | 'open' | 'invoiced' | 'restated' | 'unreadable'

/** A month of a report. */
export interface PeriodStatus {
  /** The month, such as `2026-09`. */
  period: string
  state: PeriodState
  /** Its newest delivery; none while it is pending or unreadable. */
  delivery: Delivery | null
  /** Why it is unreadable. */
  problem: string | null
}

/** An object of a delivery. */
export interface DeliveredPart {
  /** Its key. */
  key: string
  /** Its bytes, compressed as they are. */
  size: number
  /** Its ETag, where the store has one. */
  etag: string | null
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
  manifestEtag: string | null
  /** When the manifest was written. */
  written: Date
  /** Names of the columns, as the manifest has them. */
  columns: string[]
  /** The objects with its rows. */
  parts: DeliveredPart[]
  /** Whether the next delivery will be written over this one. */
  isOverwritten: boolean
  /** What there is to know. */
  warnings: Warning[]
}
