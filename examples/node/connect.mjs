// Assumes a role and writes a month of a report to a file.
//
// `connect.mjs --report NAME | --location s3://BUCKET/PREFIX [--role ARN] [--external-id-env VARIABLE] [--endpoint URL]
// [--region REGION] [--period YYYY-MM] [--output FILE]`, or `connect.mjs --demo`, which starts a simulated cloud. The
// output file is replaced only if no check of the read is broken.
import { spawn } from 'node:child_process'
import { rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { Connector, ExternalId, OutlayError } from 'outlay'

const USAGE = `usage: connect.mjs --report NAME | --location s3://BUCKET/PREFIX [--role ARN] [--external-id-env VARIABLE]
               [--endpoint URL] [--region REGION] [--period YYYY-MM] [--output FILE.parquet|.csv|.arrow]
       connect.mjs --demo [--output FILE]`
const TEXTS = ['report', 'location', 'role', 'external-id-env', 'endpoint', 'region', 'period', 'output']
const KINDS = { '.parquet': 'toParquet', '.csv': 'toCsv', '.arrow': 'toIpc' }
const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Parses the arguments. Prints the usage if they are not valid. */
function argumentsOf(given) {
  const options = { demo: { type: 'boolean' } }
  for (const name of TEXTS) options[name] = { type: 'string' }
  try {
    const { values } = parseArgs({ args: given, options })
    if (!values.demo && !values.report && !values.location) throw new Error('name a report or its location')
    if (values.output && !KINDS[path.extname(values.output)]) throw new Error(`${values.output} ends in none of .parquet, .csv, .arrow`)
    return values
  } catch (error) {
    console.error(`${error.message}\n${USAGE}`)
    return null
  }
}

/** Builds the connector from the arguments. */
function connectorOf(values) {
  return Connector.fromConfig({
    reportName: values.report,
    roleArn: values.role,
    externalIdEnv: values['external-id-env'],
    endpoint: values.endpoint,
    region: values.region,
    bucket: values.location && `s3://${values.location.replace(/^s3:\/\//, '')}`,
  })
}

/**
 * Verifies, discovers, lists months and reads one. False if the set-up is not ready, no month can be read, or a check of the
 * read is broken.
 */
async function connect(connector, { period, output }) {
  const diagnosis = await connector.verify()
  tell('Set-up', `${diagnosis}`)
  if (!diagnosis.isReady) return false

  const { accounts, warnings } = await connector.discover()
  const lines = accounts.map(({ id, name, state, isPayer }) => [id, name ?? '', state, isPayer ? 'yes' : ''])
  const notes = warnings.map(({ message }) => `warning: ${message}\n`)
  tell('Accounts', table([['account', 'name', 'state', 'pays'], ...lines]) + notes.join(''))

  const periods = await connector.periods()
  const months = periods.map(({ period, state, delivery }) => {
    const parts = delivery?.parts ?? []
    return [period, state, delivery?.id ?? '', `${parts.length}`, `${parts.reduce((sum, part) => sum + part.size, 0)}`]
  })
  const unreadable = periods.filter(({ problem }) => problem !== null)
  const problems = unreadable.map(({ period, problem }) => `${period}: ${problem}\n`)
  tell('Months', table([['month', 'state', 'delivery', 'parts', 'bytes'], ...months], { isNumeric: true }) + problems.join(''))

  const month = period ?? periods.findLast(({ delivery }) => delivery !== null)?.period
  if (month === undefined) {
    const isPending = unreadable.length === 0
    tell('Read', isPending ? 'nothing is delivered yet' : 'nothing can be read')
    return isPending
  }
  const reader = connector.read(month)
  // Without an output file, the batches are discarded.
  if (output) await save(reader, output)
  else for await (const _ of reader);
  const totals = await reader.totals()
  tell(`Read ${month}`, `${totals}`)
  return totals.outcome !== 'unproven'
}

/** Writes a temporary file, and renames it to the output file unless a check of the read is broken. */
async function save(reader, output) {
  const { dir, name, ext } = path.parse(output)
  // The extension is kept, because it selects the format.
  const draft = path.join(dir, `.${name}-${process.pid}${ext}`)
  try {
    await reader[KINDS[ext]](draft)
    const { outcome } = await reader.totals()
    if (outcome === 'unproven') tell('File', `${output} is not written, since the read is unproven`)
    else await rename(draft, output)
  } finally {
    await rm(draft, { force: true })
  }
}

function tell(step, text) {
  console.log(`${step}\n${text.trimEnd()}\n`)
}

/** Returns a table as text. In one of numbers, all columns but the first are aligned to the right. */
function table(lines, { isNumeric = false } = {}) {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)))
  const cell = (text, column) => (isNumeric && column > 0 ? text.padStart(widths[column]) : text.padEnd(widths[column]))
  return lines.map((line) => `${line.map(cell).join('  ').trimEnd()}\n`).join('')
}

/** Runs the same steps with a simulated cloud on this machine, which holds the report in `examples/data`. */
async function demo(values) {
  const payer = '123412340534'
  const externalId = ExternalId.generate()
  const roleArn = 'arn:aws:iam::123412340534:role/outlay'
  const cloud = await startCloud({
    users: [{ arn: 'arn:aws:iam::999988887777:user/finops', access_key_id: 'AKIAFINOPS0000000000' }],
    roles: [{ arn: roleArn, external_id: externalId.reveal() }],
    buckets: [
      { name: 'example-billing', owner: payer, folders: [{ path: path.join(ROOT, 'examples/data/report'), prefix: 'reports/daily/' }] },
    ],
    reports: [
      {
        account: payer,
        ReportName: 'daily',
        TimeUnit: 'HOURLY',
        Format: 'textORcsv',
        Compression: 'GZIP',
        AdditionalSchemaElements: ['RESOURCES'],
        S3Bucket: 'example-billing',
        S3Prefix: 'reports',
        S3Region: 'us-east-1',
        RefreshClosedReports: true,
        ReportVersioning: 'CREATE_NEW_REPORT',
        ReportStatus: { lastStatus: 'SUCCESS' },
      },
    ],
    organization: {
      id: 'o-example',
      management: payer,
      accounts: [
        { id: payer, name: 'Payer', state: 'ACTIVE', status: 'ACTIVE' },
        { id: '444455556666', name: 'Shop', state: 'ACTIVE', status: 'ACTIVE' },
      ],
    },
  })
  try {
    const connector = new Connector({
      endpoint: cloud.endpoint,
      accessKeyId: 'AKIAFINOPS0000000000',
      secretAccessKey: 'of-no-account',
      roleArn,
      externalId,
      reportName: 'daily',
    })
    return await connect(connector, values)
  } finally {
    cloud.stop()
  }
}

/** Starts a simulated cloud with the given contents. Cargo builds it the first time. */
async function startCloud(world) {
  const child = spawn('cargo', ['run', '--quiet', '--locked', '--package', 'outlay-cloud'], {
    cwd: ROOT,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.write(JSON.stringify(world))
  for await (const line of createInterface({ input: child.stdout })) {
    // The cloud ends at the end of its standard input.
    return { endpoint: JSON.parse(line).endpoint, stop: () => child.stdin.end() }
  }
  throw new Error('the cloud of the demonstration did not start')
}

const values = argumentsOf(process.argv.slice(2))
if (values === null) {
  process.exitCode = 2
} else {
  try {
    const isGood = values.demo ? await demo(values) : await connect(connectorOf(values), values)
    process.exitCode = isGood ? 0 : 1
  } catch (error) {
    if (!(error instanceof OutlayError)) throw error
    console.error(`${error.code}: ${error.message}`)
    process.exitCode = 1
  }
}
