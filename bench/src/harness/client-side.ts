import type { Peer, PeerConnection } from './peer.js'
import type { Workload } from './workload.js'

/** What a workload's client commands work with. */
export interface ClientContext {
  /** Connections and checkers that live from one command to the next; the workload owns what is in it. */
  readonly state: Map<string, unknown>
  /** Opens one more connection. The harness closes it when the process ends, unless the workload did. */
  connect(): Promise<PeerConnection>
}

/** The client's process: its connections and the commands that the main process may run. */
export interface ClientSide {
  run(command: string, argument: unknown): Promise<unknown>
  stop(): Promise<void>
}

export function startClientSide(peer: Peer, workload: Workload, port: number): ClientSide {
  const url = `ws://127.0.0.1:${port}`
  const connections: PeerConnection[] = []
  const context: ClientContext = {
    state: new Map(),
    async connect() {
      const connection = await peer.connect(url, { workload: workload.name })
      connections.push(connection)
      return connection
    },
  }
  return {
    async run(command, argument) {
      const run = workload.client?.[command]
      if (run === undefined) throw new Error(`${workload.name} has no client command ${command}`)
      return run(context, argument)
    },
    async stop() {
      await Promise.allSettled(connections.map(async (connection) => connection.close()))
    },
  }
}
