// Must compile; is never run.
import { createReadStream, createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import { type Table, tableFromIPC } from 'apache-arrow'
import {
  Access,
  type AccountChanges,
  type Accounts,
  Connector,
  type ConnectorConfig,
  type ConnectorOptions,
  type ConnectorSecrets,
  type DecimalOptions,
  type Delivery,
  type Diagnosis,
  type ErrorCode,
  ExternalId,
  type FocusColumn,
  type FocusRow,
  OutlayError,
  type Part,
  type PeriodStatus,
  type Plan,
  Reader,
  type ReaderIterator,
  type ReaderOptions,
  type ReaderProgress,
  type Report,
  type ReportDefinition,
  type Row,
  Totals,
  addDecimals,
  closingBatch,
  decimalFromString,
  decimalToNumber,
  decimalToString,
  open,
  plan,
  read,
  readPart,
  sumDecimals,
  version,
} from 'outlay'

const options: ReaderOptions = { columns: ['BilledCost'], periods: new Set(['2026-09']), asOf: new Date(), text: 'dictionary' }
const reader: Reader = read('report', {
  ...options,
  signal: AbortSignal.timeout(1_000),
  onProgress: ({ bytesDone, bytesTotal, rows }: ReaderProgress) => console.log(bytesDone, bytesTotal ?? 0, rows),
})
for (const report of [new URL('file:///report'), ['a', new URL('file:///b')], Buffer.alloc(1), new Uint8Array(1).buffer]) {
  read(report)
}

for await (const batch of reader) {
  const buffer: Buffer = batch
  const table: Table = tableFromIPC(buffer)
  console.log(table.numRows)
}
for await (const table of reader.tables()) {
  const text: string | null = decimalToString(table.getChild('BilledCost')?.get(0))
  const number: number = decimalToNumber(5n, { scale: 2 })
  console.log(text, number)
}
for await (const row of reader.rows()) {
  const exact: Row = row
  const cost = row.BilledCost
  if (typeof cost === 'string') console.log(cost.length, exact)
}
for await (const row of reader.rows({ numbers: 'number' })) {
  const approximate: Row<number> = row
  console.log(approximate)
}
const all: ReaderIterator<Pick<FocusRow, 'ServiceName'>> = read('report', { columns: ['ServiceName'] }).rows()
const services: (string | null)[] = (await all.toArray()).map((row) => row.ServiceName)
const tables: Table[] = await read('report').tables().toArray()
const again: Report = open('report', { columns: ['ServiceName'] })
const kept: Report = await open(createReadStream('report.csv.gz'), { spoolBytes: 1 << 20, signal: AbortSignal.timeout(1_000) })
for (const stream of [new Blob([]), new Response('').body, Readable.from([Buffer.alloc(1)])]) if (stream) await open(stream)
console.log(services, tables, again, kept)
// Rows have the columns that were chosen.
const chosen = read('report', { columns: ['ServiceName', 'ServiceCategory', 'BilledCost', 'ChargePeriodStart', 'Tags'], signal: null, onProgress: null })
for await (const row of chosen.rows()) {
  // @ts-expect-error: a report can lack it
  const start: string = row.ChargePeriodStart
  const [day, category]: [string | undefined, string] = [row.ChargePeriodStart?.slice(0, 10), row.ServiceCategory]
  const cost: string | null = row.BilledCost
  const team: string | null | undefined = row.Tags?.['Team']
  console.log(`${row.ServiceName} ${day} ${start} ${category} ${cost ?? ''} ${team ?? ''}`)
  // @ts-expect-error: no such column
  console.log(row.ServiceNam)
  // @ts-expect-error: a column that was not chosen
  console.log(row.ListCost)
  // @ts-expect-error: an unknown cost is null
  const known: string = row.BilledCost
  console.log(known)
}
const general: Reader = chosen
for await (const row of read('report', { onUnknown: 'stop' }).rows({ numbers: 'number' })) {
  const sum: number = row.BilledCost + row.EffectiveCost
  const price: number | null = row.ListUnitPrice
  const whole: FocusRow<number, number> = row
  if (row.ChargeCategory === 'Tax') console.log(sum, price, whole, row.ServiceCategory.length)
  // @ts-expect-error: no such category
  if (row.ChargeCategory === 'Taxes') console.log(row)
}
let sum = '0'
for await (const row of read('report', { columns: ['BilledCost'], onUnknown: 'stop' }).rows()) sum = addDecimals(sum, row.BilledCost, 5n)
const unscaled: bigint = decimalFromString(sum)
for await (const row of read('report', { columns: ['Tags'], tagColumns: ['Team'], maps: 'json', lineage: true }).rows()) {
  const tags: string | null = row.Tags
  const object: string | null = row.x_SourceObject
  console.log(tags, object, row.x_Tag_Team, unscaled)
}
for await (const row of read('report', { columns: ['BilledCost'], tagColumns: ['Team', 'user:Env'], onUnknown: 'stop', decimals: 'float64' }).rows()) {
  const cost: number = row.BilledCost
  const [team, env]: (string | null)[] = [row.x_Tag_Team, row.x_Tag_Env]
  console.log(cost.toFixed(2), team, env)
}
for await (const row of read('report', { extraColumns: ['lineItem/Operation'], tagColumns: ['Team'], decimals: 'decimal(38,9)' }).rows()) {
  const [cost, team, operation]: [string | null, string | null, unknown] = [row.BilledCost, row.x_Tag_Team, row.x_line_item_operation]
  // @ts-expect-error: decimals are text
  const number: number | null = row.ListCost
  console.log(cost, team, operation, number)
}
for await (const row of read('report', { columns: ['BilledCost', 'x_Tag_Team'], tagColumns: new Set(['Team']) }).rows()) {
  const team: string | null = row.x_Tag_Team
  console.log(team)
}
// Passes have the types of the report, unless their own options say otherwise.
for await (const row of open('report').read().rows()) {
  const whole: FocusRow = row
  console.log(whole)
}
const opened = open('report', { columns: ['ServiceName', 'BilledCost'], onUnknown: 'stop', decimals: 'float64' })
for await (const row of opened.read({ threads: 1 }).rows()) {
  const cost: number = row.BilledCost
  console.log(row.ServiceName?.length, cost)
  // @ts-expect-error: a column that was not chosen
  console.log(row.ListCost)
}
for (const row of await opened.head(3)) {
  const cost: number = row.BilledCost
  console.log(row.ServiceName?.length, cost)
  // @ts-expect-error: a column that was not chosen
  console.log(row.ListCost)
}
for (const row of await opened.head(3, { columns: ['ListCost', 'ServiceCategory'], decimals: 'exact', signal: null })) {
  const cost: string = row.ListCost
  console.log(cost, row.ServiceCategory.length)
}
for (const row of await open('report', { columns: ['BilledCost'] }).head(3, { numbers: 'number' })) {
  const cost: number | null = row.BilledCost
  console.log(cost)
}
for (const row of await kept.head()) console.log(row['ServiceName'])
await opened.check({ signal: AbortSignal.timeout(1_000) })
await opened.lastPass({ signal: null })
read(new SharedArrayBuffer(1))
await opened.read().rows()[Symbol.asyncDispose]()
await opened.read()[Symbol.asyncIterator]()[Symbol.asyncDispose]()
for await (const row of opened.read({ columns: ['ListCost'], decimals: 'exact' }).rows()) {
  const cost: string = row.ListCost
  console.log(cost)
}
for await (const row of open('report', options).read().rows()) console.log(row['ServiceName'])
for await (const row of (await open(createReadStream('report'), { columns: ['ServiceName'] })).read().rows()) console.log(row.ServiceName?.length)
for await (const row of kept.read().rows()) console.log(row['ServiceName'])
const anyReport: Report = opened
for await (const row of anyReport.read({ columns: ['ServiceName'] }).rows()) console.log(row.ServiceName?.length)
const total: string = sumDecimals(['1', 5n, new Uint32Array(4)], { scale: 2 })
const scaled: string = addDecimals('1', 5n, new Uint32Array(4), { scale: 2 } satisfies DecimalOptions)
const ofMap: (string | null)[] = [5n, null].map(decimalToString)
// @ts-expect-error: a scale is an option
decimalToString(5n, 2)
console.log(scaled, ofMap, ['1'].map(decimalFromString), [5n].map(decimalToNumber))
// @ts-expect-error: a text is no list
console.log(sumDecimals(1), total)
for await (const row of read('report', { schema: 'cur' }).rows()) console.log(row['line_item_usage_type'])
const someColumns: FocusColumn[] = ['ServiceName']
for await (const row of read('report', { columns: someColumns }).rows()) console.log(row.ServiceName?.length)
const names_: string[] = ['ServiceName']
for await (const row of read('report', { columns: names_ }).rows()) console.log(row['ServiceName'])
for await (const row of read('report', options).rows()) console.log(row['ServiceName'])
// @ts-expect-error: null is an unknown amount
addDecimals('1', null)
// @ts-expect-error: a number is not exact
decimalToString(1.5)
console.log(decimalToString('1.50'), general)

// Streams in and out.
const stream: Readable = reader.ipcStream()
for (const out of [reader.ndjsonStream({ numbers: 'number' }), reader.csvStream(), reader.parquetStream()]) await pipeline(out, createWriteStream('file'))
read(createReadStream('report.csv.gz'))
read(Readable.toWeb(createReadStream('report.csv.gz')))
read(new Blob([Buffer.alloc(1)]))
const body = (await fetch('https://example.com/')).body
if (body !== null) read(body)
await reader[Symbol.asyncDispose]()
await pipeline(stream, createWriteStream('file'))
await reader.toParquet(new URL('file:///out.parquet'))
const names: string[] = await reader.columns()

const totals: Totals = await reader.totals()
const billed: string | undefined = totals.costs['USD']?.billed
const { holds, detail } = totals.checks[0]!
console.log(version, names, billed, holds, detail, `${totals}`)

const { version: form, parts, warnings }: Plan = await plan(['a', 'b'])
const part: Part = JSON.parse(JSON.stringify(parts[0]))
const merged = await Totals.merge([await readPart(part).totals(), totals.state()])
await merged.checkAgainst({ version: form, parts, warnings })
const outcome: 'proven' | 'partial' | 'unproven' = merged.outcome
console.log(outcome, merged.fingerprint, merged.checks[0]?.guards, merged.checks[0]?.skipped, merged.parts[0]?.size)
const crc: number | undefined = merged.parts[0]?.content?.crc32
console.log(crc)
const { batch, totals: settled } = await closingBatch(merged)
const bytes: number | undefined = batch?.byteLength
console.log(warnings[0]?.rows, bytes, settled.rowsOut, settled.unknownRows['USD']?.effective ?? 0)

try {
  await reader.check()
} catch (error) {
  if (error instanceof OutlayError) {
    const { code, object, row, byte, column, isRetryable, cause }: OutlayError = error
    const known: ErrorCode = code
    if (known === 'OUTLAY_UNKNOWN_COST') console.log(known)
    const { operation, awsCode, candidates }: OutlayError = error
    console.log(code, object, row, byte, column, isRetryable, cause, operation, awsCode, candidates?.length)
  }
}
for (const { record, error } of await reader.quarantined()) console.log(record.toString(), error.code)

const signal = AbortSignal.timeout(60_000)
const given: ConnectorOptions = { roleArn: 'arn', externalId: ExternalId.generate(), reportName: 'daily', pathStyle: true, retry: { maxAttempts: 1 } }
const secrets: ConnectorSecrets = { externalId: process.env['ID'] ?? null, sessionToken: null }
const connector: Connector = new Connector(given)
const config: ConnectorConfig = connector.config
const account: string | null = Connector.fromConfig(config, secrets).reconfigure({ ...given, externalIdEnv: 'ID' }).account
const diagnosis: Diagnosis = await connector.verify({ signal })
for (const { code, verdict, seen, fix } of diagnosis.findings) if (verdict === 'failed') console.log(code, seen, fix ?? '')
const ready: boolean = diagnosis.isReady && diagnosis.finding('list')?.verdict === 'passed'
const accounts: Accounts = await connector.discover()
const changes: AccountChanges = accounts.changesSince(JSON.parse(JSON.stringify(accounts)))
const definitions: ReportDefinition[] = await connector.reports({ signal })
const kind = definitions[0]?.kind
const table: string | undefined = typeof kind === 'object' ? kind.table : kind
const periods: PeriodStatus[] = await connector.periods({ signal })
const delivery: Delivery | null | undefined = periods.find(({ state }) => state === 'open')?.delivery
const problem: string | null | undefined = periods.find(({ state }) => state === 'unreadable')?.problem
const etag: string | null | undefined = delivery?.parts[0]?.etag ?? delivery?.manifestEtag
console.log(problem, etag, definitions[0]?.statusReason)
const month = connector.read('2026-09', { signal, accountNames: accounts.names(), columns: ['BilledCost'] })
for (const one of (await connector.plan('2026-09', { schema: 'cur', signal })).parts) await connector.readPart(one).check()
for await (const row of month.rows()) console.log(row.BilledCost?.length)
await connector[Symbol.asyncDispose]()
const manifest: string = await connector.spool('2026-09', new URL('file:///months'), { signal })
const access = new Access('bucket', 'prefix', { features: ['read'], kmsKey: null })
console.log(access.permissionPolicy(), access.trustPolicy('123456789012', 'an-id'), access.terraform('123456789012'))
console.log(account, ready, accounts.get('123456789012')?.isPayer, changes.renamed, table, delivery?.written.getTime(), month, manifest)
read('s3://bucket/prefix/report/')

// @ts-expect-error: no such setting
new Connector({ role: 'arn' })
// @ts-expect-error: an object has JavaScript's names
Connector.fromConfig({ report_name: 'daily' })
Connector.fromConfig('{"report_name": "daily"}')
// @ts-expect-error: a setting stands in the configuration
Connector.fromConfig(config, { reportName: 'daily' })
// @ts-expect-error: an external ID is never printed as it is
const redacted: ExternalId = ExternalId.generate().reveal()
console.log(redacted)
// @ts-expect-error: no such code
const unknown: ErrorCode = 'OUTLAY_UNKNOWN'
console.log(unknown)
// @ts-expect-error: no such check
if (merged.checks[0]?.code === 'billed_costs') console.log(merged)
// @ts-expect-error: no such feature
new Access('bucket', 'prefix', { features: ['write'] })
// @ts-expect-error: no such option
read('report', { colums: [] })
// @ts-expect-error: a text is no list of columns
read('report', { columns: ['a'], text: 'latin1' })
// @ts-expect-error: readers are made by `read`
new Reader()
// @ts-expect-error: no report
read(5)
// @ts-expect-error: neither exact nor a number
reader.rows({ numbers: 'float' })
// @ts-expect-error: no such option
reader.rows({ number: 'number' })
// @ts-expect-error: no such option, also beside one that there is
read('report', { columns: ['BilledCost'], colums: [] })
// @ts-expect-error: progress is an option of the reads of a report
open('report', { onProgress: console.log })
// @ts-expect-error: a report of paths is opened without waiting
open('report', { signal: AbortSignal.timeout(1) })
