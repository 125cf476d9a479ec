// Uses the package as projects do: from the archive of `npm pack`, with bundlers, test runners and other runtimes, and with each
// version of apache-arrow that the package allows. `run.mjs FOLDER [NAME...]` installs them in FOLDER, from the registry.
import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url))
const REPORT = path.join(PACKAGE, '../examples/data/report')
const ROWS = 175
const [folder, ...wanted] = process.argv.slice(2)
const HERE = path.resolve(folder)

// What each program does: rows, which need nothing else.
const PROGRAM = `import { read } from 'outlay'
let rows = 0
for await (const row of read(${JSON.stringify(REPORT)}).rows()) rows += row.BilledCost === null ? 0 : 1
console.log(rows)
`
const REQUIRED = `const { read } = require('outlay')
async function main() {
  let rows = 0
  for await (const row of read(${JSON.stringify(REPORT)}).rows()) rows += 1
  console.log(rows)
}
main()
`
const TABLES = `import { read } from 'outlay'
import { Table } from 'apache-arrow'
const [text] = process.argv.slice(2)
let rows = 0
for await (const table of read(${JSON.stringify(REPORT)}, { text }).tables()) {
  if (!(table instanceof Table)) throw new Error('the table is of another apache-arrow')
  for (const row of table) rows += row.ServiceName.length > 0 && row.BilledCost.length === 4
}
console.log(rows)
`

const run = async (command, given, cwd) => {
  const { stdout } = await promisify(execFile)(command, given, { cwd, maxBuffer: 64 << 20, timeout: 600_000 })
  return stdout.trim()
}
const bin = (place, name) => path.join(place, 'node_modules/.bin', name)
const node = (place, ...given) => run(process.execPath, ['--no-warnings', ...given], place)

/** Each tool: what it needs, its files, and a function that returns the number of rows that its program has found. */
const TOOLS = {
  'npm pack': [{}, { 'program.mjs': PROGRAM }, (place) => node(place, 'program.mjs')],
  esbuild: [
    { esbuild: '0.28' },
    { 'program.mjs': PROGRAM },
    async (place) => {
      await run(bin(place, 'esbuild'), ['program.mjs', '--bundle', '--platform=node', '--format=esm', '--external:outlay', '--outfile=out.mjs'], place)
      return node(place, 'out.mjs')
    },
  ],
  webpack: [
    { webpack: '5' },
    {
      'program.cjs': REQUIRED,
      'build.cjs': `
        const webpack = require('webpack')
        const options = { target: 'node', mode: 'production', context: __dirname, entry: './program.cjs', externals: { outlay: 'commonjs outlay' } }
        webpack({ ...options, output: { path: __dirname, filename: 'out.cjs' } }, (error, stats) => {
          if (error || stats.hasErrors()) throw error ?? new Error(stats.toString())
        })`,
    },
    async (place) => {
      await node(place, 'build.cjs')
      return node(place, 'out.cjs')
    },
  ],
  // Without the setting the addon is missing; the message names it.
  'webpack without the setting': [
    { webpack: '5' },
    {
      'program.cjs': REQUIRED,
      'build.cjs': `
        const webpack = require('webpack')
        const options = { target: 'node', mode: 'production', context: __dirname, entry: './program.cjs' }
        webpack({ ...options, output: { path: __dirname, filename: 'out.cjs' } }, (error, stats) => {
          if (error || stats.hasErrors()) throw error ?? new Error(stats.toString())
        })`,
    },
    async (place) => {
      await node(place, 'build.cjs')
      const error = await node(place, 'out.cjs').catch((error) => error)
      if (!/mark `outlay` as external/.test(error.stderr)) throw error
      return `${ROWS}`
    },
  ],
  next: [
    { next: '16', react: '19', 'react-dom': '19' },
    {
      'next.config.mjs': `export default { serverExternalPackages: ['outlay'], turbopack: { root: import.meta.dirname } }\n`,
      'app/layout.js': 'export default function Layout({ children }) {\n  return <html><body>{children}</body></html>\n}\n',
      'app/page.js': `import { read } from 'outlay'

export default async function Page() {
  let rows = 0
  for await (const row of read(${JSON.stringify(REPORT)}).rows()) rows += 1
  return <p>{'rows=' + rows}</p>
}
`,
    },
    async (place) => {
      // The page is made while the project is built.
      await run(bin(place, 'next'), ['build'], place)
      const pages = readdirSync(path.join(place, '.next/server/app')).filter((name) => name === 'index.html')
      const html = await run('cat', pages, path.join(place, '.next/server/app'))
      return /rows=(\d+)/.exec(html)[1]
    },
  ],
  jest: [
    { jest: '30' },
    {
      'program.test.cjs': `const { read } = require('outlay')
test('rows', async () => {
  let rows = 0
  for await (const row of read(${JSON.stringify(REPORT)}).rows()) rows += 1
  expect(rows).toBe(${ROWS})
})
`,
      'jest.config.cjs': `module.exports = { testMatch: ['**/*.test.cjs'] }\n`,
    },
    async (place) => {
      await run(bin(place, 'jest'), [], place)
      return `${ROWS}`
    },
  ],
  bun: [{ bun: '1' }, { 'program.mjs': PROGRAM }, (place) => run(bin(place, 'bun'), ['program.mjs'], place)],
  deno: [
    { deno: '2' },
    { 'program.mjs': PROGRAM },
    (place) => run(bin(place, 'deno'), ['run', '--allow-read', '--allow-ffi', '--allow-env', '--allow-sys', 'program.mjs'], place),
  ],
}

for (const version of [15, 16, 17, 18, 19, 20, 21]) {
  TOOLS[`apache-arrow ${version}`] = [
    { 'apache-arrow': `${version}` },
    { 'program.mjs': TABLES },
    async (place) => {
      const found = [await node(place, 'program.mjs', 'utf8'), await node(place, 'program.mjs', 'dictionary')]
      if (version >= 21) found.push(await node(place, 'program.mjs', 'view'))
      return [...new Set(found)].join(' ')
    },
  ]
}

rmSync(HERE, { recursive: true, force: true })
mkdirSync(HERE, { recursive: true })
// The script `prepare` builds the addon, which is there.
const [{ filename }] = JSON.parse(await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', HERE], PACKAGE))

const failed = []
for (const [name, [needs, files, use]] of Object.entries(TOOLS)) {
  if (wanted.length > 0 && !wanted.includes(name.split(' ')[0])) continue
  const place = path.join(HERE, name.replaceAll(' ', '-'))
  const dependencies = { ...needs, outlay: `file:../${filename}` }
  files['package.json'] = JSON.stringify({ private: true, dependencies })
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(place, file)), { recursive: true })
    writeFileSync(path.join(place, file), content)
  }
  try {
    await run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], place)
  } catch (error) {
    console.log(`${name}: NOT TESTED, it could not be installed: ${error.stderr}`)
    continue
  }
  try {
    const rows = await use(place)
    if (rows !== `${ROWS}`) throw new Error(`${rows} rows`)
    console.log(`${name}: ok`)
  } catch (error) {
    failed.push(name)
    console.log(`${name}: FAILED: ${error.message}\n${error.stdout ?? ''}${error.stderr ?? ''}`)
  }
}
if (failed.length > 0) throw new Error(`failed: ${failed.join(', ')}`)
