import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Peer, PeerServer } from './peer.js'
import type { Workload } from './workload.js'

/** What a workload's server commands work with. */
export interface ServerContext {
  readonly server: PeerServer
  /** Cuts every connection without a goodbye, as a failing network would. */
  cutConnections(): void
}

/** What one process has in memory, in bytes. */
export interface Memory {
  rss: number
  /** Objects and buffers that are still in use: V8's heap, and memory held outside of it. */
  live: number
}

/** The server's process: the peer's server and the commands that the main process may run. */
export interface ServerSide {
  readonly port: number
  run(command: string, argument: unknown): Promise<unknown>
  stop(): Promise<void>
}

export async function startServerSide(peer: Peer, workload: Workload): Promise<ServerSide> {
  const http = createServer()
  const sockets = trackSockets(http)
  const server = await peer.serve(http, { workload: workload.name })
  await new Promise<void>((resolve) => http.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, resolve))
  const context: ServerContext = {
    server,
    cutConnections() {
      for (const socket of sockets) socket.resetAndDestroy()
    },
  }
  return {
    // `listen` on a TCP port has an address of this shape.
    port: (http.address() as AddressInfo).port,
    async run(command, argument) {
      if (command === 'cpu') return process.cpuUsage()
      if (command === 'memory') return readMemory(argument === 'collected')
      const run = workload.server?.[command]
      if (run === undefined) throw new Error(`${workload.name} has no server command ${command}`)
      return run(context, argument)
    },
    async stop() {
      await server.close()
      for (const socket of sockets) socket.destroy()
      http.close()
    },
  }
}

function trackSockets(http: HttpServer): Set<Socket> {
  const sockets = new Set<Socket>()
  http.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  return sockets
}

function readMemory(collected: boolean): Memory {
  // Twice: the first collection runs finalisers whose memory only the second one frees.
  if (collected) {
    globalThis.gc?.()
    globalThis.gc?.()
  }
  const { rss, heapUsed, external } = process.memoryUsage()
  return { rss, live: heapUsed + external }
}
