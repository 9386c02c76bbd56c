/**
 * The README's quick start does what it looks like: its files are taken from the page, started as they stand, and print.
 *
 * That they compile is the affair of `npm run docs:check`.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { eventually } from '@trunkline/testkit'
import { onTestFinished, test } from 'vitest'
import { readPage } from './read-page.mjs'

const ROOT = new URL('../', import.meta.url)

/** Starts a file of the quick start; what it prints is appended to `printed`. */
function start(file: URL, printed: string[]): ChildProcess {
  const args = ['--conditions=@trunkline/source', '--import', 'tsx', fileURLToPath(file)]
  const child = spawn(process.execPath, args, { cwd: fileURLToPath(ROOT), stdio: ['ignore', 'pipe', 'pipe'] })
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => printed.push(String(chunk)))
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  return child
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A TCP server that listens has an AddressInfo.
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

test('the client of the quick start prints what it said', async () => {
  const port = await freePort()
  const folder = new URL(`.cache/quick-start-${process.pid}/`, ROOT)
  mkdirSync(folder, { recursive: true })
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const { examples } = readPage(readFileSync(new URL('README.md', ROOT), 'utf8'))
  for (const { name, text } of examples) {
    if (name !== undefined) writeFileSync(new URL(name, folder), text.replaceAll('3000', String(port)))
  }

  const printed: string[] = []
  start(new URL('server.ts', folder), printed)
  // The client may come first: it tries until the server is there.
  start(new URL('client.ts', folder), printed)
  await eventually(() => printed.join('').includes('anonymous: Hello'), { message: 'The greeting', timeoutMs: 25_000 })
})
