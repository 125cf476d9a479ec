// What tests of connectors share: a cloud on this machine with one report, and what makes it fail.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { after } from 'node:test'

import { Connector } from 'outlay'

import { DEMO, built } from './support.mjs'

// The accounts that the report of the examples names.
export const PAYER = '123412340534'
export const MEMBER = '444455556666'
export const KEY = 'AKIAFINOPS0000000000'
export const SECRET = 'wJalrXUtnFEMI'
export const ROLE = 'arn:aws:iam::123412340534:role/billing'
export const EXTERNAL_ID = '3f2c9b7e-4d55'
export const BUCKET = 'example-billing'
export const MONTH = '2023-11'
/** Parts of a report whose deliveries are written over each other. */
export const FLAT = 'reports/flat/20231101-20231201/'

const DEFINITION = {
  account: PAYER,
  ReportName: 'daily',
  TimeUnit: 'HOURLY',
  Format: 'textORcsv',
  Compression: 'GZIP',
  AdditionalSchemaElements: ['RESOURCES'],
  S3Bucket: BUCKET,
  S3Prefix: 'reports',
  S3Region: 'us-east-1',
  RefreshClosedReports: true,
  ReportVersioning: 'CREATE_NEW_REPORT',
  ReportStatus: { lastStatus: 'SUCCESS' },
}
const account = (id, name) => ({ id, name, state: 'ACTIVE', status: 'ACTIVE' })

/** A user who may assume a role that may read the report; what is given takes the place of what is there. */
export function world(changes = {}) {
  return {
    users: [{ arn: 'arn:aws:iam::999988887777:user/finops', access_key_id: KEY }],
    roles: [{ arn: ROLE, external_id: EXTERNAL_ID }],
    buckets: [{ name: BUCKET, owner: PAYER, page: 2, folders: [{ path: DEMO, prefix: 'reports/daily/' }] }],
    reports: [DEFINITION],
    organization: {
      id: 'o-example',
      management: PAYER,
      accounts: [account(PAYER, 'Payer'), account(MEMBER, 'Shop')],
      page: 1,
      empty_pages: true,
    },
    ...changes,
  }
}

/** The manifest of the same parts, delivered without a folder of their own. */
export function flatManifest(delivery) {
  const manifest = JSON.parse(readFileSync(path.join(DEMO, '20231101-20231201/daily-Manifest.json'), 'utf8'))
  const reportKeys = [1, 2, 3].map((number) => `${FLAT}flat-0000${number}.csv.gz`)
  return JSON.stringify({ ...manifest, assemblyId: delivery, reportKeys })
}

/** A report that AWS writes over at each delivery. */
export function flatWorld() {
  const modified = '2023-12-03T05:36:21Z'
  const part = (number) => {
    const file = path.join(DEMO, `20231101-20231201/20231203T053621Z/daily-0000${number}.csv.gz`)
    return { key: `${FLAT}flat-0000${number}.csv.gz`, content: { file }, modified }
  }
  const manifest = { key: `${FLAT}flat-Manifest.json`, content: { text: flatManifest('a-first-one') }, modified }
  return world({
    buckets: [{ name: BUCKET, owner: PAYER, objects: [part(1), part(2), part(3), manifest] }],
    reports: [{ ...DEFINITION, ReportName: 'flat', ReportVersioning: 'OVERWRITE_REPORT' }],
  })
}

/** One whose next delivery is under way: a part of it lies there already, and nothing else can be read. */
export function unreadableWorld() {
  const world = flatWorld()
  world.buckets[0].objects[2].modified = '2023-12-04T05:36:21Z'
  return world
}

const running = []
after(() => running.forEach((child) => child.kill()))

/** Starts a cloud, which ends with the tests of its file. */
export async function startCloud(given = world()) {
  const { executable } = await built('outlay-cloud')
  const child = spawn(executable, { stdio: ['pipe', 'pipe', 'inherit'] })
  running.push(child)
  child.stdin.write(JSON.stringify(given))
  const line = await new Promise((resolve) => createInterface({ input: child.stdout }).once('line', resolve))
  const { endpoint } = JSON.parse(line)
  const control = async (method, what, body) => {
    const answer = await fetch(`${endpoint}/-/${what}`, { method, body: body && JSON.stringify(body) })
    if (!answer.ok) throw new Error(await answer.text())
    return method === 'GET' ? answer.json() : null
  }
  return {
    endpoint,
    fault: (fault) => control('POST', 'faults', fault),
    heal: () => control('DELETE', 'faults'),
    requests: () => control('GET', 'requests'),
    put: (key, json) => control('PUT', `objects/${BUCKET}/${key}`, json),
    remove: (key) => control('DELETE', `objects/${BUCKET}/${key}`),
  }
}

/** What a connector to the report of a cloud is told. */
export function optionsFor({ endpoint }) {
  return { endpoint, accessKeyId: KEY, secretAccessKey: SECRET, roleArn: ROLE, externalId: EXTERNAL_ID, reportName: 'daily' }
}

export const connectorTo = (cloud, changes = {}) => new Connector({ ...optionsFor(cloud), ...changes })
