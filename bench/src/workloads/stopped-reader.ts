import type { ClientContext } from '../harness/client-side.js'
import type { Memory } from '../harness/server-side.js'
import type { Stage, Workload } from '../harness/workload.js'
import type { ItemsChecker, ItemsInput } from '../task/items.js'
import { readStream } from './stream.js'

const warmUpInput: ItemsInput = { count: 160, itemBytes: 65_536 }
const input: ItemsInput = { count: 1_600, itemBytes: 65_536 }

/** How many items the client has when it stops: the stream is running, most of it is still to come. */
const itemsBeforeStop = 100
const stopMs = 5_000

const wait = (durationMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, durationMs))

export const stoppedReader: Workload = {
  name: 'stopped-reader',
  title: 'reader stops for 5 s in 100 MB',
  operation: 'a stream of 1,600 × 64 KiB whose reader is frozen for 5 s, its socket open',
  needs: 'stream',
  figures: [
    { key: 'rssMb', label: 'growth of the server’s RSS', unit: 'MB' },
    { key: 'liveMb', label: 'growth of its heap and buffers', unit: 'MB' },
  ],
  absolute: true,
  maxRounds: 1,
  processes: 'fresh',
  client: {
    read: readStream,
    received: ({ state }: ClientContext) => (state.get('checker') as ItemsChecker | undefined)?.received ?? 0,
  },
  async round(stage) {
    const { server, client } = stage
    await client.run('read', warmUpInput)
    const before = await server.run<Memory>('memory', 'collected')
    const finished = client.run('read', input)
    // Handled where it is awaited below; until then it must not count as unhandled.
    finished.catch(() => {})
    while ((await client.run<number>('received')) < itemsBeforeStop) await wait(1)
    client.freeze()
    const peak = await watchMemory(stage, stopMs)
    client.thaw()
    await finished
    return { rssMb: (peak.rss - before.rss) / 1e6, liveMb: (peak.live - before.live) / 1e6 }
  },
}

/** Reads the server's memory four times a second, collected first so that garbage is no growth; the highest counts. */
async function watchMemory({ server }: Stage, durationMs: number): Promise<Memory> {
  const peak: Memory = { rss: 0, live: 0 }
  const endsAt = performance.now() + durationMs
  while (performance.now() < endsAt) {
    await wait(250)
    const { rss, live } = await server.run<Memory>('memory', 'collected')
    peak.rss = Math.max(peak.rss, rss)
    peak.live = Math.max(peak.live, live)
  }
  return peak
}
