// Builds the addon with cargo, for tests and for the benchmark: `build.mjs [ARGUMENTS OF CARGO]`.
//
// @napi-rs/cli passes a target triple, for which cargo compiles all dependencies again. Built alone, the addon enables fewer
// features of its dependencies than the tests of the workspace, which compiles them again as well. Building it together with
// an example enables the same features.
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
// Removing the file first creates a new inode, so that a process that has loaded the old addon is not affected.
rmSync(addon, { force: true })
copyFileSync(library, addon)
