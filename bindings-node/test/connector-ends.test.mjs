// Connectors that end: by a signal, by an error, with the process, with a worker.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { before, test } from 'node:test'
import { inspect } from 'node:util'
import { Worker } from 'node:worker_threads'

import { Access, Connector, ExternalId, OutlayError } from 'outlay'

import { BUCKET, EXTERNAL_ID, MONTH, SECRET, connectorTo, optionsFor, startCloud } from './cloud.mjs'
import { AT_ONCE, collect, folder, node, sleep, soon, thrown } from './support.mjs'

const TEMPORARY = folder()
// Answers to the first never come, bodies of the second break off and stay open.
const SILENT = (on) => ({ on, effect: { wait: 600_000 }, always: true })
const HANGING = { on: 'GetObject', key: '*.csv.gz', effect: { stall: { after: 10 } }, always: true }

/** Threads that work on what was asked for; those that keep connections stay as long as their connector. */
function busy() {
  const names = readdirSync('/proc/self/task').map((task) => {
    try {
      return readFileSync(`/proc/self/task/${task}/comm`, 'utf8').trim()
    } catch {
      // It has ended meanwhile.
      return ''
    }
  })
  return names.filter((name) => name.startsWith('outlay') && name !== 'outlay-fetch')
}

const USES = {
  'verify, credentials': ['GetCallerIdentity', (connector, options) => connector.verify(options)],
  'verify, listing': ['ListObjectsV2', (connector, options) => connector.verify(options)],
  discover: ['ListAccounts', (connector, options) => connector.discover(options)],
  reports: ['DescribeReportDefinitions', (connector, options) => connector.reports(options)],
  periods: ['ListObjectsV2', (connector, options) => connector.periods(options)],
  plan: ['AssumeRole', (connector, options) => connector.plan(MONTH, options)],
  spool: [HANGING, (connector, options) => connector.spool(MONTH, TEMPORARY, options)],
  'batches, not open yet': ['ListObjectsV2', (connector, options) => collect(connector.read(MONTH, options))],
  batches: [HANGING, (connector, options) => collect(connector.read(MONTH, options))],
  'batches on many threads': [HANGING, (connector, options) => collect(connector.read(MONTH, { ...options, threads: 8 }))],
  'batches on one thread': [HANGING, (connector, options) => collect(connector.read(MONTH, { ...options, threads: 1 }))],
  rows: [HANGING, (connector, options) => collect(connector.read(MONTH, options).rows())],
  'the table of the report itself': [HANGING, (connector, options) => connector.read(MONTH, { ...options, schema: 'cur' }).columns()],
  toParquet: [HANGING, (connector, options) => connector.read(MONTH, options).toParquet(path.join(TEMPORARY, 'out.parquet'))],
  totals: ['ListObjectsV2', (connector, options) => connector.read(MONTH, options).totals()],
}

for (const [name, [fault, use]] of Object.entries(USES)) {
  test(`abort while nothing comes: ${name}`, async () => {
    const cloud = await startCloud()
    await cloud.fault(typeof fault === 'string' ? SILENT(fault) : fault)
    const controller = new AbortController()
    let aborted
    setTimeout(() => {
      aborted = performance.now()
      controller.abort()
    }, 500)
    const error = await thrown(() => use(connectorTo(cloud), { signal: controller.signal }))
    const took = performance.now() - aborted
    assert.equal(error.name, 'AbortError', `${error.stack}`)
    assert.ok(took < AT_ONCE, `${took} ms`)
    const faults = (await cloud.requests()).flatMap((request) => request.faults)
    assert.ok(faults.length > 0, 'the fault was met')
    await soon(() => busy().length === 0, 'threads')
    await soon(() => readdirSync(TEMPORARY).length === 0, 'files')
  })
}

test('calls reject at once, and those that are answered after the abort as well', async () => {
  const cloud = await startCloud()
  const connector = connectorTo(cloud)
  const calls = ['verify', 'discover', 'reports', 'periods', 'plan', 'spool']
  const given = { plan: [MONTH], spool: [MONTH, path.join(TEMPORARY, 'late')] }
  let rejected = 0
  for (const name of calls) {
    for (let round = 0; round < 5; round += 1) {
      const controller = new AbortController()
      let [isAborted, isLater] = [false, false]
      const timer = setTimeout(() => {
        setImmediate(() => (isLater = true))
        isAborted = true
        controller.abort(name)
      }, round)
      const answer = await connector[name](...(given[name] ?? []), { signal: controller.signal }).catch((error) => error)
      clearTimeout(timer)
      // A call may be answered before.
      if (!isAborted) continue
      assert.equal(answer, name)
      assert.ok(!isLater, `${name}: before anything else happens`)
      rejected += 1
    }
    await soon(() => busy().length === 0, `${name}: ${busy()}`)
  }
  assert.ok(rejected > calls.length, `${rejected}`)
  assert.ok((await connector.periods({ signal: null })).length > 0)
})

test('a connector that is disposed of ends its calls', async () => {
  const cloud = await startCloud()
  await cloud.fault(SILENT('ListObjectsV2'))
  const connector = connectorTo(cloud)
  const pending = [thrown(() => connector.periods()), thrown(() => connector.plan(MONTH))]
  await sleep(100)
  await connector[Symbol.asyncDispose]()
  for (const error of await Promise.all(pending)) assert.equal(error.code, 'OUTLAY_STOPPED')
})

test('a signal that was given before nothing is asked', async () => {
  const cloud = await startCloud()
  const [connector, signal] = [connectorTo(cloud), AbortSignal.abort(new Error('enough'))]
  for (const use of [
    (options) => connector.verify(options),
    (options) => connector.discover(options),
    (options) => connector.periods(options),
    (options) => connector.spool(MONTH, TEMPORARY, options),
    (options) => connector.read(MONTH, options).totals(),
  ]) {
    assert.equal((await thrown(() => use({ signal }))).message, 'enough')
  }
  assert.deepEqual(await cloud.requests(), [])
})

test('what can go wrong has a code, and says whether to try again', async () => {
  const always = (on, effect) => ({ on, effect, always: true })
  const gone = { error: { status: 404, code: 'NoSuchBucket', message: 'gone' } }
  const cases = [
    [always('ListObjectsV2', 'slow_down'), 'OUTLAY_THROTTLED', true, 's3:ListBucket', 'SlowDown'],
    [always('ListObjectsV2', 'denied'), 'OUTLAY_DENIED', false, 's3:ListBucket', 'AccessDenied'],
    [always('ListObjectsV2', 'close'), 'OUTLAY_NETWORK', true, 's3:ListBucket', null],
    [always('ListObjectsV2', gone), 'OUTLAY_AWS', false, 's3:ListBucket', 'NoSuchBucket'],
    [always('GetObject', 'kms_denied'), 'OUTLAY_DENIED', false, 's3:GetObject', 'AccessDenied'],
    [always('AssumeRole', 'denied'), 'OUTLAY_CREDENTIALS', false, 'sts:AssumeRole', 'AccessDenied'],
    [null, 'OUTLAY_CREDENTIALS', false, 'sts:AssumeRole', 'AccessDenied', { externalId: 'a-wrong-one' }],
    [null, 'OUTLAY_NETWORK', true, 'cur:DescribeReportDefinitions', null, { endpoint: 'http://127.0.0.1:9' }],
    [null, 'OUTLAY_NO_REPORT', false, null, null, { reportName: 'weekly' }],
    [null, 'OUTLAY_NOT_DELIVERED', true, null, null, {}, '2031-01'],
    // One that is over for long comes no more.
    [null, 'OUTLAY_NOT_DELIVERED', false, null, null, {}, '2023-12'],
  ]
  await Promise.all(
    cases.map(async ([fault, code, isRetryable, operation, awsCode, changes, month = MONTH]) => {
      const cloud = await startCloud()
      if (fault) await cloud.fault(fault)
      const error = await thrown(() => collect(connectorTo(cloud, changes).read(month)))
      assert.ok(error instanceof OutlayError, `${error}`)
      const found = [error.code, error.isRetryable, error.operation, error.awsCode]
      assert.deepEqual(found, [code, isRetryable, operation, awsCode], error.message)
      const candidates = { OUTLAY_NO_REPORT: ['daily (legacy report, s3://example-billing/reports)'], OUTLAY_NOT_DELIVERED: [MONTH] }
      assert.deepEqual(error.candidates, candidates[code] ?? null)
      for (const text of [inspect(error, { depth: 9, showHidden: true }), error.stack, error.message, JSON.stringify(error)]) {
        for (const secret of [EXTERNAL_ID, SECRET, 'a-wrong-one']) assert.ok(!text.includes(secret), text)
      }
    }),
  )
})

test('a prefix that no object has names those next to it', async () => {
  const cloud = await startCloud()
  const connector = connectorTo(cloud, { reportName: undefined, bucket: BUCKET, prefix: 'reprots/daily' })
  for (const use of [() => connector.periods(), () => connector.plan(MONTH), () => collect(connector.read(MONTH))]) {
    const error = await thrown(use)
    assert.equal(error.code, 'OUTLAY_NO_REPORT')
    assert.match(error.message, /no object has the prefix `s3:\/\/example-billing\/reprots\/daily\/`/)
    assert.equal(error.candidates[0], `s3://${BUCKET}/reports/`)
  }
  const diagnosis = await connector.verify()
  const { verdict, seen, fix } = diagnosis.finding('list')
  assert.deepEqual([diagnosis.isReady, verdict, seen.includes(`s3://${BUCKET}/reports/`), fix !== null], [false, 'failed', true, true])
})

test('a denial and missing credentials say what helps', async () => {
  const cloud = await startCloud()
  await cloud.fault({ on: 'ListObjectsV2', effect: 'denied', always: true })
  const denied = await thrown(() => connectorTo(cloud).periods())
  assert.match(denied.message, /`verify` of a connector, or `outlay connect`, says which permission is missing/)
  const program = `
    import { read } from 'outlay'
    await read('s3://${BUCKET}/reports/daily/').totals().catch((error) => console.log(error.code, error.message))
  `
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'))
  const none = { AWS_CONFIG_FILE: '/nowhere', AWS_SHARED_CREDENTIALS_FILE: '/nowhere', AWS_EC2_METADATA_DISABLED: 'true' }
  const done = await node(program, { env: { ...Object.fromEntries(own), ...none, AWS_ENDPOINT_URL: cloud.endpoint } })
  assert.match(done.stdout, /^OUTLAY_CREDENTIALS .*looked for in this order: .* Set AWS_PROFILE, run `aws sso login`/, done.stderr)
})

test('secrets are in nothing that is printed', async () => {
  const cloud = await startCloud()
  const externalId = new ExternalId(EXTERNAL_ID)
  const connector = connectorTo(cloud, { externalId, sessionToken: 'a-token-of-mine' })
  const things = { externalId, connector, reader: connector.read(MONTH), diagnosis: await connector.verify() }
  const texts = [`${externalId}`, JSON.stringify(things), inspect(things, { depth: 9, showHidden: true }), JSON.stringify(connector.config), `${things.diagnosis}`]
  for (const text of texts) for (const secret of [EXTERNAL_ID, SECRET, 'a-token-of-mine']) assert.ok(!text.includes(secret), text)
  assert.deepEqual([`${externalId}`, inspect(externalId), JSON.stringify(externalId)], ['ExternalId(redacted)', 'ExternalId(redacted)', '"ExternalId(redacted)"'])
  assert.match(inspect(connector), /^Connector \{\s+roleArn: 'arn:aws:iam::/)
  assert.equal(externalId.reveal(), EXTERNAL_ID)
  assert.notEqual(ExternalId.generate().reveal(), ExternalId.generate().reveal())
  // Nor in what is said of those that are none, or are in the wrong place.
  const access = new Access('example-billing', 'reports')
  for (const wrong of [
    () => new ExternalId(`${EXTERNAL_ID} `),
    () => new ExternalId([EXTERNAL_ID]),
    () => new Connector({ ...optionsFor(cloud), externalId: `${EXTERNAL_ID}!` }),
    () => new Connector(EXTERNAL_ID),
    () => connector.reconfigure(EXTERNAL_ID),
    () => Connector.fromConfig(EXTERNAL_ID),
    () => Connector.fromConfig({}, EXTERNAL_ID),
    () => new Access('example-billing', 'reports', EXTERNAL_ID),
    () => access.trustPolicy(EXTERNAL_ID, '999988887777'),
    () => connector.verify(EXTERNAL_ID),
    () => connector.plan(MONTH, EXTERNAL_ID),
  ]) {
    const error = await thrown(wrong)
    assert.equal(error.code, 'OUTLAY_OPTION', `${wrong}`)
    assert.ok(!inspect(error, { depth: 9 }).includes(EXTERNAL_ID), error.message)
  }
})

test('the process ends by itself, after its work and after an abort', async () => {
  const cloud = await startCloud()
  const program = `
    import { Connector } from 'outlay'
    const connector = new Connector(JSON.parse(process.argv[1]))
    console.log((await connector.verify()).isReady, (await connector.periods()).length)
    const reader = connector.read('${MONTH}')
    for await (const batch of reader) break
    await fetch('${cloud.endpoint}/-/faults', { method: 'POST', body: process.argv[2] })
    await connector.read('${MONTH}', { signal: AbortSignal.timeout(300) }).totals().catch((error) => console.log(error.name))
    await connector.periods({ signal: AbortSignal.timeout(300) }).catch((error) => console.log(error.name))
    globalThis.connector = connector
    process.once('exit', () => console.log(Date.now()))
  `
  const done = await node(program, { given: [JSON.stringify(optionsFor(cloud)), JSON.stringify(SILENT('ListObjectsV2'))], timeout: 30_000 })
  const ended = Date.now()
  const [first, second, third, exit] = done.stdout.trim().split('\n')
  assert.deepEqual([first, second, third], ['true 1', 'TimeoutError', 'TimeoutError'], done.stderr)
  assert.ok(ended - Number(exit) < 1_000, `${ended - Number(exit)} ms to end`)
  assert.equal(done.status, 0)
})

test('workers have connectors of their own, and are ended while these wait', async () => {
  const cloud = await startCloud()
  const program = `
    const { createRequire } = require('node:module')
    const { parentPort, workerData } = require('node:worker_threads')
    const { Connector } = createRequire(workerData.from)('outlay')
    const connector = new Connector(workerData.options)
    const rows = async () => {
      let rows = 0
      for await (const row of connector.read('${MONTH}').rows()) rows += 1
      return rows
    }
    rows().then((count) => {
      parentPort.postMessage(count)
      parentPort.once('message', () => rows())
    })
  `
  const start = () => new Worker(program, { eval: true, workerData: { from: import.meta.url, options: optionsFor(cloud) } })
  const workers = [start(), start(), start()]
  const counts = workers.map((worker) => new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject)))
  assert.deepEqual(await Promise.all(counts), [175, 175, 175])
  await cloud.fault(HANGING)
  for (const worker of workers) worker.postMessage('again')
  await sleep(300)
  assert.deepEqual(await Promise.all(workers.map((worker) => worker.terminate())), [1, 1, 1])
  await cloud.heal()
  assert.equal((await collect(connectorTo(cloud).read(MONTH).rows())).length, 175)
})

test('the loop is free while a connector works', async () => {
  const cloud = await startCloud()
  // A call that blocked the loop would block it for at least as long as one answer takes.
  for (const on of ['GetCallerIdentity', 'GetObject', 'ListObjectsV2']) await cloud.fault({ on, effect: { wait: 1_000 } })
  const connector = connectorTo(cloud)
  let late = 0
  let last = performance.now()
  const timer = setInterval(() => {
    late = Math.max(late, performance.now() - last)
    last = performance.now()
  }, 5)
  await connector.verify()
  await connector.discover()
  await connector.periods()
  clearInterval(timer)
  assert.ok(late < 500, `${late} ms`)
})
