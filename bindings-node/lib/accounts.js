'use strict'

const addon = require('./addon.js')
const { unwrap } = require('./errors.js')

class Accounts {
  constructor(json) {
    Object.assign(this, JSON.parse(json))
  }

  get(id) {
    return this.accounts.find((account) => account.id === id)
  }

  names() {
    const named = this.accounts.filter((account) => account.name !== null)
    return Object.fromEntries(named.map((account) => [account.id, account.name]))
  }

  changesSince(earlier) {
    const changes = addon.accountChanges(JSON.stringify(this), JSON.stringify(earlier) ?? 'null')
    return JSON.parse(unwrap(changes).text)
  }
}

module.exports = { Accounts }
