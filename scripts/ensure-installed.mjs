// Makes `npm start` and `npm test` enough by themselves on a fresh clone: installs what is missing, says nothing when
// nothing is. Plain Node without imports from node_modules, and old syntax only, because it is the file that tells
// someone on an old Node version so.

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')

/** @param {string} file */
const readJson = (file) => JSON.parse(readFileSync(join(root, file), 'utf8'))

const wanted = readJson('package.json').engines.node
const [wantedMajor, wantedMinor] = wanted.replace('>=', '').split('.').map(Number)
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < wantedMajor || (major === wantedMajor && minor < wantedMinor)) {
  console.error(`Trunkline needs Node ${wanted}, and this is ${process.versions.node}: see https://nodejs.org.`)
  process.exit(1)
}

// npm writes what it installed beside it. Comparing that with the lockfile also notices a pull that changed versions.
const isInstalled = () => {
  const installedFile = 'node_modules/.package-lock.json'
  if (!existsSync(join(root, installedFile))) return false
  const installed = readJson(installedFile).packages
  return Object.entries(readJson('package-lock.json').packages).every(([folder, entry]) => {
    if (folder === '' || !folder.includes('node_modules/')) return true
    // Binaries of other platforms are in the lockfile and rightly not on this disk.
    if (entry.optional || entry.devOptional || entry.peer) return true
    if (entry.link) return existsSync(join(root, folder))
    return installed[folder] !== undefined && installed[folder].version === entry.version
  })
}

if (!isInstalled()) {
  console.log('Installing dependencies (npm ci) …')
  const npm = process.env['npm_execpath']
  const command = npm === undefined ? 'npm' : process.execPath
  const args = (npm === undefined ? [] : [npm]).concat(['ci', '--no-audit', '--no-fund', '--loglevel=error'])
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: npm === undefined })
  if (status !== 0) {
    console.error('Installing the dependencies failed: npm says why above.')
    process.exit(1)
  }
}
