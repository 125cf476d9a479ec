'use strict'

const { inspect } = require('node:util')

const { Accounts } = require('./accounts.js')
const addon = require('./addon.js')
const { ASYNC_DISPOSE, called, onlySignal } = require('./calls.js')
const { askOf } = require('./credentials.js')
const { Diagnosis } = require('./diagnosis.js')
const { unwrap } = require('./errors.js')
const { revealed } = require('./external-id.js')
const { fromShared, snakeCase } = require('./names.js')
const { SIGNAL, kindOf, nativeOptions, optionsOf, pathOf, refuse, refuseName, sharedText, signalOf, textOf } = require('./options.js')
const { planOf } = require('./plan.js')
const { inspected } = require('./print.js')
const { Report } = require('./report.js')
const { readerOf } = require('./verbs.js')

const VERIFY = new Set(['costExplorer', 'signal'])

// Names of the settings, of the retry settings and of the secrets.
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
  'operationTimeoutMs',
])
const SECRETS = new Set(['externalId', 'accessKeyId', 'secretAccessKey', 'sessionToken', 'credentials'])

/** Splits options into the configuration as JSON text, the secrets, and the function for credentials, for the addon. */
function settingsOf(options) {
  const settings = {}
  const secrets = {}
  for (const [name, value] of optionsOf(options)) {
    if (!SETTINGS.has(name) && !SECRETS.has(name)) refuseName(name, [...SETTINGS, ...SECRETS])
    if (value === undefined || value === null) continue
    if (name === 'credentials') continue
    if (SECRETS.has(name)) secrets[name] = secretOf(name, value)
    else if (name === 'retry') settings.retry = retryOf(value)
    else if (name !== 'pathStyle') settings[snakeCase(name)] = textOf(name, value)
    else if (typeof value === 'boolean') settings.path_style = value
    else refuse(`option \`pathStyle\`: expected yes or no, got ${kindOf(value)}`)
  }
  return [JSON.stringify(settings), secrets, askOf(options.credentials)]
}

/** Converts a retry policy to the core's names. */
function retryOf(policy) {
  if (typeof policy !== 'object') refuse(`option \`retry\`: expected an object, got ${kindOf(policy)}`)
  const retry = {}
  for (const [name, value] of Object.entries(policy)) {
    if (value === undefined || value === null) continue
    if (!RETRY.has(name)) refuseName(`retry.${name}`, Array.from(RETRY, (known) => `retry.${known}`))
    const isWhole = Number.isSafeInteger(value) && value >= 0
    retry[snakeCase(name)] = isWhole ? value : refuse(`option \`retry.${name}\`: expected a whole number`)
  }
  return retry
}

/** Converts a configuration to JSON text, and refuses secrets in it. */
function configText(config) {
  if (typeof config !== 'object' || config === null) refuse(`a configuration is an object or its JSON text, not ${kindOf(config)}`)
  for (const name of Object.keys(config)) if (!SETTINGS.has(name)) refuseName(name, SETTINGS)
  return settingsOf(config)[0]
}

/** Returns the secrets that are passed separately from a configuration. */
function secretsOf(options) {
  const secrets = {}
  for (const [name, value] of optionsOf(options)) {
    if (SETTINGS.has(name)) refuse(`option \`${name}\`: it is part of the configuration`)
    if (!SECRETS.has(name)) refuseName(name, SECRETS)
    if (name !== 'credentials' && value !== undefined && value !== null) secrets[name] = secretOf(name, value)
  }
  return [secrets, askOf(options.credentials)]
}

const secretOf = (name, value) => (name === 'externalId' ? revealed(value) : textOf(name, value))

class Connector {
  #native
  /** The calls that were not answered yet. */
  #pending = new Set()

  constructor(options = {}) {
    // An addon object comes from the methods of this class only.
    this.#native =
      options instanceof addon.Connector ? options : unwrap(addon.connect(...settingsOf(options))).connector
  }

  static fromConfig(config, secrets = {}) {
    const text = typeof config === 'string' ? config : configText(config)
    return new Connector(unwrap(addon.connect(text, ...secretsOf(secrets))).connector)
  }

  get account() {
    return this.#native.account
  }

  get config() {
    return fromShared(JSON.parse(unwrap(this.#native.config).text))
  }

  reconfigure(options) {
    return new Connector(unwrap(this.#native.reconfigure(...settingsOf(options))).connector)
  }

  async verify(options = {}) {
    for (const [name] of optionsOf(options)) if (!VERIFY.has(name)) refuseName(name, [...VERIFY])
    const costExplorer = options.costExplorer ?? true
    if (typeof costExplorer !== 'boolean') refuse(`option \`costExplorer\`: expected true or false, not ${kindOf(costExplorer)}`)
    return new Diagnosis(await this.#called(signalOf(options), (call) => this.#native.verify(costExplorer, call)))
  }

  async discover(options = {}) {
    const { text } = await this.#called(onlySignal(options), (call) => this.#native.discover(call))
    return new Accounts(text)
  }

  async reports(options = {}) {
    return this.#ask(options, (call) => this.#native.reports(call))
  }

  async periods(options = {}) {
    return this.#ask(options, (call) => this.#native.periods(call))
  }

  async plan(period, options = {}) {
    const [month, native] = [textOf('period', period), nativeOptions(options, SIGNAL)]
    const { text } = await this.#called(signalOf(options), (call) => this.#native.plan(month, native, call))
    return planOf(text)
  }

  async spool(period, folder, options = {}) {
    const [month, place] = [textOf('period', period), pathOf(folder, 'option `folder`: it is a path')]
    return this.#ask(options, (call) => this.#native.spool(month, place, call))
  }

  read(period, options = {}) {
    const native = nativeOptions(options)
    return readerOf(options, this.#native.openPeriod(textOf('period', period), native), { what: period })
  }

  async open(period, options = {}) {
    const [month, native] = [textOf('period', period), nativeOptions(options, SIGNAL)]
    const answer = await this.#called(signalOf(options), (call) => this.#native.open(month, native, call))
    return new Report(answer.report, options)
  }

  readPart(part, options = {}) {
    return readerOf(options, this.#native.openPart(sharedText(part), nativeOptions(options)), { what: part?.object })
  }

  async [ASYNC_DISPOSE]() {
    for (const call of this.#pending) call.stop()
  }

  [inspect.custom](_depth, options) {
    return `Connector ${inspected(this.config, options)}`
  }

  #called(signal, call) {
    return called(signal, call, this.#pending)
  }

  async #ask(options, question) {
    return fromShared(JSON.parse((await this.#called(onlySignal(options), question)).text))
  }
}

module.exports = { Connector }
