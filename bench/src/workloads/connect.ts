import type { ClientContext } from '../harness/client-side.js'
import { percentile } from '../harness/percentiles.js'
import type { Workload } from '../harness/workload.js'
import { greetChecked } from './call-load.js'

/** Longer than other rounds, since two milliseconds pass between connections. */
const connectsMs = 600

/** Client command: opens a connection, makes one call, closes it, and again. */
async function connectOften(context: ClientContext, durationMs: number): Promise<{ connects: number; p50Us: number }> {
  const latencies: number[] = []
  const endsAt = performance.now() + durationMs
  while (performance.now() < endsAt) {
    const startedAt = performance.now()
    const connection = await context.connect()
    await greetChecked(connection, latencies.length)
    latencies.push((performance.now() - startedAt) * 1_000)
    await connection.close()
    // Not every client can tell when its socket is closed: what is still going on must not fall into the next connect.
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  return { connects: latencies.length, p50Us: percentile(latencies, 0.5) }
}

export const connect: Workload = {
  name: 'connect',
  title: 'connect to first answer',
  operation: 'a new connection with one small call on it, then closed',
  figures: [
    { key: 'cpuUs', label: 'server CPU per connection', unit: 'µs' },
    { key: 'p50Us', label: 'p50 time to the answer', unit: 'µs' },
  ],
  client: { connects: connectOften },
  async warmUp({ client }) {
    await client.run('connects', 500)
  },
  async round({ client, measureServerCpu }) {
    const { cpuUs, result } = await measureServerCpu(() =>
      client.run<{ connects: number; p50Us: number }>('connects', connectsMs),
    )
    return { cpuUs: cpuUs / result.connects, p50Us: result.p50Us }
  },
}
