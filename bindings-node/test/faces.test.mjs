// The public names are those of the core, which its test `faces` reads from its source, but for the exceptions that it lists.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { test } from 'node:test'

import { Table } from 'apache-arrow'
import * as outlay from 'outlay'

import { DATA, DEMO, ROOT, collect, declarations, run } from './support.mjs'

const json = (name) => JSON.parse(readFileSync(path.join(DATA, 'faces', name), 'utf8'))
const RUST = json('rust.json')
const EXCEPTIONS = json('exceptions.json')
const CODES = { errors: 'ErrorCode', checks: 'CheckCode', warnings: 'WarningCode', findings: 'FindingCode' }
// Of every value in JavaScript, or none of the callers'.
const PROTOCOL = new Set(['constructor', 'toString', 'toJSON'])

const renamed = new Map(EXCEPTIONS.renamed.filter(({ node }) => node !== null).map(({ rust, node }) => [rust, node]))
const isLeftOut = (name) => EXCEPTIONS.only.some(({ names, languages }) => names.includes(name) && !languages.includes('node'))
const added = EXCEPTIONS.only.filter(({ languages }) => languages.includes('node') && !languages.includes('rust')).flatMap(({ names }) => names)
const snakeCase = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** Types with their members, as exceptions have them. */
function wantedTypes() {
  const types = {}
  for (const [name, members] of Object.entries(RUST.types)) {
    if (isLeftOut(name)) continue
    const kept = members.map((member) => `${name}.${member}`).filter((member) => !isLeftOut(member))
    kept.push(...added.filter((extra) => extra.startsWith(`${name}.`)))
    const names = kept.map((member) => (renamed.get(member) ?? member).split('.')[1]).toSorted()
    if (names.length > 0) types[renamed.get(name) ?? name] = names
  }
  return types
}

const TEXT = declarations()

/** Each class and interface that is declared, with its members, and those that a value can lack. */
function declared() {
  const found = new Map()
  for (const [, name, bases = '', block = ''] of TEXT.matchAll(/^export (?:interface|class) (\w+)(?:<[^\n]*>)?(?: (?:extends|implements) ([^{]*))? \{(?:\}|(.*?)\n\})/gms)) {
    const lines = [...block.matchAll(/^  (static |readonly )?(\w+)(\??)[(:<]/gm)].filter(([, , member]) => !PROTOCOL.has(member))
    const members = lines.map(([, , member]) => member)
    const optional = lines.filter(([, kind, , mark]) => kind === 'static ' || mark).map(([, , member]) => member)
    found.set(name, { bases: bases.split(',').map((base) => base.trim()), members, optional })
  }
  return found
}

function membersOf(name, found = declared()) {
  const { bases, members } = found.get(name)
  return [...new Set([...members, ...bases.filter((base) => found.has(base)).flatMap((base) => membersOf(base, found))])]
}

const functions = () => [...new Set([...TEXT.matchAll(/^export function (\w+)[(<]/gm)].map(([, name]) => name))]
const words = (name) => {
  const type = TEXT.split(`export type ${name} =`)[1]?.split('\n\n')[0] ?? ''
  return [...type.matchAll(/'(\w+)'|\{ (\w+): /g)].map(([, word, key]) => word ?? key)
}

function foundTypes() {
  const types = Object.fromEntries([...declared().keys()].map((name) => [name, membersOf(name)]))
  types.outlay = functions()
  // What a call is told beside its arguments.
  types.Access.push(...types.AccessOptions)
  const own = Object.entries(types).filter(([name]) => !added.includes(name))
  return Object.fromEntries(own.map(([name, members]) => [name, members.map(snakeCase).toSorted()]))
}

test('types have the same fields and methods', () => {
  const [wanted, found] = [wantedTypes(), foundTypes()]
  assert.deepEqual(Object.keys(found).toSorted(), Object.keys(wanted).toSorted())
  for (const name of Object.keys(wanted)) assert.deepEqual(found[name], wanted[name], name)
})

test('every type that is declared is one of them', () => {
  const names = [...TEXT.matchAll(/^export (?:type|interface|class) (\w+)/gm)].map(([, name]) => name)
  const known = [...Object.keys(wantedTypes()), ...Object.keys(RUST.words), ...added]
  assert.deepEqual(names.filter((name) => !known.includes(name)), [])
})

test('options have the same names and words', () => {
  assert.deepEqual(membersOf('ReaderOptions').map(snakeCase).toSorted(), Object.keys(RUST.options))
  const block = TEXT.split('export interface ReaderOptions {')[1].split('\n}')[0]
  for (const [, name, type] of block.matchAll(/^  (\w+)\?: (.*)$/gm)) {
    const takes = RUST.options[snakeCase(name)]
    assert.deepEqual([...type.matchAll(/'([^']+)'/g)].map(([, word]) => word), Array.isArray(takes) ? takes : [], name)
  }
})

test('words and codes are the same', () => {
  for (const [name, wanted] of Object.entries(RUST.words)) assert.deepEqual(words(name), wanted, name)
  const own = added.filter((name) => name.startsWith('errors.')).map((name) => name.slice('errors.'.length))
  for (const [section, name] of Object.entries(CODES)) {
    const wanted = section === 'errors' ? [...RUST.errors, ...own] : RUST[section]
    assert.deepEqual(words(name).toSorted(), wanted.toSorted(), name)
  }
})

/** Asserts that a value has the names that its type declares, and writes those of the core as JSON. */
function isOf(name, value) {
  const { members, optional } = declared().get(name)
  const names = Object.keys(value)
  assert.deepEqual(names.filter((one) => !members.includes(one)), [], name)
  const missing = members.filter((member) => !names.includes(member) && !(member in value) && !optional.includes(member))
  assert.deepEqual(missing, [], name)
}

test('values have the names that are declared', async () => {
  let progress
  const reader = outlay.read(DEMO, { onProgress: (told) => (progress = told) })
  await collect(reader)
  const totals = await reader.totals()
  const plan = await outlay.plan(DEMO)
  const connector = new outlay.Connector({ bucket: 'bucket', prefix: 'prefix', region: 'eu-west-1' })
  const error = await outlay.read('nowhere').check().catch((error) => error)
  const values = { Totals: totals, PartTotals: totals.parts[0], Check: totals.checks[0], Costs: totals.costs.USD, Content: totals.parts[0].content }
  Object.assign(values, { Plan: plan, Part: plan.parts[0], ReaderProgress: progress, ConnectorConfig: connector.config, OutlayError: error })
  for (const [name, value] of Object.entries(values)) isOf(name, value)
  const shared = JSON.parse(JSON.stringify({ totals, plan, config: connector.config, part: totals.parts[0] }))
  assert.deepEqual(Object.keys(shared.totals.costs.USD), ['BilledCost', 'EffectiveCost', 'ListCost', 'ContractedCost'])
  const { has_net_columns: _, ...part } = shared.totals.parts[0]
  assert.deepEqual(part, shared.part)
  assert.deepEqual([shared.totals.rows_in, shared.part.rows_in, 'as_of' in shared.plan.parts[0]], [174, 90, true])
  assert.deepEqual(shared.totals.rows_dropped, totals.rowsDropped)
  assert.deepEqual(shared.config, { bucket: 'bucket', prefix: 'prefix', region: 'eu-west-1' })
})

test('what is required is what is imported', () => {
  const required = createRequire(import.meta.url)('outlay')
  assert.deepEqual(Object.keys(required).toSorted(), Object.keys(outlay).toSorted())
  for (const name of Object.keys(outlay)) assert.equal(required[name], outlay[name], name)
  assert.ok(new outlay.Connector({ bucket: 'bucket' }) instanceof required.Connector)
})

test('tables are those of the apache-arrow that the program has', async () => {
  const { value } = await outlay.read(DEMO).tables().next()
  assert.ok(value instanceof Table)
  const program = `
    require('outlay').read(process.argv[1]).tables().next()
      .then(({ value }) => console.log(value instanceof require('apache-arrow').Table))
  `
  const done = await run(process.execPath, ['--no-warnings', '--eval', program, DEMO], { cwd: path.join(ROOT, 'bindings-node') })
  assert.equal(done.stdout, 'true\n', done.stderr)
})

test('a name that only one language has is seen', () => {
  const wanted = wantedTypes()
  assert.ok(wanted.Totals.includes('rows_in') && wanted.Totals.includes('state') && !wanted.Totals.includes('to_dict'))
  assert.ok(wanted.OutlayError.includes('is_retryable') && !('Error' in wanted))
})
