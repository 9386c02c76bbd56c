/**
 * The built server of an example, as a process of its own.
 *
 * Not a server in the test's process: what is tested is what `npm start` gives a person. Rule: every process that was
 * started is ended, by `stop` or at the latest when this process exits.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from '@trunkline/testkit'
import { buildExample, ROOT } from './build-example.js'
import { programEnvironment } from './program-environment.js'

/** Options of `startExample`. */
export interface StartExampleOptions {
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Default: a free one. The port of a server that ended, to start it anew behind the same proxy. */
  readonly port?: number
}

/** A running server. */
export interface Example {
  readonly port: number
  /** `http://127.0.0.1:<port>`: no lookup of a name, no second try over IPv6. */
  readonly url: string
  /** What it printed so far. */
  readonly output: string
  /** Ends it, by default the way an operator does; resolves when it is gone. Calling it again does no harm. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

const READY_TIMEOUT_MS = 60_000
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Builds `examples/<name>` where needed, and runs its `start` script with `PORT` until `stop`; resolves when it printed its address. */
export async function startExample(name: string, options: StartExampleOptions = {}): Promise<Example> {
  await buildExample(name)
  const folder = join(ROOT, 'examples', name)
  const child = spawn(process.execPath, startArguments(folder), {
    cwd: folder,
    env: programEnvironment({ NODE_ENV: 'production', PORT: String(options.port ?? 0), ...options.env }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += String(chunk)))
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => {
      running.delete(child)
      resolve()
    })
  })
  const address = await eventually(
    () => {
      const found = output.match(/http:\/\/(?:localhost|127\.0\.0\.1):(\d+)/)?.[1]
      // Nothing follows then, so waiting longer would only hide why.
      return found ?? (running.has(child) ? undefined : 'ended')
    },
    { timeoutMs: READY_TIMEOUT_MS, message: `examples/${name} printing its address` },
  )
  if (address === 'ended') throw new Error(`examples/${name} ended before it was ready.\n${output}`)
  return {
    port: Number(address),
    url: `http://127.0.0.1:${address}`,
    get output() {
      return output
    },
    stop: (signal = 'SIGTERM') => {
      if (running.has(child)) child.kill(signal)
      return exited
    },
  }
}

/** What Node is given for the example's `start` script. Its program runs directly, so that one process id is all of it. */
function startArguments(folder: string): string[] {
  // Written by us: a package.json with scripts.
  const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { scripts: { start: string } }
  const [program, ...args] = scripts.start.split(' ')
  if (program === 'node') return args
  if (program === 'tsx') return ['--import', 'tsx', ...args]
  throw new Error(`The start script "${scripts.start}" begins with neither node nor tsx.`)
}
