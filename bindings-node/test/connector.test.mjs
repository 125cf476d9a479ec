// Connectors: the same month as from disk, and what is asked of AWS.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { before, test } from 'node:test'
import { pathToFileURL } from 'node:url'

import { Access, Connector, ExternalId, Totals, closingBatch, plan, read } from 'outlay'

import { BUCKET, EXTERNAL_ID, FLAT, KEY, MEMBER, MONTH, PAYER, ROLE, SECRET } from './cloud.mjs'
import { connectorTo, flatManifest, flatWorld, optionsFor, startCloud } from './cloud.mjs'
import { DEMO, WAYS, collect, folder, node, thrown } from './support.mjs'

const TEMPORARY = folder()
let cloud
before(async () => {
  cloud = await startCloud()
})

/** The accounts of rows, each with its name: the one that pays, and the one that used. */
function named(rows) {
  const names = ['BillingAccountId', 'BillingAccountName', 'SubAccountId', 'SubAccountName']
  return [...new Set(rows.map((row) => names.map((name) => row[name]).join(' ')))].sort()
}
// Those of the report, once their names are known.
const ACCOUNTS = [`${PAYER} Payer ${PAYER} Payer`, `${PAYER} Payer ${MEMBER} Shop`]

/** Totals without the names of the parts, which are keys of a bucket or paths. */
function summed(totals) {
  totals.check()
  return JSON.stringify({ ...totals, parts: totals.parts.map(({ object, ...part }) => part) })
}

for (const [name, rowsOf] of Object.entries(WAYS)) {
  test(`a month is the same as from disk: ${name}`, async () => {
    const [fetched, local] = [connectorTo(cloud).read(MONTH, { batchRows: 50 }), read(DEMO, { batchRows: 50 })]
    assert.deepEqual(await rowsOf(fetched), await rowsOf(local))
    assert.equal(summed(await fetched.totals()), summed(await local.totals()))
  })
}

test('the table of the report itself, and files, are the same as from disk', async () => {
  const connector = connectorTo(cloud)
  const cur = { schema: 'cur' }
  assert.deepEqual(await collect(connector.read(MONTH, cur).rows()), await collect(read(DEMO, cur).rows()))
  assert.deepEqual(await connector.read(MONTH).columns(), await read(DEMO).columns())
  for (const [kind, extension] of Object.entries({ toCsv: 'csv', toIpc: 'arrows', toParquet: 'parquet' })) {
    const [fetched, local] = ['fetched', 'local'].map((name) => path.join(TEMPORARY, `${name}.${extension}`))
    await connector.read(MONTH)[kind](fetched)
    await read(DEMO)[kind](local)
    // The totals in the footer of Parquet name the parts.
    if (kind !== 'toParquet') assert.deepEqual(readFileSync(fetched), readFileSync(local))
    else assert.equal(readFileSync(fetched).subarray(-4).toString(), 'PAR1')
  }
})

test('no request that costs money is sent unless it is wanted', async () => {
  const cloud = await startCloud()
  const connector = connectorTo(cloud)
  const diagnosis = await connector.verify({ costExplorer: false })
  assert.deepEqual([diagnosis.isReady, diagnosis.finding('cost_explorer').verdict], [true, 'skipped'])
  assert.ok((await cloud.requests()).every(({ operation }) => operation !== 'GetCostAndUsage'))
  await assert.rejects(connector.verify({ costExplorer: 'no' }), { code: 'OUTLAY_OPTION', message: /`costExplorer`: expected true or false, not a string/ })
  await assert.rejects(connector.verify({ costExploer: false }), { code: 'OUTLAY_OPTION', message: /costExplorer/ })
})

test('a set-up is verified', async () => {
  const diagnosis = await connectorTo(cloud).verify()
  assert.equal(diagnosis.isReady, true, `${diagnosis}`)
  assert.match(`${diagnosis}`, /^passed +credentials .*\n(.*\n)+ready: 0 failed, \d+ with warnings, \d+ passed$/)
  assert.deepEqual(diagnosis.finding('external_id'), {
    code: 'external_id',
    verdict: 'passed',
    seen: 'accepted, and without it the role is refused',
    fix: null,
  })
  assert.equal(diagnosis.finding('nonsense'), undefined)
  assert.equal(diagnosis.finding('cost_explorer').verdict, 'passed')
  assert.deepEqual(JSON.parse(JSON.stringify(diagnosis)), { findings: diagnosis.findings })
  const wrong = await connectorTo(cloud, { externalId: 'a-wrong-one' }).verify()
  assert.deepEqual([wrong.isReady, wrong.finding('assume_role').verdict], [false, 'failed'])
  assert.match(`${wrong}`, /^FAILED +assume_role .*\n +-> let the role's trust policy name/m)
})

test('accounts are discovered, and named in what is read later', async () => {
  const connector = connectorTo(cloud)
  const accounts = await connector.discover()
  assert.equal(accounts.payer, PAYER)
  assert.deepEqual(accounts.get(MEMBER), {
    id: MEMBER,
    name: 'Shop',
    state: 'active',
    isPayer: false,
    inOrganization: true,
    inReport: true,
  })
  assert.deepEqual(accounts.names(), { [PAYER]: 'Payer', [MEMBER]: 'Shop' })
  assert.equal(accounts.get('1'), undefined)
  assert.deepEqual(named(await collect(connector.read(MONTH).rows())), ACCOUNTS)

  const kept = JSON.parse(JSON.stringify(accounts))
  assert.deepEqual(accounts.changesSince(kept), { joined: [], left: [], renamed: [] })
  kept.accounts = [{ ...kept.accounts[0], name: 'Before' }, { ...kept.accounts[1], id: '999999999999' }]
  const { joined, left, renamed } = accounts.changesSince(kept)
  assert.deepEqual([joined, left, renamed].map(([account]) => [account.id, account.name]), [
    [MEMBER, 'Shop'],
    ['999999999999', 'Shop'],
    [PAYER, 'Payer'],
  ])
  assert.throws(() => accounts.changesSince({ accounts: 5 }), { code: 'OUTLAY_OPTION', message: /^that is no result of discover\(\)/ })
})

test('reports and months are listed', async () => {
  const connector = connectorTo(cloud)
  const [report, ...reports] = await connector.reports()
  assert.equal(reports.length, 0)
  assert.deepEqual([report.name, report.kind, report.bucket, report.timeUnit, report.overwrites], ['daily', 'legacy', BUCKET, 'HOURLY', false])
  assert.deepEqual([report.status, report.statusReason], ['SUCCESS', null])
  const [month, ...months] = await connector.periods()
  assert.equal(months.length, 0)
  assert.deepEqual([month.period, month.state, month.problem], [MONTH, 'restated', null])
  const { id, account, parts, written, isOverwritten, columns, warnings } = month.delivery
  assert.deepEqual([id, account, parts.length, isOverwritten, warnings], ['20231203T053621Z', PAYER, 3, false, []])
  const shared = JSON.parse(JSON.stringify(month))
  assert.deepEqual([shared.delivery.manifest_etag, shared.delivery.is_overwritten], [month.delivery.manifestEtag, false])
  assert.equal(typeof month.delivery.manifestEtag, 'string')
  assert.ok(parts.every(({ key, size, etag }) => key.startsWith('reports/daily/') && size > 0 && etag))
  assert.ok(written instanceof Date && Math.abs(Date.now() - written) < 86_400_000, `${written}`)
  assert.ok(columns.includes('lineItem/UnblendedCost'))
})

test('a month that cannot be read says why', async () => {
  const over = await startCloud()
  const connector = connectorTo(over)
  const before = await connector.periods()
  await over.put('reports/daily/20231001-20231101/daily-Manifest.json', {})
  const [broken, ...others] = await connector.periods()
  assert.deepEqual(others, before)
  assert.deepEqual([broken.period, broken.state, broken.delivery], ['2023-10', 'unreadable', null])
  assert.match(broken.problem, /: not a manifest: /)

  const part = '20231101-20231201/20231203T053621Z/daily-00002.csv.gz'
  await over.remove(`reports/daily/${part}`)
  const incomplete = (await connector.periods()).at(-1)
  assert.deepEqual([incomplete.period, incomplete.state, incomplete.delivery], [MONTH, 'unreadable', null])
  assert.ok(incomplete.problem.endsWith(`/${part}\`, which is not there; copy the delivery again, or wait for the next one`), incomplete.problem)
  const error = await thrown(() => connector.read(MONTH).totals())
  assert.deepEqual([error.code, error.message], ['OUTLAY_MISSING_PART', incomplete.problem])
})

test('parts are read apart by all who have the plan', async () => {
  const connector = connectorTo(cloud)
  await connector.discover()
  const text = JSON.stringify(await connector.plan(MONTH))
  assert.ok(!text.includes(EXTERNAL_ID) && !text.includes(SECRET), text)
  const totals = []
  const rows = []
  for (const part of JSON.parse(text).parts) {
    const reader = connector.readPart(part)
    rows.push(...(await collect(reader.rows())))
    totals.push(await reader.totals())
  }
  assert.deepEqual(named(rows), ACCOUNTS)
  const local = read(DEMO)
  await collect(local)
  const settled = await closingBatch(await Totals.merge(totals))
  // Those of parts are not compared with a plan by themselves.
  assert.equal(settled.totals.outcome, 'partial')
  await settled.totals.checkAgainst(JSON.parse(text))
  assert.equal(settled.totals.outcome, 'proven')
  assert.equal(summed(settled.totals), summed(await local.totals()))
  const [part] = JSON.parse(text).parts
  const elsewhere = { ...part, object: 'reports/other/x.csv.gz', path: `s3://${BUCKET}/reports/other/x.csv.gz` }
  assert.equal((await thrown(() => connector.readPart(elsewhere).totals())).code, 'OUTLAY_OUTSIDE')
})

test('parts of the report itself have one schema', async () => {
  const [connector, cur] = [connectorTo(cloud), { schema: 'cur' }]
  const { parts } = await connector.plan(MONTH, cur)
  const { columns } = (await plan(DEMO, cur)).parts[0]
  const rows = []
  for (const part of parts) {
    assert.deepEqual(part.columns, columns)
    const reader = connector.readPart(part, cur)
    assert.deepEqual(await reader.columns(), await connector.read(MONTH, cur).columns())
    rows.push(...(await collect(reader.rows())))
  }
  assert.deepEqual(rows, await collect(connector.read(MONTH, cur).rows()))
})

test('a month is brought into a folder', async () => {
  const place = folder()
  const manifest = await connectorTo(cloud).spool(MONTH, place)
  assert.ok(manifest.startsWith(path.join(place, MONTH)), manifest)
  assert.deepEqual(await collect(read(manifest).rows()), await collect(read(DEMO).rows()))
  assert.deepEqual(readdirSync(place), [MONTH])
  // One that holds something else is left as it is.
  writeFileSync(path.join(place, MONTH, 'notes.txt'), 'mine')
  rmSync(manifest)
  const error = await thrown(() => connectorTo(cloud).spool(MONTH, pathToFileURL(place)))
  assert.equal(error.code, 'OUTLAY_IO', error.message)
  assert.equal(readFileSync(path.join(place, MONTH, 'notes.txt'), 'utf8'), 'mine')
})

test('settings and their plain form', async () => {
  const connector = connectorTo(cloud, { displayName: 'Example', sessionName: 'nightly', region: 'us-east-1', pathStyle: true })
  assert.deepEqual(connector.config, {
    displayName: 'Example',
    roleArn: ROLE,
    sessionName: 'nightly',
    reportName: 'daily',
    region: 'us-east-1',
    endpoint: cloud.endpoint,
    pathStyle: true,
  })
  assert.equal(connector.account, PAYER)
  assert.equal(new Connector({ bucket: BUCKET }).account, null)

  process.env.OUTLAY_TEST_EXTERNAL_ID = EXTERNAL_ID
  const config = { ...connector.config, externalIdEnv: 'OUTLAY_TEST_EXTERNAL_ID' }
  const { accessKeyId, secretAccessKey } = optionsFor(cloud)
  const kept = Connector.fromConfig(JSON.stringify(connector.config).replace('{', '{"external_id_env":"OUTLAY_TEST_EXTERNAL_ID",'), { accessKeyId, secretAccessKey })
  assert.deepEqual(kept.config, config)
  assert.equal((await kept.periods()).length, 1)
  assert.throws(() => Connector.fromConfig({ ...config, externalIdEnv: 'NO_SUCH' }), { message: /no variable `NO_SUCH`/ })
  // What it holds is read as well by who names it among the options.
  const { externalId: _, ...rest } = optionsFor(cloud)
  const told = new Connector({ ...rest, externalIdEnv: 'OUTLAY_TEST_EXTERNAL_ID' })
  assert.equal(told.config.externalIdEnv, 'OUTLAY_TEST_EXTERNAL_ID')
  assert.equal((await told.periods()).length, 1)
  assert.throws(() => new Connector({ ...rest, externalIdEnv: 'NO_SUCH' }), { code: 'OUTLAY_OPTION', message: /no variable `NO_SUCH`/ })
  // Given itself, it comes before that.
  const secrets = { accessKeyId, secretAccessKey, externalId: EXTERNAL_ID }
  assert.equal((await Connector.fromConfig({ ...config, externalIdEnv: 'NO_SUCH' }, secrets).periods()).length, 1)

  const other = connector.reconfigure({ ...optionsFor(cloud), displayName: 'Another' })
  assert.equal(other.config.displayName, 'Another')
  assert.equal((await other.periods()).length, 1)
  const foreign = { ...optionsFor(cloud), roleArn: 'arn:aws:iam::999988887777:role/billing' }
  assert.throws(() => connector.reconfigure(foreign), { code: 'OUTLAY_OPTION', message: /another account is another connector/ })
})

test('attempts are limited', async () => {
  const own = await startCloud()
  await own.fault({ effect: 'slow_down', on: 'ListObjectsV2', always: true })
  const connector = connectorTo(own, { retry: { maxAttempts: 2, initialBackoffMs: 0, maxBackoffMs: null } })
  assert.equal((await thrown(() => connector.periods())).code, 'OUTLAY_THROTTLED')
  const asked = (await own.requests()).filter(({ operation }) => operation === 'ListObjectsV2')
  assert.equal(asked.length, 2)
  const { maxAttempts, initialBackoffMs, maxBackoffMs } = connector.config.retry
  assert.deepEqual([maxAttempts, initialBackoffMs, maxBackoffMs], [2, 0, 8_000])
})

test('credentials come from a function', async () => {
  const own = await startCloud()
  const { accessKeyId, secretAccessKey, ...others } = optionsFor(own)
  const without = (credentials, more) => new Connector({ ...others, credentials, retry: { maxAttempts: 1 }, ...more })
  const answers = [
    () => ({ accessKeyId, secretAccessKey }),
    async () => ({ accessKeyId, secretAccessKey, sessionToken: undefined, expiration: new Date(Date.now() + 1_000) }),
  ]
  for (const credentials of answers) {
    let asked = 0
    const connector = without(() => (asked += 1) && credentials())
    assert.equal((await collect(connector.read(MONTH).rows())).length, 175)
    assert.ok(asked > 0)
    assert.ok(!('credentials' in connector.config))
    const again = Connector.fromConfig(connector.config, { externalId: others.externalId, credentials })
    assert.equal((await again.periods()).length, 1)
  }
  for (const [credentials, message] of [
    [() => Promise.reject(new Error('the vault is sealed')), 'the vault is sealed'],
    [() => null, 'the credentials have no `accessKeyId` and `secretAccessKey`'],
    [() => ({ accessKeyId, secretAccessKey, expiration: 'soon' }), '`expiration` of the credentials is not a time'],
  ]) {
    const error = await thrown(() => without(credentials).periods())
    assert.equal(error.code, 'OUTLAY_CREDENTIALS')
    assert.ok(error.message.includes(`the caller's provider of credentials failed: ${message}`), error.message)
    assert.ok(!error.message.includes(secretAccessKey))
  }
  for (const [credentials, message] of [
    ['secret', 'option `credentials`: it is a function, not a string'],
    [answers[0], 'option `credentials`: an access key and a provider of credentials are given: set one of them'],
  ]) {
    const error = await thrown(() => without(credentials, { accessKeyId, secretAccessKey }))
    assert.deepEqual([error.code, error.message], ['OUTLAY_OPTION', message])
  }
})

test('errors of AWS have the id of the request', async () => {
  const own = await startCloud()
  await own.fault({ effect: 'denied', on: 'ListObjectsV2', always: true })
  const error = await thrown(() => connectorTo(own).periods())
  assert.match(error.requestId, /^[0-9A-F]{16}$/)
  assert.equal(JSON.parse(JSON.stringify(error)).requestId, error.requestId)
})

test('settings that make no sense are refused at once', () => {
  const cases = [
    [undefined, /^option `reportName`: a report is found by its name/],
    [null, 'options are an object, not null'],
    [{ role: ROLE }, '`role` is not an option'],
    [{ role_arn: ROLE }, '`role_arn` is not an option: did you mean `roleArn`?'],
    [{ roleARN: ROLE }, '`roleARN` is not an option: did you mean `roleArn`?'],
    [{ reportname: 'daily' }, '`reportname` is not an option: did you mean `reportName`?'],
    [{ roleArn: 5 }, 'option `roleArn`: expected a text, got a number'],
    [{ roleArn: 'role' }, /^option `roleArn`: /],
    [{ reportName: 'daily', pathStyle: 'yes' }, 'option `pathStyle`: expected yes or no, got a string'],
    [{ reportName: 'daily', retry: 3 }, 'option `retry`: expected an object, got a number'],
    [{ reportName: 'daily', retry: { attempts: 3 } }, '`retry.attempts` is not an option: did you mean `retry.maxAttempts`?'],
    [{ reportName: 'daily', retry: { maxAttempts: 1.5 } }, 'option `retry.maxAttempts`: expected a whole number'],
    [{ reportName: 'daily', retry: { maxAttempts: 0 } }, 'option `retry.maxAttempts`: expected 1 to 100 attempts, got 0'],
    [{ reportName: 'daily', retry: { initialBackoffMs: 9_000 } }, /^option `retry.initialBackoffMs`: 9s is longer/],
    ['daily', 'options are an object, not a string'],
    [{ reportName: 'daily', accessKeyId: 'AKIA' }, /^option `secretAccessKey`: it comes with `accessKeyId`/],
    [{ reportName: 'daily', secretAccessKey: SECRET }, /^option `accessKeyId`: it comes with `secretAccessKey`/],
    [{ reportName: 'daily', sessionToken: 'a-token' }, /^option `accessKeyId`: it comes with `secretAccessKey`/],
    [{ reportName: 'daily', externalIdEnv: 5 }, 'option `externalIdEnv`: expected a text, got a number'],
    [{ reportName: 'daily', externalId: 'an-id' }, /^option `externalId`: an external ID is given with a role/],
    [{ prefix: 'reports' }, /^option `reportName`: /],
    [{ reportName: 'daily', endpoint: 'https://user:password@example.com' }, /without credentials$/],
  ]
  for (const [options, message] of cases) {
    assert.throws(() => new Connector(options), { name: 'OutlayError', code: 'OUTLAY_OPTION', message }, `${message}`)
  }
  assert.throws(() => Connector.fromConfig('{"external_id": "an-id"}'), { code: 'OUTLAY_OPTION', message: /^that is no configuration of a connector: unknown field `external_id`/ })
  // An object has JavaScript's names, and JSON text those that all languages share.
  const spellings = [
    [{ external_id_env: 'ID' }, '`external_id_env` is not an option: did you mean `externalIdEnv`?'],
    [{ report_name: 'daily' }, '`report_name` is not an option: did you mean `reportName`?'],
    [{ sessionToken: 'a-token' }, /^`sessionToken` is not an option/],
    ['{"reportName": "daily"}', /^that is no configuration of a connector: unknown field `reportName`/],
  ]
  for (const [config, message] of spellings) {
    assert.throws(() => Connector.fromConfig(config), { code: 'OUTLAY_OPTION', message })
  }
  const beside = [
    ['an-id', 'options are an object, not a string'],
    [{ reportName: 'daily' }, 'option `reportName`: it is part of the configuration'],
    [{ externalIdEnv: null }, 'option `externalIdEnv`: it is part of the configuration'],
    [{ key: 'AKIA' }, '`key` is not an option'],
    [{ accessKeyId: 'AKIA' }, /^option `secretAccessKey`: it comes with `accessKeyId`/],
  ]
  for (const [secrets, message] of beside) {
    assert.throws(() => Connector.fromConfig({ reportName: 'daily' }, secrets), { code: 'OUTLAY_OPTION', message })
  }
  for (const config of [null, 5, undefined]) {
    assert.throws(() => Connector.fromConfig(config), { code: 'OUTLAY_OPTION', message: /^a configuration is an object or its JSON text, not (null|a number|undefined)$/ })
  }
  const connector = new Connector({ bucket: BUCKET })
  for (const period of ['May', '2026-13', 5, undefined]) {
    assert.throws(() => connector.read(period), { code: 'OUTLAY_OPTION', message: /^option `period`: / })
  }
  assert.throws(() => connector.read(MONTH, { colums: [] }), { message: '`colums` is not an option: did you mean `columns`?' })
  assert.throws(() => connector.readPart({}), { message: /^that is no part of a plan: / })
})

test('a month that the option periods leaves out is refused', async () => {
  const connector = connectorTo(cloud)
  const options = { periods: ['2023-10'] }
  for (const use of [() => collect(connector.read(MONTH, options)), () => connector.plan(MONTH, options)]) {
    const error = await thrown(use)
    assert.equal(error.code, 'OUTLAY_OPTION')
    assert.match(error.message, /they are 2023-10, but the month that is read is 2023-11/)
  }
})

test('what a call is told is looked at', async () => {
  const connector = new Connector({ bucket: BUCKET })
  for (const name of ['verify', 'discover', 'reports', 'periods']) {
    assert.equal((await thrown(() => connector[name]({ signals: 5 }))).message, '`signals` is not an option: did you mean `signal`?')
    assert.equal((await thrown(() => connector[name]({ signal: 'now' }))).message, 'option `signal`: it is no AbortSignal')
  }
  assert.match((await thrown(() => connector.plan('May'))).message, /^option `period`: `May` is not a month/)
  assert.equal((await thrown(() => connector.plan(MONTH, { colums: [] }))).message, '`colums` is not an option: did you mean `columns`?')
  assert.equal((await thrown(() => connector.plan(MONTH, { signal: 'now' }))).message, 'option `signal`: it is no AbortSignal')
  for (const [folder, what] of [
    [5, 'a number'],
    [null, 'null'],
    [undefined, 'undefined'],
    [{}, 'an object'],
    [new URL('s3://bucket/folder'), 'a URL of `s3:`'],
  ]) {
    const { code, message } = await thrown(() => connector.spool(MONTH, folder))
    assert.deepEqual([code, message], ['OUTLAY_OPTION', `option \`folder\`: it is a path, not ${what}`])
  }
})

test('policies allow what is needed, to those who know the external ID', () => {
  const access = new Access(BUCKET, 'reports', { features: ['read', 'find'] })
  const policy = JSON.parse(access.permissionPolicy())
  assert.deepEqual(policy.Statement.map(({ Sid }) => Sid), ['ListReport', 'ReadReport', 'FindReports', 'FindExports'])
  assert.equal(policy.Statement[1].Resource, `arn:aws:s3:::${BUCKET}/reports/*`)
  for (const externalId of [EXTERNAL_ID, new ExternalId(EXTERNAL_ID)]) {
    const [statement] = JSON.parse(access.trustPolicy('210987654321', externalId)).Statement
    assert.equal(statement.Condition.StringEquals['sts:ExternalId'], EXTERNAL_ID)
  }
  assert.ok(JSON.parse(access.cloudformation('210987654321')).Resources.ReportReader)
  assert.match(access.terraform('210987654321'), /^variable "external_id"/)
  const key = 'arn:aws-cn:kms:cn-north-1:123412340534:key/1'
  assert.match(new Access(BUCKET, '', { partition: 'aws-cn', kmsKey: key }).permissionPolicy(), /arn:aws-cn:kms/)
  const cases = [
    [() => new Access('*', ''), /^option `bucket`: `\*` is not a bucket name: expected /],
    [() => new Access(BUCKET, 5), 'option `prefix`: expected a text, got a number'],
    [() => new Access(BUCKET, '', { features: ['write'] }), 'option `features`: `write` is none of read, find, discover, reconcile'],
    [() => new Access(BUCKET, '', { features: 'read' }), 'option `features`: it is a list of texts'],
    [() => new Access(BUCKET, '', { partition: 'moon' }), /^option `partition`: /],
    [() => new Access(BUCKET, '', { key }), '`key` is not an option'],
    [() => new Access(BUCKET, '', 'read'), 'options are an object, not a string'],
    [() => access.trustPolicy('me', EXTERNAL_ID), /^option `trusted`: /],
  ]
  for (const [use, message] of cases) assert.throws(use, { code: 'OUTLAY_OPTION', message })
})

test('a file of a month that is written again is begun again; what was handed out is not', async () => {
  const over = await startCloud(flatWorld())
  const again = () => {
    const content = { text: flatManifest(`one-of-${performance.now()}`) }
    return over.fault({ on: 'GetObject', key: '*-00003.csv.gz', effect: { put: { bucket: BUCKET, key: `${FLAT}flat-Manifest.json`, content } } })
  }
  const connector = connectorTo(over, { reportName: 'flat' })
  for (const kind of ['toCsv', 'toIpc', 'toParquet']) {
    await again()
    const reader = connector.read(MONTH, { batchRows: 50 })
    const file = path.join(TEMPORARY, `again-${kind}`)
    await reader[kind](file)
    const totals = await reader.totals()
    totals.check()
    assert.equal(totals.rowsOut, 175)
    const [newest] = await connector.periods()
    assert.ok(totals.parts.every(({ delivery }) => delivery === newest.delivery.id), JSON.stringify(totals.parts))
    if (kind === 'toParquet') assert.ok(readFileSync(file).includes(newest.delivery.id))
    if (kind === 'toCsv') assert.equal(readFileSync(file, 'utf8').trim().split('\n').length, 176)
  }
  await again()
  const reader = connector.read(MONTH, { batchRows: 50 })
  const error = await thrown(() => collect(reader))
  assert.deepEqual([error.code, error.isRetryable], ['OUTLAY_SOURCE_CHANGED', true])
})

test('s3:// is read with the credentials of the environment', async () => {
  const program = `
    import { plan, read, readPart } from 'outlay'
    for (const report of ['s3://${BUCKET}/reports/daily/', new URL('s3://${BUCKET}/reports/daily')]) {
      const reader = read(report)
      let rows = 0
      for await (const row of reader.rows()) rows += 1
      const totals = await reader.totals()
      totals.check()
      console.log(rows, totals.costs.USD.billed)
    }
    const { parts } = await plan('s3://${BUCKET}/reports/daily/')
    const reader = readPart(parts[0])
    for await (const batch of reader);
    console.log(parts.length, (await reader.totals()).parts[0].complete)
    await read('s3://${BUCKET}/reports/a.csv.gz').totals().catch((error) => console.log(error.code))
    const folder = 's3://${BUCKET}/reports/daily/20231101-20231201'
    for (const address of [folder + '/20231203T053621Z/daily-00001.csv.gz', folder + '/daily-Manifest.json']) {
      const reader = read(address)
      for await (const batch of reader);
      console.log((await reader.totals()).rowsOut)
    }
    await read('s3://${BUCKET}/reprots/').totals().catch((error) => console.log(error.code, error.candidates.join()))
  `
  const env = { ...process.env, AWS_ENDPOINT_URL: cloud.endpoint, AWS_ACCESS_KEY_ID: KEY, AWS_SECRET_ACCESS_KEY: SECRET, AWS_REGION: 'us-east-1' }
  const done = await node(program, { env })
  const beside = `OUTLAY_NO_REPORT s3://${BUCKET}/reports/`
  const wanted = ['175 800.2936682272', '175 800.2936682272', '3 true', 'OUTLAY_NOT_FOUND', '90', '175', beside]
  assert.deepEqual(done.stdout.trim().split('\n'), wanted, done.stderr)
})
