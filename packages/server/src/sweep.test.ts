import { trunkline } from '@trunkline/core'
import { createVirtualClock } from '@trunkline/testkit'
import { expect, test } from 'vitest'
import type { Connection } from './connection.js'
import { createServices } from './create-services.js'
import { startSweep } from './sweep.js'

test('pings a thousand quiet connections in one turn of the event loop, and the others in the next ones', async () => {
  const clock = createVirtualClock()
  const services = createServices({ router: trunkline().router({}), clock }, new Set())
  const turns: (() => void)[] = []
  services.turn.afterConnections = (callback) => void turns.push(callback)
  let pings = 0
  const connections = Array.from({ length: 2_500 }, () => ({
    state: 'open',
    receivedAt: clock.now(),
    pingedAt: undefined as number | undefined,
    bufferedBytes: 0,
    checkWritable: () => {},
    ping() {
      pings += 1
      this.pingedAt = clock.now()
    },
  }))
  // Of a connection the sweep reads no more than these.
  const stop = startSweep(services, new Set(connections as unknown as Connection[]))
  await clock.advance(15_000)
  expect(pings).toBe(1_000)
  turns.shift()?.()
  expect(pings).toBe(2_000)
  // Gone since it was looked at.
  for (const connection of connections.slice(-100)) connection.state = 'closed'
  turns.shift()?.()
  expect(pings).toBe(2_400)
  expect(turns).toEqual([])
  stop()
})
