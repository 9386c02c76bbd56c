/**
 * What the app's own code can do wrong, and what a peer can make it do: nothing of it ends the process, leaks past a
 * schema, or leaves a call without an answer.
 */
import { EventEmitter, on } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { trunkline } from '@trunkline/core'
import { connectRawPeer, eventually } from '@trunkline/testkit'
import * as v from 'valibot'
import { expect, onTestFinished, test, vi } from 'vitest'
import { gate, newToken, openPeer, startServer } from '../support/open-peer.js'

const t = trunkline()
const ping = t.procedure.query(() => 'pong')

/** What would have ended the process. */
function fatal(): unknown[] {
  const errors: unknown[] = []
  const note = (error: unknown): void => void errors.push(error)
  process.on('unhandledRejection', note)
  process.on('uncaughtException', note)
  onTestFinished(() => {
    process.off('unhandledRejection', note)
    process.off('uncaughtException', note)
  })
  return errors
}

test('P1.3: an origin that `origins` throws at is refused, and the failure is told', async () => {
  const errors = fatal()
  const { url, server } = await startServer({
    router: t.router({ ping }),
    origins: (origin) => new URL(origin).hostname === 'app.example.com',
  })
  const failed = vi.fn()
  server.on('handler-failed', failed)
  await expect(connectRawPeer(url, { headers: { origin: 'null' } })).rejects.toMatchObject({ status: 403 })
  await openPeer(url, { headers: { origin: 'https://app.example.com' } })
  expect(failed).toHaveBeenCalledOnce()
  expect(errors).toEqual([])
})

test('P1.3: an `origins` that is asynchronous by mistake lets nobody in and is told of, also where it rejects', async () => {
  const errors = fatal()
  const origins = async (origin: string): Promise<boolean> => new URL(origin).hostname === 'app.example.com'
  // The types refuse it; JavaScript does not.
  const { url, server } = await startServer({ router: t.router({ ping }), origins: origins as never })
  const failed = vi.fn()
  server.on('handler-failed', failed)
  for (const origin of ['https://app.example.com', 'null']) {
    await expect(connectRawPeer(url, { headers: { origin } })).rejects.toMatchObject({ status: 403 })
  }
  expect(failed).toHaveBeenCalledTimes(2)
  expect(errors).toEqual([])
})

test('P5.8: the outcome of a mutation whose caller is gone is checked by its output schema like any other', async () => {
  const release = gate()
  const entered = gate()
  const router = t.router({
    register: t.procedure
      .output(v.object({ id: v.string() }))
      .idempotent()
      .mutation(async () => {
        entered.open()
        await release.promise
        return { id: 'ada', passwordHash: 'secret' }
      }),
  })
  const { url } = await startServer({ router })
  const first = await openPeer(url)
  first.sends({ mutate: 1, path: 'register', key: 'k1' })
  await entered.promise
  first.sends({ bye: true })
  await first.isClosedWith(1000)
  const second = await openPeer(url)
  second.sends({ mutate: 1, path: 'register', key: 'k1' })
  await second.ping()
  release.open()
  expect(await second.receives({ ok: 1 })).toEqual({ ok: 1, data: { id: 'ada' } })
  second.sends({ mutate: 2, path: 'register', key: 'k1' })
  expect(await second.receives({ ok: 2 })).toEqual({ ok: 2, data: { id: 'ada' } })
})

test('P5.8: a mutation that passed its deadline keeps an outcome that was checked', async () => {
  const release = gate()
  const router = t.router({
    register: t.procedure
      .output(
        v.pipeAsync(
          v.object({ id: v.string() }),
          v.checkAsync(async () => true),
        ),
      )
      .idempotent()
      .mutation(async () => {
        await release.promise
        return { id: 'ada', passwordHash: 'secret' }
      }),
  })
  const { url } = await startServer({ router })
  const peer = await openPeer(url)
  peer.sends({ mutate: 1, path: 'register', key: 'k1', timeoutMs: 1 })
  await peer.receives({ error: 1, code: 'TIMEOUT' })
  release.open()
  peer.sends({ mutate: 2, path: 'register', key: 'k1' })
  expect(await peer.receives({ ok: 2 })).toEqual({ ok: 2, data: { id: 'ada' } })
})

test('P2.7: an input of an idempotent mutation that is nested without end is refused, alone', async () => {
  const { url, server } = await startServer({
    router: t.router({ ping, once: t.procedure.idempotent().mutation(() => 1) }),
  })
  const failed = vi.fn()
  server.on('handler-failed', failed)
  const peer = await openPeer(url)
  peer.sends(`{"mutate":1,"path":"once","key":"k","data":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)
  await peer.receives({ error: 1, code: 'INVALID_INPUT' })
  peer.sends({ query: 2, path: 'ping' })
  await peer.receives({ ok: 2 })
  expect(failed).not.toHaveBeenCalled()
  expect(server.metrics().calls).toBe(0)
})

test('a subscription or call that ends because its signal fired is no failure of its handler', async () => {
  const emitter = new EventEmitter()
  const router = t.router({
    ping,
    ticks: t.procedure.subscription(async function* ({ signal }) {
      for await (const [tick] of on(emitter, 'tick', { signal })) yield tick
    }),
    wait: t.procedure.query(({ signal }) => sleep(3_600_000, 'late', { signal })),
    breaks: t.procedure.query(async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      throw new Error('The transaction could not be rolled back.')
    }),
  })
  const { url, server } = await startServer({ router })
  const failed = vi.fn()
  server.on('handler-failed', failed)
  const peer = await openPeer(url)
  peer.sends([
    { subscribe: 1, path: 'ticks' },
    { query: 2, path: 'wait' },
  ])
  await eventually(() => emitter.listenerCount('tick') === 1)
  peer.sends([{ cancel: 1 }, { cancel: 2 }])
  await peer.receives({ error: 1, code: 'CANCELLED' })
  await peer.receives({ error: 2, code: 'CANCELLED' })
  peer.sends([
    { subscribe: 3, path: 'ticks' },
    { query: 4, path: 'wait' },
  ])
  await eventually(() => emitter.listenerCount('tick') === 1)
  peer.sends({ bye: true })
  await eventually(() => emitter.listenerCount('tick') === 0 && server.metrics().sessions === 0)
  await eventually(() => server.metrics().connections === 0)
  expect(failed).not.toHaveBeenCalled()
  const other = await openPeer(url)
  other.sends({ query: 1, path: 'breaks' })
  await other.ping()
  other.sends({ cancel: 1 })
  await eventually(() => failed.mock.calls.length === 1)
})

test('a middleware that works beside its handler may see it fail late, without ending the process', async () => {
  const errors = fatal()
  const audited = gate()
  const guarded = trunkline().procedure.use(async ({ next }) => {
    const result = next()
    await audited.promise
    return result
  })
  const careless = trunkline().procedure.use(async ({ next }) => {
    void next()
    throw new TypeError('The audit log is full.')
  })
  const broken = async (): Promise<never> => {
    throw new Error('broken')
  }
  const { url, server } = await startServer({
    router: t.router({ guarded: guarded.query(broken), careless: careless.query(broken) }),
  })
  const failed = vi.fn()
  server.on('handler-failed', failed)
  const peer = await openPeer(url)
  peer.sends([
    { query: 1, path: 'guarded' },
    { query: 2, path: 'careless' },
  ])
  await peer.receives({ error: 2, code: 'INTERNAL' })
  await peer.ping()
  audited.open()
  await peer.receives({ error: 1, code: 'INTERNAL' })
  expect(failed).toHaveBeenCalledTimes(2)
  expect(errors).toEqual([])
})

test.each([
  ['nothing', undefined, 4401],
  ['no identity', {}, 4401],
  ['an empty identity', { identity: '' }, 4401],
  ['an expiry that is no time', { identity: 'ada', expiresAt: Number.NaN }, 4401],
])('`authenticate` that gives %s lets nobody in, and says why to the owner', async (_title, given, code) => {
  const { url, server } = await startServer({
    router: t.router({ ping }),
    authenticate: () => given as { identity: string },
  })
  const refused = vi.fn()
  const failed = vi.fn()
  server.on('auth-refused', refused)
  server.on('handler-failed', failed)
  const peer = await connectRawPeer(url)
  peer.sends({ hello: 'test/1', session: newToken() })
  await peer.isClosedWith(code)
  expect(failed).toHaveBeenCalledOnce()
  expect(refused).toHaveBeenCalledWith(expect.objectContaining({ error: expect.any(TypeError) }))
})

test('P3.10: of a token that is taken while rights change, the context of before does not stay', async () => {
  let rights = 'old'
  let slow: Promise<void> | undefined
  const typed = trunkline<{ rights: string }>()
  const { url, server } = await startServer<{ rights: string }>({
    router: typed.router({ rights: typed.procedure.query(({ ctx }) => ctx.rights) }),
    authenticate: () => ({ identity: 'ada' }),
    context: async () => {
      const read = rights
      const wait = slow
      slow = undefined
      await wait
      return { rights: read }
    },
  })
  const peer = await openPeer(url)
  const release = gate()
  slow = release.promise
  peer.sends({ token: 'next' })
  await eventually(() => slow === undefined)
  rights = 'new'
  await server.reauthorize('ada')
  release.open()
  await peer.receives({ token: true })
  peer.sends({ query: 1, path: 'rights' })
  await peer.receives({ ok: 1, data: 'new' })
})

test('P3.10: a token that was taken after the session moved on changes nothing of it', async () => {
  let slow: Promise<void> | undefined
  const typed = trunkline<{ connection: number }>()
  const { url } = await startServer<{ connection: number }>({
    router: typed.router({ connection: typed.procedure.query(({ ctx }) => ctx.connection) }),
    authenticate: () => ({ identity: 'ada' }),
    context: async ({ connection }) => {
      const wait = slow
      slow = undefined
      await wait
      return { connection: connection.id }
    },
  })
  const session = newToken()
  const first = await openPeer(url, { session })
  const release = gate()
  slow = release.promise
  first.sends({ token: 'next' })
  await eventually(() => slow === undefined)
  const second = await openPeer(url, { session, received: 0 })
  release.open()
  await second.ping()
  second.sends({ query: 1, path: 'connection' })
  await second.receives({ ok: 1, data: 2 })
})

test('P3.10: tokens are taken one after the other, so that the last one counts', async () => {
  const release = gate()
  const running: string[] = []
  const typed = trunkline<{ token: string }>()
  const { url } = await startServer<{ token: string }>({
    router: typed.router({ token: typed.procedure.query(({ ctx }) => ctx.token) }),
    authenticate: async ({ token = '' }) => {
      running.push(token)
      if (token === 'slow') await release.promise
      return { identity: 'ada', token }
    },
    // `auth` is what `authenticate` gives.
    context: ({ auth }) => ({ token: (auth as { token?: string }).token ?? '' }),
  })
  const peer = await openPeer(url, { token: 'first' })
  peer.sends([{ token: 'slow' }, { token: 'late' }, { token: 'last' }])
  await eventually(() => running.includes('slow'))
  await peer.ping()
  expect(running).toEqual(['first', 'slow'])
  release.open()
  for (let answer = 0; answer < 3; answer++) await peer.receives({ token: true })
  expect(running).toEqual(['first', 'slow', 'last'])
  peer.sends({ query: 1, path: 'token' })
  await peer.receives({ ok: 1, data: 'last' })
})

test('P9.3: a handler that publishes what it may not has failed itself: its caller is not told of an invalid input', async () => {
  const added = t.topic({
    delivery: 'log',
    params: v.object({ room: v.string() }),
    event: v.object({ text: v.string() }),
  })
  const elsewhere = t.topic({ delivery: 'ephemeral', event: v.string() })
  const caught: unknown[] = []
  const router = t.router({
    added,
    badEvent: t.procedure.mutation(({ publish }) => publish(added, { room: 'tea' }, { text: 7 } as never)),
    badParams: t.procedure.mutation(({ publish }) => publish(added, {} as never, { text: '' })),
    noTopic: t.procedure.mutation(({ publish }) => publish(elsewhere, {}, '')),
    // The handler itself learns what it was.
    handled: t.procedure.mutation(async ({ publish }) => {
      await publish(elsewhere, {}, '').catch((error: unknown) => caught.push(error))
    }),
    tooLarge: t.procedure.mutation(({ publish }) => publish(added, { room: 'tea' }, { text: 'x'.repeat(300_000) })),
  })
  const { url, server } = await startServer({ router })
  const failed = vi.fn()
  server.on('handler-failed', failed)
  const peer = await openPeer(url)
  for (const [index, path] of ['badEvent', 'badParams', 'noTopic'].entries()) {
    peer.sends({ mutate: index + 1, path })
    expect(await peer.receives({ error: index + 1 })).toMatchObject({
      code: 'INTERNAL',
      correlationId: expect.any(String),
    })
  }
  expect(failed.mock.calls.map(([{ path, error }]) => [path, error.code])).toEqual([
    ['badEvent', 'INVALID_INPUT'],
    ['badParams', 'INVALID_INPUT'],
    ['noTopic', 'NOT_FOUND'],
  ])
  peer.sends({ mutate: 4, path: 'handled' })
  await peer.receives({ ok: 4 })
  expect(caught).toMatchObject([{ code: 'NOT_FOUND' }])
  // What is too large came from the input more often than not.
  peer.sends({ mutate: 5, path: 'tooLarge' })
  expect(await peer.receives({ error: 5 })).toMatchObject({ code: 'PAYLOAD_TOO_LARGE' })
})
