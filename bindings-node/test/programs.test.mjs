// The command, the programs of the READMEs and the packages: what users see, as it stands.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { copyFileSync, cpSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { before, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { tableFromIPC } from 'apache-arrow'
import { read, version } from 'outlay'

import platform from '../lib/platform.js'
import { AT_ONCE, DEMO, ROOT, SAMPLES, built, collect, declarations, folder, ours, run, sleep, soon, writeReport } from './support.mjs'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))
const COMMAND = path.join(PACKAGE, 'bin/outlay.js')
const outlay = (...given) => run(process.execPath, ['--no-warnings', COMMAND, ...given])

let rust
before(async () => {
  rust = (await built('outlay')).executable
})

test('the command prints what the program in Rust prints', async () => {
  for (const given of [
    [DEMO],
    [DEMO, '--json'],
    [path.join(SAMPLES, 'synthetic-legacy-finalized-nok.csv')],
    [path.join(SAMPLES, 'legacy-csv-daily-2023-11.csv.gz'), '--threads', '1', '--columns', 'ServiceName'],
    [path.join(SAMPLES, 'synthetic-legacy-crlf.csv')],
    [path.join(SAMPLES, 'synthetic-legacy-crlf.csv'), '--on-error', 'quarantine'],
    ['nowhere', '--json'],
    [DEMO, '--output', '-', '--format', 'ndjson', '--tag-columns', 'Team'],
    [DEMO, '--color', 'always'],
    ['--help'],
  ]) {
    const wanted = await run(rust, ['normalize', ...given])
    assert.deepEqual(await outlay('normalize', ...given), wanted, given.join(' '))
  }
})

test('each command is that of the program in Rust', async () => {
  for (const given of [
    ['head', DEMO],
    ['head', DEMO, '-n', '2', '--json'],
    ['columns'],
    ['plan', DEMO, '--json'],
    ['policy', 'terraform', '--location', 'bucket/prefix', '--trusted', '123412340534'],
    ['completion', 'bash'],
    ['-V'],
    ['verify'],
  ]) {
    const [ours, theirs] = [await outlay(...given), await run(rust, given)]
    assert.deepEqual(ours, theirs, given.join(' '))
    assert.ok(ours.stdout !== '' || ours.status !== 0)
  }
})

/** Runs the command with bytes as standard input. */
async function fed(input, ...given) {
  const child = spawn(process.execPath, ['--no-warnings', COMMAND, ...given])
  const collected = (stream) => stream.toArray().then((chunks) => Buffer.concat(chunks))
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.stdin.end(input)
  const [stdout, stderr] = await Promise.all([collected(child.stdout), collected(child.stderr)])
  return { stdout, stderr: stderr.toString(), status: await ended }
}

test('a dash is standard input and output', async () => {
  const report = 'lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\nUsage,1.5,USD\n'
  const given = ['normalize', '-', '--columns', 'BilledCost', '--output', '-', '--format']
  const csv = await fed(report, ...given, 'csv')
  assert.deepEqual([csv.status, csv.stdout.toString()], [0, 'BilledCost\n1.5\n'])
  assert.match(csv.stderr, /^partial: /m)
  assert.equal(tableFromIPC((await fed(report, ...given, 'arrow')).stdout).numRows, 1)
})

test('rows that are more than a pipe holds arrive, and a reader may leave early', { skip: process.platform === 'win32' }, async () => {
  const file = path.join(folder(), 'long.csv.gz')
  const rows = writeReport(file, 1)
  const shell = (script) => run('bash', ['-c', script, 'bash', process.execPath, COMMAND, file])
  const command = '"$1" --no-warnings "$2" normalize "$3" --output - --format csv --columns ResourceId'
  const slow = await shell(`${command} | (sleep 1; wc -l)`)
  assert.equal(Number(slow.stdout), rows + 1)
  const cut = await shell(`${command} | head -n 1; exit \${PIPESTATUS[0]}`)
  assert.deepEqual(cut, { stdout: 'ResourceId\n', stderr: '', status: 0 })
  const full = await shell(`${command} > /dev/full`)
  assert.equal(full.status, 1)
  assert.match(full.stderr, /OUTLAY_IO: standard output: No space left/)
})

/** Runs the command on a terminal. */
function onTerminal(given, options) {
  const quoted = [process.execPath, '--no-warnings', COMMAND, ...given].map((word) => `'${word}'`).join(' ')
  return run('script', ['--quiet', '--return', '--command', `stty cols 60; ${quoted}`, '/dev/null'], options)
}

test('a terminal gets colors and tables of its width', { skip: process.platform !== 'linux' }, async (context) => {
  const env = { ...process.env, TERM: 'xterm', NO_COLOR: '' }
  const head = ['head', DEMO]
  let shown
  try {
    shown = await onTerminal(head, { env })
  } catch (error) {
    return context.skip(`no terminal: ${error.message}`)
  }
  assert.equal(shown.status, 0, shown.stdout)
  assert.ok(shown.stdout.startsWith('\x1b[1m'), shown.stdout)
  const lines = shown.stdout.trim().split(/\r?\n/)
  assert.match(lines.at(-1), /^and \d+ more columns: /)
  assert.ok(lines.slice(1, -1).every((line) => line.length <= 60), shown.stdout)
  for (const [more, environment] of [[['--color', 'never'], env], [[], { ...env, NO_COLOR: '1' }]]) {
    assert.ok(!(await onTerminal([...head, ...more], { env: environment })).stdout.includes('\x1b'))
  }
})

test('the example writes a file, and fails when the read is not proven', async () => {
  const file = path.join(folder(), 'month.parquet')
  const example = (...given) => run(process.execPath, ['--no-warnings', path.join(ROOT, 'examples/node/normalize.mjs'), ...given])
  const { status, stdout } = await example(DEMO, file)
  assert.equal(status, 0)
  assert.match(stdout, /^proven: /m)
  assert.ok(statSync(file).size > 1_000)
  assert.equal((await example(path.join(SAMPLES, 'synthetic-legacy-finalized-nok.csv'))).status, 1)
})

test('the command writes files', async () => {
  const place = folder()
  for (const name of ['out.parquet', 'out.arrow', 'out.csv']) {
    assert.equal((await outlay('normalize', DEMO, '--output', path.join(place, name))).status, 0)
    assert.ok(statSync(path.join(place, name)).size > 1_000)
  }
})

test('the command says how it is used', async () => {
  for (const given of [['--help'], ['normalize', '--help'], ['connect', '-h']]) {
    const { status, stdout, stderr } = await outlay(...given)
    assert.deepEqual([status, stderr], [0, ''])
    assert.match(stdout, /Usage: outlay/)
  }
  for (const given of [[], ['normalise'], ['normalize'], ['normalize', '--nonsense'], ['normalize', '--threads', 'none', 'x']]) {
    const { status, stdout, stderr } = await outlay(...given)
    assert.deepEqual([status, stdout], [2, ''])
    assert.match(stderr, /Usage: outlay|try '--help'/)
  }
  assert.equal((await outlay('--version')).stdout, `outlay ${version}\n`)
})

test('signals that ask the command to end leave no file', { skip: process.platform === 'win32' }, async () => {
  const place = folder()
  const report = path.join(place, 'long.csv.gz')
  writeReport(report, 100)
  for (const [signal, number] of [['SIGINT', 2], ['SIGTERM', 15], ['SIGHUP', 1]]) {
    const child = spawn(process.execPath, ['--no-warnings', COMMAND, 'normalize', report, '--output', path.join(place, 'out.parquet')])
    const ended = new Promise((resolve) => child.once('exit', (status, signal) => resolve(status ?? signal)))
    await soon(() => readdirSync(place).length > 1, 'an unfinished file')
    child.kill(signal)
    const begun = performance.now()
    assert.equal(await ended, 128 + number)
    assert.ok(performance.now() - begun < AT_ONCE)
    assert.deepEqual(readdirSync(place), ['long.csv.gz'])
  }
})

test('a second signal ends the command at once', { skip: process.platform === 'win32' }, async () => {
  const place = folder()
  // It cannot be opened before someone writes: the first signal is seen, and the program waits on.
  const pipe = path.join(place, 'pipe.csv')
  assert.equal((await run('mkfifo', [pipe])).status, 0)
  const signals = [['SIGINT', 'SIGINT', 130], ['SIGTERM', 'SIGINT', 130], ['SIGHUP', 'SIGTERM', 143]]
  for (const [first, second, wanted] of signals) {
    const child = spawn(process.execPath, ['--no-warnings', COMMAND, 'normalize', pipe])
    const ended = new Promise((resolve) => child.once('exit', (status, signal) => resolve(status ?? signal)))
    await soon(() => ours(child.pid) > 0, 'a read')
    // It has a thread, which opens the pipe next.
    await sleep(500)
    child.kill(first)
    assert.equal(await Promise.race([ended, sleep(500)]), undefined, `${first}: it waits`)
    const begun = performance.now()
    child.kill(second)
    assert.equal(await ended, wanted, `${first}, ${second}`)
    assert.ok(performance.now() - begun < AT_ONCE)
  }
})

test('a file takes its place only when its read is good enough', async () => {
  const place = folder()
  const file = path.join(place, 'out.csv')
  writeFileSync(file, 'last month')
  const given = ['normalize', path.join(SAMPLES, 'synthetic-legacy-finalized-nok.csv'), '--json', '--output', file]
  const { status, stdout, stderr } = await outlay(...given)
  assert.deepEqual([status, JSON.parse(stdout).outcome], [1, 'unproven'])
  assert.match(stderr, /out\.csv is not written, since the read is unproven; --keep-unproven writes it anyway/)
  assert.equal(readFileSync(file, 'utf8'), 'last month')
  assert.equal((await outlay(...given, '--keep-unproven')).status, 1)
  assert.notEqual(readFileSync(file, 'utf8'), 'last month')
  assert.deepEqual(readdirSync(place), ['out.csv'])
})

test('no file is written over the report that is read', async () => {
  const place = folder()
  const report = path.join(place, 'report.csv')
  const text = 'lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\nUsage,1.5,USD\n'
  writeFileSync(report, text)
  for (const to of ['toParquet', 'toCsv', 'toIpc']) {
    await assert.rejects(read(report)[to](report), { code: 'OUTLAY_OPTION', message: /which is read: name another file/ })
    assert.equal(readFileSync(report, 'utf8'), text)
  }
  assert.deepEqual(readdirSync(place), ['report.csv'])
})

test('an output that is not taken is no crash', { skip: process.platform !== 'linux' }, async () => {
  const command = `"${process.execPath}" --no-warnings "${COMMAND}" normalize "${DEMO}"`
  for (const [script, wanted, told] of [
    [`${command} | true; exit \${PIPESTATUS[0]}`, 0, /^$/],
    [`${command} > /dev/full`, 1, /^standard output: .*ENOSPC/],
  ]) {
    const { status, stderr } = await run('bash', ['-c', script])
    assert.equal(status, wanted, stderr)
    assert.match(stderr, told)
  }
})

test('totals have the JSON form of the command', async () => {
  const reader = read(DEMO)
  await collect(reader)
  const { stdout } = await outlay('normalize', DEMO, '--json')
  assert.equal(`${JSON.stringify(await reader.totals())}\n`, stdout)
})

test('the READMEs show the program that runs', async () => {
  const program = readFileSync(path.join(ROOT, 'examples/node/quickstart.mjs'), 'utf8')
  const done = await run(process.execPath, ['--no-warnings', 'examples/node/quickstart.mjs'])
  assert.deepEqual([done.status, done.stderr], [0, ''])
  for (const page of ['README.md', 'bindings-node/README.md']) {
    const readme = readFileSync(path.join(ROOT, page), 'utf8')
    const shown = readme.match(/```js\n(.*?)```/s)[1]
    assert.ok(program.endsWith(shown), `${page} and quickstart.mjs differ`)
    assert.ok(readme.includes(`prints \`${done.stdout.trim()}\``), `${page}: ${done.stdout}`)
  }
})

test('the page of the package is what the types say', () => {
  const [page, types] = [readFileSync(path.join(PACKAGE, 'README.md'), 'utf8'), declarations()]
  const sorted = (names) => [...names].sort()
  const named = (heading) => {
    const section = page.split(`\n## ${heading}\n`)[1].split('\n## ')[0]
    return sorted([...section.matchAll(/^\| (`.*?) \|/gm)].flatMap(([, row]) => [...row.matchAll(/`(\w+)`/g)].map(([, name]) => name)))
  }
  const members = (name) => [...types.split(`interface ${name} `)[1].split('\n}')[0].matchAll(/^  (\w+)\?:/gm)].map(([, member]) => member)
  const options = [...members('ReaderOptions'), ...members('OpenOptions')]
  assert.deepEqual(named('Options'), sorted(options))
  const codes = types.split('export type ErrorCode =')[1].split('\n\n')[0].match(/OUTLAY_\w+/g)
  assert.deepEqual(named('Errors'), sorted(codes))
  const [, example] = page.split('\n## From AWS\n')[1].match(/```js\n(.*?)```/s)
  assert.ok(types.replaceAll('\n * ', '\n').includes(example), 'From AWS is the example of Connector')
})

test('no library is needed', async () => {
  const program = `
    const Module = require('node:module')
    const { read } = require('outlay')
    const resolve = Module._resolveFilename
    Module._resolveFilename = (name, ...rest) => {
      if (name === 'apache-arrow') throw Object.assign(new Error('not there'), { code: 'MODULE_NOT_FOUND' })
      return resolve(name, ...rest)
    }
    async function main() {
      const reader = read(process.argv[1])
      let rows = 0
      for await (const row of reader.rows()) rows += 1
      console.log(rows, (await reader.totals()).costs.USD.billed)
      await read(process.argv[1]).tables().next().catch((error) => console.log(error.code + ': ' + error.message))
    }
    main()
  `
  const done = await run(process.execPath, ['--no-warnings', '--eval', program, DEMO], { cwd: path.join(PACKAGE, 'test') })
  const [rows, message] = done.stdout.trim().split('\n')
  assert.equal(rows, '175 800.2936682272', done.stderr)
  assert.ok(message.startsWith(`OUTLAY_NO_ARROW: tables() needs apache-arrow, which could not be loaded: not there`), message)
})

test('messages about what is not installed say where it was looked for', async () => {
  const place = folder()
  const copy = path.join(place, 'node_modules/outlay')
  cpSync(PACKAGE, copy, { recursive: true, filter: (file) => !/node_modules$|\/test$|\.node$/.test(file.slice(PACKAGE.length)) })
  const program = `
    import('outlay').then(({ read }) => read(process.argv[1]).tables().next()).catch((error) => console.log(error.code + ': ' + error.message))
  `
  const told = async () => (await run(process.execPath, ['--no-warnings', '--eval', program, DEMO], { cwd: place })).stdout
  const build = platform.builds()[0]
  assert.ok((await told()).startsWith(`undefined: outlay has no addon for ${process.platform}-${process.arch}: there is no outlay.${build}.node in ${copy}`))
  writeFileSync(path.join(copy, `outlay.${build}.node`), 'no addon')
  assert.match(await told(), /^undefined: the addon of outlay for \S+ cannot be loaded: /)
  rmSync(path.join(copy, `outlay.${build}.node`))
  symlinkSync(path.join(PACKAGE, `outlay.${build}.node`), path.join(copy, `outlay.${build}.node`))
  assert.ok((await told()).startsWith(`OUTLAY_NO_ARROW: tables() needs apache-arrow, which was not found from ${copy}: npm install apache-arrow.`))
  symlinkSync(path.join(PACKAGE, 'node_modules/apache-arrow'), path.join(place, 'node_modules/apache-arrow'))
  assert.equal(await told(), '')
})

test('a debug build warns', async () => {
  const done = await run(process.execPath, ['-e', "console.log(require('../lib/addon.js').IS_DEBUG_BUILD); require('outlay')"], { cwd: path.join(PACKAGE, 'test') })
  assert.equal(done.stderr.includes('built for debugging'), done.stdout === 'true\n')
})

test('there is a package for each platform', async () => {
  const place = folder()
  copyFileSync(path.join(PACKAGE, 'package.json'), path.join(place, 'package.json'))
  const made = await run(process.execPath, [path.join(PACKAGE, 'node_modules/@napi-rs/cli/dist/cli.js'), 'create-npm-dirs', '--cwd', place])
  assert.equal(made.status, 0, made.stdout)
  const folders = readdirSync(path.join(place, 'npm'))
  const packages = folders.map((name) => JSON.parse(readFileSync(path.join(place, 'npm', name, 'package.json'), 'utf8')))
  const found = Object.fromEntries(packages.map(({ name, os, cpu, libc }) => [name, [os[0], cpu[0], libc?.[0]].join(' ').trim()]))
  assert.deepEqual(found, {
    'outlay-darwin-arm64': 'darwin arm64',
    'outlay-darwin-x64': 'darwin x64',
    'outlay-linux-arm64-gnu': 'linux arm64 glibc',
    'outlay-linux-x64-gnu': 'linux x64 glibc',
    'outlay-linux-x64-musl': 'linux x64 musl',
    'outlay-win32-x64-msvc': 'win32 x64',
  })
})
