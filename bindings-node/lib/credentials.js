'use strict'

// Credentials that a function of the caller returns.
const addon = require('./addon.js')
const { kindOf, refuse } = require('./options.js')

const isText = (value) => typeof value === 'string' && value !== ''

/** Converts credentials for the addon. Messages have names only, since the values are secrets. */
function provided(credentials) {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = credentials ?? {}
  if (!isText(accessKeyId) || !isText(secretAccessKey)) {
    throw new TypeError('the credentials have no `accessKeyId` and `secretAccessKey`')
  }
  const expiresAt = expiration === undefined || expiration === null ? undefined : new Date(expiration).getTime()
  if (Number.isNaN(expiresAt)) throw new TypeError('`expiration` of the credentials is not a time')
  return { accessKeyId, secretAccessKey, sessionToken: sessionToken ?? undefined, expiresAt }
}

/** Returns the function that the addon calls with the number of a question. */
function askOf(credentials) {
  if (credentials === undefined || credentials === null) return undefined
  if (typeof credentials !== 'function') refuse(`option \`credentials\`: it is a function, not ${kindOf(credentials)}`)
  return async (question) => {
    try {
      addon.provideCredentials(question, provided(await credentials()))
    } catch (error) {
      addon.provideCredentials(question, undefined, `${error?.message ?? error}`)
    }
  }
}

module.exports = { askOf }
