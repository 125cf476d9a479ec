// Removes local builds of the addon before the package is published: in the registry each platform has a package of its own.
import { readdirSync, rmSync } from 'node:fs'

const HERE = new URL('.', import.meta.url)

for (const name of readdirSync(HERE)) if (/^outlay\..*\.node$/.test(name)) rmSync(new URL(name, HERE))
