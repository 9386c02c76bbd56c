import { type ChildProcess, fork } from 'node:child_process'
import type { WorkerReply, WorkerRequest } from './worker.js'
import type { Remote } from './workload.js'

/** How a worker is started. */
export interface ChildOptions {
  /** The compiled `worker.js`. */
  workerPath: string
  arguments: readonly string[]
  /** Where to write a CPU profile of the whole process when it stops; none without it. */
  profileFolder?: string | undefined
  /** How long a command may take before its answer counts as missing, which fails the run. Default 60_000. */
  commandTimeoutMs?: number
}

const startTimeoutMs = 60_000

/** A worker process: its commands run one by one over IPC. */
export class Child implements Remote {
  port = 0
  readonly #process: ChildProcess
  readonly #waiting = new Map<
    number,
    { resolve(result: unknown): void; reject(error: Error): void; timer: NodeJS.Timeout }
  >()
  readonly #name: string
  readonly #commandTimeoutMs: number
  readonly #ready: Promise<void>
  readonly #exited: Promise<void>
  #nextId = 1

  constructor({ workerPath, arguments: workerArguments, profileFolder, commandTimeoutMs = 60_000 }: ChildOptions) {
    this.#commandTimeoutMs = commandTimeoutMs
    this.#name = workerArguments.join(' ')
    const profile = profileFolder === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profileFolder]
    this.#process = fork(workerPath, workerArguments, {
      execArgv: ['--expose-gc', ...profile],
      serialization: 'advanced',
      // tRPC sends stacks in development. The optional native part of `ws` may or may not be installed: never used.
      env: { ...process.env, NODE_ENV: 'production', WS_NO_BUFFER_UTIL: '1', WS_NO_UTF_8_VALIDATE: '1' },
    })
    this.#exited = new Promise((resolve) => {
      this.#process.once('exit', (code, signal) => {
        this.#failAll(new Error(`${this.#name} ended with ${signal ?? `code ${code}`}`))
        resolve()
      })
    })
    this.#ready = new Promise((resolve, reject) => {
      this.#waiting.set(0, { resolve: () => resolve(), reject, timer: this.#startTimer(0, 'start', startTimeoutMs) })
    })
    this.#process.on('message', (reply: WorkerReply) => this.#receive(reply))
  }

  ready(): Promise<void> {
    return this.#ready
  }

  run<TResult = void>(command: string, argument?: unknown): Promise<TResult> {
    const id = this.#nextId++
    return new Promise<TResult>((resolve, reject) => {
      const timer = this.#startTimer(id, command)
      // The caller names the result of the command that it runs; both are in one workload file.
      this.#waiting.set(id, { resolve: (result) => resolve(result as TResult), reject, timer })
      this.#process.send({ id, command, argument } satisfies WorkerRequest)
    })
  }

  freeze(): void {
    this.#process.kill('SIGSTOP')
  }

  thaw(): void {
    this.#process.kill('SIGCONT')
  }

  /** Ends the process: cleanly when it can, by force after 5 s. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    this.#process.send({ id: 0, command: 'stop', argument: undefined } satisfies WorkerRequest)
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), 5_000)
    await this.#exited
    clearTimeout(timer)
  }

  #startTimer(id: number, command: string, timeoutMs = this.#commandTimeoutMs): NodeJS.Timeout {
    return setTimeout(() => {
      this.#waiting.get(id)?.reject(new Error(`${this.#name}: ${command} had no answer after ${timeoutMs} ms`))
      this.#waiting.delete(id)
    }, timeoutMs)
  }

  #receive(reply: WorkerReply): void {
    const id = 'ready' in reply ? 0 : reply.id
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    clearTimeout(waiting?.timer)
    if ('ready' in reply) this.port = reply.port
    if ('error' in reply) waiting?.reject(new Error(`${this.#name}: ${reply.error}`))
    else waiting?.resolve('result' in reply ? reply.result : undefined)
  }

  #failAll(error: Error): void {
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer)
      reject(error)
    }
    this.#waiting.clear()
  }
}
