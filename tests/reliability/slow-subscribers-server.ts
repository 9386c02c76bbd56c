/** A server in its own process that publishes at full speed and tells of its memory and its subscribers. */
import { trunkline } from '@trunkline/core'
import { createServer } from '@trunkline/server'
import { answerParent } from '@trunkline/testkit'
import * as v from 'valibot'

const t = trunkline()
const feed = t.topic({ event: v.string(), delivery: 'log', retain: { events: 2_000 } })
const server = createServer({
  router: t.router({ feed }),
  limits: { maxConnectionsPerAddress: 5_000, handshakesPerSecond: 5_000, slowConsumerMs: 600_000 },
  heartbeat: { intervalMs: 600_000, timeoutMs: 600_000 },
})
const { port } = await server.listen()
const event = 'x'.repeat(200)
let published = 0
let publishing = false

async function publishAtFullSpeed(): Promise<void> {
  while (publishing) {
    const turn = Array.from({ length: 16 }, () => server.publish(feed, {}, event))
    await Promise.all(turn)
    published += turn.length
    await new Promise((resolve) => setImmediate(resolve))
  }
}

answerParent(
  {
    start: () => {
      publishing = true
      void publishAtFullSpeed()
    },
    stop: () => {
      publishing = false
    },
    // A collection is no part of what publishing costs, so only who asks for memory pays it.
    state: (collect: boolean) => {
      if (collect) globalThis.gc?.()
      const { heapUsed, external } = process.memoryUsage()
      const { user, system } = process.cpuUsage()
      const { bufferedBytes, topicBehind } = server.metrics()
      return { memoryBytes: heapUsed + external, cpuMs: (user + system) / 1_000, published, bufferedBytes, topicBehind }
    },
  },
  port,
)
