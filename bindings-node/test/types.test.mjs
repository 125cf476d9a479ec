// The types are those of the package, for programs that are compiled with them.
import assert from 'node:assert/strict'
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import * as outlay from 'outlay'

import { DEMO, HEADER, ROOT, declarations, folder, run } from './support.mjs'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))
const require = createRequire(import.meta.url)
const TSC = path.join(path.dirname(require.resolve('typescript/package.json')), 'bin/tsc')
const STRICT = ['--strict', '--noUncheckedIndexedAccess', '--exactOptionalPropertyTypes', '--noEmit', '--target', 'es2022', '--types', 'node']

const types = declarations()

/** A project of somebody's that has the package, and of its dependencies those that are named. */
function project(...dependencies) {
  const place = folder()
  mkdirSync(path.join(place, 'node_modules'))
  symlinkSync(PACKAGE, path.join(place, 'node_modules/outlay'))
  for (const name of dependencies) {
    mkdirSync(path.dirname(path.join(place, 'node_modules', name)), { recursive: true })
    symlinkSync(path.join(PACKAGE, 'node_modules', name), path.join(place, 'node_modules', name))
  }
  writeFileSync(path.join(place, 'package.json'), '{ "type": "module" }')
  return place
}

const compile = (place, ...given) => run(process.execPath, [TSC, ...STRICT, ...given], { cwd: place })

test('what users write compiles, strictly, as a module and with require', async () => {
  const place = project('@types/node', 'apache-arrow')
  cpSync(path.join(PACKAGE, 'test/types'), place, { recursive: true })
  for (const [module, resolution, file] of [
    ['nodenext', 'nodenext', 'consumer.mts'],
    ['nodenext', 'nodenext', 'consumer.cts'],
    ['node16', 'node16', 'consumer.mts'],
    ['node16', 'node16', 'consumer.cts'],
    ['esnext', 'bundler', 'consumer.mts'],
  ]) {
    const done = await compile(place, '--module', module, '--moduleResolution', resolution, '--skipLibCheck', file)
    assert.equal(done.status, 0, `${resolution} ${file}: ${done.stdout}`)
  }
})

/** The blocks of a page, as modules. What a page uses without saying so is declared or imported. */
function modules(page) {
  const known = {
    response: "declare const response: import('node:http').ServerResponse",
    createReadStream: "import { createReadStream } from 'node:fs'",
  }
  for (const name of Object.keys(outlay)) known[name] = `import { ${name} } from 'outlay'`
  const blocks = [...readFileSync(path.join(ROOT, page), 'utf8').matchAll(/^```[jt]s\n(.*?)```$/gms)].map(([, block]) => block)
  assert.ok(blocks.length > 0, page)
  return blocks.map((block) => {
    const isMissing = (name) => new RegExp(`\\b${name}\\b`).test(block) && !new RegExp(`import .*\\b${name}\\b`).test(block)
    return `${Object.keys(known).filter(isMissing).map((name) => known[name]).join('\n')}\n${block}\nexport {}\n`
  })
}

test('the programs of the pages compile strictly', async () => {
  const place = project('@types/node', 'apache-arrow')
  const files = []
  for (const page of ['bindings-node/README.md', 'ARITHMETIC.md']) {
    for (const [index, module] of modules(page).entries()) {
      files.push(`${page.replace(/\W/g, '-')}-${index}.mts`)
      writeFileSync(path.join(place, files.at(-1)), module)
    }
  }
  const strict = ['--strict', '--noEmit', '--target', 'es2022', '--types', 'node', '--module', 'nodenext', '--skipLibCheck']
  const done = await run(process.execPath, [TSC, ...strict, ...files], { cwd: place })
  assert.equal(done.status, 0, done.stdout)
})

test('the types themselves have no faults, with apache-arrow and without', async () => {
  const program = "import { read } from 'outlay'\nfor await (const row of read('report').rows()) console.log(row)\n"
  const place = project('@types/node')
  writeFileSync(path.join(place, 'program.mts'), program)
  const done = await compile(place, '--module', 'nodenext', 'program.mts')
  assert.equal(done.status, 0, done.stdout)
})

test('rows have the columns of the core, null where they can be', () => {
  const source = (name) => readFileSync(path.join(ROOT, 'core/src/schema', name), 'utf8')
  const columns = [...source('focus.rs').matchAll(/^ {4}\w+, +"(\w+)", +(\w+), +(\w+), /gm)].map(([, ...column]) => column)
  assert.ok(columns.length > 60)
  const block = types.split('export interface FocusRow')[1].split('{\n')[1].split('\n}')[0]
  const declared = [...block.matchAll(/^ {2}\/\*\* .+ \*\/\n {2}(\w+): (.*)$/gm)].map(([, name, type]) => [name, type])
  assert.deepEqual(declared.map(([name]) => name), columns.map(([name]) => name))
  const costs = ['BilledCost', 'ContractedCost', 'EffectiveCost', 'ListCost']
  const kinds = { Text: /^string$|^'/, Time: /^string$/, Decimal: /^Decimal$/, Map: /^Pairs$/ }
  for (const [index, [name, kind, null_]] of columns.entries()) {
    const [, type] = declared[index]
    const isNullable = type.endsWith(' | null')
    if (costs.includes(name)) assert.equal(type, 'Cost', name)
    else {
      assert.equal(isNullable, null_ === 'Maybe', name)
      assert.match(type.replace(/ \| null$/, ''), kinds[kind], name)
    }
  }
  // Words are those of the core.
  const words = (list) => [...source('words.rs').split(`    ${list} {`)[1].split('}')[0].matchAll(/"(.+?)"/g)].map(([, word]) => word)
  const lists = { ChargeCategory: 'ChargeCategory', ChargeFrequency: 'ChargeFrequency', PricingCategory: 'PricingCategory', CommitmentDiscountStatus: 'Status', CapacityReservationStatus: 'Status', CommitmentDiscountType: 'CommitmentType' }
  for (const [name, list] of Object.entries(lists)) {
    const [, type] = declared.find(([one]) => one === name)
    assert.deepEqual([...type.matchAll(/'(.+?)'/g)].map(([, word]) => word), words(list), name)
  }
})

test('rows have the types that are declared', async () => {
  const block = types.split('export interface FocusRow')[1].split('{\n')[1].split('\n}')[0]
  const declared = new Map([...block.matchAll(/^ {2}(\w+): (.*)$/gm)].map(([, name, type]) => [name, type]))
  for (const [numbers, decimal] of [['string', 'string'], ['number', 'number']]) {
    let rows = 0
    for await (const row of outlay.read(DEMO).rows({ numbers })) {
      rows += 1
      for (const [name, value] of Object.entries(row)) {
        const type = declared.get(name)
        if (value === null) assert.match(type, /null|Cost/, name)
        else if (/Decimal|Cost/.test(type)) assert.equal(typeof value, decimal, name)
        else if (type.startsWith('Pairs')) assert.equal(typeof value, 'object', name)
        else if (type.startsWith("'")) assert.ok(type.includes(`'${value}'`), `${name}: ${value}`)
        else assert.equal(typeof value, 'string', name)
      }
    }
    assert.equal(rows, 175)
  }
})

test('no row of a case has null where its type has none', async () => {
  const block = types.split('export interface FocusRow')[1].split('{\n')[1].split('\n}')[0]
  const never = [...block.matchAll(/^ {2}(\w+): (.*)$/gm)].filter(([, , type]) => !/null|Cost/.test(type)).map(([, name]) => name)
  assert.ok(never.includes('ServiceCategory') && never.length < 10, `${never}`)
  const place = path.join(ROOT, 'core/tests/cases')
  const cases = JSON.parse(readFileSync(path.join(place, 'cases.json'), 'utf8'))
  const sources = cases.map(({ name, args }) => [name, args.filter((given) => !given.startsWith('-')).map((given) => path.join(place, name, given))])
  sources.push(['few columns', Buffer.from(`${HEADER}Usage,1,USD,,\n`)], ['the demo', DEMO])
  let read = 0
  for (const [name, source] of sources) {
    try {
      for await (const row of outlay.read(source, { columns: never }).rows()) {
        read += 1
        for (const [column, value] of Object.entries(row)) assert.notEqual(value, null, `${name}: ${column}`)
      }
    } catch (error) {
      // Many cases are refused.
      if (!(error instanceof outlay.OutlayError)) throw error
    }
  }
  assert.ok(read > 500, `${read} rows`)
})

test('what is declared is there, and what is there is declared', () => {
  const declared = [...types.matchAll(/^export (?:class|function|const) (\w+)/gm)].map(([, name]) => name)
  assert.deepEqual([...new Set(declared)].sort(), Object.keys(outlay).sort())
  const required = require('outlay')
  assert.deepEqual(Object.keys(required).sort(), Object.keys(outlay).sort())
  for (const name of ['Access', 'Accounts', 'Connector', 'Diagnosis', 'ExternalId', 'Reader', 'Totals']) {
    const block = types.slice(types.search(new RegExp(`^export class ${name}[ <]`, 'm'))).split('\n}\n')[0]
    const members = [...block.matchAll(/^  (?:static )?(\w+)[(<]/gm)].map(([, member]) => member).filter((member) => member !== 'constructor')
    const ofClass = Object.getOwnPropertyNames(outlay[name]).filter((member) => typeof outlay[name][member] === 'function' && member !== 'nativeOf')
    const ofPrototype = Object.entries(Object.getOwnPropertyDescriptors(outlay[name].prototype)).filter(([, { value }]) => value).map(([member]) => member)
    const known = [...ofClass, ...ofPrototype].filter((member) => member !== 'constructor')
    assert.deepEqual([...new Set(members)].sort(), known.sort(), name)
  }
})

test('what users call has docs', () => {
  const lines = types.split('\n')
  const bare = lines.filter((line, index) => /^export (class|function|const|interface|type) /.test(line) && !/(\*\/|^export function \w+[(<]|^\): )/.test(lines[index - 1]))
  assert.deepEqual(bare, [])
})
