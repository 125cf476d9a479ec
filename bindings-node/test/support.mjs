// What tests share: where the core's cases are, reports of any length, and every way to the rows as one function.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { appendFileSync, closeSync, copyFileSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'

import { DataType, RecordBatchReader, tableFromIPC } from 'apache-arrow'
import { decimalToString } from 'outlay'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))
export const DATA = path.join(ROOT, 'core/tests/data')
export const SAMPLES = path.join(DATA, 'samples')
export const DEMO = path.join(ROOT, 'examples/data/report')

/** The declarations of all types of the package. */
export function declarations() {
  const lib = path.join(ROOT, 'bindings-node/lib')
  const files = readdirSync(lib, { recursive: true }).filter((name) => name.endsWith('.d.ts'))
  return files.toSorted().map((name) => readFileSync(path.join(lib, name), 'utf8')).join('\n')
}

export const HEADER = 'lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode,lineItem/ResourceId,resourceTags/user:Team\n'

/** A folder of its own for a file of tests. */
export function folder() {
  const made = mkdtempSync(path.join(tmpdir(), 'outlay-'))
  process.once('exit', () => rmSync(made, { recursive: true, force: true }))
  return made
}

/** A gzip of as many members, each of which has so many rows; how many rows it has in all. */
export function writeReport(file, members, rows = 20_000) {
  let lines = ''
  for (let n = 0; n < rows; n += 1) {
    lines += `Usage,1.5E-7,USD,arn:aws:example:eu-west-1:111122223333:thing/${String(n).padStart(40, '0')},team-${n % 7}\n`
  }
  const member = gzipSync(lines, { level: 1 })
  const opened = openSync(file, 'w')
  writeSync(opened, gzipSync(HEADER))
  for (let n = 0; n < members; n += 1) writeSync(opened, member)
  closeSync(opened)
  return members * rows
}

/** A report and copies of it, each with blank lines of its own: one that is given twice is refused. */
export function copies(file, number) {
  return Array.from({ length: number }, (_, index) => {
    const copy = index === 0 ? file : file.replace('.csv.gz', `-${index}.csv.gz`)
    if (index > 0) {
      copyFileSync(file, copy)
      appendFileSync(copy, gzipSync('\n'.repeat(index)))
    }
    return copy
  })
}

/** Runs a program to its end: what it printed, and its status. */
export async function run(file, given, options = {}) {
  try {
    const { stdout, stderr } = await promisify(execFile)(file, given, { cwd: ROOT, ...options })
    return { stdout, stderr, status: 0 }
  } catch (error) {
    if (typeof error.code !== 'number') throw error
    return { stdout: error.stdout, stderr: error.stderr, status: error.code }
  }
}

let builds
/** What cargo builds of a target of the workspace, with the features that the tests of the workspace have. */
export async function built(name) {
  const workspace = ['--workspace', '--features', 'outlay/cli,outlay-examples/connect']
  const targets = ['--lib', '--bin', 'outlay-cloud', '--bin', 'outlay', '--example', 'normalize']
  const build = ['build', '--quiet', '--locked', ...workspace, ...targets, '--message-format=json']
  builds ??= run('cargo', build, { maxBuffer: 64 << 20 })
  const { stdout, stderr, status } = await builds
  assert.equal(status, 0, stderr)
  const lines = stdout.trim().split('\n').map((line) => JSON.parse(line))
  return lines.findLast((line) => line.target?.name === name && line.executable)
}

/** Runs JavaScript in a process of its own. */
export function node(program, { flags = [], given = [], ...options } = {}) {
  const type = ['--no-warnings', '--input-type=module', ...flags, '--eval', program, ...given]
  // From here `outlay` and `apache-arrow` are found.
  return run(process.execPath, type, { cwd: fileURLToPath(new URL('.', import.meta.url)), ...options })
}

/** The number of threads of the addon and of the core that run in a process. */
export function ours(pid = 'self') {
  const names = readdirSync(`/proc/${pid}/task`).flatMap((task) => {
    try {
      return [readFileSync(`/proc/${pid}/task/${task}/comm`, 'utf8').trim()]
    } catch {
      // It has ended meanwhile.
      return []
    }
  })
  return names.filter((name) => name.startsWith('outlay')).length
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Milliseconds in which what does not wait for anything is over, on a machine that has other things to do. */
export const AT_ONCE = 2_000

/** Waits until something holds. The limit is for what never happens: it says nothing about speed. */
export async function soon(holds, what) {
  const begun = performance.now()
  while (!holds()) {
    assert.ok(performance.now() - begun < 20_000, `${what ?? holds}: not within 20 s`)
    await sleep(2)
  }
}

/** What a promise or a call throws. */
export async function thrown(use) {
  try {
    await use()
  } catch (error) {
    return error
  }
  return assert.fail('nothing was thrown')
}

export async function collect(iterable) {
  const all = []
  for await (const one of iterable) all.push(one)
  return all
}

export async function count(reader) {
  let rows = 0
  for await (const batch of reader) rows += tableFromIPC(batch).numRows
  return rows
}

/** A cell of Arrow as `rows` gives it. */
function plain(type, value) {
  if (value === null) return null
  if (DataType.isDecimal(type)) return decimalToString(value, { scale: type.scale })
  if (DataType.isMap(type)) return Object.fromEntries(value)
  if (DataType.isInt(type)) return Number(value)
  if (!DataType.isTimestamp(type)) return value
  const micros = Math.round(value * 1000)
  const fraction = String(micros % 1_000_000).padStart(6, '0').replace(/0+$/, '')
  return new Date(Math.floor(micros / 1_000_000) * 1000).toISOString().replace('.000Z', `${fraction && '.'}${fraction}Z`)
}

export function rowsOfTable(table) {
  const columns = table.schema.fields.map((field, index) => [field, table.getChildAt(index)])
  return Array.from({ length: table.numRows }, (_, row) =>
    Object.fromEntries(columns.map(([field, column]) => [field.name, plain(field.type, column.get(row))])),
  )
}

/** Every way to the rows of a report. */
export const WAYS = {
  batches: async (reader) => (await collect(reader)).flatMap((batch) => rowsOfTable(tableFromIPC(batch))),
  tables: async (reader) => (await collect(reader.tables())).flatMap(rowsOfTable),
  rows: async (reader) => collect(reader.rows()),
  'one stream': async (reader) => {
    // Of streams, Node's and the web's, apache-arrow does not pass on errors; of iterables it does.
    const batches = await RecordBatchReader.from(reader.ipcStream()[Symbol.asyncIterator]())
    const rows = []
    for await (const batch of batches) rows.push(...rowsOfTable(tableOf(batch)))
    return rows
  },
}

function tableOf(batch) {
  return { schema: batch.schema, numRows: batch.numRows, getChildAt: (index) => batch.getChildAt(index) }
}
