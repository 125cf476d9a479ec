// The programs of the cookbook, as the page shows them, print the figures that it shows.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'

import { ROOT, node } from './support.mjs'

const PAGE = readFileSync(path.join(ROOT, 'examples/cookbook/README.md'), 'utf8')
const blocks = (section, language) => [...section.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(([, block]) => block)

for (const section of PAGE.split('\n## ').slice(1)) {
  const [title] = section.split('\n')
  for (const program of blocks(section, 'js')) {
    test(`the page shows what a program prints: ${title}`, async () => {
      // The package is found from the folder of the tests, and the reports from the root. Imports come before the first line.
      const inRoot = `process.chdir(${JSON.stringify(ROOT)});${program}`
      const done = await node(inRoot, { env: { ...process.env, TZ: 'America/New_York' } })
      assert.deepEqual([done.status, done.stderr], [0, ''])
      assert.deepEqual([done.stdout], blocks(section, 'text'))
    })
  }
}
