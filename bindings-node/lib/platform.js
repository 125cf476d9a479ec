'use strict'

const { platform, arch } = process

/** Returns the possible names of builds for this platform, as @napi-rs/cli spells them. */
function builds() {
  if (platform === 'linux') return ['gnu', 'musl'].map((libc) => `linux-${arch}-${libc}`)
  return [platform === 'win32' ? `win32-${arch}-msvc` : `${platform}-${arch}`]
}

module.exports = { builds }
