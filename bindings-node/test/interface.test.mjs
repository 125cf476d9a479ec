// The addon and `lib` are of one build.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { cpSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { version } from 'outlay'

import { DEMO, folder, run } from './support.mjs'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))
const require = createRequire(import.meta.url)
const platform = require('../lib/platform.js')
const addon = require('../lib/addon.js')

// The version of the interface, and the hash of its declarations.
const INTERFACE = [3, '49bc5d9dea2e323a']

/** The functions, classes and objects of the addon, as their source declares them, without comments. */
function declarations() {
  const sources = readdirSync(path.join(PACKAGE, 'src')).toSorted()
  return sources.flatMap((name) => {
    const source = readFileSync(path.join(PACKAGE, 'src', name), 'utf8').replace(/\/\/.*$/gm, '')
    // A function or an implementation up to its body, a struct with its fields, a constant with its value.
    const found = source.matchAll(/#\[napi[^\n]*\]\s*((?:#\[[^\n]*\]\s*)*)(pub (?:struct|enum) [^{};]*(?:\{[^}]*\}|;)|[^{;]*[{;])/g)
    return Array.from(found, ([text]) => text.replace(/\s+/g, ' '))
  })
}

test('the version of the interface grows with a change', () => {
  const found = declarations()
  assert.ok(found.length > 90, `${found.length} declarations`)
  const hash = createHash('sha256').update(found.join('\n')).digest('hex').slice(0, 16)
  const what = `the interface of the addon has changed: add one to INTERFACE in src/lib.rs, lib/addon.js and here, and write ${hash}`
  assert.deepEqual([addon.INTERFACE, hash], INTERFACE, what)
  assert.equal(addon.VERSION, version)
})

test('an addon of another build is refused', async () => {
  const place = folder()
  const copy = path.join(place, 'node_modules/outlay')
  cpSync(PACKAGE, copy, { recursive: true, filter: (file) => !/node_modules$|\/test$|\.node$/.test(file.slice(PACKAGE.length)) })
  const name = `outlay.${platform.builds()[0]}.node`
  symlinkSync(path.join(PACKAGE, name), path.join(copy, name))
  const program = `
    const told = (error) => console.log(error.message)
    try { require('outlay').read(process.argv[1]).rows().toArray().then((rows) => console.log(rows.length), told) } catch (error) { told(error) }
  `
  const told = async () => (await run(process.execPath, ['--no-warnings', '--eval', program, DEMO], { cwd: place })).stdout.trim()
  assert.equal(await told(), '175')
  const [lib, manifest] = [path.join(copy, 'lib/addon.js'), path.join(copy, 'package.json')]
  const files = [
    [lib, (text) => text.replace(`const INTERFACE = ${addon.INTERFACE}`, 'const INTERFACE = 9')],
    [manifest, (text) => text.replace(`"version": "${version}"`, '"version": "9.9.9"')],
  ]
  for (const [file, changed] of files) {
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, changed(text))
    const message = await told()
    assert.match(message, /^outlay \S+ \(interface \d+\) found an addon of outlay \S+ \(interface \d+\), .*: both have to be of one version\. Install .* again/)
    assert.ok(message.includes(`addon of outlay ${version} (interface ${addon.INTERFACE})`) && message.includes('9'), message)
    writeFileSync(file, text)
  }
})
