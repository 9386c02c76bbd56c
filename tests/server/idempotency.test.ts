/** Keys of idempotent mutations (P5.7, P5.8): what is kept of them, what is not, and what may be said of a call's fate. */
import { TrunklineError, trunkline } from '@trunkline/core'
import { expect, test, vi } from 'vitest'
import { gate, openPeer, startServer } from '../support/open-peer.js'

const t = trunkline()

test('P5.8: where maxIdempotencyKeys mutations run, another is rejected before its handler; no running one is forgotten', async () => {
  const release = gate()
  const handler = vi.fn(() => release.promise)
  const router = t.router({ order: t.procedure.idempotent().mutation(handler) })
  const { url, server } = await startServer({ router, limits: { maxIdempotencyKeys: 2 } })
  const peer = await openPeer(url)
  peer.sends([
    { mutate: 1, path: 'order', key: 'a' },
    { mutate: 2, path: 'order', key: 'b' },
    { mutate: 3, path: 'order', key: 'c' },
  ])
  const refused = await peer.receives({ error: 3, code: 'LIMIT_EXCEEDED', message: /maxIdempotencyKeys/ })
  expect(refused).not.toHaveProperty('fate')
  // A repeat needs no room; what runs is neither forgotten nor run again.
  peer.sends({ mutate: 4, path: 'order', key: 'a' })
  expect(await peer.ping()).toEqual([])
  expect(handler).toHaveBeenCalledTimes(2)
  expect(server.metrics().errors).toEqual({ LIMIT_EXCEEDED: 1 })
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
