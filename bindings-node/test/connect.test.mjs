// The example that goes the whole way from a role to a month.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'

import { EXTERNAL_ID, KEY, ROLE, SECRET, flatWorld, startCloud, unreadableWorld } from './cloud.mjs'
import { ROOT, built, folder, run } from './support.mjs'

const EXAMPLE = path.join(ROOT, 'examples/node/connect.mjs')
const COMMAND = path.join(ROOT, 'bindings-node/bin/outlay.js')
const connect = (given, options) => run(process.execPath, ['--no-warnings', EXAMPLE, ...given], options)

const env = { ...process.env, AWS_ACCESS_KEY_ID: KEY, AWS_SECRET_ACCESS_KEY: SECRET, EXTERNAL_ID }
const roleIn = ({ endpoint }) => ['--role', ROLE, '--external-id-env', 'EXTERNAL_ID', '--endpoint', endpoint]

/** What both said, but the costs, which ours shows by currency and the command by service. An hour can end between the two. */
function shown({ stdout, ...rest }) {
  const costs = /^ +BilledCost.*\nUSD.*\n\n|^Service \(USD\).*\n(.*\n)*?Total .*\n\n/m
  return { ...rest, stdout: stdout.replace(costs, '').replace(/\d+ hours old/, 'hours old') }
}

test('it says what the command says', async () => {
  const { executable } = await built('outlay')
  const cloud = await startCloud()
  const { endpoint } = cloud
  const role = roleIn(cloud)
  for (const given of [
    ['--report', 'daily', ...role],
    ['--location', 'example-billing/reports/daily/', '--period', '2023-11', ...role],
    ['--report', 'weekly', ...role],
    ['--report', 'daily', '--role', ROLE, '--endpoint', endpoint],
    ['--report', 'daily', '--period', '2023-12', ...role],
  ]) {
    const [ours, theirs] = [await connect(given, { env }), await run(executable, ['connect', '--cost-explorer', ...given], { env })]
    assert.deepEqual(shown(ours), shown(theirs), given.join(' '))
  }
})

test('months that cannot be read say why', async () => {
  const { executable } = await built('outlay')
  const [some, none] = [await startCloud(), await startCloud(unreadableWorld())]
  await some.put('reports/daily/20231001-20231101/daily-Manifest.json', {})
  for (const [cloud, report, status, problem, end] of [
    [some, 'daily', 0, /^2023-10: .*: not a manifest: /m, /^proven: nothing was lost/m],
    [none, 'flat', 1, /^2023-11: .*: it is newer than its manifest/m, /\nRead\nnothing can be read\n\n$/],
  ]) {
    const given = ['--report', report, ...roleIn(cloud)]
    const [ours, theirs] = [await connect(given, { env }), await run(executable, ['connect', '--cost-explorer', ...given], { env })]
    assert.deepEqual(shown(ours), shown(theirs), report)
    assert.equal(ours.status, status, ours.stderr)
    for (const part of [problem, end]) assert.match(ours.stdout, part)
  }
})

test('the steps of connect are commands of their own, and ask before what costs money', async () => {
  const cloud = await startCloud()
  const place = ['--report', 'daily', ...roleIn(cloud)]
  const outlay = (...given) => run(process.execPath, ['--no-warnings', COMMAND, ...given, ...place], { env })
  const { stdout: all } = await outlay('connect')
  for (const command of ['verify', 'periods', 'accounts']) {
    const { stdout, stderr, status } = await outlay(command)
    assert.deepEqual([status, stderr, all.includes(stdout.trimEnd())], [0, '', true], command)
    assert.ok(JSON.parse((await outlay(command, '--json')).stdout))
  }
  assert.match((await outlay('verify')).stdout, /^skipped {2}cost_explorer /m)
  assert.match((await outlay('verify', '--cost-explorer')).stdout, /^passed {3}cost_explorer /m)
})

test('a file takes its place only when no check of its read is broken', async () => {
  const place = folder()
  const part = path.join(place, 'part.csv.gz')
  const header = 'lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode,lineItem/UsageAccountId\n'
  const [good, bad] = [flatWorld(), flatWorld()]
  for (const [world, cost] of [[good, '1'], [bad, '']]) {
    const file = `${part}-${cost}`
    writeFileSync(file, gzipSync(`${header}Usage,${cost},USD,444455556666\n`))
    world.buckets[0].objects[2].content = { file }
  }
  const files = path.join(folder(), 'files')
  mkdirSync(files)
  for (const kind of ['csv', 'parquet', 'arrow']) {
    const output = path.join(files, `month.${kind}`)
    for (const [world, status, outcome] of [[bad, 1, /^NOT PROVEN: costs_known: /m], [good, 0, /^(proven|partial): /m]]) {
      writeFileSync(output, 'last month')
      const done = await connect(['--report', 'flat', ...roleIn(await startCloud(world)), '--output', output], { env })
      assert.equal(done.status, status, done.stderr)
      assert.match(done.stdout, outcome)
      assert.equal(done.stdout.includes(`${output} is not written, since the read is unproven`), status === 1)
      assert.equal(readFileSync(output, 'latin1') === 'last month', status === 1)
    }
  }
  assert.deepEqual(readdirSync(files).sort(), ['month.arrow', 'month.csv', 'month.parquet'])
})

test('it goes the whole way against a cloud that it starts', async () => {
  const output = path.join(folder(), 'month.parquet')
  const done = await connect(['--demo', '--output', output])
  assert.equal(done.status, 0, done.stderr)
  for (const part of ['Set-up\n', 'ready: 0 failed', 'Shop', '2023-11', '800.2936682272', 'proven: ']) {
    assert.ok(done.stdout.includes(part), `no ${part} in ${done.stdout}`)
  }
  assert.ok(statSync(output).size > 1_000)
})

test('it says how it is used', async () => {
  for (const given of [[], ['--nonsense'], ['--report'], ['--demo', '--output', 'month.txt']]) {
    const { status, stdout, stderr } = await connect(given)
    assert.deepEqual([status, stdout], [2, ''])
    assert.match(stderr, /usage: connect\.mjs --report NAME/)
  }
})
