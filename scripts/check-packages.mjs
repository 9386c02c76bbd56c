// Judges the packages as they would be published: packs each, lets publint and attw read the tarball, then loads every
// entry of the unpacked packages with `import` and with `require`, as an app on this Node version would.
// Needs `npm run build` first.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { listFiles, ROOT } from './source-files.mjs'

// Inside the repository, so that dependencies (`ws`, `superjson`) are found above; `node_modules` below wins over the
// links to the workspace, so the packages themselves come from their tarballs.
const SANDBOX = path.join(ROOT, '.cache/packages')

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} cwd
 */
const run = (command, args, cwd = ROOT) => {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' })
  if (error !== undefined) throw error
  return { ok: status === 0, stdout, output: `${stdout}${stderr}`.trim() }
}
const bin = (/** @type {string} */ name) => path.join(ROOT, 'node_modules/.bin', name)

/** @type {string[]} */
const failures = []
/**
 * @param {string} title
 * @param {{ ok: boolean, output: string }} result
 */
const judge = (title, { ok, output }) => {
  console.log(`packages: ${title} ${ok ? 'ok' : 'FAILED'}`)
  if (ok) return
  failures.push(title)
  console.error(output)
}

rmSync(SANDBOX, { recursive: true, force: true })
mkdirSync(SANDBOX, { recursive: true })
writeFileSync(path.join(SANDBOX, 'package.json'), '{ "private": true }\n')

/** @type {string[]} */
const entries = []
for (const file of listFiles(/^packages\/[^/]+\/package\.json$/, 'packages')) {
  const folder = path.dirname(file)
  const { name, exports: exported } = JSON.parse(readFileSync(path.join(ROOT, file), 'utf8'))
  if (!existsSync(path.join(ROOT, folder, 'dist'))) {
    judge(`${name} is built`, { ok: false, output: 'no dist folder: run npm run build first' })
    continue
  }
  const packed = run(
    'npm',
    ['pack', '--silent', '--ignore-scripts', '--pack-destination', SANDBOX],
    path.join(ROOT, folder),
  )
  const tarball = path.join(SANDBOX, packed.stdout.trim())
  judge(`${name} publint`, run(bin('publint'), [tarball, '--strict']))
  judge(`${name} attw`, run(bin('attw'), [tarball, '--profile', 'node16', '--no-emoji', '--format', 'ascii']))
  const unpacked = path.join(SANDBOX, 'node_modules', name)
  mkdirSync(unpacked, { recursive: true })
  judge(`${name} unpacks`, run('tar', ['-xzf', tarball, '--strip-components=1', '-C', unpacked]))
  entries.push(
    ...Object.keys(exported)
      .filter((entry) => entry !== './package.json')
      .map((entry) => path.posix.join(name, entry)),
  )
}

const list = JSON.stringify(entries)
writeFileSync(path.join(SANDBOX, 'load.cjs'), `for (const entry of ${list}) require(entry)\n`)
writeFileSync(path.join(SANDBOX, 'load.mjs'), `for (const entry of ${list}) await import(entry)\n`)
for (const script of ['load.cjs', 'load.mjs'])
  judge(`${script} loads ${entries.length} entries`, run(process.execPath, ['--no-warnings', script], SANDBOX))

if (failures.length > 0) process.exit(1)
