'use strict'

const addon = require('./addon.js')
const { unwrap } = require('./errors.js')
const { optionsOf, refuseName, signalOf } = require('./options.js')

/** Returns the signal of a call whose only option is `signal`. */
function onlySignal(options) {
  for (const [name] of optionsOf(options)) if (name !== 'signal') refuseName(name, ['signal'])
  return signalOf(options)
}

/** Awaits a call of the addon, and stops it when the signal is aborted. */
async function called(signal, call) {
  signal?.throwIfAborted()
  const running = new addon.Call()
  const stop = () => running.stop()
  signal?.addEventListener('abort', stop, { once: true })
  try {
    const answer = await call(running)
    if (answer.failure?.code === 'OUTLAY_STOPPED') signal?.throwIfAborted()
    return unwrap(answer)
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}

module.exports = { called, onlySignal }
