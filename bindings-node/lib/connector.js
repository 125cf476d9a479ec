'use strict'

const { inspect } = require('node:util')

const { Accounts } = require('./accounts.js')
const addon = require('./addon.js')
const { called, onlySignal } = require('./calls.js')
const { Diagnosis } = require('./diagnosis.js')
const { unwrap } = require('./errors.js')
const { revealed } = require('./external-id.js')
const { nativeOptions, pathOf, refuse, snakeCase, textOf } = require('./options.js')

// What a connector is told under the core's names, and what is secret of it.
const SETTINGS = new Set(['roleArn', 'reportName', 'bucket', 'prefix', 'region', 'sessionName', 'displayName', 'endpoint', 'pathStyle'])
const KEYS = new Set(['accessKeyId', 'secretAccessKey', 'sessionToken'])

/** The configuration as JSON text, and the secrets, as the addon takes them. */
function settingsOf(options, config = {}) {
  if (typeof options !== 'object' || options === null) refuse(`options are an object, not ${options}`)
  const settings = { ...config }
  const secrets = {}
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === null) continue
    if (name === 'externalId') secrets.externalId = revealed(value)
    else if (KEYS.has(name)) secrets[name] = textOf(name, value)
    else if (!SETTINGS.has(name)) refuse(`\`${name}\` is not an option`)
    else if (name !== 'pathStyle') settings[snakeCase(name)] = textOf(name, value)
    else if (typeof value === 'boolean') settings.path_style = value
    else refuse(`option \`pathStyle\`: it is yes or no, not a ${typeof value}`)
  }
  return [JSON.stringify(settings), secrets]
}

/** The class, whose readers are opened by `open`. */
function connectors(open) {
  return class Connector {
    #native

    constructor(options = {}) {
      // Nobody but this class has one of the addon's.
      this.#native =
        options instanceof addon.Connector ? options : unwrap(addon.connect(...settingsOf(options))).connector
    }

    static fromConfig(config, options = {}) {
      if (typeof config !== 'object' || config === null) refuse(`a configuration is an object, not ${config}`)
      return new Connector(unwrap(addon.connect(...settingsOf(options, config))).connector)
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
      const month = textOf('period', period)
      return this.#ask(options, (call) => this.#native.plan(month, call))
    }

    async spool(period, folder, options = {}) {
      const [month, place] = [textOf('period', period), pathOf(folder)]
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
