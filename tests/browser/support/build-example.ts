/**
 * Builds an example and the packages that it uses.
 *
 * Not a build system: turbo knows what changed, and does nothing within a second where nothing did. Rule: one build at a
 * time, because two test files in two processes would write the same `dist` under each other's servers.
 */
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { eventually } from '@trunkline/testkit'
import { programEnvironment } from './program-environment.js'

/** The repository. */
export const ROOT: string = fileURLToPath(new URL('../../..', import.meta.url))

/** How long a `beforeAll` that builds may take: on a fresh clone everything is built, `next build` included. */
export const BUILD_TIMEOUT_MS = 600_000

const LOCK = join(ROOT, 'node_modules/.cache/trunkline-build.lock')

const builds = new Map<string, Promise<void>>()

/**
 * Builds `examples/<name>`, unless nothing changed since the last time. Once in each test file: a source that is edited
 * while it runs would put new files under a server whose pages ask for the old ones.
 */
export function buildExample(name: string): Promise<void> {
  const known = builds.get(name)
  if (known) return known
  const build = runBuild(name)
  builds.set(name, build)
  return build
}

async function runBuild(name: string): Promise<void> {
  const turbo = createRequire(import.meta.url).resolve('turbo/bin/turbo')
  const args = ['run', 'build', `--filter=@trunkline/example-${name}...`, '--output-logs=errors-only']
  await eventually(takeLock, { timeoutMs: BUILD_TIMEOUT_MS, message: 'Waiting for another build' })
  try {
    await promisify(execFile)(process.execPath, [turbo, ...args, '--no-update-notifier'], {
      cwd: ROOT,
      env: programEnvironment(),
      maxBuffer: 16 * 1024 * 1024,
    })
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string } // execFile adds what was printed
    throw new Error(`The build of examples/${name} failed.\n${stdout}${stderr}`, { cause: error })
  } finally {
    rmSync(LOCK, { force: true })
  }
}

function takeLock(): boolean {
  mkdirSync(dirname(LOCK), { recursive: true })
  try {
    writeFileSync(LOCK, String(process.pid), { flag: 'wx' })
    return true
  } catch {
    // Somebody builds, or was ended while building.
    if (!isRunning(Number(readFileSync(LOCK, 'utf8')))) rmSync(LOCK, { force: true })
    return false
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
