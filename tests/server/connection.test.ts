import { trunkline } from '@trunkline/core'
import { type Broker, createMemoryBroker } from '@trunkline/server'
import { connectRawPeer, createVirtualClock, HandshakeRefusedError } from '@trunkline/testkit'
import * as v from 'valibot'
import { expect, onTestFinished, test, vi } from 'vitest'
import { newToken, openPeer, startServer } from '../support/open-peer.js'

const t = trunkline()
const router = t.router({
  ping: t.procedure.query(() => 'pong'),
  echo: t.procedure.input(v.unknown()).query(({ input }) => input),
})

test('hello is answered by welcome with session, heartbeat and limits', async () => {
  const { url } = await startServer({ router })
  const peer = await openPeer(url)
  expect(peer.protocol).toBe('trunkline.1')
  expect(peer.welcome).toMatchObject({
    resumed: false,
    received: 0,
    heartbeat: { intervalMs: 15_000, timeoutMs: 10_000 },
    resumeMs: 10_000,
    limits: { maxMessageBytes: 262_144, maxCalls: 256, maxSubscriptions: 128 },
  })
})

test('closes with 4408 when hello does not come within authTimeoutMs', async () => {
  const { url } = await startServer({ router, authTimeoutMs: 50 })
  const peer = await connectRawPeer(url)
  await peer.isClosedWith(4408)
})

test('closes with 4408 when authenticate does not come to an end within authTimeoutMs', async () => {
  const { url } = await startServer({ router, authTimeoutMs: 50, authenticate: () => new Promise<never>(() => {}) })
  const peer = await connectRawPeer(url)
  peer.sends({ hello: 'test/1', session: newToken() })
  await peer.isClosedWith(4408)
})

test('closes with 4401 when authenticate throws, and says nothing of the error', async () => {
  const { url, server } = await startServer({
    router,
    authenticate: () => {
      throw new Error('hunter2')
    },
  })
  const refused = vi.fn()
  server.on('auth-refused', refused)
  const peer = await connectRawPeer(url)
  peer.sends({ hello: 'test/1', session: newToken(), token: 'x' })
  await peer.isClosedWith(4401, /^Not authenticated\.$/)
  expect(refused).toHaveBeenCalledOnce()
})

test('closes with 4411 when the token expires, unless it was refreshed', async () => {
  const clock = createVirtualClock()
  const { url } = await startServer({
    router,
    clock,
    authenticate: ({ token }) => ({ identity: 'ada', expiresAt: clock.now() + (token === 'long' ? 3_600_000 : 3_000) }),
  })
  const lasting = await openPeer(url, { token: 'short' })
  lasting.sends({ token: 'long' })
  await lasting.receives({ token: true })
  const expiring = await openPeer(url, { token: 'short' })
  await clock.advance(5_000)
  await expiring.isClosedWith(4411)
  expect(await lasting.ping()).toEqual([])
})

test('closes with 4401 when the new token belongs to somebody else', async () => {
  const { url } = await startServer({ router, authenticate: ({ token }) => ({ identity: token ?? '' }) })
  const peer = await openPeer(url, { token: 'ada' })
  peer.sends({ token: 'eve' })
  await peer.isClosedWith(4401)
})

test('closes with 4400 when the first message is not hello', async () => {
  const { url } = await startServer({ router })
  const peer = await connectRawPeer(url)
  peer.sends({ query: 1, path: 'ping' })
  await peer.isClosedWith(4400, 'hello')
})

test('closes with 4413 when more than 64 KiB are sent before welcome', async () => {
  const { url } = await startServer({ router, authenticate: () => new Promise<never>(() => {}) })
  const peer = await connectRawPeer(url)
  peer.sends({ hello: 'test/1', session: newToken() })
  for (let id = 1; id <= 7; id++) peer.sends({ query: id, path: 'echo', data: 'x'.repeat(10_000) })
  await peer.isClosedWith(4413)
})

test('P3.3: closes with 4413 when more than 1,024 messages are sent before welcome, however small', async () => {
  const { url } = await startServer({ router, authenticate: () => new Promise<never>(() => {}) })
  const peer = await connectRawPeer(url)
  peer.sends({ hello: 'test/1', session: newToken() })
  for (let count = 0; count < 1_025; count++) peer.sends({})
  await peer.isClosedWith(4413)
})

test('closes with 4406 and tells what it speaks when no version is in common', async () => {
  const { url } = await startServer({ router })
  const peer = await connectRawPeer(url, { protocols: ['trunkline.99'] })
  await peer.isClosedWith(4406, 'trunkline.1')
})

test('closes with 1009 when a message is larger than maxMessageBytes', async () => {
  const { url } = await startServer({ router, limits: { maxMessageBytes: 1_000 } })
  const peer = await openPeer(url)
  peer.sends({ query: 1, path: 'echo', data: 'x'.repeat(1_000) })
  await peer.isClosedWith(1009)
})

test('closes with 4400 on text that is not JSON, after 16 bad frames, and on 257 frames', async () => {
  const { url } = await startServer({ router })
  const garbled = await openPeer(url)
  garbled.sends('{"query":1,')
  await garbled.isClosedWith(4400, 'JSON')
  const stubborn = await openPeer(url)
  for (let i = 0; i < 16; i++) stubborn.sends({ query: 'x' })
  await stubborn.isClosedWith(4400, '16')
  const crowded = await openPeer(url)
  crowded.sends(Array.from({ length: 257 }, (_, i) => ({ query: i + 1, path: 'ping' })))
  await crowded.isClosedWith(4400, '256')
})

test('a payload that is too deep or has a reserved key is refused with its id', async () => {
  const { url } = await startServer({ router })
  const peer = await openPeer(url)
  peer.sends(`{"query":1,"path":"echo","data":${'['.repeat(65)}${']'.repeat(65)}}`)
  await peer.receives({ error: 1, code: 'INVALID_INPUT' })
  for (const [i, key] of ['__proto__', 'constructor', 'prototype'].entries()) {
    peer.sends(`{"query":${10 + i},"path":"echo","data":{"a":{"${key}":{"polluted":true}}}}`)
    await peer.receives({ error: 10 + i, code: 'INVALID_INPUT' })
  }
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
})

test('a peer over its message rate is read slower; nothing of it is refused or lost', async () => {
  const { url, server } = await startServer({ router, limits: { messagesPerSecond: 200 } })
  const peer = await openPeer(url)
  for (let id = 1; id <= 600; id++) peer.sends({ query: id, path: 'ping' })
  for (let id = 1; id <= 600; id++) await peer.receives({ ok: id })
  expect(server.metrics().throttled).toBeGreaterThan(0)
})

test('a peer over its byte rate is read slower; nothing of it is refused or lost', async () => {
  const { url, server } = await startServer({ router, limits: { bytesPerSecond: 100_000 } })
  const peer = await openPeer(url)
  const data = 'x'.repeat(50_000)
  for (let id = 1; id <= 5; id++) peer.sends({ query: id, path: 'ping', data })
  for (let id = 1; id <= 5; id++) await peer.receives({ ok: id })
  expect(server.metrics().throttled).toBeGreaterThan(0)
})

test('what was answered before a close leaves before it', async () => {
  const { url } = await startServer({ router })
  const peer = await openPeer(url)
  peer.sends([{ query: 1, path: 'ping' }, { bye: true }])
  await peer.receives({ ok: 1 })
  await peer.isClosedWith(1000)
})

test('P6.9: who connects while it is not proved that topics are current is told so', async () => {
  const memory = createMemoryBroker()
  onTestFinished(() => memory.close())
  const broker: Broker = {
    name: 'unsure',
    capabilities: memory.capabilities,
    state: 'stale',
    publish: (...args) => memory.publish(...args),
    read: (...args) => memory.read(...args),
    subscribe: (...args) => memory.subscribe(...args),
    onState: () => () => {},
    close: async () => {},
  }
  const { url } = await startServer({ router, broker })
  const peer = await openPeer(url)
  await peer.receives({ stale: true })
})

test('a browser from another origin is refused on the upgrade, one from the same host or a listed one is not', async () => {
  const { url, port, server } = await startServer({ router, origins: ['https://app.example.com'] })
  const refused = vi.fn()
  server.on('handshake-refused', refused)
  await expect(connectRawPeer(url, { headers: { origin: 'https://evil.example.com' } })).rejects.toSatisfy(
    (error) => error instanceof HandshakeRefusedError && error.status === 403,
  )
  expect(refused).toHaveBeenCalledWith({ reason: 'origin', address: '127.0.0.1' })
  await openPeer(url, { headers: { origin: 'https://app.example.com' } })
  await openPeer(url, { headers: { origin: `http://127.0.0.1:${port}` } })
})

test('connections of one address are bounded, in all and before they authenticate', async () => {
  const few = await startServer({ router, limits: { maxConnectionsPerAddress: 2 } })
  await openPeer(few.url)
  await openPeer(few.url)
  await expect(connectRawPeer(few.url)).rejects.toMatchObject({ status: 503 })
  const strict = await startServer({ router, limits: { maxUnauthenticatedPerAddress: 1 } })
  await openPeer(strict.url)
  await connectRawPeer(strict.url)
  await expect(connectRawPeer(strict.url)).rejects.toMatchObject({ status: 503 })
})

test('handshakes over the rate are told to come back later', async () => {
  const { url } = await startServer({ router, limits: { handshakesPerSecond: 0.01, maxConnectionsPerAddress: 10 } })
  await expect(connectRawPeer(url)).rejects.toMatchObject({ status: 503, headers: { 'retry-after': '1' } })
})

test('subscriptions of a session are bounded', async () => {
  const hanging = t.router({
    never: t.procedure.subscription(async function* ({ signal }) {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      yield 0
    }),
  })
  const { url } = await startServer({ router: hanging, limits: { maxSubscriptions: 1 } })
  const peer = await openPeer(url)
  peer.sends([
    { subscribe: 1, path: 'never' },
    { subscribe: 2, path: 'never' },
  ])
  await peer.receives({ error: 2, code: 'LIMIT_EXCEEDED' })
})

test('pings a silent peer and abandons it when nothing comes', async () => {
  const { url, server } = await startServer({ router, heartbeat: { intervalMs: 50, timeoutMs: 50 } })
  const missed = vi.fn()
  server.on('heartbeat-missed', missed)
  const peer = await openPeer(url)
  await peer.receives({ ping: 0 })
  peer.sends({ pong: 0 })
  await peer.receives({ ping: 0 })
  await peer.isClosedWith(1006)
  expect(missed).toHaveBeenCalledOnce()
})

test('an id that does not increase is a bad frame', async () => {
  const { url } = await startServer({ router })
  const peer = await openPeer(url)
  peer.sends([
    { query: 5, path: 'ping' },
    { query: 5, path: 'ping' },
  ])
  await peer.receives({ ok: 5 })
  await peer.receives({ error: 5, code: 'BAD_FRAME' })
})

test('a claim to have received more than was sent closes with 4400', async () => {
  const { url } = await startServer({ router })
  const peer = await openPeer(url)
  peer.sends({ ack: 1_000 })
  await peer.isClosedWith(4400)
})

test('P5.5: a claim to have taken more items than were sent is a bad frame, and gives no credit', async () => {
  let pulled = 0
  const numbers = t.procedure.subscription(async function* () {
    for (;;) yield ++pulled
  })
  const { url } = await startServer({ router: t.router({ numbers }) })
  const peer = await openPeer(url)
  peer.sends({ subscribe: 1, path: 'numbers' })
  for (let n = 1; n <= 256; n++) await peer.receives({ item: 1, data: n })
  peer.sends({ taken: 1, n: 257 })
  await peer.receives({ error: 1, code: 'BAD_FRAME', message: /257/ })
  expect(await peer.ping()).toEqual([])
  expect(pulled).toBe(256)
  peer.sends({ taken: 1, n: 1 })
  await peer.receives({ item: 1, data: 257 })
})

test('close waits for running calls up to drainMs, then closes with 1001', async () => {
  let finish = (_value: string): void => {}
  const slow = t.router({
    slow: t.procedure.query(() => new Promise<string>((resolve) => (finish = resolve))),
  })
  const { url, server } = await startServer({ router: slow })
  const peer = await openPeer(url)
  peer.sends({ query: 1, path: 'slow' })
  await peer.ping()
  const closed = server.close({ drainMs: 30_000 })
  await expect(connectRawPeer(url)).rejects.toThrow()
  finish('done')
  await peer.receives({ ok: 1, data: 'done' })
  await peer.isClosedWith(1001)
  await closed
})
