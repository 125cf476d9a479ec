'use strict'

const { platform, arch } = process

/** What builds for this platform can be called, in the spelling of @napi-rs/cli. */
function builds() {
  if (platform === 'linux') return ['gnu', 'musl'].map((libc) => `linux-${arch}-${libc}`)
  return [platform === 'win32' ? `win32-${arch}-msvc` : `${platform}-${arch}`]
}

module.exports = { builds }
