/** Calls whose router is still being loaded: under the same rules as calls that run (P5.3, P5.4). */
import { type Routes, trunkline } from '@trunkline/core'
import { createVirtualClock, eventually, type VirtualClock } from '@trunkline/testkit'
import * as v from 'valibot'
import { expect, test, vi } from 'vitest'
import { gate, openPeer, startServer } from '../support/open-peer.js'

const t = trunkline()
const ran = vi.fn((verb: string) => verb)
const loaded = {
  query: t.procedure.query(() => ran('query')),
  mutate: t.procedure.mutation(() => ran('mutate')),
  subscribe: t.procedure.subscription(async function* () {
    yield ran('subscribe')
  }),
  once: t.procedure.idempotent().mutation(() => ran('once')),
  hang: t.procedure.query(() => new Promise(() => {})),
  news: t.topic({ event: v.string(), delivery: 'log', clientPublish: true }),
}

/** A server with a router that is loaded when the test says so; `load` counts the tries. */
async function startLazy(options: { clock?: VirtualClock; maxCalls?: number; maxSubscriptions?: number } = {}) {
  const { clock, ...limits } = options
  const loading = gate<Routes>()
  const load = vi.fn((): Promise<Routes> => loading.promise)
  ran.mockClear()
  const router = t.router({ ping: t.procedure.query(() => 'pong'), admin: t.lazy(load) })
  const { url, server } = await startServer({ router, limits, ...(clock && { clock }) })
  server.on('handler-failed', () => {})
  return { url, server, load, finish: () => loading.open(loaded) }
}

test.each(['query', 'mutate', 'subscribe'] as const)('P5.3: a %s is cancelled while its router loads', async (verb) => {
  const { url, finish, server } = await startLazy()
  const peer = await openPeer(url)
  peer.sends([{ [verb]: 1, path: `admin.${verb}` }, { cancel: 1 }, { cancel: 1 }])
  await peer.receives({ error: 1, code: 'CANCELLED', fate: 'rejected' })
  finish()
  peer.sends({ query: 2, path: 'admin.query' })
  await peer.receives({ ok: 2 })
  expect(ran.mock.calls).toEqual([['query']])
  expect(server.metrics()).toMatchObject({ calls: 0, subscriptions: 0 })
})

test('P5.4: a call waits for its router no longer than its deadline, and was rejected then', async () => {
  const clock = createVirtualClock()
  const { url, finish } = await startLazy({ clock })
  const peer = await openPeer(url)
  peer.sends({ mutate: 1, path: 'admin.mutate', timeoutMs: 400 })
  await peer.ping()
  await clock.advance(300)
  expect(await peer.ping()).toEqual([])
  await clock.advance(200)
  await peer.receives({ error: 1, code: 'TIMEOUT', fate: 'rejected' })
  finish()
  await peer.ping()
  expect(ran).not.toHaveBeenCalled()
})

test('P5.4: the time that loading took counts', async () => {
  const clock = createVirtualClock()
  const { url, finish } = await startLazy({ clock })
  const peer = await openPeer(url)
  peer.sends({ query: 1, path: 'admin.hang', timeoutMs: 1_000 })
  await peer.ping()
  await clock.advance(900)
  finish()
  await peer.ping()
  await clock.advance(200)
  await peer.receives({ error: 1, code: 'TIMEOUT' })
})

test('a loader that fails is INTERNAL with the correlation id that the event has, and the next call tries again', async () => {
  const { url, load, server } = await startLazy()
  const failed = vi.fn()
  server.on('handler-failed', failed)
  load.mockRejectedValueOnce(new Error('no such file'))
  const peer = await openPeer(url)
  peer.sends({ query: 1, path: 'admin.query' })
  const answer = await peer.receives({ error: 1, code: 'INTERNAL' })
  const [event] = failed.mock.lastCall ?? []
  expect(event).toMatchObject({ path: 'admin.query', error: { message: 'no such file' } })
  expect(answer).toMatchObject({ correlationId: event.correlationId })
  load.mockResolvedValue(loaded)
  peer.sends({ query: 2, path: 'admin.query' })
  await peer.receives({ ok: 2 })
})

test('a loader that never settles is a TIMEOUT to who waits for it, and the next call tries again', async () => {
  const clock = createVirtualClock()
  const { url, load, server } = await startLazy({ clock })
  const failed = vi.fn()
  server.on('handler-failed', failed)
  const peer = await openPeer(url)
  peer.sends([
    { query: 1, path: 'admin.query' },
    { subscribe: 2, path: 'admin.subscribe' },
    { sub: 3, topic: 'admin.news' },
    { publish: 4, topic: 'admin.news', data: 'x' },
  ])
  await peer.ping()
  expect(load).toHaveBeenCalledOnce()
  // The server hears of its peer meanwhile.
  for (let count = 0; count < 3; count++) {
    await clock.advance(9_000)
    await peer.ping()
  }
  await clock.advance(3_100)
  const answers = [await peer.receives(), await peer.receives(), await peer.receives(), await peer.receives()]
  const told = (id: number) => answers.find((answer) => Object.values(answer as object).includes(id))
  expect(told(1)).toMatchObject({ error: 1, code: 'TIMEOUT', fate: 'rejected' })
  expect(told(2)).toMatchObject({ error: 2, code: 'TIMEOUT', fate: 'rejected' })
  expect(told(3)).toMatchObject({ closed: 3, code: 'TIMEOUT' })
  expect(told(4)).toMatchObject({ error: 4, code: 'TIMEOUT', fate: 'rejected' })
  expect(failed).toHaveBeenCalled()
  load.mockResolvedValue(loaded)
  peer.sends({ query: 5, path: 'admin.query' })
  await peer.receives({ ok: 5, data: 'query' })
  expect(load).toHaveBeenCalledTimes(2)
  expect(server.metrics()).toMatchObject({ calls: 0, subscriptions: 0 })
})

test('P5.4: a call whose router loads holds a slot until the load has settled, also when it was given up', async () => {
  const { url, finish, server } = await startLazy({ maxCalls: 1, maxSubscriptions: 1 })
  const peer = await openPeer(url)
  peer.sends([
    { query: 1, path: 'admin.query' },
    { query: 2, path: 'admin.query' },
    { subscribe: 3, path: 'admin.subscribe' },
    { subscribe: 4, path: 'admin.subscribe' },
    { cancel: 1 },
    { query: 5, path: 'ping' },
  ])
  await peer.receives({ error: 2, code: 'LIMIT_EXCEEDED' })
  await peer.receives({ error: 4, code: 'LIMIT_EXCEEDED' })
  await peer.receives({ error: 1, code: 'CANCELLED' })
  await peer.receives({ error: 5, code: 'LIMIT_EXCEEDED' })
  expect(server.metrics()).toMatchObject({ calls: 1, subscriptions: 1 })
  finish()
  await peer.receives({ item: 3, data: 'subscribe' })
  await peer.receives({ end: 3 })
  peer.sends({ query: 6, path: 'ping' })
  await peer.receives({ ok: 6 })
})

test('P3.9: nothing runs for a session that ended while its router was loaded', async () => {
  const { url, finish, server } = await startLazy()
  const peer = await openPeer(url)
  peer.sends([{ mutate: 1, path: 'admin.mutate' }, { subscribe: 2, path: 'admin.subscribe' }, { bye: true }])
  await peer.isClosedWith(1000)
  finish()
  const other = await openPeer(url)
  other.sends({ query: 1, path: 'admin.query' })
  await other.receives({ ok: 1 })
  expect(ran.mock.calls).toEqual([['query']])
  await eventually(() => server.metrics().calls === 0)
})

test('P5.7: a re-sent mutation that is given up while its router loads may have run before', async () => {
  const { url } = await startLazy()
  const peer = await openPeer(url)
  peer.sends([{ mutate: 1, path: 'admin.once', key: 'k', resend: true, keys: peer.welcome.keys }, { cancel: 1 }])
  const answer = await peer.receives({ error: 1, code: 'CANCELLED' })
  expect(answer).not.toHaveProperty('fate')
})
