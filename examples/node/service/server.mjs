// A back end that serves a month of a report as Arrow IPC, as NDJSON, and as a page with a chart.
//
// `server.mjs [REPORT] [PORT]`
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'

import { OutlayError, plan, read } from 'outlay'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const folderOf = (name) => path.dirname(createRequire(import.meta.url).resolve(name))

const FILES = {
  '/': [path.join(HERE, 'page/index.html'), 'text/html; charset=utf-8'],
  '/page.css': [path.join(HERE, 'page/page.css'), 'text/css; charset=utf-8'],
  '/page.js': [path.join(HERE, 'page/page.js'), 'text/javascript; charset=utf-8'],
  '/sums.js': [path.join(HERE, 'page/sums.js'), 'text/javascript; charset=utf-8'],
  '/arrow.js': [path.join(folderOf('apache-arrow'), 'Arrow.es2015.min.js'), 'text/javascript; charset=utf-8'],
  '/chart.js': [path.join(folderOf('chart.js'), 'chart.umd.js'), 'text/javascript; charset=utf-8'],
}

/** Error codes that mean a bad request. All others are errors of the service. */
const CLIENT_ERRORS = new Set(['OUTLAY_OPTION'])

/** Creates the service for a report. */
export function service(report) {
  return createServer((request, response) => {
    answer(report, request, response).catch((error) => fail(response, error))
  })
}

async function answer(report, request, response) {
  const url = new URL(request.url, 'http://localhost')
  if (url.pathname === '/months.json') return months(report, response)
  if (url.pathname === '/month.arrow' || url.pathname === '/month.ndjson') return month(report, url, response)
  const [file, type] = FILES[url.pathname] ?? []
  if (file === undefined) return send(response, 404, 'text/plain; charset=utf-8', 'There is no such page.\n')
  return send(response, 200, type, await readFile(file))
}

/** Sends the billing periods of the report, the newest first. */
async function months(report, response) {
  const { parts } = await plan(report)
  const periods = [...new Set(parts.map((part) => part.period).filter(Boolean))].sort().reverse()
  return send(response, 200, 'application/json', JSON.stringify(periods))
}

/** Streams a month, as fast as the client reads it. */
async function month(report, url, response) {
  const columns = url.searchParams.get('columns')?.split(',')
  const period = url.searchParams.get('month')
  // The read ends when the client disconnects, even while a filter excludes all rows.
  const left = new AbortController()
  response.once('close', () => left.abort())
  const reader = read(report, { columns, periods: period === null ? [] : [period], signal: left.signal })
  // The report is opened before anything is sent, so that an error can still set the status.
  await reader.columns()
  const [type, body] = url.pathname.endsWith('.arrow')
    ? ['application/vnd.apache.arrow.stream', reader.ipcStream()]
    : ['application/x-ndjson', reader.ndjsonStream()]
  response.writeHead(200, { 'content-type': type })
  await pipeline(body, response)
}

function send(response, status, type, body) {
  response.writeHead(status, { 'content-type': type }).end(body)
}

function fail(response, error) {
  // The status is already sent: the connection is closed, so that the client sees an incomplete response.
  if (response.headersSent || response.destroyed) return response.destroy()
  if (!(error instanceof OutlayError)) console.error(error)
  const { code = 'INTERNAL', message } = error instanceof OutlayError ? error : { message: 'a fault of the service' }
  return send(response, CLIENT_ERRORS.has(code) ? 400 : 500, 'application/json', JSON.stringify({ code, message }))
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [report = path.join(HERE, '../../data/report'), port = '8080'] = process.argv.slice(2)
  service(report).listen(Number(port), '127.0.0.1', () => console.log(`http://127.0.0.1:${port}`))
}
