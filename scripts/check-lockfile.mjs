// Fails when the lockfile names a download address (it would tie everyone to one registry), when an entry has no
// integrity, or when a package.json asks for a range: versions are exact, so that a clone of today and one of next year
// install the same. Also when docs/dependencies.md does not say why a dependency is there.

import { readFileSync } from 'node:fs'
import path from 'node:path'
import { listFiles, ROOT } from './source-files.mjs'

/** @param {string} file */
const readJson = (file) => JSON.parse(readFileSync(path.join(ROOT, file), 'utf8'))

const problems = []
for (const [folder, entry] of Object.entries(readJson('package-lock.json').packages)) {
  if (!folder.includes('node_modules/') || entry.link) continue
  if (entry.resolved !== undefined)
    problems.push(`package-lock.json: ${folder} holds a download address; npm install with this repository's .npmrc`)
  if (entry.integrity === undefined && !entry.inBundle) problems.push(`package-lock.json: ${folder} has no integrity`)
}
const reasons = readFileSync(path.join(ROOT, 'docs/dependencies.md'), 'utf8')
for (const file of listFiles(/(^|\/)package\.json$/)) {
  const { dependencies, devDependencies, overrides } = readJson(file)
  for (const name of Object.keys({ ...dependencies, ...devDependencies }))
    if (!name.startsWith('@trunkline/') && !reasons.includes(`\`${name}\``))
      problems.push(`${file}: docs/dependencies.md does not say why ${name} is there`)
  // An override may name the package whose dependencies it replaces.
  const replaced = Object.entries(overrides ?? {}).flatMap(([name, to]) =>
    typeof to === 'string' ? [[name, to]] : Object.entries(to),
  )
  for (const [name, version] of [...Object.entries({ ...dependencies, ...devDependencies }), ...replaced])
    if (!/^(npm:[^@]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
      problems.push(`${file}: ${name} is '${version}', not an exact version`)
}

for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exit(1)
console.log('lockfile: exact versions, no download addresses, a reason for each dependency')
