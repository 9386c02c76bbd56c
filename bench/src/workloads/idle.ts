import type { Memory } from '../harness/server-side.js'
import type { Stage, Workload } from '../harness/workload.js'
import { publish, subscriberCommands } from './subscribers.js'

const connections = 5_000

/** Opened before the first reading, so that code and buffers that exist once do not count. */
const connectionsBefore = 300

export const idle: Workload = {
  name: 'idle',
  title: '5,000 idle subscribed connections',
  operation: 'one connection with a subscription, nothing moving',
  needs: 'subscribe',
  figures: [
    { key: 'rssKb', label: 'server RSS per connection', unit: 'kB' },
    { key: 'liveKb', label: 'server heap and buffers per connection', unit: 'kB' },
  ],
  maxRounds: 2,
  processes: 'fresh',
  server: { publish },
  client: subscriberCommands,
  async round(stage) {
    await stage.client.run('open', connectionsBefore)
    await checkAlive(stage, 1)
    const before = await stage.server.run<Memory>('memory', 'collected')
    await stage.client.run('open', connections)
    const after = await stage.server.run<Memory>('memory', 'collected')
    // Only now: the event would be in the figure. It proves that all of them are subscribed.
    await checkAlive(stage, 2)
    return {
      rssKb: (after.rss - before.rss) / connections / 1_000,
      liveKb: (after.live - before.live) / connections / 1_000,
    }
  },
}

async function checkAlive({ server, client }: Stage, seq: number): Promise<void> {
  const delivered = client.run('delivered', seq)
  await Promise.all([server.run('publish', { firstSeq: seq, turns: 1, burst: 1 }), delivered])
}
