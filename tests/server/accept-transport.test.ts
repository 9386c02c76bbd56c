import { createClient } from '@trunkline/client'
import { trunkline } from '@trunkline/core'
import { acceptTransport, createServer, type Server } from '@trunkline/server'
import { createTransportPair, createVirtualClock, type TransportPair } from '@trunkline/testkit'
import * as v from 'valibot'
import { expect, onTestFinished, test } from 'vitest'

const t = trunkline<{ from: string }>()
const news = t.topic({ event: v.object({ id: v.string() }), delivery: 'log' })
const router = t.router({ news, whereFrom: t.procedure.query(({ ctx }) => ctx.from) })

/** A client and a server in one process, on one clock. */
function connect() {
  const clock = createVirtualClock()
  const server: Server = createServer({
    router,
    clock,
    context: ({ connection }) => ({ from: `${connection.address} ${connection.request.headers['x-tenant']}` }),
  })
  const pairs: TransportPair[] = []
  const client = createClient<typeof router>({
    url: 'memory:',
    clock,
    transport: () => {
      const pair = createTransportPair({ clock, latencyMs: 20 })
      pairs.push(pair)
      acceptTransport(server, pair.server, { address: '192.0.2.7', headers: { 'x-tenant': 'acme' } })
      return pair.client
    },
  })
  const close = async (): Promise<void> => {
    client.connection.close()
    const closed = server.close()
    await clock.advance(2_000)
    await closed
  }
  return { ...client, clock, server, pairs, close }
}

test('serves a client over a transport pair, through a drop, without any real time', async () => {
  const { api, clock, server, pairs, close } = connect()
  const seen: string[] = []
  api.news.subscribe({}, { onEvent: ({ id }) => seen.push(id), onGap: () => seen.push('a gap') })
  await clock.advance(100)
  await server.publish(news, {}, { id: 'before' })
  await clock.advance(100)

  pairs[0]?.drop()
  await server.publish(news, {}, { id: 'meanwhile' })
  await clock.advance(1_000)

  expect(seen).toEqual(['before', 'meanwhile'])
  await close()
  expect(clock.pending()).toEqual([])
})

test('shows handlers the address and the headers that it was given', async () => {
  const { api, clock, close } = connect()
  const answer = api.whereFrom.query()
  await clock.advance(100)
  expect(await answer).toBe('192.0.2.7 acme')
  await close()
})

test('is refused with 1001 by a server that is closing, and by what is no server of ours', async () => {
  const { clock, server, close } = connect()
  onTestFinished(close)
  void server.close()
  const pair = createTransportPair({ clock })
  const closes: number[] = []
  pair.client.attach({ onMessage: () => {}, onClose: (code) => closes.push(code) })
  acceptTransport(server, pair.server)
  await clock.advance(100)
  expect(closes).toEqual([1001])
  const { server: other } = createTransportPair()
  // Not a server: what somebody without types may pass.
  expect(() => acceptTransport({} as Server, other)).toThrow(TypeError)
})
