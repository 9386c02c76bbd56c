/**
 * A real nginx in the foreground, with a folder of its own.
 *
 * Not the system's service, whose configuration and port are left alone. Rule: a machine without nginx gets a sentence that
 * says how to install it, never a skipped test; master and workers are one process group, so that none outlives its test.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '@trunkline/testkit'
import { onTestFinished } from 'vitest'
import { findProgram } from '../support/find-program.js'
import { type DocumentedConfigOptions, documentedConfig } from './documented-config.js'
import { canConnect, freePort } from './free-port.js'

/** A running nginx. */
export interface Nginx {
  readonly port: number
  /** `ws://127.0.0.1:<port>`. */
  readonly url: string
  /** What it wrote to its error log so far. */
  readonly output: string
  /** Reads the configuration again (SIGHUP): new workers take new connections. Resolves when they are there. */
  reload(): Promise<void>
  /** Ends master and workers at once, as a crash does; resolves when they are gone. Calling it again does no harm. */
  kill(): Promise<void>
  /** Starts it anew on the same port. */
  start(): Promise<void>
}

/** What the page's configuration is changed to, and what stands around it. */
export interface NginxOptions extends Omit<DocumentedConfigOptions, 'port'> {
  /** Directives outside of `http { … }`. */
  readonly main?: string | undefined
}

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) killGroup(child)
})

/** Starts nginx with the documented configuration; stopped when the test ends. Resolves when it takes connections. */
export async function startNginx({ main = '', ...options }: NginxOptions): Promise<Nginx> {
  const program = findNginx()
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-nginx-'))
  // Started by root, its workers are nobody's.
  chmodSync(folder, 0o755)
  const port = await freePort()
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, wholeConfig(main, documentedConfig({ ...options, port })))
  let output = ''
  let child: ChildProcess | undefined
  let gone = Promise.resolve()

  const start = async (): Promise<void> => {
    // A group of its own, of which the master is the leader.
    const started = spawn(program, ['-p', folder, '-c', file, '-e', 'stderr'], {
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    child = started
    running.add(started)
    started.stderr.on('data', (chunk: Buffer) => (output += String(chunk)))
    gone = new Promise((resolve) => {
      // `close` and not `exit`: workers hold the log open, so it comes when the last of them is gone.
      started.once('close', () => {
        running.delete(started)
        resolve()
      })
    })
    const isUp = await eventually(async () => (running.has(started) ? canConnect(port) : 'ended'), {
      message: 'nginx listening',
    })
    if (isUp === 'ended') throw new Error(`nginx ended before it listened.\n${output}`)
  }
  const kill = (): Promise<void> => {
    if (child !== undefined && running.has(child)) killGroup(child)
    return gone
  }
  const timesLogged = (text: string): number => output.split(text).length - 1

  onTestFinished(async () => {
    // The way of an operator, so that the master sees its workers end; and the other one where that does not work.
    child?.kill('SIGTERM')
    await eventually(() => child === undefined || !running.has(child)).catch(kill)
    rmSync(folder, { recursive: true, force: true })
  })
  await start()
  return {
    port,
    url: `ws://127.0.0.1:${port}`,
    get output() {
      return output
    },
    reload: async () => {
      // The old worker stops listening when it is told to, which is after the new one was started.
      const before = timesLogged('gracefully shutting down')
      child?.kill('SIGHUP')
      await eventually(() => timesLogged('gracefully shutting down') > before, { message: 'the old worker leaving' })
    },
    kill,
    start,
  }
}

/** One worker, so that round robin has one order. Everything that nginx writes is inside its folder. */
function wholeConfig(main: string, http: string): string {
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${name};`)
  return `daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr notice;
${main}
events { worker_connections 256; }
http {
access_log off;
${folders.join('\n')}
${http}
}
`
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It is gone already.
  }
}

/** `NGINX_PATH`, or the first on the PATH and where Debian puts it, which is not on everybody's PATH. */
function findNginx(): string {
  const found = findProgram(process.env['NGINX_PATH'], ['nginx'], ['/usr/sbin', '/usr/local/sbin'])
  if (found !== undefined) return found
  throw new Error(
    'The proxy tests need nginx: install it with `apt-get install nginx` (Debian, Ubuntu) or `brew install nginx` ' +
      '(macOS), or name one in NGINX_PATH. It need not run.',
  )
}
