// Lists the files of this repository that people wrote: no dependencies, nothing built.

import { readdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's root folder. */
export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')

const SKIPPED = new Set(['node_modules', 'dist', 'coverage', '.git', '.turbo', '.cache', '.docs-check', '.next'])

/**
 * Lists files below `folder` that match `pattern`, as paths from the root with forward slashes.
 *
 * @param {RegExp} pattern tested against the path
 * @param {string} folder where to begin, from the root
 * @returns {string[]}
 */
export const listFiles = (pattern, folder = '') =>
  readdirSync(path.join(ROOT, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const file = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : listFiles(pattern, file)
      return entry.isFile() && pattern.test(file) ? [file] : []
    })
    .sort()
