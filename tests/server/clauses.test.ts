/** Clauses of the protocol that no other test cites, one test each. */
import { connect } from 'node:net'
import { TrunklineError, trunkline } from '@trunkline/core'
import { connectRawPeer, eventually } from '@trunkline/testkit'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { newToken, openPeer, startServer } from '../support/open-peer.js'

const t = trunkline()
const echo = t.procedure.input(v.unknown()).query(({ input }) => input)
const router = t.router({ echo })

test('P1.1, P1.2: the newest version in common is taken; with none, the first that was offered, and a reason', async () => {
  const { url } = await startServer({ router })
  const known = await connectRawPeer(url, { protocols: ['trunkline.99', 'trunkline.1'] })
  expect(known.protocol).toBe('trunkline.1')
  const unknown = await connectRawPeer(url, { protocols: ['trunkline.99', 'trunkline.98'] })
  expect(unknown.protocol).toBe('trunkline.99')
  await unknown.isClosedWith(4406, /^The server speaks trunkline\.1; offered was trunkline\.99,/)
})

test('P1.4: compression is not agreed on, whatever a client offers', async () => {
  const { port } = await startServer({ router })
  const answer = await fetchUpgrade(port, { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits' })
  expect(answer).toMatch(/^HTTP\/1\.1 101 /)
  expect(answer.toLowerCase()).not.toContain('sec-websocket-extensions')
})

test('P2.2: the first member that is a kind names the frame, wherever it stands', async () => {
  const { url } = await startServer({ router })
  const peer = await openPeer(url)
  peer.sends('{"data":"late","path":"echo","query":1}')
  await peer.receives({ ok: 1, data: 'late' })
  peer.sends('{"path":"echo","query":2,"cancel":1,"data":"both"}')
  await peer.receives({ ok: 2, data: 'both' })
})

test('P2.9, P2.10: what is no frame, and a kind that is not known, count as session frames', async () => {
  const { url } = await startServer({ router })
  const session = newToken()
  const peer = await openPeer(url, { session })
  peer.sends([7, { unheard: 3 }, { query: 4, path: 'echo' }])
  await peer.receives({ error: null, code: 'BAD_FRAME' })
  await peer.receives({ error: 3, code: 'UNSUPPORTED' })
  await peer.receives({ ok: 4 })
  peer.terminate()
  const back = await openPeer(url, { session, received: 3 })
  expect(back.welcome).toMatchObject({ resumed: true, received: 3 })
})

test('P2.11: ids are integers from 1 to 2^53 - 1', async () => {
  const { url } = await startServer({ router })
  const peer = await openPeer(url)
  for (const id of ['0', '-1', '1.5', '9007199254740992', '"1"', 'null', 'true']) {
    peer.sends(`{"query":${id},"path":"echo"}`)
    await peer.receives({ code: 'BAD_FRAME' })
  }
  peer.sends({ query: Number.MAX_SAFE_INTEGER, path: 'echo', data: 'last' })
  await peer.receives({ ok: Number.MAX_SAFE_INTEGER, data: 'last' })
})

test('P4.3: a session ends when it was without a connection for resumeMs', async () => {
  const { url, server } = await startServer({ router, resumeMs: 50 })
  const session = newToken()
  const peer = await openPeer(url, { session })
  peer.terminate()
  await eventually(() => server.metrics().sessions === 0)
  const back = await openPeer(url, { session, received: 0 })
  expect(back.welcome.resumed).toBe(false)
})

test('P4.4: of two sockets that resume a session at once one has it, the other is told; nothing is answered twice', async () => {
  const { url, server } = await startServer({ router })
  const session = newToken()
  const first = await openPeer(url, { session })
  first.sends({ query: 1, path: 'echo', data: 'once' })
  await first.receives({ ok: 1 })
  const [a, b] = await Promise.all([connectRawPeer(url), connectRawPeer(url)])
  for (const peer of [a, b]) peer.sends({ hello: 'test/1', session, received: 0 })
  for (const peer of [a, b]) {
    await peer.receives({ welcome: session, resumed: true, received: 1 })
    await peer.receives({ ok: 1, data: 'once' })
  }
  await Promise.race([a.closed, b.closed])
  expect(server.metrics().sessions).toBe(1)
  await first.isClosedWith(4409)
  await eventually(() => server.metrics().connections === 1)
})

test('P5.1: `timeoutMs` outside of 1 to a day is a bad frame', async () => {
  const { url } = await startServer({ router })
  const peer = await openPeer(url)
  for (const [id, timeoutMs] of [0, 86_400_001, 1.5, -1].entries()) {
    peer.sends({ query: id + 1, path: 'echo', timeoutMs })
    await peer.receives({ error: id + 1, code: 'BAD_FRAME' })
  }
  peer.sends({ query: 9, path: 'echo', timeoutMs: 86_400_000 })
  await peer.receives({ ok: 9 })
})

test('P8.1: a close reason is at most 123 bytes of UTF-8, cut between characters', async () => {
  const { url } = await startServer({
    router,
    authenticate: () => {
      throw new TrunklineError('UNAUTHENTICATED', 'é€💥'.repeat(40))
    },
  })
  const peer = await connectRawPeer(url)
  peer.sends({ hello: 'test/1', session: newToken() })
  const { code, reason } = await peer.closed
  expect(code).toBe(4401)
  expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123)
  expect(reason).toMatch(/^(é€💥)+é?€?…$/u)
})

test('P9.1, P9.2, P9.3: a declared code is executed, one that is not declared is INTERNAL and says nothing', async () => {
  const { url, server } = await startServer({
    router: t.router({
      declared: t.procedure.errors({ SOLD_OUT: null }).mutation(({ errors }) => {
        throw errors.SOLD_OUT(undefined)
      }),
      foreign: t.procedure.mutation(() => {
        throw new TrunklineError('SOLD_OUT', 'secret')
      }),
      nothing: t.procedure.mutation(() => Promise.reject(undefined)),
    }),
  })
  server.on('handler-failed', () => {})
  const peer = await openPeer(url)
  peer.sends({ mutate: 1, path: 'declared' })
  expect(await peer.receives({ error: 1, code: 'SOLD_OUT' })).not.toHaveProperty('correlationId')
  for (const [id, path] of [
    [2, 'foreign'],
    [3, 'nothing'],
  ] as const) {
    peer.sends({ mutate: id, path })
    const answer = await peer.receives({ error: id, code: 'INTERNAL' })
    expect(JSON.stringify(answer)).not.toContain('secret')
    expect(answer).toHaveProperty('correlationId')
  }
})

test('P9.4: when a call may be tried again is told', async () => {
  const { url } = await startServer({
    router: t.router({
      busy: t.procedure.mutation(() => {
        throw new TrunklineError('RATE_LIMITED', 'Later.', { retryAfterMs: 1_500 })
      }),
    }),
  })
  const peer = await openPeer(url)
  peer.sends({ mutate: 1, path: 'busy' })
  await peer.receives({ error: 1, code: 'RATE_LIMITED', retryAfterMs: 1_500 })
})

test('P10.2: texts of a hello and of a call are bounded', async () => {
  const { url } = await startServer({ router })
  for (const hello of [
    { hello: 'x'.repeat(65), session: newToken() },
    { hello: 'test/1', session: 'x'.repeat(65) },
  ]) {
    const peer = await connectRawPeer(url)
    peer.sends(hello)
    await peer.isClosedWith(4400)
  }
  const peer = await openPeer(url)
  for (const [id, name] of ['keys', 'trace', 'key', 'path'].entries()) {
    peer.sends({ query: id + 1, path: 'echo', [name]: 'x'.repeat(257) })
    await peer.receives({ error: id + 1, code: 'BAD_FRAME', message: new RegExp(name) })
  }
})

/** What a server answers to a handshake. */
async function fetchUpgrade(port: number, headers: Record<string, string>): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const all = {
    Host: 'a.example',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    'Sec-WebSocket-Protocol': 'trunkline.1',
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`GET / HTTP/1.1\r\n${lines.join('')}\r\n`)
  const answer = await new Promise<Buffer>((resolve) => socket.once('data', resolve))
  socket.destroy()
  return answer.toString()
}
