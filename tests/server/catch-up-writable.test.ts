import { trunkline } from '@trunkline/core'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { openPeer, startServer } from '../support/open-peer.js'

const t = trunkline()
const room = t.topic({ params: v.object({ room: v.string() }), event: v.string(), delivery: 'log' })
const router = t.router({ room })

test('a subscriber that reads catches up and turns live where a page is more than `highWaterBytes`', async () => {
  const { server, url } = await startServer({ router, limits: { highWaterBytes: 300 } })
  for (let n = 0; n < 200; n++) await server.publish(room, { room: 'a' }, 'x'.repeat(100))
  const peer = await openPeer(url)

  peer.sends({ sub: 1, topic: 'room', params: { room: 'a' }, since: 'start' })

  const { as } = (await peer.receives({ subbed: 1, behind: 200 })) as { as: number }
  for (let offset = 1; offset <= 200; offset++) await peer.receives({ event: as, offset })
  expect(await peer.receives({ live: as })).toBeDefined()
})

test('several subscriptions of one connection do so in turns', async () => {
  const { server, url } = await startServer({ router, limits: { highWaterBytes: 300 } })
  const names = ['a', 'b', 'c', 'd']
  for (const name of names) {
    for (let n = 0; n < 40; n++) await server.publish(room, { room: name }, 'x'.repeat(100))
  }
  const peer = await openPeer(url)
  const sub = (name: string, id: number) => ({ sub: id, topic: 'room', params: { room: name }, since: 'start' })

  peer.sends(names.map((name, index) => sub(name, index + 1)))

  const seen = new Map<number, number>()
  for (let live = 0; live < names.length; ) {
    const frame = (await peer.receives({})) as { event?: number; offset?: number; live?: number }
    if (frame.live !== undefined) live += 1
    if (frame.event === undefined) continue
    expect(frame.offset).toBe((seen.get(frame.event) ?? 0) + 1)
    seen.set(frame.event, frame.offset ?? 0)
  }
  expect([...seen.values()]).toEqual([40, 40, 40, 40])
})
