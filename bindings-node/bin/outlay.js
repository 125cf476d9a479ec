#!/usr/bin/env node
'use strict'

const { run } = require('../lib/program.js')

run(process.argv.slice(2)).then((status) => {
  process.exitCode = status
})
