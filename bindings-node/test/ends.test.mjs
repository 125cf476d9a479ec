// What is left of a read when it is over, however it ends: no thread, no file, no memory.
import assert from 'node:assert/strict'
import { createReadStream, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'

import { OutlayError, plan, read, readPart } from 'outlay'

import { HEADER, WAYS, collect, folder, ours, sleep, soon } from './support.mjs'

const ROUNDS = 25
const TEMPORARY = folder()

/** The lines of a report, of which one is wrong. */
function content(rows, bad) {
  const lines = Array.from({ length: rows }, (_, row) => `Usage,1.5E-7,USD,arn:aws:example:eu-west-1:111122223333:thing/${String(row).padStart(40, '0')},team-7\n`)
  if (bad) lines[Math.floor((rows * 3) / 4)] = 'Usage,much,USD,,\n'
  return HEADER + lines.join('')
}

for (const [name, bad] of [['bad', true], ['good', false]]) {
  writeFileSync(path.join(TEMPORARY, `${name}.csv`), content(2_000, bad))
  const parts = path.join(TEMPORARY, `${name}-parts`)
  mkdirSync(parts)
  // Each other: the same content under two names is refused.
  for (let part = 0; part < 4; part += 1) writeFileSync(path.join(parts, `report-0000${part + 1}.csv`), content(600 + part, bad && part === 2))
}
writeFileSync(path.join(TEMPORARY, 'header.csv'), 'a,b\n1,2\n')
const at = (name) => path.join(TEMPORARY, name)

const files = () => readdirSync('/proc/self/fd').length

/** Memory in use, after what is garbage was given up: buffers are freed after the collection, in the loop. */
async function memory() {
  for (let round = 0; round < 3; round += 1) {
    gc()
    await sleep(10)
  }
  return process.memoryUsage()
}

/** Does the same many times, after which nothing is left of it. */
async function flat(use) {
  for (let warm = 0; warm < 10; warm += 1) await use()
  const before = await memory()
  await soon(() => ours() === 0, 'threads')
  const opened = files()
  for (let round = 0; round < ROUNDS; round += 1) await use()
  const after = await memory()
  const grown = (kind) => (after[kind] - before[kind]) / (1 << 20)
  await soon(() => ours() === 0, 'threads')
  assert.ok(files() <= opened, `${files()} files, ${opened} before`)
  assert.ok(grown('external') + grown('arrayBuffers') < 2, `${grown('external')} MiB of buffers`)
  assert.ok(grown('heapUsed') < 4, `${grown('heapUsed')} MiB of objects`)
  // A reader that is left has a megabyte or more, and each use has several readers.
  assert.ok(grown('rss') < 64, `${grown('rss')} MiB in all`)
}

/** An error of the package's own, or one that is meant. */
async function fails(use, code = /OUTLAY_/) {
  try {
    await use()
  } catch (error) {
    assert.match(`${error.code ?? error.message}`, code)
    if (code.source === 'OUTLAY_') assert.ok(error instanceof OutlayError)
    return
  }
  assert.fail('nothing was thrown')
}

/** Every way to all batches. */
const USES = {
  ...WAYS,
  toParquet: (reader) => reader.toParquet(at('out.parquet')),
  toIpc: (reader) => reader.toIpc(at('out.arrow')),
  toCsv: (reader) => reader.toCsv(at('out.csv')),
  ndjsonStream: (reader) => buffer(reader.ndjsonStream()),
  csvStream: (reader) => buffer(reader.csvStream()),
  parquetStream: (reader) => buffer(reader.parquetStream()),
}

const skip = !globalThis.gc || process.platform !== 'linux'

for (const [name, use] of Object.entries(USES)) {
  test(`nothing is left of a read that fails: ${name}`, { skip }, () =>
    flat(async () => {
      for (const [report, threads] of [['bad.csv', 1], ['bad.csv', 2], ['bad-parts', 8]]) {
        await fails(() => use(read(at(report), { threads })), /OUTLAY_VALUE|much/)
      }
      await fails(() => use(read(readFileSync(at('bad.csv')))), /OUTLAY_VALUE|much/)
      await fails(() => use(read(createReadStream(at('bad.csv')))), /OUTLAY_VALUE|much/)
    }))
  test(`nothing is left of a read that ends well: ${name}`, { skip }, () =>
    flat(async () => {
      for (const [report, threads] of [['good.csv', 1], ['good-parts', 8]]) await use(read(at(report), { threads }))
      await use(read(createReadStream(at('good.csv'))))
    }))
}

const VERBS = {
  'read nothing': () => collect(read(at('nowhere'))),
  'read no report': () => collect(read(at('header.csv'))),
  'read with an option': () => read(at('good.csv'), { threads: 0 }),
  'plan nothing': () => plan(at('nowhere')),
  readPart: async () => {
    for (const part of (await plan(at('bad-parts'))).parts) await collect(readPart(part))
  },
  check: () => read(at('good.csv')).check(),
  'a listener that throws': () =>
    collect(
      read(at('good.csv'), {
        batchRows: 100,
        onProgress: () => {
          throw Object.assign(new Error('of the caller'), { code: 'OUTLAY_OF_THE_CALLER' })
        },
      }),
    ),
}

for (const [name, use] of Object.entries(VERBS)) {
  test(`nothing is left of a verb that fails: ${name}`, { skip }, () => flat(() => fails(use, name.startsWith('a listener') ? /OF_THE_CALLER/ : /OUTLAY_/)))
}

test('nothing is left of a read that is left half way', { skip }, () =>
  flat(async () => {
    for (const [report, threads] of [['good.csv', 1], ['good.csv', 2], ['good-parts', 8]]) {
      for await (const batch of read(at(report), { threads, batchRows: 100 })) if (batch) break
      const reader = read(at(report), { threads, batchRows: 100 })
      await reader[Symbol.asyncIterator]().next()
      reader.close()
      for await (const row of read(createReadStream(at('good.csv')), { threads, batchRows: 100 }).rows()) if (row) break
      // And one that is not referred to any more: it is collected.
      await read(at(report), { threads, batchRows: 100 })[Symbol.asyncIterator]().next()
      await memory()
    }
  }))

test('readers that are kept hold nothing of a read that ended', { skip }, async () => {
  const ended = async (report, threads) => {
    const reader = read(at(report), { threads })
    await collect(reader).catch((error) => assert.equal(error.code, 'OUTLAY_VALUE'))
    return reader
  }
  for (const report of ['bad.csv', 'bad-parts', 'good.csv', 'good-parts']) {
    for (let warm = 0; warm < 5; warm += 1) await ended(report, 8)
    const opened = files()
    const kept = []
    // The allocator keeps memory for threads that ran at once, whose number differs; what readers hold grows each time.
    let grown
    for (let series = 0; series < 3 && !(grown < 32); series += 1) {
      const before = await memory()
      for (let round = 0; round < ROUNDS; round += 1) kept.push(await ended(report, 8))
      grown = ((await memory()).rss - before.rss) / (1 << 20)
    }
    await soon(() => ours() === 0, 'threads')
    assert.ok(files() <= opened, `${files()} files, ${opened} before`)
    assert.ok(grown < 32, `${report}: ${grown} MiB`)
    for (const reader of kept) assert.ok((await reader.totals()).rowsIn > 0)
  }
})
