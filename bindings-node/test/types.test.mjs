// The types are those of the package, for programs that are compiled with them.
import assert from 'node:assert/strict'
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import * as outlay from 'outlay'

import { folder, run } from './support.mjs'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))
const require = createRequire(import.meta.url)
const TSC = path.join(path.dirname(require.resolve('typescript/package.json')), 'bin/tsc')
const STRICT = ['--strict', '--noUncheckedIndexedAccess', '--exactOptionalPropertyTypes', '--noEmit', '--target', 'es2022', '--types', 'node']

// Those of the connector have a file of their own.
const types = ['index', 'aws'].map((name) => readFileSync(path.join(PACKAGE, `lib/${name}.d.ts`), 'utf8')).join('\n')

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

test('the types themselves have no faults, with apache-arrow and without', async () => {
  const program = "import { read } from 'outlay'\nfor await (const row of read('report').rows()) console.log(row)\n"
  const place = project('@types/node')
  writeFileSync(path.join(place, 'program.mts'), program)
  const done = await compile(place, '--module', 'nodenext', 'program.mts')
  assert.equal(done.status, 0, done.stdout)
})

test('what is declared is there, and what is there is declared', () => {
  const declared = [...types.matchAll(/^export (?:class|function|const) (\w+)/gm)].map(([, name]) => name)
  assert.deepEqual([...new Set(declared)].sort(), Object.keys(outlay).sort())
  const required = require('outlay')
  assert.deepEqual(Object.keys(required).sort(), Object.keys(outlay).sort())
  for (const name of ['Access', 'Accounts', 'Connector', 'Diagnosis', 'ExternalId', 'Reader', 'Totals']) {
    const block = types.slice(types.indexOf(`export class ${name} `)).split('\n}\n')[0]
    const members = [...block.matchAll(/^  (?:static )?(\w+)\(/gm)].map(([, member]) => member).filter((member) => member !== 'constructor')
    const ofClass = Object.getOwnPropertyNames(outlay[name]).filter((member) => typeof outlay[name][member] === 'function' && member !== 'nativeOf')
    const ofPrototype = Object.entries(Object.getOwnPropertyDescriptors(outlay[name].prototype)).filter(([, { value }]) => value).map(([member]) => member)
    const known = [...ofClass, ...ofPrototype].filter((member) => member !== 'constructor')
    assert.deepEqual([...new Set(members)].sort(), known.sort(), name)
  }
})

test('what users call has docs', () => {
  const lines = types.split('\n')
  const bare = lines.filter((line, index) => /^export (class|function|const|interface|type) /.test(line) && !/(\*\/|^export function \w+\()/.test(lines[index - 1]))
  assert.deepEqual(bare, [])
})
