import { Child } from './child.js'
import type { Peer } from './peer.js'
import type { Stage, Workload } from './workload.js'

/** One peer's two processes, ready for a workload. */
export interface Pair extends Stage {
  stop(): Promise<void>
}

/** Starts a pair. The run uses {@link forkPair}; a test uses one that stays in its process. */
export type OpenPair = (peer: Peer, workload: Workload) => Promise<Pair>

/** Makes the function that starts a server and a client process. */
export function forkPair(workerPath: string, profileFolder?: string): OpenPair {
  return async (peer, workload) => {
    const server = new Child({ workerPath, arguments: ['server', peer.name, workload.name], profileFolder })
    await server.ready()
    const client = new Child({ workerPath, arguments: ['client', peer.name, workload.name, String(server.port)] })
    await client.ready()
    return {
      ...makeStage(peer, server, client),
      async stop() {
        await client.stop()
        await server.stop()
      },
    }
  }
}

export function makeStage(peer: Peer, server: Stage['server'], client: Stage['client']): Stage {
  return {
    peer,
    server,
    client,
    async measureServerCpu(work) {
      const before = await server.run<NodeJS.CpuUsage>('cpu')
      const result = await work()
      const after = await server.run<NodeJS.CpuUsage>('cpu')
      return { cpuUs: after.user - before.user + after.system - before.system, result }
    },
  }
}
