import type { ServerContext } from '../harness/server-side.js'
import type { Stage, Workload } from '../harness/workload.js'
import { makeFeedEvent } from '../task/feed.js'
import { publish, subscriberCommands } from './subscribers.js'

const connections = 1_000
const eventsMissed = 3

/** Server command: cuts every connection and publishes three events while nobody is there. */
async function cutAndPublish(context: ServerContext, firstSeq: number): Promise<void> {
  context.cutConnections()
  // The clients cannot be back within this turn, so all of them miss these.
  for (let index = 0; index < eventsMissed; index++) await context.server.publish(makeFeedEvent(firstSeq + index))
}

// The number of the next event to a pair of processes.
const nextSeqs = new WeakMap<Stage, number>()

export const resume: Workload = {
  name: 'resume',
  title: '1,000 clients reconnect and resume',
  operation: 'one client whose connection was cut: connected again, and every event that it missed received once',
  needs: 'resume',
  figures: [
    { key: 'cpuUs', label: 'server CPU per client', unit: 'µs' },
    { key: 'wallMs', label: 'until all are back', unit: 'ms' },
  ],
  maxRounds: 3,
  server: { publish, cutAndPublish },
  client: subscriberCommands,
  async warmUp(stage) {
    await stage.client.run('open', connections)
    nextSeqs.set(stage, 1)
    const delivered = stage.client.run('delivered', 1)
    await Promise.all([stage.server.run('publish', { firstSeq: 1, turns: 1, burst: 1 }), delivered])
    nextSeqs.set(stage, 2)
  },
  async round(stage) {
    const firstSeq = nextSeqs.get(stage) ?? 1
    nextSeqs.set(stage, firstSeq + eventsMissed)
    const startedAt = performance.now()
    const { cpuUs } = await stage.measureServerCpu(async () => {
      const delivered = stage.client.run('delivered', firstSeq + eventsMissed - 1)
      await Promise.all([stage.server.run('cutAndPublish', firstSeq), delivered])
    })
    return { cpuUs: cpuUs / connections, wallMs: performance.now() - startedAt }
  },
}
