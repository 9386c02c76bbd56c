import { trunkline } from '@trunkline/core'
import { createVirtualClock } from '@trunkline/testkit'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import type { Connection } from '../connection.js'
import { createServices } from '../create-services.js'
import { Session } from '../session.js'
import { createMemoryPresence } from '../topics/memory-presence.js'
import { OwnMembers } from './own-members.js'
import { SessionJoins } from './session-joins.js'

const KEY = 'room?{}'

test('of thousands whose grace is over together, some leave in each turn of the event loop', async () => {
  const t = trunkline()
  const router = t.router({ room: t.topic({ delivery: 'ephemeral', event: v.number(), presence: v.number() }) })
  const clock = createVirtualClock()
  const services = createServices({ router, clock }, new Set())
  const store = createMemoryPresence(clock)
  const turns: (() => void)[] = []
  const joins = new SessionJoins(new OwnMembers(store, clock, 60_000), 1_000, (callback) => void turns.push(callback))
  // Of a connection a join asks no more than this.
  const connection = { topicSlots: 0 } as Connection
  const sessions = Array.from({ length: 1_200 }, (_, n) => {
    const session = new Session(services, `token${n}`, `user${n}`, {})
    const frame = { kind: 'join', id: 1, topic: 'room', params: {}, data: n, meta: undefined, bytes: [] } as const
    joins.join(frame, connection, session)
    return session
  })
  const present = async (): Promise<number> => (await store.read(KEY)).length
  await clock.settle()
  expect(await present()).toBe(1_200)

  const lostAt = clock.now()
  for (const [n, session] of sessions.entries()) {
    session.detachedAt = lostAt
    // Some are over, others may still come back.
    if (n % 2 === 0) session.end()
  }
  joins.sweep(lostAt + 999)
  expect(await present()).toBe(1_200)
  joins.sweep(lostAt + 1_000)
  expect(await present()).toBe(700)
  turns.shift()?.()
  expect(await present()).toBe(200)
  turns.shift()?.()
  expect(await present()).toBe(0)
  expect(turns).toEqual([])
})
