// Errors: whose they are, where they point, and that nothing else comes of them.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { gzipSync } from 'node:zlib'

import { OutlayError, Reader, Totals, plan, read, readPart } from 'outlay'

import { DEMO, ROOT, SAMPLES, WAYS, collect, declarations, folder, node, thrown } from './support.mjs'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))
const HEADER = 'lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\n'
const TEMPORARY = folder()
const BAD = path.join(TEMPORARY, 'bad.csv')
writeFileSync(BAD, `${HEADER}Usage,1.5,USD\nUsage,convertible,USD\nUsage,2.5,USD\n`)

const CASES = [
  ['synthetic-legacy-crlf.csv', 'OUTLAY_RAGGED'],
  ['handmade-legacy-minimal.csv', 'OUTLAY_MISSING_COLUMN'],
  ['handmade-cur2-minimal.csv', 'OUTLAY_MISSING_COLUMN'],
  ['fivetran-loader-shape.csv', 'OUTLAY_VALUE'],
]
const parquet = path.join(TEMPORARY, 'out.parquet')
const USES = { ...WAYS, toParquet: (reader) => reader.toParquet(parquet) }

for (const [name, use] of Object.entries(USES)) {
  test(`our errors come as ${name}`, async () => {
    for (const [sample, code] of CASES) {
      const reader = read(path.join(SAMPLES, sample))
      const error = await thrown(() => use(reader))
      assert.ok(error instanceof OutlayError, `${sample}: ${error}`)
      assert.deepEqual([error.code, error.object], [code, sample])
      assert.ok(error.message.startsWith(sample), error.message)
      // What was read stays, and proves nothing.
      assert.equal((await thrown(() => reader.check())).code, 'OUTLAY_UNPROVEN')
      assert.equal((await thrown(() => collect(reader))).code, 'OUTLAY_CONSUMED')
    }
    assert.ok(!existsSync(parquet))
  })
}

test('places are properties', async () => {
  const error = await thrown(() => collect(read(BAD)))
  assert.ok(error instanceof OutlayError && error instanceof Error)
  const byte = HEADER.length + 'Usage,1.5,USD\nUsage,'.length
  const { name, code, object, row, column } = error
  assert.deepEqual(
    { name, code, object, row, byte: error.byte, column },
    { name: 'OutlayError', code: 'OUTLAY_VALUE', object: 'bad.csv', row: 2, byte, column: 'lineItem/UnblendedCost' },
  )
  assert.equal(error.message, `bad.csv: row 2, byte ${byte}, lineItem/UnblendedCost: \`convertible\` is not a decimal number; the option \`onError\` decides what happens to such records`)
  // Nothing of AWS, and nothing to choose among.
  assert.deepEqual([error.operation, error.awsCode, error.candidates], [null, null, null])
  assert.ok(error.stack.startsWith('OutlayError: bad.csv'), error.stack)
  assert.match(error.stack, /errors\.test\.mjs/, 'the stack leads to the caller')
  assert.equal(error.isRetryable, false)
  // What is not known is not shown, and is there nevertheless.
  assert.deepEqual(Object.keys(error).sort(), ['byte', 'code', 'column', 'object', 'row'])
  assert.ok('awsCode' in error)
})

test('errors print and are written as JSON with what is known of them', async () => {
  const error = await thrown(() => collect(read(BAD)))
  const [, fields] = inspect(error).split('{\n')
  assert.deepEqual([...fields.matchAll(/^  (\w+):/gm)].map(([, name]) => name), ['code', 'object', 'row', 'byte', 'column'])
  assert.doesNotMatch(inspect(error), /null/)
  const { name, message, code, object, row, byte, column } = error
  assert.deepEqual(JSON.parse(JSON.stringify(error)), { name, message, code, object, row, byte, column })
  const io = await thrown(() => read(DEMO).toParquet(path.join(TEMPORARY, 'none/out.parquet')))
  assert.equal(JSON.parse(JSON.stringify({ io })).io.cause, io.cause.message)
})

test('classes are not made with `new`, and say so', () => {
  assert.throws(() => new Reader(), { code: 'OUTLAY_OPTION', message: /`read`/ })
  assert.throws(() => new Totals(), { code: 'OUTLAY_OPTION', message: /reader/ })
})

test('each code of the core is declared', () => {
  const codes = (text, pattern) => [...new Set([...text.matchAll(pattern)].map(([, code]) => code))].sort()
  const core = codes(readFileSync(path.join(ROOT, 'core/src/error/mod.rs'), 'utf8'), /=> "(OUTLAY_[A-Z_]+)"/g)
  assert.ok(core.length > 15)
  const declared = codes(declarations().split('export type ErrorCode =')[1].split('\n\n')[0], /'(OUTLAY_[A-Z_]+)'/g)
  assert.deepEqual(declared, [...core, 'OUTLAY_NO_ARROW', 'OUTLAY_PANIC'].sort())
  // Those that the package makes by itself are among them.
  const sources = ['lib', 'src'].flatMap((name) => readdirSync(path.join(PACKAGE, name)).map((file) => path.join(PACKAGE, name, file)))
  const own = codes(sources.filter((file) => /\.(js|rs)$/.test(file)).map((file) => readFileSync(file, 'utf8')).join('\n'), /['"](OUTLAY_[A-Z_]+)['"]/g)
  assert.ok(own.includes('OUTLAY_PANIC') && own.includes('OUTLAY_NO_ARROW'))
  assert.deepEqual(own.filter((code) => !declared.includes(code)), [])
})

test('there is one class, whichever way it is loaded', async () => {
  const required = createRequire(import.meta.url)('outlay')
  assert.equal(required.OutlayError, OutlayError)
  assert.ok((await thrown(() => collect(required.read(BAD)))) instanceof OutlayError)
})

test('reports that are not there', async () => {
  for (const use of [() => collect(read('nowhere')), () => plan('nowhere'), () => read('nowhere').totals()]) {
    const error = await thrown(use)
    const message = `${path.resolve('nowhere')}: no such file or folder; check the path`
    assert.deepEqual([error.code, error.message, error.candidates], ['OUTLAY_NOT_FOUND', message, null])
  }
  const error = await thrown(() => plan(path.join(path.dirname(DEMO), 'reprot')))
  assert.deepEqual(error.candidates, [DEMO])
})

test('what the system said is the cause', { skip: process.platform === 'win32' }, async () => {
  const error = await thrown(() => read(DEMO).toParquet(path.join(TEMPORARY, 'none/out.parquet')))
  assert.equal(error.code, 'OUTLAY_IO')
  assert.deepEqual([error.cause.code, error.cause.errno], ['ENOENT', -2])
  if (process.getuid() !== 0) {
    const secret = path.join(TEMPORARY, 'secret.csv')
    writeFileSync(secret, HEADER)
    chmodSync(secret, 0)
    assert.equal((await thrown(() => collect(read(secret)))).cause.code, 'EACCES')
  }
})

test('options that make no sense are refused at once', () => {
  const cases = [
    [{ focus: '9' }, 'option `focus`: FOCUS `9` is not supported; use 1.2'],
    [{ columns: ['NoSuchColumn'] }, 'option `columns`: FOCUS 1.2 has no column `NoSuchColumn`: name columns as FOCUS does, columns of the report in `extraColumns`, and tags in `tagColumns`'],
    [{ text: 'latin1' }, 'option `text`: `latin1` is none of `utf8`, `dictionary`, `view`'],
    [{ threads: 0 }, 'option `threads`: it must be at least 1'],
    [{ threads: 1.5 }, 'option `threads`: 1.5 is no whole number'],
    [{ threads: NaN }, 'option `threads`: NaN is no whole number'],
    [{ batchRows: -1 }, 'option `batchRows`: -1 is no whole number'],
    [{ batchRows: 0 }, /^option `batchRows`: it must be between 1 and/],
    [{ periods: ['May'] }, /^option `periods`: `May` is not a month/],
    [{ asOf: 'yesterday' }, /^option `asOf`: `yesterday` is not an instant/],
    [{ asOf: new Date(NaN) }, 'option `asOf`: an invalid date'],
    [{ lineage: 'yes' }, 'option `lineage`: expected yes or no, got a text'],
    [{ lineage: () => true }, 'option `lineage`: a function is no value'],
    [{ colums: ['ServiceName'] }, '`colums` is not an option: did you mean `columns`?'],
    [{ batch_rows: 5 }, '`batch_rows` is not an option: did you mean `batchRows`?'],
    [{ quarantineFile: new URL('https://example.com/') }, 'option `quarantineFile`: it is a path, not a URL of `https:`'],
    [{ signal: 'now' }, 'option `signal`: it is no AbortSignal'],
    [{ onProgress: 5 }, 'option `onProgress`: it is no function'],
  ]
  for (const [options, message] of cases) {
    assert.throws(() => read(DEMO, options), { name: 'OutlayError', code: 'OUTLAY_OPTION', message })
  }
  for (const report of [5, null, undefined, {}, ['a', 5]]) assert.throws(() => read(report), { code: 'OUTLAY_OPTION' })
  for (const options of [null, 5, 'threads']) assert.throws(() => read(DEMO, options), { code: 'OUTLAY_OPTION' })
  assert.throws(() => read(5), { message: 'a report is a path, a list of paths, bytes, a list of bytes, or a stream of bytes, not a number' })
  assert.throws(() => read(DEMO).rows({ number: 'number' }), { code: 'OUTLAY_OPTION', message: '`number` is not an option: did you mean `numbers`?' })
  assert.throws(() => read(DEMO).ndjsonStream({ numbers: 5 }), { code: 'OUTLAY_OPTION', message: /^option `numbers`: a number is none of/ })
  assert.throws(() => readPart(undefined), { code: 'OUTLAY_OPTION' })
  assert.throws(() => readPart({ object: 'a' }), { code: 'OUTLAY_OPTION', message: /^that is no part of a plan: / })
  assert.throws(() => read(DEMO).rows({ numbers: 'float' }), { code: 'OUTLAY_OPTION' })
})

test('a file has a name', async () => {
  for (const kind of ['toParquet', 'toIpc', 'toCsv']) {
    const { code, message } = await thrown(() => read(DEMO)[kind](5))
    assert.deepEqual([code, message], ['OUTLAY_OPTION', 'option `file`: it is a path, not a number'])
    assert.match((await thrown(() => read(DEMO)[kind](new PassThrough()))).message, /not a stream: await pipeline\(reader\.\w+Stream\(\), stream\)/)
  }
})

test('each of the things that a plan can be told is looked at as well', async () => {
  assert.equal((await thrown(() => plan(DEMO, { colums: [] }))).message, '`colums` is not an option: did you mean `columns`?')
  assert.equal((await thrown(() => plan(5))).code, 'OUTLAY_OPTION')
  assert.equal((await thrown(() => plan(Buffer.from('a')))).message, 'a plan is made of paths, since its parts are read again, also in other processes: write the bytes to a file')
})

/** Reports that are none, or are damaged. */
function malformed() {
  const whole = readFileSync(path.join(SAMPLES, 'legacy-csv-daily-2023-11.csv.gz'))
  const cases = [Buffer.alloc(0), Buffer.from([0x1f, 0x8b]), Buffer.from('PK\x03\x04'), Buffer.alloc(100_000, 0xff)]
  cases.push(Buffer.from('a,b\n1\n'), Buffer.from(`${HEADER}"`), Buffer.from(`${HEADER}Usage,1,USD\xff\n`, 'latin1'))
  cases.push(gzipSync(`${HEADER}Usage,${'9'.repeat(100)},USD\n`), Buffer.from('{"assemblyId": 5}'))
  for (let cut = 0; cut < whole.length; cut += 4_999) cases.push(whole.subarray(0, cut))
  for (let flip = 10; flip < whole.length; flip += 4_999) {
    const damaged = Buffer.from(whole)
    damaged[flip] ^= 0x55
    cases.push(damaged)
  }
  return cases
}

test('malformed reports give errors of ours, and nothing else', async () => {
  const strange = []
  process.on('unhandledRejection', (error) => strange.push(error))
  const file = path.join(TEMPORARY, 'malformed')
  let failed = 0
  for (const bytes of malformed()) {
    writeFileSync(file, bytes)
    for (const options of [{ threads: 1 }, { threads: 2 }, { schema: 'cur' }, { onError: 'quarantine' }]) {
      for (const report of [bytes, file]) {
        const reader = read(report, options)
        try {
          await collect(reader)
        } catch (error) {
          assert.ok(error instanceof OutlayError, `${error}`)
          assert.notEqual(error.code, 'OUTLAY_PANIC', error.message)
          failed += 1
        }
        await reader.quarantined().catch((error) => assert.ok(error instanceof OutlayError))
      }
    }
  }
  assert.ok(failed > 50, `${failed}`)
  assert.deepEqual(strange, [])
})

test('a file that is no report says what to do', async () => {
  const noise = Buffer.from(Array.from({ length: 2_304 }, (_, n) => n % 256))
  const cases = {
    'noise.csv.gz': [noise, 'OUTLAY_COMPRESSION', /its bytes are not gzip and not CSV text: copy the file again/],
    'noise.csv.zip': [noise, 'OUTLAY_COMPRESSION', /its bytes are not zip and not CSV text: copy the file again/],
    'cut.csv': [`${HEADER}Usage,1.5,USD\nUsage,1`, 'OUTLAY_RAGGED', /ends in the middle of this line, so it may be cut off: copy it again/],
    'cut.csv.gz': [gzipSync(HEADER + 'Usage,1.5,USD\n'.repeat(999)).subarray(0, -20), 'OUTLAY_TRUNCATED', /copy it again/],
    'report.parquet': [Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(99), Buffer.from('PAR1')]), 'OUTLAY_FORMAT', /Parquet reports are not read/],
  }
  for (const [name, [content, code, message]] of Object.entries(cases)) {
    const file = path.join(TEMPORARY, name)
    writeFileSync(file, content)
    const error = await thrown(() => collect(read(file)))
    assert.deepEqual([error.code, error.object], [code, name])
    assert.match(error.message, message)
  }
})

test('readers that are not looked after leave no rejection behind', async () => {
  const program = `
    import { read } from 'outlay'
    const stopped = AbortSignal.abort()
    read('nowhere')
    read('nowhere', { signal: stopped })[Symbol.asyncIterator]()
    read(${JSON.stringify(BAD)}).rows()
    read(${JSON.stringify(BAD)}).ipcStream().on('error', () => console.log('told'))
    const stream = read(${JSON.stringify(BAD)}).ipcStream().on('error', (error) => console.log(error.code))
    stream.resume()
    const pending = read(${JSON.stringify(DEMO)})[Symbol.asyncIterator]()
    const first = pending.next()
    pending.return()
    console.log((await first).done)
  `
  const done = await node(program)
  assert.equal(done.status, 0, done.stderr)
  assert.deepEqual(done.stdout.trim().split('\n').sort(), ['OUTLAY_VALUE', 'true'])
})

test('records that were set aside are whole', async () => {
  const reader = read(BAD, { onError: 'quarantine' })
  assert.deepEqual((await collect(reader.rows())).map((row) => row.BilledCost), ['1.5', '2.5'])
  const [aside, ...others] = await reader.quarantined()
  assert.equal(others.length, 0)
  assert.equal(aside.record.toString(), 'Usage,convertible,USD')
  assert.ok(aside.error instanceof OutlayError)
  assert.deepEqual([aside.error.code, aside.error.row, aside.error.column], ['OUTLAY_VALUE', 2, 'lineItem/UnblendedCost'])
  assert.deepEqual(await reader.quarantined(), [])
  assert.match((await thrown(() => reader.check())).message, /nothing_quarantined/)
  const file = path.join(TEMPORARY, 'aside.csv')
  await collect(read(BAD, { quarantineFile: file }))
  assert.match(readFileSync(file, 'utf8'), /Usage,convertible,USD/)
})

test('a cost that is not known is null or stops the read', async () => {
  const content = Buffer.from(`${HEADER}Usage,1.5,USD\nUsage,,USD\nUsage,2.5,USD\n`)
  const file = path.join(TEMPORARY, 'lacks.csv')
  writeFileSync(file, content)
  for (const [report, object] of [[file, 'lacks.csv'], [content, 'report']]) {
    for (const [way, rowsOf] of Object.entries(WAYS)) {
      for (const options of [{}, { onUnknown: 'null' }]) {
        const reader = read(report, { columns: ['BilledCost', 'x_LineItemType'], ...options })
        assert.deepEqual((await rowsOf(reader)).map((row) => row.BilledCost), ['1.5', null, '2.5'], way)
        const totals = await reader.totals()
        assert.deepEqual([totals.outcome, totals.costs.USD.billed, totals.unknownRows.USD.billed], ['unproven', '4', 1], way)
        assert.equal(totals.checks.find(({ code }) => code === 'costs_known').holds, false, way)
        assert.match((await thrown(() => reader.check())).message, /costs_known/, way)
      }
      const error = await thrown(() => rowsOf(read(report, { onUnknown: 'stop' })))
      assert.deepEqual([error.code, error.object, error.row], ['OUTLAY_UNKNOWN_COST', object, 2], way)
      assert.match(error.message, /UnblendedCost/, way)
    }
  }
  const reader = read(file, { onUnknown: 'stop', onError: 'quarantine' })
  assert.deepEqual((await collect(reader.rows())).map((row) => row.BilledCost), ['1.5', '2.5'])
  assert.deepEqual((await reader.quarantined()).map(({ record }) => record.toString()), ['Usage,,USD'])
  // Where all costs are known there is nothing to stop at.
  const known = read(DEMO, { onUnknown: 'stop' })
  assert.equal((await collect(known.rows())).length, 175)
  assert.deepEqual([(await known.totals()).outcome, (await known.totals()).unknownRows], ['proven', {}])
})

test('the columns of a report are limited', async () => {
  const content = Buffer.from(`${HEADER}Usage,1.5,USD\n`)
  const file = path.join(TEMPORARY, 'wide.csv')
  writeFileSync(file, content)
  for (const schema of ['focus', 'cur']) {
    for (const [report, object] of [[file, 'wide.csv'], [content, 'report']]) {
      assert.equal((await collect(read(report, { schema, maxColumns: 3 }).rows())).length, 1)
      const error = await thrown(() => collect(read(report, { schema, maxColumns: 2 })))
      assert.deepEqual([error.code, error.object], ['OUTLAY_FORMAT', object])
      assert.match(error.message, /more than 2 columns/)
    }
  }
  // Without the option, too, there is a limit.
  const many = ['lineItem/LineItemType', ...Array.from({ length: 32_768 }, (_, n) => `resourceTags/user:${n}`)].join(',')
  assert.match((await thrown(() => collect(read(Buffer.from(`${many}\n`))))).message, /more than 32768 columns/)
  for (const maxColumns of [0, 2 ** 40]) {
    assert.throws(() => read(file, { maxColumns }), { code: 'OUTLAY_OPTION', message: /^option `maxColumns`/ })
  }
})

test('bytes of another length are an error', async () => {
  const plain = Buffer.from(HEADER + 'Usage,1.5,USD\n'.repeat(1_000))
  for (const content of [plain, gzipSync(plain)]) {
    for (const report of [content, new Uint8Array(content), new Uint8Array(content).buffer]) {
      for (const threads of [1, 2]) {
        const whole = read(report, { threads, expectedBytes: content.length })
        assert.equal((await collect(whole.rows())).length, 1_000)
        assert.equal((await whole.totals()).parts[0].size, content.length)
        for (const [more, code] of [[1, 'OUTLAY_TRUNCATED'], [-1, 'OUTLAY_COMPRESSION'], [-9, 'OUTLAY_COMPRESSION']]) {
          const expectedBytes = content.length + more
          const reader = read(report, { threads, expectedBytes })
          const error = await thrown(() => collect(reader))
          assert.deepEqual([error.code, error.object], [code, 'report'])
          assert.ok(error.message.includes(`not the ${expectedBytes} that were expected`), error.message)
          assert.equal((await reader.totals()).outcome, 'unproven')
        }
      }
    }
  }
  // The end of a record is no end of the bytes.
  const short = plain.subarray(0, plain.length - 'Usage,1.5,USD\n'.length)
  assert.equal((await thrown(() => collect(read(short, { expectedBytes: plain.length })))).code, 'OUTLAY_TRUNCATED')
  const several = await thrown(() => collect(read(DEMO, { expectedBytes: plain.length })))
  assert.deepEqual([several.code, /^option `expectedBytes`: it is the size of one object/.test(several.message)], ['OUTLAY_OPTION', true])
})

test('a file that fails leaves nothing behind', async () => {
  const place = path.join(TEMPORARY, 'files')
  mkdirSync(place)
  for (const kind of ['toParquet', 'toIpc', 'toCsv']) {
    await thrown(() => read(BAD)[kind](path.join(place, 'out')))
  }
  assert.deepEqual(readdirSync(place), [])
})

test('texts about totals and errors have the names of this package', async () => {
  const [part] = (await plan(DEMO)).parts
  const reader = readPart(part)
  await collect(reader)
  const totals = await reader.totals()
  const detail = totals.checks.find(({ code }) => code === 'parts_of_plan').detail
  assert.match(detail, /call `checkAgainst`$/)
  assert.ok(`${totals}`.includes('`checkAgainst`') && !`${totals}`.includes('check_against'))
  // The JSON is that of all languages.
  assert.match(JSON.stringify(totals), /`check_against`/)
  await assert.rejects(read(DEMO).toParquet('a', { rowGroupRows: 0 }), { message: /^option `rowGroupRows`/ })
  const missing = path.resolve('nowhere')
  await assert.rejects(read('nowhere').columns(), { code: 'OUTLAY_NOT_FOUND', object: missing })
})
