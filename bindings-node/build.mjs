// Builds the addon with cargo as it is, for tests and for the benchmark: `build.mjs [ARGUMENTS OF CARGO]`.
//
// @napi-rs/cli names a target, for which cargo compiles everything once more. And by itself the addon asks for fewer features
// of what it depends on than the tests of the workspace do: built together with an example, it is given what they have.
import { execFileSync } from 'node:child_process'
import { copyFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

import platform from './lib/platform.js'

const PACKAGE = fileURLToPath(new URL('.', import.meta.url))
const WHAT = ['--workspace', '--features', 'outlay/cli,outlay-examples/connect', '--lib', '--bins', '--example', 'normalize']
const given = process.argv.slice(2)
const cargo = ['build', '--quiet', '--locked', '--message-format=json-render-diagnostics', ...(given.length > 0 ? given : WHAT)]
const stdio = ['ignore', 'pipe', 'inherit']
const lines = execFileSync('cargo', cargo, { cwd: PACKAGE, stdio, encoding: 'utf8', maxBuffer: 64 << 20 }).trim().split('\n')
const built = lines.map((line) => JSON.parse(line)).find((line) => line.target?.name === 'outlay_node')
const library = built.filenames.find((file) => /\.(so|dylib|dll)$/.test(file))
const addon = path.join(PACKAGE, `outlay.${platform.builds()[0]}.node`)
// A process that has the old one keeps it: the file is a new one.
rmSync(addon, { force: true })
copyFileSync(library, addon)
