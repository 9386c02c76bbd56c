import { type Position, trunkline } from '@trunkline/core'
import { createMemoryBroker, createServer } from '@trunkline/server'
import { eventually, type RawPeer } from '@trunkline/testkit'
import * as v from 'valibot'
import { expect, onTestFinished, test } from 'vitest'
import { openPeer, startServer } from '../support/open-peer.js'

interface Context {
  readonly name: string
}
const t = trunkline<Context>()
const authenticate = ({ token }: { token: string | undefined }): { identity: string } => ({
  identity: token ?? 'nobody',
})
const context = ({ identity }: { identity: string }): Context => ({ name: identity })

const isNumber = (value: unknown): boolean => typeof value === 'number'
const isText = (value: unknown): boolean => typeof value === 'string'

/** Takes the answer to a `sub`; gives the number of its events and the position that they begin behind. */
async function subbed(peer: RawPeer, expected: object): Promise<{ as: number; position: Position }> {
  return (await peer.receives({ as: isNumber, ...expected })) as { as: number; position: Position }
}

test('a latest topic sends its table in the order of versions, then `live`, then changes (P6.11)', async () => {
  const prices = t.topic({
    params: v.object({ market: v.string() }),
    event: v.object({ symbol: v.string(), price: v.number() }),
    delivery: 'latest',
    key: ({ symbol }) => symbol,
  })
  const { server, url } = await startServer({ router: t.router({ prices }), authenticate, context })
  const set = (symbol: string, price: number): Promise<Position | undefined> =>
    server.publish(prices, { market: 'x' }, { symbol, price })
  for (const [symbol, price] of [
    ['A', 1],
    ['B', 2],
    ['A', 3],
  ] as const)
    await set(symbol, price)
  await server.publish(prices, { market: 'y' }, { symbol: 'Z', price: 0 })
  const peer = await openPeer(url)

  peer.sends({ sub: 1, topic: 'prices', params: { market: 'x' } })

  const { as, position } = await subbed(peer, { subbed: 1, position: { epoch: isText, offset: 0, tag: '' }, behind: 0 })
  expect(await peer.receives()).toEqual({ event: as, offset: 2, key: 'B', data: { symbol: 'B', price: 2 } })
  expect(await peer.receives()).toEqual({ event: as, offset: 3, key: 'A', data: { symbol: 'A', price: 3 } })
  expect(await peer.receives()).toEqual({ live: as })
  expect(await set('C', 4)).toEqual({ ...position, offset: 4 })
  expect(await peer.receives()).toEqual({ event: as, offset: 4, key: 'C', data: { symbol: 'C', price: 4 } })

  // On another connection, with what it has.
  const again = await openPeer(url)
  again.sends({ sub: 1, topic: 'prices', params: { market: 'x' }, since: { ...position, offset: 3 } })
  await subbed(again, { subbed: 1, position: { offset: 3 }, behind: 0 })
  await again.receives({ event: as, offset: 4, key: 'C' })
  await again.receives({ live: as })
  expect(await again.ping()).toEqual([])
})

test('a peer that stops reading gets the newest value of each key when it reads again (P6.11)', async () => {
  const levels = t.topic({
    event: v.object({ key: v.string(), n: v.number(), text: v.string() }),
    delivery: 'latest',
    key: ({ key }) => key,
  })
  const { server, url } = await startServer({ router: t.router({ levels }), authenticate, context })
  const peer = await openPeer(url)
  peer.sends({ sub: 1, topic: 'levels' })
  const { as } = await subbed(peer, { subbed: 1 })
  peer.pauseReading()
  const text = 'x'.repeat(20_000)
  let last = 0
  const set = async (): Promise<void> => {
    last += 1
    await server.publish(levels, {}, { key: last % 2 === 0 ? 'even' : 'odd', n: last, text })
  }
  while (server.metrics().topicBehind === 0) {
    await set()
    await new Promise(setImmediate)
  }
  for (let n = 0; n < 200; n++) await set()
  const buffered = server.metrics().bufferedBytes
  expect(buffered).toBeLessThan(131_072 + 2 * 65_536)
  peer.resumeReading()

  const seen = new Map<string, number>()
  let frames = 0
  for (;;) {
    const frame = (await peer.receives()) as { event?: number; live?: number; data?: { key: string; n: number } }
    frames += 1
    if (frame.data !== undefined) {
      expect(frame.data.n).toBeGreaterThan(seen.get(frame.data.key) ?? 0)
      seen.set(frame.data.key, frame.data.n)
    }
    if (frame.live === as) break
  }
  expect([...seen.values()].sort((a, b) => a - b)).toEqual([last - 1, last])
  expect(frames).toBeLessThan(last)
})

test('a table that is full refuses another key to a client, and says so', async () => {
  const board = t.topic({ event: v.string(), delivery: 'latest', key: (text) => text, clientPublish: true })
  const broker = createMemoryBroker()
  onTestFinished(() => broker.close())
  for (let n = 0; n < 10_000; n++) {
    await broker.latest.set(
      'board?{}',
      { id: `m${n}`, key: String(n), payload: `,"data":"${n}"` },
      { entries: 10_000, bytes: 1_000_000 },
    )
  }
  const { url } = await startServer({ router: t.router({ board }), authenticate, context, broker })
  const peer = await openPeer(url)
  peer.sends({ publish: 1, topic: 'board', data: 'more' })
  await peer.receives({ error: 1, code: 'LIMIT_EXCEEDED' })
  peer.sends({ publish: 2, topic: 'board', data: '7' })
  await peer.receives({ ok: 2, data: { offset: 10_001, tag: '' } })
  peer.sends({ publish: 3, topic: 'board', data: 'k'.repeat(257) })
  await peer.receives({ error: 3, code: 'INVALID_INPUT' })
})

test('a key is of the identity that publishes: what another publishes under a key that reads alike is no repeat (P5.9)', async () => {
  const lines = t.topic({ event: v.string(), delivery: 'log', clientPublish: true })
  const { server, url } = await startServer({ router: t.router({ lines }), authenticate, context })
  const eve = await openPeer(url, { token: 'org' })
  const victim = await openPeer(url, { token: 'org:ada' })
  eve.sends({ publish: 1, topic: 'lines', data: 'from org', key: 'ada:1' })
  await eve.receives({ ok: 1, data: { offset: 1 } })
  victim.sends({ publish: 1, topic: 'lines', data: 'from org:ada', key: '1' })
  await victim.receives({ ok: 1, data: { offset: 2 } })
  // A repeat of its own is one.
  victim.sends({ publish: 2, topic: 'lines', data: 'from org:ada', key: '1' })
  await victim.receives({ ok: 2, data: { offset: 2 } })
  expect((await server.publish(lines, {}, 'of the app', { id: 'org:ada:1' }))?.offset).toBe(3)
})

test('a session token that a peer makes up does not read as the key of another identity, or as an id of the app (P5.9)', async () => {
  const lines = t.topic({ event: v.string(), delivery: 'log', clientPublish: true })
  const { server, url } = await startServer({ router: t.router({ lines }), authenticate, context })
  for (const session of ['3:ada:order', 'order']) {
    const eve = await openPeer(url, { token: 'eve', session })
    eve.sends({ publish: 7, topic: 'lines', data: 'from eve' })
    await eve.receives({ ok: 7 })
  }
  const ada = await openPeer(url, { token: 'ada' })
  ada.sends({ publish: 1, topic: 'lines', data: 'from ada', key: 'order:7' })
  await ada.receives({ ok: 1, data: { offset: 3 } })
  expect((await server.publish(lines, {}, 'of the app', { id: 'order:7' }))?.offset).toBe(4)
})

test('a snapshot is taken for who asks, at a position, and the events after it follow (P6.12)', async () => {
  const stored: string[] = []
  const room = t.topic({
    params: v.object({ room: v.string() }),
    event: v.string(),
    delivery: 'log',
    snapshot: ({ ctx, params, position }) => ({
      for: ctx.name,
      room: params.room,
      at: position.offset,
      all: [...stored],
    }),
  })
  const { server, url } = await startServer({ router: t.router({ room }), authenticate, context })
  const params = { room: 'a' }
  const publish = async (text: string): Promise<Position | undefined> => {
    stored.push(text)
    return server.publish(room, params, text)
  }
  await publish('m1')
  await publish('m2')
  const ada = await openPeer(url, { token: 'ada' })

  ada.sends({ sub: 1, topic: 'room', params })

  const { as, position } = await subbed(ada, { subbed: 1, position: { offset: 2 }, behind: 0 })
  const data = { for: 'ada', room: 'a', at: 2, all: ['m1', 'm2'] }
  expect(await ada.receives()).toEqual({ snapshot: as, position, data })
  expect(await ada.receives()).toEqual({ live: as })
  await publish('m3')
  expect(await ada.receives()).toEqual({ event: as, offset: 3, tag: expect.any(String), data: 'm3' })

  // With a position that is proved there is no snapshot.
  const bob = await openPeer(url, { token: 'bob' })
  bob.sends({ sub: 1, topic: 'room', params, since: position })
  await subbed(bob, { subbed: 1, position: { ...position }, behind: 1 })
  await bob.receives({ event: as, offset: 3 })
  await bob.receives({ live: as })
  // With one that is not, there is one instead of the gap.
  const eve = await openPeer(url, { token: 'eve' })
  eve.sends({ sub: 1, topic: 'room', params, since: { epoch: 'another', offset: 1, tag: 'ab' } })
  expect(await eve.receives({ subbed: 1 })).not.toHaveProperty('gap')
  await eve.receives({ snapshot: as, position: { offset: 3 }, data: { for: 'eve', all: ['m1', 'm2', 'm3'] } })
  await eve.receives({ live: as })
})

test('a state may say what it is exact for, and hold what JSON cannot', async () => {
  let at: Position | undefined
  const room = t.topic({
    event: v.number(),
    delivery: 'log',
    // A replica that has seen the first event.
    snapshot: () => ({ state: new Map([['day', new Date(0)]]), at: at as Position }),
  })
  const { server, url } = await startServer({ router: t.router({ room }), authenticate, context })
  at = await server.publish(room, {}, 1)
  await server.publish(room, {}, 2)
  const peer = await openPeer(url)
  peer.sends({ sub: 1, topic: 'room' })
  const { as } = await subbed(peer, { subbed: 1, position: { offset: 1 }, behind: 1 })
  await peer.receives({ snapshot: as, position: { offset: 1 }, meta: (meta: unknown) => meta !== undefined })
  await peer.receives({ event: as, offset: 2 })
  await peer.receives({ live: as })
})

test('a state with bytes travels as a binary message (P2.5)', async () => {
  const room = t.topic({ event: v.number(), delivery: 'log', snapshot: () => new Uint8Array([1, 2, 3]) })
  const { url } = await startServer({ router: t.router({ room }), authenticate, context })
  const peer = await openPeer(url)
  peer.sends({ sub: 1, topic: 'room' })
  const { as } = await subbed(peer, { subbed: 1 })
  const message = await peer.receives()
  expect(message).toBeInstanceOf(Uint8Array)
  expect(Buffer.from(message as Uint8Array).toString('latin1')).toContain(`{"snapshot":${as}`)
  await peer.receives({ live: as })
})

test('nobody who is refused gets a snapshot, and a failure of it tells nothing of the server', async () => {
  let taken = 0
  const room = t.topic({
    event: v.string(),
    delivery: 'log',
    authorize: ({ ctx }) => ctx.name !== 'eve',
    snapshot: () => {
      taken += 1
      throw new Error('the password of the database')
    },
  })
  const { server, url } = await startServer({ router: t.router({ room }), authenticate, context })
  const failures: unknown[] = []
  onTestFinished(server.on('handler-failed', ({ error }) => failures.push(error)))
  const eve = await openPeer(url, { token: 'eve' })
  eve.sends({ sub: 1, topic: 'room' })
  await eve.receives({ closed: 1, code: 'FORBIDDEN' })
  expect(taken).toBe(0)
  const ada = await openPeer(url, { token: 'ada' })
  ada.sends({ sub: 1, topic: 'room' })
  await ada.receives({ closed: 1, code: 'INTERNAL' })
  expect(ada.transcript).not.toContain('password')
  expect(failures).toHaveLength(1)
  expect(server.metrics().subscriptions).toBe(0)
})

test('the signal of a snapshot fires when its subscription ends', async () => {
  const signals: AbortSignal[] = []
  const room = t.topic({
    event: v.string(),
    delivery: 'log',
    snapshot: ({ signal }) => {
      signals.push(signal)
      return new Promise<string[]>(() => {})
    },
  })
  const { url } = await startServer({ router: t.router({ room }), authenticate, context })
  const peer = await openPeer(url)
  peer.sends({ sub: 1, topic: 'room' })
  await eventually(() => signals.length === 1)
  expect(signals[0]?.aborted).toBe(false)
  peer.sends({ unsub: 1 })
  await eventually(() => signals[0]?.aborted)
  peer.sends({ sub: 2, topic: 'room' })
  await eventually(() => signals.length === 2)
  peer.terminate()
  await eventually(() => signals[1]?.aborted)
})

test('a server does not start with a topic that its broker cannot keep', async () => {
  const memory = createMemoryBroker()
  onTestFinished(() => memory.close())
  const broker = { ...capable(memory), name: 'plain', capabilities: { log: false } }
  const log = t.topic({ event: v.string(), delivery: 'log' })
  const latest = t.topic({ event: v.string(), delivery: 'latest' })
  const ephemeral = t.topic({ event: v.string(), delivery: 'ephemeral' })
  expect(() => createServer({ router: t.router({ rooms: { log } }), context, broker })).toThrow(TypeError)
  expect(() => createServer({ router: t.router({ rooms: { log } }), context, broker })).toThrow(
    'rooms.log: The broker plain keeps no history',
  )
  expect(() => createServer({ router: t.router({ rooms: { latest } }), context, broker })).toThrow(
    'rooms.latest: The broker plain keeps no tables',
  )
  // What is loaded later is refused then.
  const { server, url } = await startServer({
    router: t.router({
      ephemeral,
      lazy: t.lazy(async () => ({ log: t.topic({ event: v.string(), delivery: 'log' }) })),
    }),
    authenticate,
    context,
    broker,
  })
  const failures: string[] = []
  onTestFinished(server.on('handler-failed', ({ error }) => failures.push(String(error))))
  const peer = await openPeer(url)
  peer.sends({ sub: 1, topic: 'ephemeral' })
  await peer.receives({ subbed: 1 })
  peer.sends({ sub: 2, topic: 'lazy.log' })
  await peer.receives({ closed: 2, code: 'INTERNAL' })
  expect(failures).toEqual(['TypeError: lazy.log: The broker plain keeps no history, which a log topic needs.'])
})

/** The methods of a broker that every broker has. */
function capable(memory: ReturnType<typeof createMemoryBroker>) {
  return {
    state: memory.state,
    publish: memory.publish.bind(memory),
    read: memory.read.bind(memory),
    subscribe: memory.subscribe.bind(memory),
    onState: memory.onState.bind(memory),
    close: memory.close.bind(memory),
  }
}

test('authorize and the key of a topic are given the params as their schema leaves them', async () => {
  const asked: unknown[] = []
  const room = t.topic({
    params: v.object({ room: v.pipe(v.string(), v.toLowerCase()) }),
    event: v.string(),
    delivery: 'log',
    authorize: ({ params }) => {
      asked.push(params)
      return params.room !== 'secret'
    },
  })
  const { server, url } = await startServer({ router: t.router({ room }), authenticate, context })
  const peer = await openPeer(url)
  peer.sends({ sub: 1, topic: 'room', params: { room: 'SECRET', more: 'is stripped' } })
  await peer.receives({ closed: 1, code: 'FORBIDDEN' })
  expect(asked).toEqual([{ room: 'secret' }])
  peer.sends({ sub: 2, topic: 'room', params: { room: 'Hall' } })
  await subbed(peer, { subbed: 2 })
  expect(server.metrics().subscriptions).toBe(1)
  await server.publish(room, { room: 'HALL' }, 'hi')
  await peer.receives({ data: 'hi' })
})
