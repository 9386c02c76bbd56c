/**
 * A port for a program that cannot be asked which one it took.
 *
 * Rule: below the ports that the kernel gives out by itself (32768 on Linux, 49152 elsewhere), so that nobody gets it by
 * chance before the program has it, or while it is restarted.
 */
import { randomInt } from 'node:crypto'
import { connect, createServer } from 'node:net'
import { eventually } from '@trunkline/testkit'

const LOWEST = 20_000
const HIGHEST = 32_000

/** A port of 127.0.0.1 on which nobody listens. */
export function freePort(): Promise<number> {
  return eventually(async () => {
    const port = randomInt(LOWEST, HIGHEST)
    return (await isFree(port)) && port
  })
}

/** Whether somebody takes connections there. */
export function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('close', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
