/**
 * Real processes for tests that freeze, kill and restart them.
 *
 * Not a worker pool: one handle is one operating system process, so a signal does to it what it does in production.
 * Rule: every process that was started is ended, by `stop()` or at the latest when this process exits.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { FromChild } from './child-side.js'
import { eventually } from './eventually.js'

/** Options of `startProcess`. */
export interface StartProcessOptions {
  /** Added to the environment. */
  env?: Readonly<Record<string, string>>
  /** Flags for Node itself, such as `--expose-gc`. `--conditions` of this process are passed on anyway. */
  nodeFlags?: readonly string[]
  /** How long the script may take until it is ready. Default 30_000. */
  readyTimeoutMs?: number
}

/** A running script that answers requests. */
export interface ChildHandle {
  readonly pid: number
  /** What the script passed to `answerParent` as `ready`, such as its port. */
  readonly ready: unknown
  /** The last 16 KiB of what it wrote to stdout and stderr. */
  readonly output: string
  /** Resolves when the process is gone. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
  /** Calls a handler of the script by name. Rejects with its error, when the process ends, and after `timeoutMs` (10_000). */
  request(name: string, payload?: unknown, options?: { timeoutMs?: number }): Promise<unknown>
  /** Stops the process as it stands (SIGSTOP); its sockets stay open. Resolves when it has stopped. */
  freeze(): Promise<void>
  /** Lets a frozen process go on (SIGCONT). */
  thaw(): void
  /** Ends it by SIGKILL, frozen or not; resolves when it is gone. Calling it again does no harm. */
  stop(): Promise<void>
}

const MAX_OUTPUT_LENGTH = 16 * 1024
const running = new Set<ChildProcess>()
let endsThemAtExit = false

/**
 * Runs a script (TypeScript through tsx, which must be installed) and resolves when it calls `answerParent`.
 *
 * @param file - a path or a `file:` URL, such as `new URL('./node.ts', import.meta.url)`.
 * @throws Error with the script's output when it ends or stays silent before that.
 */
export async function startProcess(
  file: string | URL,
  args: readonly string[] = [],
  options: StartProcessOptions = {},
): Promise<ChildHandle> {
  const path = typeof file === 'string' && !file.startsWith('file:') ? file : fileURLToPath(file)
  const child = fork(path, [...args], {
    execArgv: [
      ...inheritedConditions(),
      ...(/\.[mc]?tsx?$/.test(path) ? ['--import', 'tsx'] : []),
      ...(options.nodeFlags ?? []),
    ],
    env: { ...process.env, ...options.env },
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  endAtExit(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-MAX_OUTPUT_LENGTH)
    })
  }
  const pending = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  let lastId = 0
  let ready: { value: unknown } | undefined
  let end: { code: number | null; signal: NodeJS.Signals | null } | undefined
  const exited = new Promise<NonNullable<typeof end>>((resolve) => {
    const finish = (code: number | null, signal: NodeJS.Signals | null): void => {
      end ??= { code, signal }
      running.delete(child)
      for (const { reject } of pending.values()) reject(new Error(`The process ended (${signal ?? code}).\n${output}`))
      pending.clear()
      resolve(end)
    }
    child.once('exit', finish)
    child.once('error', () => finish(null, null))
  })
  // Only the child side of this module writes to the channel.
  child.on('message', (message: FromChild) => {
    if ('ready' in message) ready = { value: message.ready }
    else if ('error' in message) pending.get(message.id)?.reject(new Error(message.error))
    else pending.get(message.id)?.resolve(message.response)
  })

  const handle: ChildHandle = {
    // A process that is ready has an id; before that no handle is given out.
    get pid() {
      return child.pid ?? -1
    },
    get ready() {
      return ready?.value
    },
    get output() {
      return output
    },
    exited,
    request: (name, payload, { timeoutMs = 10_000 } = {}) => {
      const id = ++lastId
      let timer: NodeJS.Timeout | undefined
      const answer = new Promise<unknown>((resolve, reject) => {
        if (end !== undefined) return reject(new Error(`The process has ended.\n${output}`))
        pending.set(id, { resolve, reject })
        timer = setTimeout(() => reject(new Error(`'${name}' was not answered within ${timeoutMs} ms.`)), timeoutMs)
        child.send({ id, name, payload }, (error) => error !== null && reject(error))
      })
      return answer.finally(() => {
        clearTimeout(timer)
        pending.delete(id)
      })
    },
    freeze: async () => {
      child.kill('SIGSTOP')
      if (process.platform === 'linux') await eventually(() => isStopped(handle.pid), { message: 'SIGSTOP' })
    },
    thaw: () => void child.kill('SIGCONT'),
    stop: async () => {
      if (end === undefined) child.kill('SIGKILL')
      await exited
    },
  }

  const { readyTimeoutMs = 30_000 } = options
  await eventually(() => ready !== undefined || end !== undefined, { timeoutMs: readyTimeoutMs }).catch(() => {})
  if (ready !== undefined) return handle
  await handle.stop()
  throw new Error(`${path} was not ready within ${readyTimeoutMs} ms or ended before.\n${output}`)
}

/** `--conditions` decide whether workspace packages are read from source; a child must see what its parent sees. */
function inheritedConditions(): string[] {
  return process.execArgv.flatMap((flag, index, flags) => {
    if (flag.startsWith('--conditions=')) return [flag]
    if (flag !== '--conditions' && flag !== '-C') return []
    return [`--conditions=${flags[index + 1]}`]
  })
}

function endAtExit(child: ChildProcess): void {
  running.add(child)
  if (endsThemAtExit) return
  endsThemAtExit = true
  process.on('exit', () => {
    for (const each of running) each.kill('SIGKILL')
  })
}

async function isStopped(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The state follows the name in brackets, and the name may hold anything.
  return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T')
}
