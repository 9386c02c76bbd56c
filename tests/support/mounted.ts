import { createClient } from '@trunkline/client'
import { trunkline } from '@trunkline/core'
import { createServer, type Server } from '@trunkline/server'
import { onTestFinished } from 'vitest'

const t = trunkline()
const router = t.router({ ping: t.procedure.query(() => 'pong') })

/** A server to be attached to somebody else's HTTP server; closed when the test ends. */
export function createMounted(): Server {
  const server = createServer({ router })
  onTestFinished(() => server.close())
  return server
}

/** Calls `ping` over a socket to `port`; resolves with its answer. */
export async function ping(port: number, path = '/trunkline'): Promise<string> {
  const { api, connection } = createClient<typeof router>({ url: `ws://127.0.0.1:${port}${path}` })
  onTestFinished(() => connection.close())
  return api.ping.query()
}

/** The body of a plain HTTP request to `port`. */
export async function get(port: number, path: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } })
  return response.text()
}
