import type { ClientContext } from '../harness/client-side.js'
import type { PeerConnection } from '../harness/peer.js'
import { percentile } from '../harness/percentiles.js'
import type { Sample, Stage, Workload } from '../harness/workload.js'
import { roundMs } from '../harness/workload.js'
import { checkEqual } from '../task/wrong-answer-error.js'

/** What `runCalls` is to do: on how many connections, how many calls in flight on each, for how long. */
export interface CallLoad {
  connections: number
  inFlight: number
  durationMs: number
}

/** What it did. */
export interface CallResult {
  calls: number
  p50Us: number
}

/** One kind of call: makes the n-th one on a connection and throws when its answer is wrong. */
export type CheckedCall = (connection: PeerConnection, n: number) => Promise<void>

export const greetChecked: CheckedCall = async (connection, n) => {
  const name = `ada-${n % 100}`
  checkEqual(await connection.greet({ id: n, name }), { id: n, text: `Hello, ${name}` }, 'call')
}

const durationWarmUpMs = 500

/** Makes a workload of calls that runs for a time and counts how many were answered, each rightly. */
export function callWorkload(
  description: Pick<Workload, 'name' | 'title' | 'needs' | 'figures' | 'operation'>,
  load: Omit<CallLoad, 'durationMs'>,
  call: CheckedCall,
): Workload {
  return {
    ...description,
    client: {
      calls: (context: ClientContext, durationMs: number) => runCalls(context, { ...load, durationMs }, call),
    },
    async warmUp({ client }) {
      await client.run('calls', durationWarmUpMs)
    },
    round: (stage) => measureCalls(stage),
  }
}

async function measureCalls({ client, measureServerCpu }: Stage): Promise<Sample> {
  const { cpuUs, result } = await measureServerCpu(() => client.run<CallResult>('calls', roundMs))
  return { cpuUs: cpuUs / result.calls, p50Us: result.p50Us }
}

async function runCalls(context: ClientContext, load: CallLoad, call: CheckedCall): Promise<CallResult> {
  const connections = await openConnections(context, load.connections)
  const latencies: number[] = []
  const endsAt = performance.now() + load.durationMs
  let n = 0
  const lane = async (connection: PeerConnection): Promise<void> => {
    for (let startedAt = performance.now(); startedAt < endsAt; ) {
      await call(connection, n++)
      const answeredAt = performance.now()
      latencies.push((answeredAt - startedAt) * 1_000)
      startedAt = answeredAt
    }
  }
  await Promise.all(connections.flatMap((connection) => Array.from({ length: load.inFlight }, () => lane(connection))))
  return { calls: n, p50Us: percentile(latencies, 0.5) }
}

async function openConnections(context: ClientContext, count: number): Promise<PeerConnection[]> {
  const kept = context.state.get('connections') as PeerConnection[] | undefined
  if (kept !== undefined) return kept
  const opened = await Promise.all(Array.from({ length: count }, () => context.connect()))
  context.state.set('connections', opened)
  return opened
}
