/** Keys of idempotent mutations (P5.7, P5.8): what is kept of them, what is not, and what may be said of a call's fate. */
import { TrunklineError, trunkline } from '@trunkline/core'
import { createMemoryBroker } from '@trunkline/server'
import * as v from 'valibot'
import { expect, test, vi } from 'vitest'
import { gate, newToken, openPeer, startServer } from '../support/open-peer.js'

const t = trunkline()

test('P5.8: where maxIdempotencyKeys mutations run, another is rejected before its handler; no running one is forgotten', async () => {
  const release = gate()
  const handler = vi.fn(() => release.promise)
  const router = t.router({ order: t.procedure.idempotent().mutation(handler) })
  const { url, server } = await startServer({
    router,
    limits: { maxIdempotencyKeys: 4 },
    authenticate: ({ token = '' }) => ({ identity: token }),
  })
  const peer = await openPeer(url, { token: 'ada' })
  peer.sends([
    { mutate: 1, path: 'order', key: 'a' },
    { mutate: 2, path: 'order', key: 'b' },
    { mutate: 3, path: 'order', key: 'c' },
  ])
  const refused = await peer.receives({
    error: 3,
    code: 'LIMIT_EXCEEDED',
    message: '2 idempotent mutations of this identity are running already, half of maxIdempotencyKeys.',
  })
  expect(refused).not.toHaveProperty('fate')
  const other = await openPeer(url, { token: 'bob' })
  other.sends([1, 2].map((id) => ({ mutate: id, path: 'order', key: `${id}` })))
  expect(await other.ping()).toEqual([])
  const late = await openPeer(url, { token: 'eve' })
  late.sends({ mutate: 1, path: 'order', key: 'a' })
  await late.receives({
    error: 1,
    code: 'LIMIT_EXCEEDED',
    message: '4 idempotent mutations are running already (maxIdempotencyKeys).',
  })
  // A repeat needs no room; what runs is neither forgotten nor run again.
  peer.sends({ mutate: 4, path: 'order', key: 'a' })
  expect(await peer.ping()).toEqual([])
  expect(handler).toHaveBeenCalledTimes(4)
  expect(server.metrics().errors).toEqual({ LIMIT_EXCEEDED: 2 })
  release.open()
  for (const id of [4, 1, 2]) await peer.receives({ ok: id })
  peer.sends({ mutate: 5, path: 'order', key: 'c' })
  await peer.receives({ ok: 5 })
})

test('P5.8: who gives up waiting for the first run gives back its slot, and may not say that nothing ran', async () => {
  const release = gate()
  const handler = vi.fn(() => release.promise)
  const router = t.router({ order: t.procedure.idempotent().mutation(handler) })
  const { url, server } = await startServer({ router })
  const first = await openPeer(url)
  first.sends({ mutate: 1, path: 'order', key: 'a' })
  await first.ping()
  const second = await openPeer(url)
  second.sends([
    { mutate: 1, path: 'order', key: 'a' },
    { mutate: 2, path: 'order', key: 'a', timeoutMs: 20 },
    { mutate: 3, path: 'order', key: 'a' },
    { cancel: 1 },
  ])
  expect(await second.receives({ error: 1, code: 'CANCELLED' })).not.toHaveProperty('fate')
  expect(await second.receives({ error: 2, code: 'TIMEOUT' })).not.toHaveProperty('fate')
  await second.ping()
  expect(server.metrics().calls).toBe(2)
  second.sends({ bye: true })
  await second.isClosedWith(1000)
  release.open()
  await first.receives({ ok: 1 })
  expect(handler).toHaveBeenCalledOnce()
})

test('P5.7: a mutation that is sent again and refused now may have run before', async () => {
  const release = gate()
  const router = t.router({
    admin: t.procedure
      .use(() => {
        throw new TrunklineError('FORBIDDEN', 'Not any more.')
      })
      .idempotent()
      .mutation(() => 1),
    order: t.procedure.idempotent().mutation(() => release.promise),
  })
  const { url } = await startServer({ router, limits: { maxIdempotencyKeys: 1 } })
  const peer = await openPeer(url)
  const { keys } = peer.welcome
  peer.sends({ mutate: 1, path: 'admin', key: 'a', resend: true, keys })
  await peer.receives({ error: 1, code: 'FORBIDDEN', fate: 'maybe-executed' })
  peer.sends({ mutate: 2, path: 'gone', key: 'b', resend: true, keys })
  await peer.receives({ error: 2, code: 'NOT_FOUND', fate: 'maybe-executed' })
  peer.sends([
    { mutate: 3, path: 'order', key: 'c' },
    { mutate: 4, path: 'order', key: 'd', resend: true, keys },
  ])
  await peer.receives({ error: 4, code: 'LIMIT_EXCEEDED', fate: 'maybe-executed' })
  release.open()
})

test('P12.3: a handler that is given no key of the app sees one without the session token, the same for every try', async () => {
  const seen: (string | undefined)[] = []
  const router = t.router({
    order: t.procedure
      .use(({ idempotencyKey, next }) => {
        seen.push(idempotencyKey)
        return next()
      })
      .idempotent({ onLost: 'rerun' })
      .mutation(({ idempotencyKey }) => void seen.push(idempotencyKey)),
  })
  const session = newToken()
  const first = await openPeer((await startServer({ router })).url, { session })
  first.sends([
    { mutate: 1, path: 'order' },
    { mutate: 2, path: 'order' },
    { mutate: 3, path: 'order', key: 'order-17' },
  ])
  for (const id of [1, 2, 3]) await first.receives({ ok: id })
  const second = await openPeer((await startServer({ router })).url)
  second.sends({ mutate: 1, path: 'order', key: `${session}:1`, resend: true, keys: first.welcome.keys })
  await second.receives({ ok: 1 })
  expect(seen.slice(4, 6)).toEqual(['order-17', 'order-17'])
  expect(new Set([seen[0], seen[1], seen[6], seen[7]]).size).toBe(1)
  expect(new Set(seen).size).toBe(3)
  expect(seen.join()).not.toContain(session)
})

test('P12.3: what a broker keeps of a publish without a key holds no session token', async () => {
  const broker = createMemoryBroker()
  const published = vi.spyOn(broker, 'publish')
  const router = t.router({ news: t.topic({ event: v.string(), delivery: 'log', clientPublish: true }) })
  const session = newToken()
  const peer = await openPeer((await startServer({ router, broker })).url, { session })
  peer.sends([
    { publish: 1, topic: 'news', data: 'a' },
    { publish: 2, topic: 'news', data: 'b' },
  ])
  await peer.receives({ ok: 1 })
  await peer.receives({ ok: 2 })
  const ids = published.mock.calls.map(([, entry]) => entry.id)
  expect(new Set(ids).size).toBe(2)
  expect(ids.join()).not.toContain(session)
})
