/**
 * What an operator is told of everything that can go wrong: an event and a counter for each, and no words that mislead.
 */
import { createServer as createHttpServer } from 'node:http'
import { connect } from 'node:net'
import { TrunklineError, trunkline } from '@trunkline/core'
import { createServer, type Server, type ServerEvents } from '@trunkline/server'
import { connectRawPeer, eventually } from '@trunkline/testkit'
import * as v from 'valibot'
import { expect, onTestFinished, test } from 'vitest'
import { gate, openPeer, startServer } from '../support/open-peer.js'

const NAMES = ['handshake-refused', 'connection-closed', 'auth-refused', 'call-failed', 'topic-refused'] as const

/** The events of a server, with what they say. */
function listen(server: Server): [string, ServerEvents[(typeof NAMES)[number]][0]][] {
  const told: [string, ServerEvents[(typeof NAMES)[number]][0]][] = []
  for (const name of NAMES) server.on(name, (event) => told.push([name, event]))
  return told
}

const t = trunkline()
const topics = {
  open: t.topic({ event: v.string(), delivery: 'log', presence: v.object({}), clientPublish: true }),
  shut: t.topic({ event: v.string(), delivery: 'log', authorize: () => false }),
}
const waiting = gate()
const router = t.router({
  ...topics,
  ping: t.procedure.query(() => 'pong'),
  wait: t.procedure.query(() => waiting.promise),
})

test('a peer that never answers a close is told with the reason for which it was closed, not as 1006', async () => {
  const { server, url } = await startServer({ router, closeTimeoutMs: 50 })
  const told = listen(server)
  const peer = await connectRawPeer(url)
  onTestFinished(() => peer.terminate())
  peer.pauseReading()
  peer.sends('{')
  await eventually(() => told.length === 1)
  expect(told).toMatchObject([['connection-closed', { connection: 1, code: 4400 }]])
  expect(server.metrics().closed).toEqual({ 4400: 1 })
})

test('a message that is too big is told as 1009, with words', async () => {
  const { server, url } = await startServer({ router, limits: { maxMessageBytes: 1_000 } })
  const told = listen(server)
  const peer = await openPeer(url)
  peer.sends('x'.repeat(1_001))
  await peer.isClosedWith(1009)
  await eventually(() => told.length === 1)
  expect(told).toMatchObject([
    ['connection-closed', { identity: 'anonymous', code: 1009, reason: 'Max payload size exceeded' }],
  ])
})

test.each([
  { what: 'text that is not UTF-8', bytes: [0x81, 0x81, 0, 0, 0, 0, 0xff], code: 1007 },
  { what: 'a frame that is not masked', bytes: [0x81, 0x01, 0x41], code: 1002 },
  { what: 'a frame of an unknown kind', bytes: [0x83, 0x80, 0, 0, 0, 0], code: 1002 },
])('$what is told as $code, with words', async ({ bytes, code }) => {
  const { server, port } = await startServer({ router })
  const told = listen(server)
  const socket = connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => {}).resume()
  socket.write(
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: trunkline.1\r\n\r\n',
  )
  await eventually(() => server.metrics().connections === 1)
  socket.write(Uint8Array.from(bytes))
  await eventually(() => told.length === 1)
  expect(told).toMatchObject([['connection-closed', { code, reason: expect.stringMatching(/\w/) }]])
  expect(server.metrics().closed).toEqual({ [code]: 1 })
})

test('a peer that leaves by itself is told with its own code, and one that vanishes with 1006', async () => {
  const { server, url } = await startServer({ router })
  const told = listen(server)
  const leaving = await openPeer(url)
  leaving.closes(1001, 'The page is left.')
  await eventually(() => told.length === 1)
  const vanishing = await openPeer(url)
  vanishing.terminate()
  await eventually(() => told.length === 2)
  expect(told.map(([, event]) => event)).toMatchObject([{ code: 1001, reason: 'The page is left.' }, { code: 1006 }])
})

test('a socket that is abandoned is told with the silence that was the reason', async () => {
  const { server, url } = await startServer({ router, heartbeat: { intervalMs: 20, timeoutMs: 20 } })
  const told = listen(server)
  await openPeer(url)
  await eventually(() => told.length === 1)
  expect(told).toMatchObject([
    ['connection-closed', { code: 1006, reason: 'Nothing came for 20 ms after a heartbeat.' }],
  ])
})

test('a peer that says nothing, or speaks another version, is told as refused', async () => {
  const { server, url } = await startServer({ router, authTimeoutMs: 20 })
  const told = listen(server)
  const silent = await connectRawPeer(url)
  await silent.isClosedWith(4408)
  await eventually(() => told.length === 2)
  const newer = await connectRawPeer(url, { protocols: ['trunkline.9'] })
  await newer.isClosedWith(4406)
  await eventually(() => server.metrics().closed[4406] === 1)
  expect(told).toMatchObject([
    ['auth-refused', { connection: 1, address: '127.0.0.1', reason: 'AUTH_TIMEOUT', error: undefined }],
    ['connection-closed', { connection: 1, code: 4408 }],
    ['handshake-refused', { reason: 'version', address: '127.0.0.1' }],
  ])
  expect(server.metrics()).toMatchObject({ authRefused: 1, handshakesRefused: 1, closed: { 4408: 1, 4406: 1 } })
})

test('a new token of somebody else is told as refused', async () => {
  const { server, url } = await startServer({
    router,
    authenticate: ({ token }: { token: string | undefined }) => ({ identity: token ?? '' }),
  })
  const told = listen(server)
  const peer = await openPeer(url, { token: 'ada' })
  peer.sends({ token: 'eve' })
  await peer.isClosedWith(4401)
  await eventually(() => told.length === 2)
  expect(told).toMatchObject([
    ['auth-refused', { reason: 'UNAUTHENTICATED', error: { message: 'The new token belongs to another identity.' } }],
    ['connection-closed', { identity: 'ada', code: 4401 }],
  ])
})

test('what is refused of a topic is told and counted as failed, whichever of the rules refused it', async () => {
  const { server, url } = await startServer({ router, limits: { maxSubscriptions: 1, maxCalls: 1 } })
  const told = listen(server)
  const peer = await openPeer(url)
  const refused = async (frame: object, code: string): Promise<void> => {
    peer.sends(frame)
    await peer.receives({ code })
  }
  await refused({ sub: 1, topic: 'nowhere', params: {} }, 'NOT_FOUND')
  await refused({ sub: 2, topic: 'shut', params: {} }, 'FORBIDDEN')
  await refused({ watch: 3, topic: 'shut', params: {} }, 'FORBIDDEN')
  peer.sends({ watch: 4, topic: 'open', params: {} })
  await peer.receives({ watched: 4 })
  await refused({ sub: 6, topic: 'open', params: {} }, 'LIMIT_EXCEEDED')
  await refused({ watch: 7, topic: 'open', params: {} }, 'LIMIT_EXCEEDED')
  await refused({ join: 8, topic: 'open', params: {}, data: {} }, 'LIMIT_EXCEEDED')
  peer.sends({ query: 9, path: 'wait' })
  await refused({ publish: 10, topic: 'open', params: {}, data: 'a' }, 'LIMIT_EXCEEDED')
  waiting.open()
  await peer.receives({ ok: 9 })
  await refused({ publish: 11, topic: 'shut', params: {}, data: 'a' }, 'FORBIDDEN')

  expect(told.filter(([name]) => name === 'topic-refused')).toHaveLength(3)
  const failed = told.flatMap(([name, event]) => (name === 'call-failed' ? [event] : []))
  expect(failed).toMatchObject([
    { path: 'nowhere', identity: 'anonymous', code: 'NOT_FOUND' },
    { path: 'shut', code: 'FORBIDDEN' },
    { path: 'shut', code: 'FORBIDDEN' },
    { path: 'open', code: 'LIMIT_EXCEEDED' },
    { path: 'open', code: 'LIMIT_EXCEEDED' },
    { path: 'open', code: 'LIMIT_EXCEEDED' },
    { path: 'open', code: 'LIMIT_EXCEEDED' },
    { path: 'shut', code: 'FORBIDDEN' },
  ])
  expect(server.metrics()).toMatchObject({ callsFailed: 8, errors: { NOT_FOUND: 1, FORBIDDEN: 3, LIMIT_EXCEEDED: 4 } })
})

test('what ends after it was opened is told and counted as failed, whatever ended it', async () => {
  let isAllowed = true
  const members = t.topic({
    event: v.string(),
    delivery: 'log',
    presence: v.object({}),
    authorize: () => isAllowed,
  })
  const withoutState = t.topic({
    event: v.string(),
    delivery: 'log',
    snapshot: () => {
      throw new TrunklineError('FORBIDDEN', 'No state for you.')
    },
  })
  const { server, url } = await startServer({ router: t.router({ members, withoutState }) })
  const told = listen(server)
  const peer = await openPeer(url)
  peer.sends({ sub: 1, topic: 'withoutState', params: {} })
  await peer.receives({ closed: 1, code: 'FORBIDDEN' })
  peer.sends({ sub: 2, topic: 'members', params: {} })
  await peer.receives({ subbed: 2 })
  peer.sends({ sub: 3, topic: 'members', params: {} })
  await peer.receives({ closed: 3, code: 'BAD_FRAME' })
  peer.sends({ watch: 4, topic: 'members', params: {} })
  await peer.receives({ watched: 4 })
  peer.sends({ watch: 5, topic: 'members', params: {} })
  await peer.receives({ closed: 5, code: 'BAD_FRAME' })
  peer.sends({ join: 6, topic: 'members', params: {}, data: {} })
  await peer.receives({ ok: 6 })
  await peer.receives({ member: 1 })
  isAllowed = false
  await server.reauthorize('anonymous')

  const failed = told.flatMap(([name, event]) => (name === 'call-failed' ? [event] : []))
  const member = { path: 'members', identity: 'anonymous' }
  expect(failed).toEqual([
    { path: 'withoutState', identity: 'anonymous', code: 'FORBIDDEN' },
    { ...member, code: 'BAD_FRAME' },
    { ...member, code: 'BAD_FRAME' },
    // The join, the watch and the subscription.
    { ...member, code: 'FORBIDDEN' },
    { ...member, code: 'FORBIDDEN' },
    { ...member, code: 'FORBIDDEN' },
  ])
  expect(server.metrics()).toMatchObject({ callsFailed: 6, errors: { FORBIDDEN: 4, BAD_FRAME: 2 } })
})

test('an authorize that says no by throwing a TrunklineError is told as one that says no', async () => {
  const members = t.topic({
    event: v.string(),
    delivery: 'log',
    authorize: () => {
      throw new TrunklineError('FORBIDDEN', 'Members only.')
    },
  })
  const { server, url } = await startServer({ router: t.router({ members }) })
  const told = listen(server)
  const peer = await openPeer(url)
  peer.sends({ sub: 1, topic: 'members', params: {} })
  await peer.receives({ closed: 1, code: 'FORBIDDEN', message: 'Members only.' })
  expect(told).toEqual([
    ['topic-refused', { topic: 'members', identity: 'anonymous', action: 'subscribe' }],
    ['call-failed', { path: 'members', identity: 'anonymous', code: 'FORBIDDEN' }],
  ])
})

test('a path that nobody serves is told with the address that the proxy in front gives', async () => {
  const server = createServer({ router, trustProxy: 1 })
  const told = listen(server)
  const http = createHttpServer()
  server.attach(http)
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void http.close())
  const address = http.address()
  if (address === null || typeof address === 'string') throw new Error('A TCP server has a port.')
  const headers = { 'X-Forwarded-For': '203.0.113.7' }
  await expect(connectRawPeer(`ws://127.0.0.1:${address.port}/elsewhere`, { headers })).rejects.toThrow('404')
  expect(told).toEqual([['handshake-refused', { reason: 'path', address: '203.0.113.7' }]])
})
