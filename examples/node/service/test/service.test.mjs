// Tests the service with its clients: programs, slow clients, clients that disconnect, and a browser.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

import { Decimal, Table, Utf8, tableFromIPC, vectorFromArray } from 'apache-arrow'
import { decimalToString, read } from 'outlay'
import { chromium } from 'playwright-core'

import { amount, exact, ranked, sums, total } from '../page/sums.js'
import { service } from '../server.mjs'

const REPORT = fileURLToPath(new URL('../../../data/report', import.meta.url))
const SCREENSHOT = fileURLToPath(new URL('../../../../target/service.png', import.meta.url))
const CHROMIUM = '/usr/bin/chromium'
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const servers = []

async function serve(report) {
  const server = service(report)
  servers.push(server)
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, url: `http://127.0.0.1:${server.address().port}` }
}

after(() => {
  for (const server of servers) {
    server.close()
    server.closeAllConnections()
  }
})

async function rowsOf(reader) {
  const rows = []
  for await (const row of reader.rows()) rows.push(row)
  return rows
}

/** Returns the running threads of the library. */
const threads = () =>
  readdirSync('/proc/self/task').filter((task) => {
    const name = `/proc/self/task/${task}/comm`
    return existsSync(name) && readFileSync(name, 'utf8').startsWith('outlay')
  }).length

test('months are listed', async () => {
  const { url } = await serve(REPORT)
  assert.deepEqual(await (await fetch(`${url}/months.json`)).json(), ['2023-11'])
})

test('a month comes as Arrow and as NDJSON, the same', async () => {
  const { url } = await serve(REPORT)
  const columns = ['ServiceName', 'BilledCost', 'ChargePeriodStart', 'Tags']
  const wanted = await rowsOf(read(REPORT, { columns }))
  const query = `month=2023-11&columns=${columns}`

  const lines = await fetch(`${url}/month.ndjson?${query}`)
  assert.equal(lines.headers.get('content-type'), 'application/x-ndjson')
  const text = await lines.text()
  assert.deepEqual(text.trimEnd().split('\n').map((line) => JSON.parse(line)), wanted)

  const arrow = await fetch(`${url}/month.arrow?${query}`)
  assert.equal(arrow.headers.get('content-type'), 'application/vnd.apache.arrow.stream')
  const table = tableFromIPC(await arrow.arrayBuffer())
  const found = table.toArray().map((row) => [row.ServiceName, decimalToString(row.BilledCost)])
  assert.deepEqual(found, wanted.map((row) => [row.ServiceName, row.BilledCost]))
})

test('requests that make no sense have a status', async () => {
  const { url } = await serve(REPORT)
  for (const [where, status, code] of [
    ['month.arrow?columns=NoSuchColumn', 400, 'OUTLAY_OPTION'],
    ['month.ndjson?month=May', 400, 'OUTLAY_OPTION'],
  ]) {
    const response = await fetch(`${url}/${where}`)
    assert.deepEqual([response.status, (await response.json()).code], [status, code])
  }
  assert.equal((await fetch(`${url}/../server.mjs`)).status, 404)
  const nowhere = await serve('nowhere')
  const response = await fetch(`${nowhere.url}/month.arrow`)
  assert.deepEqual([response.status, (await response.json()).code], [500, 'OUTLAY_NOT_FOUND'])
})

test('a slow client slows the read down, and one that goes away ends it', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'outlay-'))
  const file = path.join(folder, 'long.csv.gz')
  const line = `Usage,1.5E-7,USD,${'x'.repeat(60)}\n`
  const header = 'lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode,lineItem/ResourceId\n'
  writeFileSync(file, Buffer.concat([gzipSync(header), gzipSync(line.repeat(400_000), { level: 1 })]))
  const { server, url } = await serve(file)
  for (const where of ['month.arrow', 'month.ndjson']) {
    let socket
    server.once('connection', (connected) => (socket = connected))
    const request = get(`${url}/${where}`, { agent: false })
    const response = await new Promise((resolve) => request.once('response', resolve))
    await new Promise((resolve) => response.once('readable', resolve))
    // The whole month is far larger: 60 bytes per row for one of 63 columns.
    await sleep(500)
    assert.ok(socket.bytesWritten < 24e6, `${socket.bytesWritten} bytes of ${where}`)
    assert.ok(threads() > 0, `${where} waits`)
    request.destroy()
    const begun = performance.now()
    while (threads() > 0 && performance.now() - begun < 1_000) await sleep(5)
    assert.equal(threads(), 0, `${where} ends`)
  }
  rmSync(folder, { recursive: true })
})

/** Builds a table of charges: service, billed cost in units (null: unknown) and currency. */
function charges(rows) {
  const words = (cost) => cost === null ? null : new Uint32Array(new BigInt64Array([BigInt(cost) * 10n ** 18n, cost < 0 ? -1n : 0n]).buffer)
  const texts = (column) => vectorFromArray(rows.map((row) => row[column]), new Utf8())
  const BilledCost = vectorFromArray(rows.map(([, cost]) => words(cost)), new Decimal(18, 38, 128))
  return new Table({ ServiceName: texts(0), BilledCost, BillingCurrency: texts(2) }).batches
}

test('a cost that is unknown is counted, and never taken for 0', async () => {
  const batches = charges([
    ['Compute', 3, 'USD'],
    ['Compute', null, 'USD'],
    ['Storage', 5, 'USD'],
    ['Refunds', -2, 'USD'],
    ['Support', null, 'USD'],
    ['Compute', 7, 'EUR'],
    ['Taxes', null, 'EUR'],
    ['Gifts', 0, null],
  ])
  let last
  for await (const step of sums(batches)) last = step
  assert.equal(last.rows, 8)
  const shown = (currency) => ranked(last.byCurrency.get(currency)).map(([name, sum]) => [name, amount(sum, currency)])
  assert.deepEqual(shown('USD'), [['Storage', '$5.00'], ['Compute', '$3.00 + 1 unknown'], ['Refunds', '-$2.00'], ['Support', 'unknown']])
  assert.deepEqual(shown('EUR'), [['Compute', '€7.00'], ['Taxes', 'unknown']])
  assert.deepEqual(shown(null), [['1 more', '0']])
  const whole = total(last.byCurrency.get('USD').values())
  assert.equal(amount(whole, 'USD'), '$6.00 + 2 unknown')
  assert.equal(exact(whole), '6; the cost of 2 charges is unknown')
  assert.equal(exact(last.byCurrency.get('USD').get('Support')), 'the cost of 1 charge is unknown')
})

const skip = !existsSync(CHROMIUM)
if (skip) console.error(`\n*** NOT TESTED: the page; ${CHROMIUM} is not there ***\n*** to install what is missing: apt-get install chromium ***\n`)

/** Opens a page in a browser, waits for a state, and calls a function with the page. */
async function browse(url, state, use) {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS })
  try {
    const page = await browser.newPage({ viewport: { width: 1_280, height: 720 } })
    const faults = []
    page.on('pageerror', (error) => faults.push(error.message))
    const asked = new Set()
    page.on('request', (request) => asked.add(new URL(request.url()).origin))
    await page.goto(url)
    await page.waitForSelector(`body[data-state=${state}]`, { timeout: 60_000 })
    await use(page)
    assert.deepEqual(faults, [])
    asked.delete('null')
    assert.deepEqual([...asked], [url], 'all is served from here')
  } finally {
    await browser.close()
  }
}

test('the page draws the month', { skip }, async () => {
  const { url } = await serve(REPORT)
  await browse(url, 'done', async (page) => {
    assert.equal(await page.textContent('#total'), '$800.29')
    assert.equal(await page.textContent('#summary'), 'billed for November 2023, 175 charges; exactly 800.2936682272 USD')
    assert.equal(await page.inputValue('#month'), '2023-11')
    assert.equal(await page.textContent('#sum'), 'Total$800.29100.0%')

    // The table has the same sums as the rows that a program reads, the largest first.
    const sums = new Map()
    for (const row of await rowsOf(read(REPORT, { columns: ['ServiceName', 'BilledCost'] }))) {
      sums.set(row.ServiceName, (sums.get(row.ServiceName) ?? 0) + Number(row.BilledCost))
    }
    const lines = await page.$$eval('#services tr', (rows) => rows.map((row) => [row.cells[0].textContent, row.cells[1].textContent, Number(row.title)]))
    const named = lines.slice(0, -1)
    assert.ok(named.length >= 4)
    for (const [service, shown, exact] of named) {
      assert.ok(Math.abs(exact - sums.get(service)) < 1e-9, service)
      assert.equal(shown, `$${exact.toFixed(2)}`)
    }
    assert.deepEqual(named, named.toSorted(([, , a], [, , b]) => b - a))
    assert.equal(lines.at(-1)[0], `${sums.size - named.length} more`)

    // The chart has a bar in the expected colour for each line.
    const drawn = await page.$eval('#chart', (canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
      let pixels = 0
      for (let at = 0; at < data.length; at += 4) pixels += data[at] === 0x2f && data[at + 1] === 0x6f && data[at + 2] === 0xb0
      return { pixels, labels: globalThis.Chart.getChart(canvas).data.labels }
    })
    assert.ok(drawn.pixels > 2_000, `${drawn.pixels} pixels of bars`)
    assert.deepEqual(drawn.labels, lines.map(([service]) => service))
    mkdirSync(path.dirname(SCREENSHOT), { recursive: true })
    await page.screenshot({ path: SCREENSHOT })
  })
})

test('the page says what is wrong', { skip }, async () => {
  const { url } = await serve('nowhere')
  await browse(url, 'failed', async (page) => {
    assert.equal(await page.textContent('#summary'), `${path.resolve('nowhere')}: no such file or folder; check the path`)
  })
})
