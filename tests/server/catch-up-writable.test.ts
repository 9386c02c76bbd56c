import { trunkline } from '@trunkline/core'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { openPeer, startServer } from '../support/open-peer.js'

const t = trunkline()
const room = t.topic({ event: v.string(), delivery: 'log' })
const router = t.router({ room })

test('a subscriber that reads catches up and turns live where a page is more than `highWaterBytes`', async () => {
  const { server, url } = await startServer({ router, limits: { highWaterBytes: 300 } })
  for (let n = 0; n < 200; n++) await server.publish(room, {}, 'x'.repeat(100))
  const peer = await openPeer(url)

  peer.sends({ sub: 1, topic: 'room', since: 'start' })

  const { as } = (await peer.receives({ subbed: 1, behind: 200 })) as { as: number }
  for (let offset = 1; offset <= 200; offset++) await peer.receives({ event: as, offset })
  expect(await peer.receives({ live: as })).toBeDefined()
})
