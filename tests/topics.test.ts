import { type ClientAndConnection, createClient, reduceTopic, upsertBy } from '@trunkline/client'
import { type Since, trunkline } from '@trunkline/core'
import {
  checkSequence,
  createFaultProxy,
  createRandom,
  createVirtualClock,
  eventually,
  testSeed,
} from '@trunkline/testkit'
import * as v from 'valibot'
import { expect, onTestFinished, test } from 'vitest'
import { createJudge } from './support/judge.js'
import { startServer } from './support/open-peer.js'

const t = trunkline()

/** Connects with delays short enough for a test. */
function connect<TRouter>(url: string): ClientAndConnection<TRouter> {
  const client = createClient<TRouter>({ url, reconnect: { baseMs: 2, capMs: 20 } })
  onTestFinished(() => client.connection.close())
  return client
}

test('a dashboard gets the table first, then changes, and one that opens later the same', async () => {
  const prices = t.topic({
    event: v.object({ symbol: v.string(), price: v.number() }),
    delivery: 'latest',
    key: ({ symbol }) => symbol,
  })
  const router = t.router({ prices })
  const judge = await createJudge('prices?{}', ({ symbol, price }: { symbol: string; price: number }) => symbol + price)
  const { server, url } = await startServer({ router, broker: judge.broker })
  const { api } = connect<typeof router>(url)
  for (let price = 1; price <= 3; price++) {
    for (const symbol of ['A', 'B']) await server.publish(prices, {}, { symbol, price })
  }
  const listen = (name: string): Map<string, string> => {
    const table = new Map<string, string>()
    api.prices.subscribe(
      {},
      { onEvent: ({ price }, place) => table.set(place?.key ?? '', `${price} ${place?.version}`) },
    )
    api.prices.subscribe({}, judge.recorder(name).callbacks)
    return table
  }
  const first = listen('the first')
  await eventually(() =>
    expect([...first]).toEqual([
      ['A', '3 5'],
      ['B', '3 6'],
    ]),
  )
  await server.publish(prices, {}, { symbol: 'C', price: 9 })
  await eventually(() => first.get('C') === '9 7')
  const second = listen('the second')
  await eventually(() => expect(second).toEqual(first))
  expect(server.metrics().subscriptions).toBe(1)
  expect(await judge.findings()).toBe('')
})

test('after a drop of the connection only entries that are newer are told', async () => {
  const levels = t.topic({ event: v.number(), delivery: 'latest', key: (level) => String(level % 10) })
  const router = t.router({ levels })
  const judge = await createJudge('levels?{}', (level: number) => String(level))
  const { server, port } = await startServer({ router, broker: judge.broker })
  const proxy = await createFaultProxy({ targetPort: port })
  onTestFinished(() => proxy.close())
  const { api } = connect<typeof router>(proxy.url)
  const told: number[] = []
  api.levels.subscribe({}, { onEvent: (level) => told.push(level) })
  api.levels.subscribe({}, judge.recorder('Ada').callbacks)
  for (const level of [1, 2, 3]) await server.publish(levels, {}, level)
  await eventually(() => told.length === 3)
  proxy.cutAll()
  for (const level of [12, 4]) await server.publish(levels, {}, level)
  await eventually(() => told.length >= 5)
  expect(told).toEqual([1, 2, 3, 12, 4])
  expect(await judge.findings()).toBe('')
})

test('a client that stops reading gets the newest of each key, and its server keeps nothing for it', async () => {
  const levels = t.topic({
    event: v.object({ key: v.string(), n: v.number(), text: v.string() }),
    delivery: 'latest',
    key: ({ key }) => key,
  })
  const router = t.router({ levels })
  const judge = await createJudge('levels?{}', ({ n }: { n: number }) => String(n))
  const { server, port } = await startServer({ router, broker: judge.broker })
  const proxy = await createFaultProxy({ targetPort: port })
  onTestFinished(() => proxy.close())
  const { api } = connect<typeof router>(proxy.url)
  api.levels.subscribe({}, judge.recorder('Ada').callbacks)
  const told: number[] = []
  const statuses: string[] = []
  api.levels.subscribe({}, { onEvent: ({ n }) => told.push(n), onStatus: (status) => statuses.push(status) })
  await eventually(() => statuses.at(-1) === 'live')
  proxy.stall('toClient')
  const text = 'x'.repeat(20_000)
  let last = 0
  while (server.metrics().topicBehind === 0 || last % 100 !== 0) {
    last += 1
    await server.publish(levels, {}, { key: String(last % 2), n: last, text })
    await new Promise(setImmediate)
  }
  expect(server.metrics().bufferedBytes).toBeLessThan(131_072 + 2 * 65_536)
  proxy.resume('toClient')
  await eventually(() => told.includes(last) && told.includes(last - 1))
  expect(told).toEqual([...told].sort((a, b) => a - b))
  expect(told.length).toBeLessThan(last)
  await eventually(() => expect(statuses.slice(-2)).toEqual(['catching-up', 'live']))
  expect(await judge.findings()).toBe('')
})

test('a throttled topic hands out at most so many times a second, and the newest wins', async () => {
  const pointer = t.topic({
    event: v.object({ who: v.string(), x: v.number() }),
    delivery: 'latest',
    key: ({ who }) => who,
    throttle: { perSecond: 10 },
  })
  const ticks = t.topic({ event: v.number(), delivery: 'ephemeral', throttle: { perSecond: 10 } })
  const router = t.router({ pointer, ticks })
  const clock = createVirtualClock()
  const judge = await createJudge('pointer?{}', ({ who, x }: { who: string; x: number }) => who + x)
  const { server, url } = await startServer({ router, clock, broker: judge.broker })
  const { api } = connect<typeof router>(url)
  api.pointer.subscribe({}, judge.recorder('Ada').callbacks)
  const pointers: { readonly atMs: number; readonly line: string }[] = []
  const ticked: number[] = []
  const startMs = clock.now()
  const handle = api.pointer.subscribe(
    {},
    { onEvent: ({ who, x }) => pointers.push({ atMs: clock.now() - startMs, line: `${who}${x}` }) },
  )
  const other = api.ticks.subscribe({}, { onEvent: (n) => ticked.push(n) })
  await eventually(() => handle.status() === 'live' && other.status() === 'live')

  for (let x = 1; x <= 100; x++) {
    await server.publish(pointer, {}, { who: 'ada', x })
    if (x % 4 === 0) await server.publish(pointer, {}, { who: 'bob', x })
    await server.publish(ticks, {}, x)
    await clock.advance(10)
  }
  await clock.advance(100)
  await eventually(() => pointers.some(({ line }) => line === 'ada100') && ticked.includes(100))

  // One second and its both ends.
  expect(ticked.length).toBeLessThanOrEqual(11)
  expect(pointers.length).toBeLessThanOrEqual(22)
  for (const who of ['ada', 'bob']) {
    const own = pointers.filter(({ line }) => line.startsWith(who))
    expect(own.length).toBeGreaterThan(5)
    expect(own.at(-1)?.line).toBe(`${who}100`)
  }
  expect(await judge.findings()).toBe('')
  const sent = Array.from({ length: 100 }, (_, n) => String(n + 1))
  expect(checkSequence('ticks', sent, { subscriber: 'Ada', ids: ticked.map(String) }, { mayLose: true })).toEqual([])
})

test('a log over lines that break anywhere: everybody has every event once and in order, also who came late', async () => {
  const random = createRandom(testSeed(import.meta.url))
  const room = t.topic({ params: v.object({ room: v.string() }), event: v.string(), delivery: 'log' })
  const router = t.router({ room })
  const judge = await createJudge('room?{"room":"a"}', (event: string) => event.split(' ')[0] ?? '')
  const { server, port } = await startServer({
    router,
    broker: judge.broker,
    limits: { handshakesPerSecond: 10_000 },
  })
  const proxy = await createFaultProxy({ targetPort: port, seed: random.seed })
  onTestFinished(() => proxy.close())
  const recorders = new Map<string, ReturnType<typeof judge.recorder>>()
  const enter = (since: Since): void => {
    const name = `client ${recorders.size + 1}`
    const recorder = judge.recorder(name, since)
    recorders.set(name, recorder)
    connect<typeof router>(proxy.url).api.room.subscribe({ room: 'a' }, { ...recorder.callbacks, since })
  }
  enter('start')
  for (let step = 1; step <= 600; step++) {
    const published = server.publish(room, { room: 'a' }, `e${step} ${'x'.repeat(random.int(0, 500))}`)
    if (random.chance(0.3)) await published
    if (random.chance(0.01) && recorders.size < 8) enter(random.pick<Since>(['start', { last: 700 }]))
    if (random.chance(0.05)) proxy.cutAtRandom(3_000, { reset: random.chance(0.5) })
    if (random.chance(0.2)) await new Promise(setImmediate)
  }
  const last = await server.publish(room, { room: 'a' }, 'last')
  for (const recorder of recorders.values()) {
    await eventually(() => recorder.position?.offset === last?.offset && recorder.status === 'live')
    expect(recorder.sightings.filter(({ kind }) => kind === 'event')).toHaveLength(601)
  }
  expect(await judge.findings()).toBe('')
})

test('a broker that loses its tail and is written to again: `rewound` for who saw what is lost, and for nobody else', async () => {
  const room = t.topic({ event: v.string(), delivery: 'log' })
  const router = t.router({ room })
  const judge = await createJudge('room?{}', (event: string) => event)
  const { server, url, port } = await startServer({ router, broker: judge.broker })
  const proxy = await createFaultProxy({ targetPort: port })
  onTestFinished(() => proxy.close())
  const gaps: string[] = []
  const enter = (name: string, to: string, since: Since = 'start'): ReturnType<typeof judge.recorder> => {
    const recorder = judge.recorder(name, since)
    const { callbacks } = recorder
    const onGap: typeof callbacks.onGap = (gap) => {
      gaps.push(`${name}: ${gap.reason}`)
      callbacks.onGap(gap)
    }
    connect<typeof router>(to).api.room.subscribe({}, { ...callbacks, onGap, since })
    return recorder
  }
  const saw = enter('who saw it', url)
  const away = enter('who was away', proxy.url)
  for (const event of ['a', 'b', 'c']) await server.publish(room, {}, event)
  await eventually(() => away.position?.offset === 3 && saw.position?.offset === 3)
  proxy.refuse(true)
  proxy.cutAll()
  await eventually(() => away.status === 'stale')
  const lost = [await server.publish(room, {}, 'd'), await server.publish(room, {}, 'e')]
  await eventually(() => saw.position?.offset === 5)

  judge.broker['~loseAfter']('room?{}', 3)
  for (const event of ['x', 'y', 'z']) await server.publish(room, {}, event)
  proxy.refuse(false)
  const late = enter('who kept the position of a lost one', url, lost[0])
  const fresh = enter('who comes for the first time', url)
  for (const recorder of [saw, away, late, fresh]) {
    await eventually(() => recorder.position?.offset === 6 && recorder.status === 'live')
  }
  expect(gaps.sort()).toEqual(['who kept the position of a lost one: rewound', 'who saw it: rewound'])
  expect(await judge.findings()).toBe('')
})

const Item = v.object({ id: v.number(), text: v.string() })

const textOf = ({ text }: v.InferOutput<typeof Item>): string => text
/** A text is `<id of the item> at <step>`. */
const keyOfText = (text: string): string => text.split(' ')[0] ?? ''
const partsOf = (items: readonly v.InferOutput<typeof Item>[]): [string, string][] =>
  items.map(({ id, text }) => [String(id), text])

/** A list that is stored first and told then, as an app does it. */
function createBoard(retain: { readonly events: number }) {
  const stored = new Map<number, v.InferOutput<typeof Item>>()
  const taken: number[] = []
  const board = t.topic({
    event: Item,
    delivery: 'log',
    retain,
    snapshot: async () => {
      // A store that takes its time, in the middle of which more is written.
      await new Promise(setImmediate)
      const state = [...stored.values()]
      await new Promise(setImmediate)
      taken.push(state.length)
      return state
    },
  })
  return { board, stored, taken, router: t.router({ board }) }
}

test('a snapshot and the events after it have no hole, whatever is published meanwhile and however often the line breaks', async () => {
  const random = createRandom(testSeed(import.meta.url))
  const { board, stored, taken, router } = createBoard({ events: 50 })
  const judge = await createJudge('board?{}', textOf)
  const { server, port } = await startServer({ router, broker: judge.broker })
  const proxy = await createFaultProxy({ targetPort: port, seed: random.seed })
  onTestFinished(() => proxy.close())
  const upsert = upsertBy((item: v.InferOutput<typeof Item>) => item.id)
  const lists = Array.from({ length: 5 }, (_, n) => {
    const { api } = connect<typeof router>(proxy.url)
    api.board.subscribe({}, judge.snapshotRecorder(`list ${n}`, partsOf).callbacks)
    return reduceTopic(api.board, {}, upsert, { onState: () => {} })
  })
  for (let step = 0; step < 400; step++) {
    const id = random.int(1, 150)
    stored.set(id, { id, text: `${id} at ${step}` })
    await server.publish(board, {}, { id, text: `${id} at ${step}` })
    if (random.chance(0.3)) await new Promise(setImmediate)
    if (random.chance(0.02)) proxy.cutAll()
  }
  const byId = (items: readonly v.InferOutput<typeof Item>[] | undefined): typeof items =>
    items && [...items].sort((a, b) => a.id - b.id)
  for (const list of lists) {
    await eventually(() => expect(byId(list.state())).toEqual(byId([...stored.values()])))
    expect(list.status()).toBe('live')
  }
  expect(taken.length).toBeGreaterThanOrEqual(lists.length)
  const state = new Map([...stored.values()].map((item) => [String(item.id), item.text]))
  expect(await judge.findings({ keyOf: keyOfText, state })).toBe('')
})

test('negative control: the checker notices a state that was read before its position was taken', async () => {
  const before: v.InferOutput<typeof Item>[] = []
  const board = t.topic({ event: Item, delivery: 'log', snapshot: () => before.slice(0, -1) })
  const router = t.router({ board })
  const judge = await createJudge('board?{}', textOf)
  const { server, url } = await startServer({ router, broker: judge.broker })
  for (let id = 1; id <= 3; id++) {
    before.push({ id, text: `${id} at 0` })
    await server.publish(board, {}, { id, text: `${id} at 0` })
  }
  const recorder = judge.snapshotRecorder('Ada', partsOf)
  connect<typeof router>(url).api.board.subscribe({}, recorder.callbacks)
  await eventually(() => recorder.status === 'live')
  expect(await judge.findings({ keyOf: keyOfText })).toMatch(/^wrong-snapshot: Ada .*\nwrong-state: Ada /)
})

test('who was away for longer than events are kept gets the state again, and no gap', async () => {
  const { board, stored, router, taken } = createBoard({ events: 3 })
  const judge = await createJudge('board?{}', ({ id }: v.InferOutput<typeof Item>) => String(id))
  const { server, port } = await startServer({ router, broker: judge.broker })
  const proxy = await createFaultProxy({ targetPort: port })
  onTestFinished(() => proxy.close())
  const told: string[] = []
  const { api, connection } = connect<typeof router>(proxy.url)
  const recorder = judge.snapshotRecorder('Ada', (items: readonly v.InferOutput<typeof Item>[]) =>
    items.map(({ id }) => [String(id), String(id)]),
  )
  api.board.subscribe({}, recorder.callbacks)
  const list = api.board.subscribe(
    {},
    {
      onSnapshot: (state) => told.push(`${state.length} items`),
      onEvent: ({ id }) => told.push(`item ${id}`),
      onStatus: (status) => told.push(status),
    },
  )
  // More than a node holds of a topic beside the broker.
  const text = 'x'.repeat(60_000)
  const publish = async (id: number): Promise<void> => {
    stored.set(id, { id, text })
    await server.publish(board, {}, { id, text })
  }
  await eventually(() => list.status() === 'live')
  await publish(1)
  await eventually(() => told.at(-1) === 'item 1')
  proxy.stall()
  proxy.cutAll()
  await eventually(() => connection.status.state === 'reconnecting')
  for (let id = 2; id <= 20; id++) await publish(id)
  proxy.resume()
  await eventually(() => told.at(-1) === 'live' && taken.length === 2)
  expect(told).toEqual(['catching-up', '0 items', 'live', 'item 1', 'stale', 'catching-up', '20 items', 'live'])
  expect(await judge.findings()).toBe('')
})
