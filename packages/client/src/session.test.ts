// The one session over sockets that come and go (section 4 of the spec), seen on the wire.
import { trunkline } from '@trunkline/core'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createWorld, held, stateOf, type World } from '../test/fake-server.js'

const t = trunkline()
const router = t.router({
  add: t.procedure.mutation(() => 0),
  get: t.procedure.query(() => 0),
  put: t.procedure.idempotent().mutation(() => 0),
})

async function open(): Promise<World<typeof router>> {
  const world = createWorld<typeof router>()
  await world.peer().welcomes()
  return world
}

test('a resumed session gets the frames that the server lacks, then new ones; nothing is sent before welcome (P4.4)', async () => {
  const world = await open()
  const calls = [held(world.api.add.mutate()), held(world.api.get.query()), world.api.add.mutate()]
  const [first, second, third] = await world.peer().receives()
  await world.peer().sends({ ok: 1, data: 'one' })
  await world.peer().drops()
  const waiting = held(world.api.get.query())
  const peer = await world.nextPeer()
  expect(await peer.receives()).toEqual([{ hello: expect.any(String), session: expect.any(String), received: 1 }])
  await peer.sends({ ...WELCOME, resumed: true, received: 1 })
  expect(await peer.receives()).toEqual([second, third, { query: 4, path: 'get', timeoutMs: expect.any(Number) }])
  expect(first).toEqual({ mutate: 1, path: 'add' })
  await peer.sends([
    { ok: 2, data: 'two' },
    { ok: 3, data: 'three' },
    { ok: 4, data: 'four' },
  ])
  expect(await Promise.all([...calls, waiting])).toEqual(['one', 'two', 'three', 'four'])
})

test('what the server acknowledged is not kept: welcome may ask for what comes after it', async () => {
  const world = await open()
  for (let n = 0; n < 3; n++) world.api.get.query().catch(() => {})
  await world.peer().receives()
  await world.peer().sends({ ack: 2 })
  await world.peer().drops()
  const peer = await world.nextPeer()
  await peer.receives()
  await peer.sends({ ...WELCOME, resumed: true, received: 2 })
  expect(await peer.receives()).toEqual([{ query: 3, path: 'get' }])
})

test('a cancel made without a socket reaches the server with the resumed session', async () => {
  const world = await open()
  const controller = new AbortController()
  const call = held(world.api.get.query(undefined, { signal: controller.signal }))
  await world.peer().receives()
  await world.peer().drops()
  controller.abort()
  expect(await stateOf(call)).toMatchObject({ code: 'CANCELLED', fate: 'maybe-executed' })
  const peer = await world.nextPeer()
  await peer.receives()
  await peer.sends({ ...WELCOME, resumed: true, received: 1 })
  expect(await peer.receives()).toEqual([{ cancel: 1 }])
})

test('after a lost session queries are sent again and mutations marked as such, with key and epoch (P5.7)', async () => {
  const world = await open()
  const session = sessionOf(world)
  const calls = [
    held(world.api.get.query()),
    held(world.api.add.mutate()),
    held(world.api.put.mutate(undefined, { key: 'mine' })),
  ]
  await world.peer().receives()
  await world.peer().drops()
  const peer = await world.nextPeer()
  await peer.receives()
  await peer.sends({ ...WELCOME, keys: 'k2' })
  const timeoutMs = expect.any(Number)
  expect(await peer.receives()).toEqual([
    { query: 4, path: 'get', timeoutMs },
    { mutate: 5, path: 'add', timeoutMs, key: `${session}:2`, resend: true, keys: 'k1' },
    { mutate: 6, path: 'put', timeoutMs, key: 'mine', resend: true, keys: 'k1' },
  ])
  await peer.sends([
    { ok: 1, data: 'of the lost session' },
    { ok: 4, data: 'again' },
    { error: 5, code: 'CONNECTION_LOST', message: '' },
    { ok: 6, data: 'once' },
  ])
  expect(await Promise.all(calls.map(stateOf))).toMatchObject([
    'again',
    { code: 'CONNECTION_LOST', fate: 'maybe-executed' },
    'once',
  ])
})

test('a session lost twice keeps the first key and the first epoch', async () => {
  const world = await open()
  const session = sessionOf(world)
  world.api.put.mutate().catch(() => {})
  for (const keys of ['k2', 'k3']) {
    await world.peer().drops()
    const peer = await world.nextPeer()
    await peer.receives()
    await peer.sends({ ...WELCOME, session: keys, keys })
    expect(await peer.receives()).toMatchObject([{ path: 'put', key: `${session}:1`, resend: true, keys: 'k1' }])
  }
})

test('what was sent before a long sleep is not sent again, also where the clock stood still in it (P5.7)', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  const world = await open()
  const call = held(world.api.put.mutate())
  const young = held(world.api.put.mutate())
  await world.peer().receives()
  await world.peer().drops()
  vi.setSystemTime(Date.now() + 539_000)
  await (await world.nextPeer()).welcomes({ welcome: 'another' })
  expect(await world.peer().receives()).toMatchObject([{ resend: true }, { resend: true }])
  await world.peer().sends({ ok: 4, data: 'ran' })
  await world.peer().drops()
  vi.setSystemTime(Date.now() + 3_600_000)
  await (await world.nextPeer()).welcomes({ welcome: 'a third' })
  expect(await world.peer().receives()).toEqual([])
  expect(await Promise.all([call, young].map(stateOf))).toMatchObject([
    { code: 'CONNECTION_LOST', fate: 'maybe-executed' },
    'ran',
  ])
})

test('a lost session names another one, made by the server, with counts at 0 (P4.5)', async () => {
  const world = await open()
  world.api.get.query().catch(() => {})
  await world.peer().receives()
  await world.peer().drops()
  let peer = await world.nextPeer()
  await peer.receives()
  await peer.sends({ ...WELCOME, welcome: 'BBBBBBBBBBBBBBBBBBBBBB' })
  await peer.receives()
  await peer.drops()
  peer = await world.nextPeer()
  expect(await peer.receives()).toMatchObject([{ session: 'BBBBBBBBBBBBBBBBBBBBBB', received: 0 }])
  await peer.sends({ ...WELCOME, welcome: 'BBBBBBBBBBBBBBBBBBBBBB', resumed: true, received: 0 })
  expect(await peer.receives()).toMatchObject([{ query: 2 }])
})

test('when welcome never came, the next hello asks to resume: the server may have the session (P3.2)', async () => {
  const world = createWorld<typeof router>()
  const call = held(world.api.add.mutate())
  const [hello] = await world.peer().receives()
  await world.peer().drops()
  const peer = await world.nextPeer()
  expect(await peer.receives()).toEqual([{ ...hello, received: 0 }])
  await peer.sends({ ...WELCOME, resumed: true, received: 1 })
  expect(await peer.receives()).toEqual([])
  await peer.sends({ ok: 1, data: 'ran once' })
  expect(await call).toBe('ran once')
})

test('a mutation sent before welcome is run under the epoch that welcome tells', async () => {
  const world = createWorld<typeof router>()
  world.api.put.mutate().catch(() => {})
  await world.peer().welcomes({ keys: 'k1' })
  await world.peer().drops()
  const peer = await world.nextPeer()
  await peer.receives()
  await peer.sends({ ...WELCOME, keys: 'k2' })
  expect(await peer.receives()).toMatchObject([{ resend: true, keys: 'k1' }])
})

test('… also where another node told another one before: after a goodbye that is nothing to go by', async () => {
  const world = await open()
  world.connection.close()
  world.connection.connect().catch(() => {})
  world.api.put.mutate().catch(() => {})
  await world.clock.settle()
  await world.peer().welcomes({ keys: 'k2' })
  await world.peer().drops()
  const peer = await world.nextPeer()
  await peer.receives()
  await peer.sends({ ...WELCOME, keys: 'k1' })
  // With k1 this node would take it for proved that it did not run.
  expect(await peer.receives()).toMatchObject([{ resend: true, keys: 'k2' }])
})

test('a mutation whose own welcome never came is sent again under no epoch: whoever read it may have run it', async () => {
  const world = createWorld<typeof router>()
  world.api.put.mutate().catch(() => {})
  await world.peer().receives()
  await world.peer().drops()
  let peer = await world.nextPeer()
  await peer.receives()
  await peer.sends({ ...WELCOME, keys: 'k1' })
  const [again] = await peer.receives()
  expect(again).toMatchObject({ resend: true })
  expect(again).not.toHaveProperty('keys')
  // The next session says hello and resends at once, before it is told another epoch.
  await peer.closes(4409)
  peer = await world.nextPeer()
  expect((await peer.welcomes({ keys: 'k2' }))[0]).not.toHaveProperty('keys')
  await peer.closes(4409)
  expect((await (await world.nextPeer()).welcomes({ keys: 'k2' }))[0]).not.toHaveProperty('keys')
})

test('what an earlier session sent may have run, whatever a later server refuses unread (P3.3)', async () => {
  const world = await open()
  const calls = [held(world.api.add.mutate()), held(world.api.put.mutate()), held(world.api.get.query())]
  await world.peer().receives()
  await world.peer().closes(4409)
  const fresh = held(world.api.add.mutate())
  const peer = await world.nextPeer()
  expect((await peer.receives()).map((frame) => frame['path'])).toEqual([undefined, 'add', 'put', 'get', 'add'])
  await peer.closes(4503)
  world.connection.close()
  const maybe = { code: 'CONNECTION_CLOSED', fate: 'maybe-executed' }
  expect(await Promise.all(calls.map(stateOf))).toMatchObject([maybe, maybe, maybe])
  expect(await stateOf(fresh)).toMatchObject({ code: 'CONNECTION_CLOSED', fate: 'not-sent' })
})

test('a hello that never left asks for nothing: the session is still fresh', async () => {
  const world = createWorld<typeof router>({ opens: false })
  await world.peer().drops()
  const peer = await world.nextPeer()
  peer.pair.open()
  const [hello] = await peer.receives()
  expect(hello).toHaveProperty('hello')
  expect(hello).not.toHaveProperty('received')
})

test('when the server lacks a frame that is not kept any more, it says bye and opens another session (P4.5)', async () => {
  const world = await open()
  const session = sessionOf(world)
  const calls = Array.from({ length: 5 }, (_, n) =>
    world.api.get.query(undefined as never, n === 0 ? {} : { timeoutMs: 60_000 }),
  )
  for (const call of calls) call.catch(() => {})
  // 300 KiB of frames that nobody acknowledges; 256 KiB are kept.
  const echo = world.api as unknown as { echo: { query(input: string): Promise<unknown> } }
  for (let n = 0; n < 3; n++) echo.echo.query('x'.repeat(100_000)).catch(() => {})
  await world.peer().receives()
  await world.peer().drops()
  const peer = await world.nextPeer()
  await peer.receives()
  await peer.sends({ ...WELCOME, resumed: true, received: 0 })
  expect(await peer.receives()).toEqual([{ bye: true }])
  expect(peer.closed?.code).toBe(1000)
  const next = world.peer()
  expect(next).not.toBe(peer)
  const [hello, ...again] = await next.receives()
  expect(hello?.['session']).not.toBe(session)
  expect(hello).not.toHaveProperty('received')
  // What fits before welcome is there already.
  expect(again).toMatchObject([{ path: 'get' }, { path: 'get' }, { path: 'get' }, { path: 'get' }, { path: 'get' }])
})

test.each([
  [4409, 'REPLACED'],
  [1009, 'MESSAGE_TOO_BIG'],
  [4504, 'DRAINING'],
])('close code %i (%s) starts a new session at once', async (code, reason) => {
  const world = await open()
  world.api.get.query().catch(() => {})
  await world.peer().receives()
  await world.peer().closes(code)
  expect(world.connection.status).toMatchObject({ state: 'reconnecting', reason })
  const frames = await (await world.nextPeer()).receives()
  expect(frames[0]).not.toHaveProperty('received')
  expect(frames[1]).toMatchObject({ query: 2, path: 'get' })
})

test('an answer that comes twice, or to nobody, is ignored', async () => {
  const world = await open()
  const call = held(world.api.get.query())
  await world.peer().sends([{ ok: 1, data: 'first' }, { ok: 1, data: 'second' }, { ok: 99 }, { end: 1 }, { item: 1 }])
  expect(await call).toBe('first')
  expect(world.connection.status.state).toBe('open')
})

const WELCOME = {
  welcome: 'AAAAAAAAAAAAAAAAAAAAAA',
  resumed: false,
  received: 0,
  keys: 'k1',
  heartbeat: { intervalMs: 15_000, timeoutMs: 10_000 },
  resumeMs: 10_000,
  limits: { maxMessageBytes: 262_144, maxCalls: 256, maxSubscriptions: 128 },
}

/** The token that the first hello carried. */
function sessionOf(world: World<typeof router>): unknown {
  return (JSON.parse(String(world.peers[0]?.messages[0])) as { session: unknown }).session
}
