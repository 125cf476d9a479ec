#!/usr/bin/env node
'use strict'

const { normalize } = require('../lib/programs.js')
const { version } = require('../lib/index.js')

const USAGE = 'usage: outlay normalize REPORT...\n       outlay --version'

async function main([program, ...given]) {
  if (program === '--version') {
    console.log(`outlay ${version}`)
    return 0
  }
  if (program !== 'normalize') {
    console.error(USAGE)
    return 2
  }
  return normalize(given)
}

main(process.argv.slice(2)).then((status) => {
  process.exitCode = status
})
