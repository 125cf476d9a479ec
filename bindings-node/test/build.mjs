// Builds the addon for tests, with cargo as it is: what it compiles is that of the workspace. @napi-rs/cli names a target, and
// cargo then compiles everything once more.
import { execFileSync } from 'node:child_process'
import { copyFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

import platform from '../lib/platform.js'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))
const given = ['build', '--quiet', '--locked', '--package', 'outlay-node', '--message-format=json-render-diagnostics']
const stdio = ['ignore', 'pipe', 'inherit']
const lines = execFileSync('cargo', given, { cwd: PACKAGE, stdio, encoding: 'utf8', maxBuffer: 64 << 20 }).trim().split('\n')
const built = lines.map((line) => JSON.parse(line)).find((line) => line.target?.name === 'outlay_node')
const library = built.filenames.find((file) => /\.(so|dylib|dll)$/.test(file))
const addon = path.join(PACKAGE, `outlay.${platform.builds()[0]}.node`)
// A process that has the old one keeps it: the file is a new one.
rmSync(addon, { force: true })
copyFileSync(library, addon)
