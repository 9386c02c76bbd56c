import { trunkline } from '@trunkline/core'
import { expect, test } from 'vitest'
import { openPeer, startServer } from '../support/open-peer.js'

const t = trunkline()
const router = t.router({
  items: t.procedure.subscription(async function* () {
    for (let n = 1; n <= 50; n++) yield { n, pad: 'x'.repeat(1_500) }
  }),
})

// A socket that takes what it is given at once announces nothing, and no item was taken yet: the next thing that came
// was the heartbeat, an item each.
for (const highWaterBytes of [300, 20_000]) {
  test(`a subscription goes on when a socket above ${highWaterBytes} \`highWaterBytes\` has emptied, and waits for nothing else`, async () => {
    const heartbeat = { intervalMs: 600_000, timeoutMs: 600_000 }
    const { url } = await startServer({ router, heartbeat, limits: { highWaterBytes } })
    const peer = await openPeer(url)

    peer.sends([
      { subscribe: 1, path: 'items' },
      { subscribe: 2, path: 'items' },
    ])

    const seen = new Map<number, number>()
    for (let ended = 0; ended < 2; ) {
      const frame = (await peer.receives({})) as { item?: number; data?: { n: number }; end?: number }
      if (frame.end !== undefined) ended += 1
      if (frame.item === undefined) continue
      expect(frame.data?.n).toBe((seen.get(frame.item) ?? 0) + 1)
      seen.set(frame.item, frame.data?.n ?? 0)
    }
    expect([...seen.values()]).toEqual([50, 50])
  })
}
