import { trunkline } from '@trunkline/core'
import { eventually } from '@trunkline/testkit'
import * as v from 'valibot'
import { expect, test, vi } from 'vitest'
import { gate, newToken, openPeer, startServer } from '../support/open-peer.js'

const t = trunkline()

test('a session that lost its socket goes on where it was: the answer comes, the handler ran once', async () => {
  const release = gate()
  const handler = vi.fn(async () => {
    await release.promise
    return 'late'
  })
  const { url } = await startServer({ router: t.router({ slow: t.procedure.query(handler) }) })
  const session = newToken()
  const first = await openPeer(url, { session })
  first.sends({ query: 1, path: 'slow' })
  await eventually(() => handler.mock.calls.length === 1)
  first.terminate()
  release.open()
  const second = await openPeer(url, { session, received: 0 })
  expect(second.welcome).toMatchObject({ resumed: true, received: 1 })
  await second.receives({ ok: 1, data: 'late' })
  expect(handler).toHaveBeenCalledOnce()
})

test('what the client has received is not sent again', async () => {
  const { url } = await startServer({
    router: t.router({ n: t.procedure.input(v.number()).query(({ input }) => input) }),
  })
  const session = newToken()
  const first = await openPeer(url, { session })
  for (let id = 1; id <= 5; id++) first.sends({ query: id, path: 'n', data: id })
  for (let id = 1; id <= 5; id++) await first.receives({ ok: id })
  first.terminate()
  const second = await openPeer(url, { session, received: 3 })
  expect(second.welcome).toMatchObject({ resumed: true, received: 5 })
  await second.receives({ ok: 4, data: 4 })
  await second.receives({ ok: 5, data: 5 })
  expect(await second.ping()).toEqual([])
})

test('an older socket of a resumed session is closed with REPLACED and nothing of it runs any more', async () => {
  const handler = vi.fn(() => 1)
  const { url } = await startServer({ router: t.router({ run: t.procedure.mutation(handler) }) })
  const session = newToken()
  const first = await openPeer(url, { session })
  const second = await openPeer(url, { session, received: 0 })
  expect(second.welcome.resumed).toBe(true)
  first.sends({ mutate: 1, path: 'run' })
  await first.isClosedWith(4409)
  await second.ping()
  expect(handler).not.toHaveBeenCalled()
})

test('a session is not given to another identity, and its owner can still come back', async () => {
  const router = t.router({ ping: t.procedure.query(() => 'pong') })
  const { url } = await startServer({ router, authenticate: ({ token }) => ({ identity: token ?? '' }) })
  const session = newToken()
  const ada = await openPeer(url, { session, token: 'ada' })
  ada.terminate()
  const eve = await openPeer(url, { session, token: 'eve', received: 0 })
  expect(eve.welcome.resumed).toBe(false)
  expect(eve.welcome.welcome).not.toBe(session)
  const back = await openPeer(url, { session, token: 'ada', received: 0 })
  expect(back.welcome.resumed).toBe(true)
})

test('a session whose frames are not kept any more starts afresh, and its calls are told', async () => {
  const signals: AbortSignal[] = []
  const router = t.router({
    big: t.procedure.query(() => 'x'.repeat(200_000)),
    hang: t.procedure.query(({ signal }) => {
      signals.push(signal)
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    }),
  })
  const { url } = await startServer({ router })
  const session = newToken()
  const first = await openPeer(url, { session })
  first.sends({ query: 1, path: 'hang' })
  for (const id of [2, 3, 4]) {
    first.sends({ query: id, path: 'big' })
    await first.receives({ ok: id })
  }
  first.terminate()
  const second = await openPeer(url, { session, received: 0 })
  expect(second.welcome).toMatchObject({ resumed: false, received: 0 })
  await eventually(() => signals[0]?.aborted === true)
})

test('calls may follow hello at once; they run after welcome', async () => {
  const entered = gate()
  const release = gate()
  const { url } = await startServer({
    router: t.router({ ping: t.procedure.query(() => 'pong') }),
    authenticate: async () => {
      entered.open()
      await release.promise
      return { identity: 'ada' }
    },
  })
  const { connectRawPeer } = await import('@trunkline/testkit')
  const peer = await connectRawPeer(url)
  peer.sends({ hello: 'test/1', session: newToken() })
  peer.sends({ query: 1, path: 'ping' })
  await entered.promise
  release.open()
  await peer.receives({ resumed: false })
  await peer.receives({ ok: 1, data: 'pong' })
})

test('an unpulled stream pauses without a socket and goes on when its session is resumed', async () => {
  let pulled = 0
  const router = t.router({
    numbers: t.procedure.subscription(async function* () {
      for (let n = 1; n <= 1_000; n++) {
        pulled = n
        yield n
      }
    }),
  })
  const { url } = await startServer({ router })
  const session = newToken()
  const first = await openPeer(url, { session })
  first.sends({ subscribe: 1, path: 'numbers' })
  for (let n = 1; n <= 256; n++) await first.receives({ item: 1, data: n })
  expect(await first.ping()).toEqual([])
  expect(pulled).toBe(256)
  first.sends({ taken: 1, n: 200 })
  for (let n = 257; n <= 456; n++) await first.receives({ item: 1, data: n })
  first.terminate()
  const second = await openPeer(url, { session, received: 300 })
  for (let n = 301; n <= 456; n++) await second.receives({ item: 1, data: n })
  second.sends({ taken: 1, n: 456 })
  for (let n = 457; n <= 712; n++) await second.receives({ item: 1, data: n })
})

test('all streams of a session together hold at most 1 MiB untaken, and what one gives back another may use', async () => {
  const text = 'x'.repeat(60_000)
  const router = t.router({
    large: t.procedure.subscription(async function* () {
      for (;;) yield text
    }),
  })
  const { url } = await startServer({ router })
  const peer = await openPeer(url)
  const STREAMS = 8
  peer.sends(Array.from({ length: STREAMS }, (_, i) => ({ subscribe: i + 1, path: 'large' })))
  const items = new Map<unknown, number>()
  let received = 0
  // Received is not taken: acknowledging empties what is kept for resuming, so only the window can stop the streams.
  const readAll = async (): Promise<void> => {
    for (let quiet = 0; quiet < 3; ) {
      const frames = (await peer.ping()) as Record<string, unknown>[]
      for (let i = 0; i < frames.length; i++) {
        const frame = (await peer.receives()) as Record<string, unknown>
        items.set(frame['item'], (items.get(frame['item']) ?? 0) + 1)
        received += 1
      }
      peer.sends({ ack: received })
      quiet = frames.length === 0 ? quiet + 1 : 0
    }
  }
  await readAll()
  expect(items.size).toBe(STREAMS)
  expect(received * text.length).toBeGreaterThan(1_048_576 - text.length)
  expect(received * text.length).toBeLessThan(1_048_576 + (STREAMS + 1) * text.length)
  const before = received
  peer.sends({ taken: 1, n: items.get(1) })
  await readAll()
  expect(received).toBeGreaterThan(before)
})

test('of one address at most maxConnectionsPerAddress sessions wait without a socket: the longest without one end first', async () => {
  const { url, server } = await startServer({ router: t.router({}), limits: { maxConnectionsPerAddress: 2 } })
  const tokens = [newToken(), newToken(), newToken()]
  for (const session of tokens) {
    const peer = await openPeer(url, { session })
    peer.terminate()
    await eventually(() => server.metrics().connections === 0)
  }
  expect(server.metrics().sessions).toBe(2)
  const resumed = []
  for (const session of [...tokens].reverse()) {
    const peer = await openPeer(url, { session, received: 0 })
    resumed.push(peer.welcome.resumed)
    peer.terminate()
    await eventually(() => server.metrics().connections === 0)
  }
  expect(resumed).toEqual([true, true, false])
})

test('a session that came back is none of those that wait: others that lose their sockets do not end it', async () => {
  const { url, server } = await startServer({
    router: t.router({ ping: t.procedure.query(() => 'pong') }),
    limits: { maxConnectionsPerAddress: 2 },
  })
  const session = newToken()
  const lose = async (options: { session?: string } = {}): Promise<void> => {
    const { connections } = server.metrics()
    const peer = await openPeer(url, options)
    peer.terminate()
    await eventually(() => server.metrics().connections === connections)
  }
  await lose({ session })
  const back = await openPeer(url, { session, received: 0 })
  await lose()
  await lose()
  back.sends({ query: 1, path: 'ping' })
  await back.receives({ ok: 1 })
})
