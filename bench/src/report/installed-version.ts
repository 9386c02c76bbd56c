import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

/** Reads the version of a package as it is installed here; not through `require`, which many packages' exports forbid. */
export function installedVersion(name: string): string {
  const require = createRequire(import.meta.url)
  for (const folder of require.resolve.paths(name) ?? []) {
    try {
      return JSON.parse(readFileSync(`${folder}/${name}/package.json`, 'utf8')).version
    } catch {
      // Not in this folder: the next one up.
    }
  }
  throw new Error(`${name} is not installed`)
}
