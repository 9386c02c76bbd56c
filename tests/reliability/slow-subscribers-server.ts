/** A server in its own process that publishes at full speed and tells of its memory and its subscribers. */
import { trunkline } from '@trunkline/core'
import { createServer } from '@trunkline/server'
import { answerParent } from '@trunkline/testkit'
import * as v from 'valibot'

const t = trunkline()
const crowded = t.topic({ event: v.string(), delivery: 'log', retain: { events: 2_000 } })
// The same with fast subscribers only: what the crowded one is compared with.
const quiet = t.topic({ event: v.string(), delivery: 'log', retain: { events: 2_000 } })
const topics = { crowded, quiet }
const server = createServer({
  router: t.router(topics),
  limits: { maxConnectionsPerAddress: 5_000, handshakesPerSecond: 5_000, slowConsumerMs: 600_000 },
  heartbeat: { intervalMs: 600_000, timeoutMs: 600_000 },
})
const { port } = await server.listen()
const event = 'x'.repeat(200)
const published = { crowded: 0, quiet: 0 }
/** Publishes at full speed for so long; gives the CPU milliseconds that it took. */
async function publish(name: keyof typeof topics, durationMs: number): Promise<number> {
  const before = process.cpuUsage()
  const endsAt = performance.now() + durationMs
  while (performance.now() < endsAt) {
    // Numbered, so that who judges knows the whole history, and the chain of its tags, from how long it is.
    const first = published[name] + 1
    await Promise.all(
      Array.from({ length: 16 }, (_, n) => server.publish(topics[name], {}, event, { id: String(first + n) })),
    )
    published[name] += 16
    await new Promise((resolve) => setImmediate(resolve))
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}

answerParent(
  {
    publish: ({ name, durationMs }: { name: keyof typeof topics; durationMs: number }) => publish(name, durationMs),
    state: () => {
      globalThis.gc?.()
      const { heapUsed, external } = process.memoryUsage()
      const { bufferedBytes, topicBehind } = server.metrics()
      return { memoryBytes: heapUsed + external, published, bufferedBytes, topicBehind }
    },
  },
  port,
)
