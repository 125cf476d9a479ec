'use strict'

const { inspect } = require('node:util')

const { Accounts } = require('./accounts.js')
const addon = require('./addon.js')
const { called, onlySignal } = require('./calls.js')
const { Diagnosis } = require('./diagnosis.js')
const { unwrap } = require('./errors.js')
const { revealed } = require('./external-id.js')
const { kindOf, nativeOptions, optionsOf, pathOf, refuse, signalOf, snakeCase, textOf } = require('./options.js')

// What a connector is told under the core's names, and what is secret of it.
const SETTINGS = new Set([
  'roleArn',
  'externalIdEnv',
  'reportName',
  'bucket',
  'prefix',
  'region',
  'sessionName',
  'displayName',
  'endpoint',
  'pathStyle',
  'retry',
])
const RETRY = new Set([
  'maxAttempts',
  'initialBackoffMs',
  'maxBackoffMs',
  'connectTimeoutMs',
  'readTimeoutMs',
  'stallTimeoutMs',
])
const SECRETS = new Set(['externalId', 'accessKeyId', 'secretAccessKey', 'sessionToken'])

/** The configuration as JSON text, and the secrets, as the addon takes them. */
function settingsOf(options) {
  const settings = {}
  const secrets = {}
  for (const [name, value] of optionsOf(options)) {
    if (value === undefined || value === null) continue
    if (SECRETS.has(name)) secrets[name] = secretOf(name, value)
    else if (!SETTINGS.has(name)) refuse(`\`${name}\` is not an option`)
    else if (name === 'retry') settings.retry = retryOf(value)
    else if (name !== 'pathStyle') settings[snakeCase(name)] = textOf(name, value)
    else if (typeof value === 'boolean') settings.path_style = value
    else refuse(`option \`pathStyle\`: expected yes or no, got ${kindOf(value)}`)
  }
  return [JSON.stringify(settings), secrets]
}

/** How often and how long AWS is asked, under the core's names. */
function retryOf(policy) {
  if (typeof policy !== 'object') refuse(`option \`retry\`: expected an object, got ${kindOf(policy)}`)
  const retry = {}
  for (const [name, value] of Object.entries(policy)) {
    if (value === undefined || value === null) continue
    if (!RETRY.has(name)) refuse(`option \`retry\`: \`${name}\` is not part of it; expected ${[...RETRY].join(', ')}`)
    const isWhole = Number.isSafeInteger(value) && value >= 0
    retry[snakeCase(name)] = isWhole ? value : refuse(`option \`retry.${name}\`: expected a whole number`)
  }
  return retry
}

/** What comes beside a configuration. */
function secretsOf(options) {
  const secrets = {}
  for (const [name, value] of optionsOf(options)) {
    if (SETTINGS.has(name)) refuse(`option \`${name}\`: it is part of the configuration`)
    if (!SECRETS.has(name)) refuse(`\`${name}\` is not an option`)
    if (value !== undefined && value !== null) secrets[name] = secretOf(name, value)
  }
  return secrets
}

const secretOf = (name, value) => (name === 'externalId' ? revealed(value) : textOf(name, value))

/** The class, whose readers are opened by `open`. */
function connectors(open) {
  return class Connector {
    #native

    constructor(options = {}) {
      // Only this class has one of the addon's.
      this.#native =
        options instanceof addon.Connector ? options : unwrap(addon.connect(...settingsOf(options))).connector
    }

    static fromConfig(config, secrets = {}) {
      if (typeof config !== 'object' || config === null) refuse(`a configuration is an object, not ${kindOf(config)}`)
      return new Connector(unwrap(addon.connect(JSON.stringify({ ...config }), secretsOf(secrets))).connector)
    }

    get account() {
      return this.#native.account
    }

    get config() {
      return JSON.parse(unwrap(this.#native.config).text)
    }

    reconfigure(options) {
      return new Connector(unwrap(this.#native.reconfigure(...settingsOf(options))).connector)
    }

    async verify(options = {}) {
      return new Diagnosis(await called(onlySignal(options), (call) => this.#native.verify(call)))
    }

    async discover(options = {}) {
      const { text } = await called(onlySignal(options), (call) => this.#native.discover(call))
      return new Accounts(text)
    }

    async reports(options = {}) {
      return this.#ask(options, (call) => this.#native.reports(call))
    }

    async periods(options = {}) {
      return this.#ask(options, (call) => this.#native.periods(call))
    }

    async plan(period, options = {}) {
      const [month, native] = [textOf('period', period), nativeOptions(options)]
      const { text } = await called(signalOf(options), (call) => this.#native.plan(month, native, call))
      return JSON.parse(text)
    }

    async spool(period, folder, options = {}) {
      const [month, place] = [textOf('period', period), pathOf(folder, 'option `folder`: it is a path')]
      return this.#ask(options, (call) => this.#native.spool(month, place, call))
    }

    read(period, options = {}) {
      const native = nativeOptions(options)
      return open(options, this.#native.openPeriod(textOf('period', period), native))
    }

    readPart(part, options = {}) {
      return open(options, this.#native.openPart(JSON.stringify(part) ?? 'null', nativeOptions(options)))
    }

    [inspect.custom](_depth, options) {
      return `Connector ${inspect(this.config, options)}`
    }

    async #ask(options, question) {
      return JSON.parse((await called(onlySignal(options), question)).text)
    }
  }
}

module.exports = { connectors }
