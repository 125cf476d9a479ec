'use strict'

const addon = require('./addon.js')
const { unwrap } = require('./errors.js')
const { OWN, optionsOf, refuse, refuseName, signalOf } = require('./options.js')

// The method that `await using` calls. The first versions of Node 20 do not have the symbol.
const ASYNC_DISPOSE = Symbol.asyncDispose ?? Symbol('Symbol.asyncDispose')

/** Returns the signal of a call whose only option is `signal`. */
function onlySignal(options) {
  for (const [name] of optionsOf(options)) if (name !== 'signal') refuseName(name, ['signal'])
  return signalOf(options)
}

/** Throws for the options of a call that takes none. */
function noOptions(options = {}) {
  for (const [name] of optionsOf(options)) {
    if (OWN.has(name)) refuse(`option \`${name}\`: it is an option of \`read\``)
    refuseName(name, [])
  }
}

/**
 * Awaits a promise, and rejects with the reason of the signal as soon as it is aborted, also if the promise is fulfilled
 * later. `stop` ends the work behind the promise.
 */
function unlessAborted(signal, promise, stop = () => {}) {
  if (signal === undefined) return promise
  return new Promise((resolve, reject) => {
    const abort = () => {
      stop()
      reject(signal.reason)
    }
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    const settle = (settled) => (value) => {
      signal.removeEventListener('abort', abort)
      settled(value)
    }
    promise.then(settle(resolve), settle(reject))
  })
}

/** Awaits a call of the addon, and stops it when the signal is aborted. It is in `pending` meanwhile. */
async function called(signal, call, pending = new Set()) {
  signal?.throwIfAborted()
  const running = new addon.Call()
  pending.add(running)
  try {
    return unwrap(await unlessAborted(signal, call(running), () => running.stop()))
  } finally {
    pending.delete(running)
  }
}

module.exports = { ASYNC_DISPOSE, called, noOptions, onlySignal, unlessAborted }
