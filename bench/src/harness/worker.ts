/**
 * The entry of both child processes: `worker.js server PEER WORKLOAD`, `worker.js client PEER WORKLOAD PORT`.
 *
 * Loads one peer and one workload only, so that no library's start-up or memory counts against another.
 */
import { loadPeer } from '../peers/index.js'
import { findWorkload } from '../workloads/index.js'
import { startClientSide } from './client-side.js'
import { startServerSide } from './server-side.js'

/** What the main process sends. `stop` ends the process cleanly, so that a CPU profile is written. */
export interface WorkerRequest {
  id: number
  command: string
  argument: unknown
}

/** What it gets back: an answer to each request, and first of all `ready`. */
export type WorkerReply =
  | { ready: true; port: number }
  | { id: number; result: unknown }
  | { id: number; error: string }

const [role, peerName = '', workloadName = '', port = '0'] = process.argv.slice(2)
const peer = await loadPeer(peerName)
const workload = findWorkload(workloadName)
const server = role === 'server' ? await startServerSide(peer, workload) : undefined
const side = server ?? startClientSide(peer, workload, Number(port))

process.on('message', (request: WorkerRequest) => {
  if (request.command === 'stop') {
    void side.stop().finally(() => process.exit(0))
    return
  }
  side.run(request.command, request.argument).then(
    (result) => reply({ id: request.id, result }),
    (error: unknown) => reply({ id: request.id, error: describe(error) }),
  )
})
// The main process is gone: nothing is left to measure.
process.on('disconnect', () => process.exit(1))
reply({ ready: true, port: server?.port ?? 0 })

function reply(message: WorkerReply): void {
  process.send?.(message)
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
