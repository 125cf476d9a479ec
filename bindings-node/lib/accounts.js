'use strict'

const addon = require('./addon.js')
const { unwrap } = require('./errors.js')
const { fromShared, toShared } = require('./names.js')
const { sharedText } = require('./options.js')

class Accounts {
  constructor(json) {
    Object.assign(this, fromShared(JSON.parse(json)))
  }

  get(id) {
    return this.accounts.find((account) => account.id === id)
  }

  names() {
    const named = this.accounts.filter((account) => account.name !== null)
    return Object.fromEntries(named.map((account) => [account.id, account.name]))
  }

  changesSince(earlier) {
    const changes = addon.accountChanges(sharedText(this), sharedText(earlier))
    return fromShared(JSON.parse(unwrap(changes).text))
  }

  toJSON() {
    return toShared({ ...this })
  }
}

module.exports = { Accounts }
