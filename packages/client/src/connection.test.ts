import { type EncodedBytes, type Transport, type TransportEvents, TrunklineError, trunkline } from '@trunkline/core'
import { concatBytes, encodeBinaryMessage } from '@trunkline/core/protocol'
import { superjsonCodec } from '@trunkline/core/superjson'
import { expect, onTestFinished, test } from 'vitest'
import manifest from '../package.json' with { type: 'json' }
import { createWorld, held, LIMITS, stateOf, type World } from '../test/fake-server.js'
import { CLIENT_NAME } from './connection.js'
import type { ConnectionStatus } from './connection-status.js'
import type { ClientOptions } from './create-client.js'

const t = trunkline()
const router = t.router({
  add: t.procedure.mutation(() => 0),
  get: t.procedure.query(() => 0),
  watch: t.procedure.subscription(async function* () {
    yield 0
  }),
})
type Api = World<typeof router>

/** A client whose connection is open. */
async function open(options: Partial<ClientOptions> = {}): Promise<Api> {
  const world = createWorld<typeof router>(options)
  await world.peer().welcomes()
  return world
}

function watchStatus({ connection }: Api): ConnectionStatus[] {
  const statuses: ConnectionStatus[] = []
  connection.on('changed', (status) => statuses.push(status))
  return statuses
}

test('connects at once, says hello with a fresh session and is open with welcome (P3.1, P3.2, P3.4)', async () => {
  const { connection, peer } = createWorld()
  expect(connection.status).toEqual({ state: 'connecting' })
  const connected = held(connection.connect())
  const [hello, ...rest] = await peer().receives()
  expect(hello).toEqual({ hello: CLIENT_NAME, session: expect.stringMatching(/^[\w-]{22}$/) })
  expect(rest).toEqual([])
  expect(await stateOf(connected)).toBe('pending')
  await peer().sends({
    welcome: hello?.['session'],
    resumed: false,
    received: 0,
    keys: 'k1',
    heartbeat: { intervalMs: 15_000, timeoutMs: 10_000 },
    resumeMs: 10_000,
    limits: LIMITS,
  })
  await connected
  expect(connection.status).toEqual({ state: 'open' })
})

test('the name in hello has the version of the package', () => {
  expect(CLIENT_NAME).toBe(`trunkline-js/${manifest.version}`)
})

test('hello is a message of its own; what is ready follows it at once, before welcome (P3.1, P3.2)', async () => {
  const { api, peer } = createWorld<typeof router>()
  api.get.query().catch(() => {})
  api.get.query().catch(() => {})
  await peer().receives()
  expect(peer().messages.map((message) => JSON.parse(String(message)))).toEqual([
    expect.objectContaining({ hello: CLIENT_NAME }),
    [
      { query: 1, path: 'get' },
      { query: 2, path: 'get' },
    ],
  ])
})

test('the token of auth goes into hello, asked for again before each attempt', async () => {
  let asked = 0
  const { peer, nextPeer } = createWorld({ auth: async () => `token-${++asked}` })
  const world = { peer, nextPeer }
  await new Promise(setImmediate)
  expect((await world.peer().receives())[0]).toMatchObject({ token: 'token-1' })
  await peer().drops()
  expect((await (await nextPeer()).receives())[0]).toMatchObject({ token: 'token-2' })
})

test('an auth that fails is retried with backoff, and the status says so', async () => {
  let asked = 0
  const { connection, peer, clock } = createWorld({
    auth: () => {
      if (++asked === 1) throw new Error('offline')
      return 'token'
    },
  })
  await clock.settle()
  expect(connection.status).toMatchObject({ state: 'reconnecting', reason: 'auth', message: 'Error: offline' })
  await clock.advance(250)
  expect((await peer().receives())[0]).toMatchObject({ token: 'token' })
})

test('lazy connects with the first call', async () => {
  const { api, connection, peers, peer } = createWorld<typeof router>({ lazy: true })
  expect(connection.status).toEqual({ state: 'idle' })
  expect(peers).toHaveLength(0)
  api.get.query().catch(() => {})
  expect(connection.status).toEqual({ state: 'connecting' })
  expect(await peer().receives()).toMatchObject([{ hello: CLIENT_NAME }, { query: 1 }])
})

test('answers a ping within the message handler, before anything else that waits (P3.6)', () => {
  const sent: unknown[] = []
  let events: TransportEvents | undefined
  const transport = (): Transport => ({
    attach: (listener) => {
      events = listener
    },
    send: (message) => sent.push(message),
    close: () => {},
    bufferedBytes: 0,
  })
  createWorld({ transport })
  events?.onOpen?.()
  const heartbeat = { intervalMs: 15_000, timeoutMs: 10_000 }
  events?.onMessage(JSON.stringify({ welcome: 's', resumed: false, received: 0, keys: 'k', heartbeat, limits: LIMITS }))
  sent.length = 0
  events?.onMessage('{"ping":0}')
  expect(sent).toEqual(['{"pong":0}'])
})

test('counts session frames only, and acknowledges after 65,536 bytes or with the first one after 1 s (P3.8)', async () => {
  const { api, peer, clock } = await open()
  for (let n = 0; n < 3; n++) api.get.query().catch(() => {})
  await peer().receives()
  await peer().sends([{ stale: false }, { ok: 1 }])
  expect(await peer().receives()).toEqual([])
  await clock.advance(1_000)
  await peer().sends([{ ok: 2 }, { ping: 3 }])
  expect(await peer().receives()).toEqual([{ ack: 2 }, { pong: 2 }])
  await peer().sends({ ok: 3, data: 'x'.repeat(65_536) })
  expect(await peer().receives()).toEqual([{ ack: 3 }])
})

test('a kind that it does not know is ignored and counts as a session frame (P2.10)', async () => {
  const { peer, connection } = await open()
  await peer().sends([{ teleport: 1 }, { transmute: 'lead', into: 'gold' }])
  await peer().sends({ ping: 0 })
  expect(await peer().receives()).toEqual([{ pong: 2 }])
  expect(connection.status.state).toBe('open')
})

test('a call from the server is refused: the frame is reserved (P5.10)', async () => {
  const { peer } = await open()
  await peer().sends({ call: 1, path: 'confirm' })
  expect(await peer().receives()).toEqual([{ failure: 1, code: 'UNSUPPORTED' }])
})

const UNTAKEABLE = ['{', '7', '{}', '"ok"', '[null]', new Uint8Array([1])]

test.each(UNTAKEABLE)('%j ends the connection with BAD_MESSAGE, and calls are told (P2.8, P2.12)', async (message) => {
  const { api, connection, peer } = await open()
  const call = held(api.get.query())
  await peer().sends(message)
  expect(connection.status).toMatchObject({ state: 'closed', reason: 'BAD_MESSAGE' })
  expect(await stateOf(call)).toMatchObject({ code: 'CONNECTION_CLOSED', fate: 'maybe-executed' })
  expect(peer().closed?.code).toBe(4400)
})

test('a binary message is a frame with attachments (P2.5)', async () => {
  const { api, peer } = await open({ codec: superjsonCodec() })
  const answer = held(api.get.query())
  const encoded = superjsonCodec().encode(new Uint8Array([1, 2, 3])) as EncodedBytes
  await peer().sends(concatBytes(encodeBinaryMessage(`{"ok":1${encoded.fragment}}`, encoded.bytes)))
  expect(await stateOf(answer)).toEqual(new Uint8Array([1, 2, 3]))
})

test('reconnects with backoff after a broken socket; the attempt shows in the status', async () => {
  const world = await open()
  const statuses = watchStatus(world)
  await world.peer().drops()
  expect(statuses).toMatchObject([{ state: 'reconnecting', reason: 'ABNORMAL', attempt: 1, retryInMs: 125 }])
  await world.clock.advance(124)
  expect(world.peers).toHaveLength(1)
  await world.clock.advance(1)
  expect(world.peers).toHaveLength(2)
  await world.peer().drops()
  expect(statuses.at(-1)).toMatchObject({ attempt: 2, retryInMs: 250 })
  await world.clock.advance(250)
  await world.peer().welcomes({ resumed: true })
  expect(statuses.map(({ state, attempt }) => `${state} ${attempt}`)).toEqual([
    'reconnecting 1',
    'reconnecting 1',
    'reconnecting 2',
    'reconnecting 2',
    'open undefined',
  ])
})

test('the delays start over only after the connection was open for 10 s', async () => {
  const world = await open()
  await world.peer().drops()
  await (await world.nextPeer()).welcomes({ resumed: true })
  await world.clock.advance(9_000)
  await world.peer().drops()
  expect(world.connection.status).toMatchObject({ attempt: 2 })
  await (await world.nextPeer()).welcomes({ resumed: true })
  await world.clock.advance(10_000)
  await world.peer().drops()
  expect(world.connection.status).toMatchObject({ attempt: 1 })
})

test('it waits for what the server asks in `retryAfterMs`, and then as after any loss (P3.5)', async () => {
  const world = await open()
  await world.peer().sends({ closing: 4503, message: 'Full.', retryAfterMs: 3_000 })
  await world.peer().closes(4503, 'Full.')
  expect(world.connection.status).toMatchObject({
    state: 'reconnecting',
    reason: 'OVERLOADED',
    message: 'Full.',
    retryInMs: 3_125,
  })
  await (await world.nextPeer()).drops()
  expect(world.connection.status).toMatchObject({ retryInMs: 250 })
})

test.each([0, -5_000, null, 'soon'])(
  'a server that answers `retryAfterMs` %j is not asked in a loop',
  async (asked) => {
    const world = await open()
    for (const retryInMs of [125, 250, 500, 1_000]) {
      await world.peer().sends({ closing: 4503, message: 'Full.', retryAfterMs: asked })
      await world.peer().closes(4503)
      expect(world.connection.status).toMatchObject({ state: 'reconnecting', retryInMs })
      await world.nextPeer()
    }
  },
)

// 1e999 is how JSON says Infinity.
test.each(['1e15', '1e999'])(
  'a server that answers `retryAfterMs` %s is asked again after ten minutes',
  async (asked) => {
    const world = await open()
    await world.peer().sends(`{"closing":4503,"message":"Full.","retryAfterMs":${asked}}`)
    await world.peer().closes(4503)
    expect(world.connection.status).toMatchObject({ retryInMs: 600_125 })
    await world.clock.advance(600_125)
    expect(world.peers).toHaveLength(2)
  },
)

test('what a server asked before the app closed is not waited for by the next connection', async () => {
  const world = await open()
  await world.peer().sends({ closing: 4403, message: 'Out.', retryAfterMs: 60_000 })
  await world.peer().closes(4403)
  void held(world.connection.connect())
  await world.peer().drops()
  expect(world.connection.status).toMatchObject({ retryInMs: 125 })
})

test('a fatal code stops it: no attempt follows, and calls fail with what is known', async () => {
  const world = await open()
  const sent = held(world.api.add.mutate())
  const connected = held(world.connection.connect())
  await world.peer().closes(4403, 'You are out.')
  await connected
  expect(world.connection.status).toEqual({ state: 'closed', reason: 'REVOKED', message: 'You are out.' })
  expect(await stateOf(sent)).toMatchObject({ code: 'CONNECTION_CLOSED', fate: 'maybe-executed', path: 'add' })
  expect(await stateOf(world.api.get.query())).toMatchObject({
    code: 'CONNECTION_CLOSED',
    fate: 'not-sent',
    message: 'REVOKED: You are out.',
  })
  expect(world.clock.pending()).toEqual([])
})

test('a server that refuses hello has read nothing of what was behind it (P3.3)', async () => {
  const { api, peer, connection } = createWorld<typeof router>()
  const call = held(api.add.mutate())
  const connected = held(connection.connect())
  await peer().receives()
  await peer().closes(4401, 'Not you.')
  expect(await stateOf(call)).toMatchObject({ code: 'CONNECTION_CLOSED', fate: 'not-sent' })
  expect(await stateOf(connected)).toMatchObject({ code: 'CONNECTION_CLOSED', message: 'UNAUTHENTICATED: Not you.' })
})

test('a server that has no room now has read nothing either: the call is simply sent again', async () => {
  const world = createWorld<typeof router>()
  const call = held(world.api.add.mutate())
  const [first] = await world.peer().receives()
  await world.peer().closes(4503)
  const frames = await (await world.nextPeer()).receives()
  expect(frames[1]).toEqual({ mutate: 2, path: 'add', timeoutMs: expect.any(Number) })
  expect(frames[0]).not.toHaveProperty('received')
  expect(frames[0]?.['session']).not.toBe(first?.['session'])
  expect(await stateOf(call)).toBe('pending')
})

test.each([1001, 1005, 1006])(
  'after %i before welcome nobody knows what was read: the session is resumed',
  async (code) => {
    const world = createWorld<typeof router>()
    void held(world.api.add.mutate())
    const [hello] = await world.peer().receives()
    if (code === 1006) await world.peer().drops()
    else await world.peer().closes(code)
    expect(await (await world.nextPeer()).receives()).toEqual([{ ...hello, received: 0 }])
  },
)

test('reconnect.decide can go on after a fatal code', async () => {
  const world = await open({ reconnect: { decide: (code, usual) => (code === 4401 ? 'fresh' : usual) } })
  await world.peer().closes(4401)
  expect(world.connection.status).toMatchObject({ state: 'reconnecting', reason: 'UNAUTHENTICATED' })
})

test('an attempt that gets no welcome within 10 s is given up', async () => {
  const world = createWorld()
  await world.clock.advance(10_000)
  expect(world.connection.status).toMatchObject({ state: 'reconnecting', reason: 'timeout' })
  expect(world.peer().closed?.code).toBe(1006)
})

test('a socket that never opens is given up as well', async () => {
  const world = createWorld({ opens: false })
  await world.clock.advance(10_000)
  expect(world.connection.status).toMatchObject({ state: 'reconnecting', reason: 'timeout' })
})

test('a URL that is none closes it, with the reason', async () => {
  const { connection } = createWorld({
    transport: () => {
      throw new SyntaxError('Invalid URL')
    },
  })
  expect(connection.status).toEqual({ state: 'closed', reason: 'url', message: 'SyntaxError: Invalid URL' })
  await expect(connection.connect()).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
})

test('a silent server is pinged and then abandoned, not closed politely (P3.7)', async () => {
  const world = await open({ heartbeat: { intervalMs: 500, timeoutMs: 500 } })
  await world.clock.advance(500)
  expect(await world.peer().receives()).toEqual([{ ping: 0 }])
  world.peer().pair.halfOpen()
  await world.clock.advance(500)
  expect(world.connection.status).toMatchObject({ state: 'reconnecting', reason: 'heartbeat' })
})

test('the heartbeat of welcome is the default', async () => {
  const world = createWorld()
  await world.peer().welcomes({ heartbeat: { intervalMs: 100, timeoutMs: 50 } })
  await world.clock.advance(100)
  expect(await world.peer().receives()).toEqual([{ ping: 0 }])
  await world.peer().sends({ pong: 0 })
  await world.clock.advance(99)
  expect(await world.peer().receives()).toEqual([])
  await world.clock.advance(51)
  expect(world.connection.status.state).toBe('reconnecting')
})

test('a waking tab probes at once, and does not wait for its next attempt', async () => {
  const target = new EventTarget()
  Object.assign(globalThis, {
    addEventListener: target.addEventListener.bind(target),
    removeEventListener: target.removeEventListener.bind(target),
  })
  onTestFinished(() => {
    Reflect.deleteProperty(globalThis, 'addEventListener')
    Reflect.deleteProperty(globalThis, 'removeEventListener')
  })
  const world = await open()
  await world.clock.advance(1_000)
  target.dispatchEvent(new Event('visibilitychange'))
  expect(await world.peer().receives()).toEqual([{ ping: 0 }])
  await world.clock.advance(10_000)
  expect(world.connection.status).toMatchObject({ state: 'reconnecting', reason: 'heartbeat' })
  target.dispatchEvent(new Event('online'))
  await world.clock.settle()
  expect(world.peers).toHaveLength(2)
  world.connection.close()
  target.dispatchEvent(new Event('online'))
  expect(world.connection.status.state).toBe('closed')
})

test('close says goodbye, flushes before it and leaves no timer (P3.9)', async () => {
  const world = await open()
  const call = held(world.api.add.mutate())
  world.connection.close()
  // A message would be read as what the server says against it.
  expect(world.connection.status).toEqual({ state: 'closed', reason: 'close' })
  expect(await world.peer().receives()).toEqual([{ mutate: 1, path: 'add' }, { bye: true }])
  expect(world.peer().closed?.code).toBe(1000)
  const message = 'close: this client closed it.'
  expect(await stateOf(call)).toMatchObject({ code: 'CONNECTION_CLOSED', fate: 'maybe-executed', message })
  expect(world.clock.pending()).toEqual([])
})

test('close while it waits for the next attempt stops that', async () => {
  const world = await open()
  await world.peer().drops()
  world.connection.close()
  await world.clock.advance(60_000)
  expect(world.peers).toHaveLength(1)
})

test('connect after close opens a new session', async () => {
  const world = createWorld()
  const [hello] = await world.peer().receives()
  world.connection.close()
  const connected = held(world.connection.connect())
  const [second] = await world.peer().receives()
  expect(second).not.toHaveProperty('received')
  expect(second?.['session']).not.toBe(hello?.['session'])
  expect(await stateOf(connected)).toBe('pending')
})

test('connect rejects when it is closed meanwhile', async () => {
  const world = createWorld()
  const connected = held(world.connection.connect())
  world.connection.close()
  expect(await stateOf(connected)).toBeInstanceOf(TrunklineError)
})

test('reconnect gives the socket up and resumes over another one at once', async () => {
  const world = await open()
  world.connection.reconnect()
  expect(world.peers).toHaveLength(2)
  const [hello] = await world.peer().receives()
  expect(hello).toMatchObject({ received: 0 })
  expect(world.peers[0]?.closed?.code).toBe(1006)
})

test('never two sockets: a late open of an abandoned one says nothing', async () => {
  const world = createWorld({ opens: false })
  world.connection.reconnect()
  const [first, second] = world.peers
  first?.pair.open()
  await world.clock.settle()
  expect(first?.messages).toEqual([])
  second?.pair.open()
  await world.clock.settle()
  expect(second?.messages).toHaveLength(1)
})

test('idleCloseMs closes a connection that nothing uses; the next call opens it again', async () => {
  const world = await open({ idleCloseMs: 1_000 })
  const call = held(world.api.get.query())
  await world.clock.advance(5_000)
  expect(world.connection.status.state).toBe('open')
  await world.peer().sends({ ok: 1 })
  await call
  await world.clock.advance(2_000)
  expect(world.connection.status).toMatchObject({ state: 'idle', reason: 'idle' })
  expect((await world.peer().receives()).at(-1)).toEqual({ bye: true })
  expect(world.clock.pending()).toEqual([])
  world.api.get.query().catch(() => {})
  expect(await world.peer().receives()).toMatchObject([{ hello: CLIENT_NAME }, { query: 2 }])
})

test('a listener of the status that throws harms nobody and is reported', async () => {
  const { connection, peer } = createWorld()
  const failures: unknown[] = []
  connection.on('listener-failed', (failure) => failures.push(failure))
  connection.on('changed', () => {
    throw new Error('mine')
  })
  await peer().welcomes()
  expect(connection.status.state).toBe('open')
  expect(failures).toMatchObject([{ path: 'changed' }])
})
