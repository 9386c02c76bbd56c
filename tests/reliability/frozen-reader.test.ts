import { trunkline } from '@trunkline/core'
import { acceptTransport, createServer } from '@trunkline/server'
import { createTransportPair, createVirtualClock } from '@trunkline/testkit'
import { expect, onTestFinished, test } from 'vitest'
import { newToken } from '../support/open-peer.js'

const t = trunkline()

/** A peer on a virtual clock whose reading is said and not done. */
async function connect() {
  const clock = createVirtualClock()
  const server = createServer({
    router: t.router({ ping: t.procedure.query(() => 'pong') }),
    clock,
    limits: { maxBufferedBytes: 1_000, slowConsumerMs: 30_000 },
  })
  const pair = createTransportPair({ clock })
  const closed: number[] = []
  server.on('connection-closed', ({ code }) => closed.push(code))
  acceptTransport(server, pair.server)
  pair.client.attach({ onMessage: () => {}, onClose: (code) => closed.push(code) })
  await clock.advance(1)
  pair.client.send(JSON.stringify({ hello: 'test/1', session: newToken() }))
  await clock.advance(1)
  onTestFinished(async () => {
    const ended = server.close()
    await clock.advance(2_000)
    await ended
  })
  return { clock, pair, server, closed }
}

test('P10.3: a peer that stops reading for good a little below the limit, once it was over it, is closed as well', async () => {
  const { clock, pair, closed, server } = await connect()
  pair.pretendBuffered(1_100, 'toClient')
  await clock.advance(2_000)
  pair.pretendBuffered(900, 'toClient')
  await clock.advance(25_000)
  expect(closed).toEqual([])
  await clock.advance(10_000)
  expect(closed).toContain(4420)
  expect(server.metrics().slowConsumers).toBe(1)
})

test('P10.3: a peer that reads slowly, but reads, is not closed, and is heard again when its socket is empty', async () => {
  const { clock, pair, closed } = await connect()
  for (let left = 10_000; left > 0; left -= 1_000) {
    pair.pretendBuffered(left, 'toClient')
    await clock.advance(20_000)
  }
  pair.pretendBuffered(0, 'toClient')
  await clock.advance(1_000)
  expect(closed).toEqual([])
  await clock.advance(60_000)
  // It answers no ping.
  expect(closed).toContain(1006)
})
