import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { expect, it } from 'vitest'
import { ROOT } from './source-files.mjs'

const runOn = (version: string): { status: number | null; stderr: string } => {
  const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`
  const args = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`]
  return spawnSync(process.execPath, [...args, path.join(ROOT, 'scripts/ensure-installed.mjs')], { encoding: 'utf8' })
}

it.each(['18.20.8', '20.18.3'])('says in one line that Node %s is too old, and installs nothing', (version) => {
  const { status, stderr } = runOn(version)
  expect(stderr).toBe(`Trunkline needs Node >=20.19, and this is ${version}: see https://nodejs.org.\n`)
  expect(status).toBe(1)
})
