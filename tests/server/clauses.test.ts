/** Clauses of the protocol that no other test cites, one test each. */
import { connect } from 'node:net'
import { createClient } from '@trunkline/client'
import { TrunklineError, trunkline } from '@trunkline/core'
import {
  MAX_BAD_FRAMES,
  MAX_FRAMES_PER_MESSAGE,
  MAX_HELLO_BYTES,
  MAX_PATH_LENGTH,
  WINDOW_ITEMS,
} from '@trunkline/core/protocol'
import { connectRawPeer, eventually, startRawServer } from '@trunkline/testkit'
import * as v from 'valibot'
import { expect, onTestFinished, test } from 'vitest'
import { gate, newToken, openPeer, startServer } from '../support/open-peer.js'

const t = trunkline()
const echo = t.procedure.input(v.unknown()).query(({ input }) => input)
const router = t.router({ echo })

/** What a welcome tells beside its session. */
const heartbeat = { intervalMs: 15_000, timeoutMs: 10_000 }
const limits = { maxMessageBytes: 262_144, maxCalls: 256, maxSubscriptions: 128 }

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

test('P2.1: an array is its frames in order, each by itself; one of 256 is taken, and none inside another', async () => {
  const { url } = await startServer({ router, limits: { maxCalls: 1 } })
  const peer = await openPeer(url)
  peer.sends([
    { query: 1, path: 'echo', data: 'a' },
    [{ query: 2, path: 'echo' }],
    { query: 3, path: 'echo', data: 'c' },
  ])
  await peer.receives({ ok: 1, data: 'a' })
  await peer.receives({ error: null, code: 'BAD_FRAME' })
  await peer.receives({ ok: 3, data: 'c' })
  peer.sends(Array.from({ length: MAX_FRAMES_PER_MESSAGE }, (_, index) => ({ query: index + 4, path: 'echo' })))
  for (let index = 0; index < MAX_FRAMES_PER_MESSAGE; index++) await peer.receives({ ok: index + 4 })
})

test('P2.4: a payload without `data` is undefined, one of null is null, and `meta` is there only where it says something', async () => {
  const { url } = await startServer({ router })
  const peer = await openPeer(url)
  const date = { data: '1970-01-01T00:00:01.000Z', meta: { values: ['Date'], v: 1 } }
  peer.sends([
    { query: 1, path: 'echo' },
    { query: 2, path: 'echo', data: null },
    { query: 3, path: 'echo', ...date },
    { query: 4, path: 'echo', data: { at: '1970-01-01T00:00:01.000Z' } },
  ])
  expect(await peer.receives()).toEqual({ ok: 1 })
  expect(await peer.receives()).toEqual({ ok: 2, data: null })
  expect(await peer.receives()).toEqual({ ok: 3, ...date })
  expect(await peer.receives()).toEqual({ ok: 4, data: { at: '1970-01-01T00:00:01.000Z' } })
})

test.each([
  ['undefined', null, undefined],
  ['bigint', '-12', -12n],
  ['number', '-0', -0],
  ['number', '-Infinity', Number.NEGATIVE_INFINITY],
  ['Date', '1970-01-01T00:00:01.000Z', new Date(1_000)],
  ['regexp', '/a\\/b/gi', /a\/b/gi],
  ['URL', 'https://a.example/', new URL('https://a.example/')],
  ['set', ['a'], new Set(['a'])],
  ['map', [['a', 1]], new Map([['a', 1]])],
])('P2.13: a %s of %j is read and written', async (type, data, value) => {
  const seen: unknown[] = []
  const look = t.procedure.input(v.unknown()).query(({ input }) => {
    seen.push(input)
    return input
  })
  const { url } = await startServer({ router: t.router({ look }) })
  const peer = await openPeer(url)
  const nested = { data: { 'a.b': [data] }, meta: { values: { 'a\\.b': { 0: [type] } }, v: 1 } }
  peer.sends([
    { query: 1, path: 'look', data, meta: { values: [type], v: 1 } },
    { query: 2, path: 'look', ...nested },
    // One path as well as two.
    { query: 3, path: 'look', data: { 'a.b': [data] }, meta: { values: { 'a\\.b.0': [type] }, v: 1 } },
  ])
  await peer.receives({ ok: 1 })
  expect(await peer.receives()).toEqual({ ok: 2, ...nested })
  expect(await peer.receives()).toEqual({ ok: 3, ...nested })
  expect(seen).toEqual([value, { 'a.b': [value] }, { 'a.b': [value] }])
})

test.each([
  ['a place that is not there', { data: {}, meta: { values: { at: ['Date'] }, v: 1 } }],
  ['an unknown type', { data: 'x', meta: { values: ['Blob'], v: 1 } }],
  ['a form that the value has not', { data: 7, meta: { values: ['Date'], v: 1 } }],
  ['an attachment that did not come', { data: [0], meta: { bytes: [[]] } }],
])('P2.13: a payload with %s is refused', async (_title, payload) => {
  const { url } = await startServer({ router })
  const peer = await openPeer(url)
  peer.sends({ query: 1, path: 'echo', ...payload })
  await peer.receives({ error: 1, code: 'INVALID_INPUT' })
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

test('P3.11, P11.4: a client that is told of a drain goes on, and comes back when its socket closes', async () => {
  const raw = await startRawServer({
    ignores: (frame) => typeof frame === 'object' && frame !== null && 'ack' in frame,
  })
  onTestFinished(() => raw.close())
  const { api, connection } = createClient<typeof router>({ url: raw.url })
  onTestFinished(() => connection.close())
  const welcome = { resumed: false, received: 0, keys: 'k', resumeMs: 10_000, heartbeat, limits }
  const first = await raw.accepts()
  const { session } = (await first.receives({ hello: () => true })) as { session: string }
  first.sends({ welcome: session, ...welcome })
  first.sends({ drain: { withinMs: 5_000 } })
  const answer = api.echo.query('still here')
  await first.receives({ query: 1, data: 'still here' })
  first.sends({ ok: 1, data: 'here' })
  expect(await answer).toBe('here')
  first.closes(1001)
  const second = await raw.accepts()
  await second.receives({ session, received: 1 })
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

test.each([
  [4420, 'retry', { resumes: true, tokens: 2 }],
  [4411, 'refresh', { resumes: true, tokens: 2 }],
  [4504, 'fresh', { resumes: false, tokens: 2 }],
])('P8.2: after %i (%s) a client comes back as the table says', async (code, _after, { resumes, tokens }) => {
  const raw = await startRawServer()
  onTestFinished(() => raw.close())
  let asked = 0
  const { connection } = createClient<typeof router>({ url: raw.url, auth: () => `token ${++asked}` })
  onTestFinished(() => connection.close())
  const first = await raw.accepts()
  const { session } = (await first.receives({ hello: () => true })) as { session: string }
  first.sends({ welcome: session, resumed: false, received: 0, keys: 'k', resumeMs: 10_000, heartbeat, limits })
  await eventually(() => connection.status.state === 'open')
  first.closes(code)
  const second = (await (await raw.accepts()).receives({ token: `token ${tokens}` })) as Record<string, unknown>
  expect([second['session'] === session, 'received' in second]).toEqual([resumes, resumes])
})

test('P8.2: after 4401 (stop) a client waits for the app', async () => {
  const raw = await startRawServer()
  onTestFinished(() => raw.close())
  const { connection } = createClient<typeof router>({ url: raw.url })
  onTestFinished(() => connection.close())
  const first = await raw.accepts()
  await first.receives({ hello: () => true })
  first.closes(4401)
  await eventually(() => connection.status.state === 'closed')
  expect(raw.handshakes).toBe(1)
  connection.connect().catch(() => {})
  await raw.accepts()
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

test('P10.1: a server takes what is as large as a limit of the version, and refuses what is one larger', async () => {
  const { url } = await startServer({ router })
  const hello = (bytes: number): string => {
    const frame = { hello: 'test/1', session: newToken(), token: '' }
    return JSON.stringify({ ...frame, token: 'x'.repeat(bytes - JSON.stringify(frame).length) })
  }
  const large = await connectRawPeer(url)
  large.sends(hello(MAX_HELLO_BYTES))
  await large.receives({ welcome: () => true })
  const larger = await connectRawPeer(url)
  larger.sends(hello(MAX_HELLO_BYTES + 1))
  await larger.isClosedWith(4400)

  const peer = await openPeer(url)
  peer.sends({ query: 1, path: 'x'.repeat(MAX_PATH_LENGTH) })
  await peer.receives({ error: 1, code: 'NOT_FOUND' })
  for (let id = 2; id <= MAX_BAD_FRAMES; id++) {
    peer.sends({ query: id, path: 'x'.repeat(MAX_PATH_LENGTH + 1) })
    await peer.receives({ error: id, code: 'BAD_FRAME' })
  }
  await peer.ping()
  peer.sends({ query: 17, path: '' })
  await peer.isClosedWith(4400)
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

test('P3.8, P4.5: who claims more than was sent is closed; of a `hello` the session ends and another one is opened', async () => {
  const { url } = await startServer({ router })
  for (const kind of ['ack', 'ping', 'pong']) {
    const peer = await openPeer(url)
    peer.sends({ [kind]: 1 })
    await peer.isClosedWith(4400)
  }
  const session = newToken()
  const first = await openPeer(url, { session })
  first.terminate()
  const second = await openPeer(url, { session, received: 1 })
  expect(second.welcome).toMatchObject({ resumed: false, received: 0 })
  expect(second.welcome.welcome).not.toBe(session)
  expect((await openPeer(url, { session, received: 0 })).welcome.resumed).toBe(false)
})

test('P3.9: after `bye` the server closes, and the session is gone', async () => {
  const { url } = await startServer({ router })
  const session = newToken()
  const peer = await openPeer(url, { session })
  peer.sends({ bye: true })
  await peer.isClosedWith(1000)
  expect((await openPeer(url, { session, received: 0 })).welcome.resumed).toBe(false)
})

test('P3.10: each token is answered, also those that were never looked at', async () => {
  const seen: unknown[] = []
  const { url } = await startServer({
    router,
    authenticate: async ({ token }) => {
      seen.push(token)
      return { identity: 'ada' }
    },
  })
  const peer = await openPeer(url, { token: '1' })
  peer.sends([{ token: '2' }, { token: '3' }, { token: '4' }])
  for (let answer = 0; answer < 3; answer++) await peer.receives({ token: true })
  expect(seen).toEqual(['1', '2', '4'])
})

test('P4.3: while nobody is connected a call goes on, and a generator is not pulled', async () => {
  const wait = gate()
  let pulled = 0
  const { url, server } = await startServer({
    router: t.router({
      work: t.procedure.mutation(() => wait.promise),
      numbers: t.procedure.subscription(async function* () {
        for (;;) {
          // Slower than the window: there is credit all the time.
          await new Promise(setImmediate)
          yield ++pulled
        }
      }),
    }),
  })
  const session = newToken()
  const peer = await openPeer(url, { session })
  peer.sends([
    { mutate: 1, path: 'work' },
    { subscribe: 2, path: 'numbers' },
  ])
  await peer.receives({ item: 2, data: 1 })
  peer.terminate()
  await eventually(() => server.metrics().connections === 0)
  const held = pulled
  expect(held).toBeLessThan(WINDOW_ITEMS)
  for (let turn = 0; turn < 1_000; turn++) await new Promise(setImmediate)
  // The one that was being made when the socket was lost.
  expect(pulled - held).toBeLessThanOrEqual(1)
  wait.open()
  const back = await openPeer(url, { session, received: 1 })
  expect(back.welcome).toMatchObject({ resumed: true, received: 2 })
  await eventually(() => pulled === WINDOW_ITEMS)
  await eventually(() => back.messages.join().includes('{"ok":1}'))
})

test('P5.5, P5.13: the item that passes the window is the last; without acknowledgements one comes at a time', async () => {
  const { url } = await startServer({
    router: t.router({
      large: t.procedure.subscription(async function* () {
        for (;;) yield 'x'.repeat(100_000)
      }),
    }),
  })
  const eager = await openPeer(url)
  eager.sends({ subscribe: 1, path: 'large' })
  for (let n = 1; n <= 3; n++) {
    await eager.receives({ item: 1 })
    eager.sends({ ack: n })
  }
  expect(await eager.ping()).toEqual([])

  const silent = await openPeer(url)
  silent.sends({ subscribe: 1, path: 'large' })
  for (let n = 1; n <= 2; n++) await silent.receives({ item: 1 })
  for (let n = 2; n <= 5; n++) {
    // Not a ping, which would acknowledge. What came before its answer was all there was.
    silent.sends({ query: n, path: 'nothing' })
    await silent.receives({ error: n, code: 'NOT_FOUND' })
    silent.sends({ taken: 1, n })
    await silent.receives({ item: 1 })
  }
})

test('P10.3: one limit counts subscriptions of every kind and joins, the other what runs and is not answered but what is asked of presence', async () => {
  const room = t.topic({
    event: v.number(),
    delivery: 'ephemeral',
    presence: v.object({}),
    clientPublish: true,
  })
  const never = t.procedure.query(({ signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve)))
  const numbers = t.procedure.subscription(async function* ({ signal }) {
    yield 1
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
  })
  const { url } = await startServer({
    router: t.router({ room, never, numbers }),
    limits: { maxSubscriptions: 4, maxCalls: 1 },
  })
  const peer = await openPeer(url)
  peer.sends({ sub: 1, topic: 'room' })
  await peer.receives({ subbed: 1 })
  peer.sends({ watch: 2, topic: 'room' })
  await peer.receives({ watched: 2 })
  peer.sends({ join: 3, topic: 'room', data: {} })
  await peer.receives({ ok: 3 })
  await peer.receives({ member: () => true })
  peer.sends({ subscribe: 4, path: 'numbers' })
  await peer.receives({ item: 4 })
  for (const [refused, answer] of [
    [{ sub: 5, topic: 'room' }, { closed: 5 }],
    [{ watch: 6, topic: 'room' }, { closed: 6 }],
    [{ join: 7, topic: 'room', data: {} }, { error: 7 }],
    [{ subscribe: 8, path: 'numbers' }, { error: 8 }],
  ] as const) {
    peer.sends(refused)
    await peer.receives({ ...answer, code: 'LIMIT_EXCEEDED' })
  }
  peer.sends({ query: 9, path: 'never' })
  for (const [id, frame] of [
    [10, { query: 10, path: 'never' }],
    [11, { publish: 11, topic: 'room', data: 1 }],
  ] as const) {
    peer.sends(frame)
    await peer.receives({ error: id, code: 'LIMIT_EXCEEDED' })
  }
  peer.sends({ update: 12, of: 3, data: {} })
  await peer.receives({ ok: 12 })
  peer.sends({ leave: 13, of: 3 })
  await peer.receives({ ok: 13 })
})

test('P10.3: `maxMessageBytes` counts bytes of UTF-8', async () => {
  const { url } = await startServer({ router, limits: { maxMessageBytes: 10_000 } })
  const peer = await openPeer(url)
  peer.sends({ query: 1, path: 'echo', data: '€'.repeat(3_000) })
  await peer.receives({ ok: 1 })
  peer.sends({ query: 2, path: 'echo', data: '€'.repeat(3_334) })
  await peer.isClosedWith(1009)
})

test('P11.1: the epoch of a server’s own store changes with every start', async () => {
  const keys = await Promise.all(
    [1, 2].map(async () => (await openPeer((await startServer({ router })).url)).welcome.keys),
  )
  expect(new Set(keys).size).toBe(2)
})

test('P12.1: what an earlier check refuses is not looked at by a later one', async () => {
  let loaded = 0
  const refusing = t.middleware(() => {
    throw new TrunklineError('FORBIDDEN')
  })
  const never = t.procedure.query(({ signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve)))
  const { url } = await startServer({
    router: t.router({
      strict: t.procedure
        .input(v.object({ n: v.number() }))
        .use(refusing)
        .query(() => 1),
      club: t.topic({
        params: v.object({ n: v.number() }),
        event: v.number(),
        delivery: 'log',
        authorize: () => false,
      }),
      never,
      late: t.lazy(async () => {
        loaded += 1
        return t.router({ never })
      }),
    }),
    limits: { maxCalls: 1, maxSubscriptions: 1 },
  })
  // Framing before frames.
  const cut = await openPeer(url)
  cut.sends('[{"query":1,"path":"strict"},')
  await cut.isClosedWith(4400)

  // The path before what a payload may hold, that before the schema, the schema before authorization.
  const peer = await openPeer(url)
  for (const [id, path, data, code] of [
    [1, 'nothing', '{"__proto__":{}}', 'NOT_FOUND'],
    [2, 'strict', '{"n":"1","__proto__":{}}', 'INVALID_INPUT'],
    [3, 'strict', '{"n":"1"}', 'INVALID_INPUT'],
    [4, 'strict', '{"n":1}', 'FORBIDDEN'],
  ] as const) {
    peer.sends(`{"query":${id},"path":"${path}","data":${data}}`)
    const answer = await peer.receives({ error: id, code })
    // Only a schema has issues.
    expect([id, 'issues' in (answer as object)]).toEqual([id, id === 3])
  }
  for (const [id, params, code] of [
    [5, { n: '1' }, 'INVALID_INPUT'],
    [6, { n: 1 }, 'FORBIDDEN'],
  ] as const) {
    peer.sends({ sub: id, topic: 'club', params })
    await peer.receives({ closed: id, code })
  }
  // Ids before limits, limits before the path, which is not even loaded.
  peer.sends([
    { query: 7, path: 'never' },
    { query: 7, path: 'nothing' },
    { query: 8, path: 'nothing' },
    { query: 9, path: 'late.never' },
  ])
  await peer.receives({ error: 7, code: 'BAD_FRAME' })
  await peer.receives({ error: 8, code: 'LIMIT_EXCEEDED' })
  await peer.receives({ error: 9, code: 'LIMIT_EXCEEDED' })
  expect(loaded).toBe(0)
})

test('P12.5: a browser must come from the host that it asks; what says no origin is let in', async () => {
  const { url, port } = await startServer({ router })
  await openPeer(url)
  await openPeer(url, { headers: { origin: `http://127.0.0.1:${port}` } })
  for (const origin of [`http://127.0.0.1:${port + 1}`, 'https://evil.example', 'null']) {
    await expect(connectRawPeer(url, { headers: { origin } })).rejects.toMatchObject({ status: 403 })
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
