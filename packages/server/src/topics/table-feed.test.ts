import { jsonCodec, TrunklineError } from '@trunkline/core'
import {
  createRandom,
  createVirtualClock,
  eventually,
  type Finding,
  type FindingKind,
  type Random,
  testSeed,
} from '@trunkline/testkit'
import { afterEach, expect, test } from 'vitest'
import { TABLE_LIMIT } from './latest-store.js'
import { createMemoryBroker } from './memory-broker.js'
import { ModelClient } from './testing/model-client.js'
import { createTopicHarness, defineTopic, type TopicHarness } from './testing/topic-harness.js'
import { TopicHub } from './topic-hub.js'

const KEY = 'room?{}'
let harness: TopicHarness | undefined

function start(...args: Parameters<typeof createTopicHarness>): TopicHarness {
  harness = createTopicHarness(...args)
  return harness
}

function startTable(): TopicHarness {
  return start(defineTopic({ delivery: 'latest', isKeyed: true }))
}

afterEach(async () => {
  await harness?.close()
  expect(harness?.clock.pending() ?? []).toEqual([])
  harness = undefined
})

/** What a client has: ids by key. */
function tableOf(client: ModelClient, id = 1): Record<string, string> {
  const { table } = client.subscription(id)
  return Object.fromEntries([...table].map(([key, entry]) => [key, entry.id]))
}

function kinds(client: ModelClient): (string | undefined)[] {
  return client.frames.map((frame) => Object.keys(frame)[0])
}

test('a late subscriber gets the table in the order of versions, then it is live, then changes', async () => {
  const { subscribe, publish, clock } = startTable()
  await publish('m1', { key: 'a' })
  await publish('m2', { key: 'b' })
  await publish('m3', { key: 'a' })
  const client = await subscribe()
  await publish('m4', { key: 'c' })
  await clock.settle()

  const as = client.subscription(1).as
  const epoch = client.subscription(1).position?.epoch
  expect(client.frames).toEqual([
    { subbed: 1, as, position: { epoch, offset: 0, tag: '' }, behind: 0 },
    { event: as, offset: 2, key: 'b', data: { id: 'm2', key: 'b' } },
    { event: as, offset: 3, key: 'a', data: { id: 'm3', key: 'a' } },
    { live: as },
    { event: as, offset: 4, key: 'c', data: { id: 'm4', key: 'c' } },
  ])
  expect(client.faults).toEqual([])
})

test('publish resolves with the version', async () => {
  const { publish } = startTable()
  expect(await publish('m1', { key: 'a' })).toMatchObject({ offset: 1, tag: '' })
  expect(await publish('m2', { key: 'a' })).toMatchObject({ offset: 2 })
})

test('an empty table is live at once', async () => {
  const { subscribe } = startTable()
  const client = await subscribe()
  expect(client.frames).toEqual([{ subbed: 1, as: 1, position: { epoch: expect.any(String), offset: 0, tag: '' } }])
})

test('a topic without keys has one entry', async () => {
  const { subscribe, publish } = start(defineTopic({ delivery: 'latest' }))
  await publish('m1')
  await publish('m2')
  expect(tableOf(await subscribe())).toEqual({ '': 'm2' })
})

test('all live subscribers are handed the same message, with every change of a turn', async () => {
  const { subscribe, publishMany } = startTable()
  const clients = [await subscribe(), await subscribe()]
  await publishMany('m', 3)
  expect(clients[0]?.prepared).toEqual(clients[1]?.prepared)
  expect(clients[0]?.prepared[0]).toBe(clients[1]?.prepared[0])
  expect(clients[0]?.ids()).toEqual(['m1', 'm2', 'm3'])
})

test('a subscriber that does not read gets the newest of each key later, and nothing is queued for it', async () => {
  const { subscribe, publish, clock } = startTable()
  const [slow, fast] = [await subscribe(), await subscribe()]
  slow.stopReading()
  const text = 'x'.repeat(1_000)
  for (let n = 1; n <= 1_000; n++) {
    await publish(`m${n}`, { key: n % 2 === 0 ? 'even' : 'odd', text })
    if (n % 10 === 0) await clock.settle()
  }
  await clock.settle()
  expect(fast.ids()).toHaveLength(1_000)
  // The high-water mark and one more message.
  expect(slow.maxBufferedBytes).toBeLessThan(131_072 + 20_000)
  slow.startReading()
  await clock.settle()

  expect(tableOf(slow)).toEqual({ odd: 'm999', even: 'm1000' })
  expect(slow.ids().length).toBeLessThan(200)
  expect(slow.faults).toEqual([])
  expect(slow.subscription(1)).toMatchObject({ status: 'live', gaps: [] })
  expect(kinds(slow).slice(-4)).toEqual(['behind', 'event', 'event', 'live'])
})

test('a change that was not heard is read once, and nobody notices', async () => {
  const { subscribe, publish, broker, clock } = startTable()
  const client = await subscribe()
  const { reads } = broker
  broker.hearsSet = ({ version }) => version !== 2
  for (const id of ['m1', 'm2', 'm3']) await publish(id, { key: id })
  await clock.settle()
  expect(tableOf(client)).toEqual({ m1: 'm1', m2: 'm2', m3: 'm3' })
  expect(broker.reads - reads).toBe(1)
  expect(client.faults).toEqual([])
  expect(client.subscription(1).gaps).toEqual([])
})

test('control: when the read brings nothing, the change is missing', async () => {
  const { subscribe, publish, broker, clock } = startTable()
  const client = await subscribe()
  broker.hearsSet = ({ version }) => version !== 2
  broker.rewriteTable = (table) => ({ ...table, entries: table.entries.filter(({ version }) => version !== 2) })
  for (const id of ['m1', 'm2', 'm3']) await publish(id, { key: id })
  await clock.settle()
  expect(tableOf(client)).toEqual({ m1: 'm1', m3: 'm3' })
})

test('a change that is heard twice, or late, is handed out once', async () => {
  const { subscribe, publishMany, broker, clock } = startTable()
  const client = await subscribe()
  const again: (() => void)[] = []
  broker.deliver = (hear) => {
    hear()
    hear()
    again.push(hear)
  }
  await publishMany('m', 3)
  for (const hear of again) hear()
  await clock.settle()
  expect(client.ids()).toEqual(['m1', 'm2', 'm3'])
})

test('a change that was heard while the table was read for the first time is not lost', async () => {
  const { subscribe, publish, broker, clock } = startTable()
  await publish('m1', { key: 'a' })
  let isFirst = true
  broker.afterRead = async () => {
    if (isFirst) await publish('m2', { key: 'a' })
    isFirst = false
  }
  const client = await subscribe()
  await clock.settle()
  expect(tableOf(client)).toEqual({ a: 'm2' })
  expect(client.faults).toEqual([])
})

test('a table that started anew is told as a gap, and all of its entries follow', async () => {
  const { subscribe, publish, broker, clock, hub } = startTable()
  await publish('m1', { key: 'a' })
  await publish('m2', { key: 'b' })
  const client = await subscribe()
  broker.rewriteTable = ({ entries }) => ({
    epoch: 'other',
    version: 1,
    forgotten: 0,
    entries: entries.slice(0, 1).map((entry) => ({ ...entry, epoch: 'other', version: 1, previousVersion: 0 })),
  })
  broker.setState('stale')
  broker.setState('proved')
  await clock.settle()
  expect(client.subscription(1).gaps).toEqual([{ reason: 'epoch', position: { epoch: 'other', offset: 0, tag: '' } }])
  expect(tableOf(client)).toEqual({ a: 'm1' })
  expect(client.faults).toEqual([])
  expect(hub.isStale).toBe(false)
})

test.each([
  ['is shorter', 1],
  ['was written to again', 3],
])('a table that went back is `rewound`, also where it %s', async (_title, version) => {
  const { subscribe, publish, broker, clock, close } = startTable()
  await publish('m1', { key: 'a' })
  await publish('m2', { key: 'b' })
  const client = await subscribe()
  // The change to `b` is undone.
  broker.rewriteTable = ({ epoch, entries }) => ({
    epoch,
    version,
    forgotten: 0,
    entries: entries.slice(0, 1).map((entry) => ({ ...entry, version, previousVersion: version - 1 })),
  })
  broker.setState('stale')
  broker.setState('proved')
  await clock.settle()
  expect(client.subscription(1).gaps).toMatchObject([{ reason: 'rewound', position: { offset: 0 } }])
  expect(tableOf(client)).toEqual({ a: 'm1' })
  // What it is given was never set.
  await close({ isSabotaged: true })
})

test('who comes with a version of a table that this node does not know makes it read: it may be the one that is behind', async () => {
  const { subscribe, publish, broker, clock, close } = startTable()
  await publish('m1', { key: 'a' })
  const live = await subscribe()
  // The table started anew, and this node has not heard of it.
  const epoch = 'another'
  const entry = { epoch, key: 'a', id: 'n1', payload: ',"data":{"id":"n1"}', version: 1, previousVersion: 0 }
  broker.rewriteTable = () => ({ epoch, version: 1, forgotten: 0, entries: [entry] })
  const ahead = await subscribe({ epoch, offset: 1, tag: '' })
  await clock.settle()
  expect(kinds(ahead)).toEqual(['subbed'])
  expect(ahead.subscription(1)).toMatchObject({ gaps: [], status: 'live', position: { epoch, offset: 1 } })
  expect(live.subscription(1).gaps).toMatchObject([{ reason: 'epoch' }])
  expect(tableOf(live)).toEqual({ a: 'n1' })
  // What they are given was never set.
  await close({ isSabotaged: true })
})

test('… and many who come at once share the reads', async () => {
  const { broker, clock, hub, publish } = startTable()
  await publish('m1', { key: 'a' })
  const definition = defineTopic({ delivery: 'latest', isKeyed: true })
  const subscribe = (): ModelClient => {
    const client = new ModelClient()
    hub.subscribe(client, { key: KEY, definition }, { id: 1, since: { epoch: 'gone', offset: 7, tag: '' } })
    return client
  }
  subscribe()
  await clock.settle()
  const { reads } = broker
  broker.beforeRead = () => new Promise((resolve) => void clock.schedule(resolve, 10))
  const clients: ModelClient[] = []
  for (let n = 0; n < 200; n++) {
    clients.push(subscribe())
    await clock.advance(1)
  }
  await clock.advance(100)
  expect(broker.reads - reads).toBeLessThan(30)
  for (const client of clients) expect(kinds(client)).toEqual(['subbed', 'event', 'live'])
})

test('… also those who come one by one within a turn, where the broker answers at once', async () => {
  const { broker, clock, hub, publish } = startTable()
  await publish('m1', { key: 'a' })
  const definition = defineTopic({ delivery: 'latest', isKeyed: true })
  const clients: ModelClient[] = []
  const subscribe = (): void => {
    const client = new ModelClient()
    clients.push(client)
    hub.subscribe(client, { key: KEY, definition }, { id: 1, since: { epoch: 'gone', offset: 7, tag: '' } })
  }
  subscribe()
  await clock.settle()
  const { reads } = broker
  for (let n = 0; n < 200; n++) {
    subscribe()
    // Long enough for a read that is answered at once; as from one socket to the next, the event loop does not turn.
    for (let step = 0; step < 50; step++) await Promise.resolve()
  }
  await clock.settle()
  expect(broker.reads - reads).toBeLessThan(3)
  // More pages than one turn of the event loop takes.
  await eventually(() => clients.every((client) => kinds(client).at(-1) === 'live'))
  for (const client of clients) expect(kinds(client)).toEqual(['subbed', 'event', 'live'])
})

test('… and where the broker does not answer then, it is told so', async () => {
  const { subscribe, publish, broker, clock } = startTable()
  await publish('m1', { key: 'a' })
  await subscribe()
  broker.beforeRead = () => new Promise(() => {})
  const ahead = await subscribe({ epoch: 'another', offset: 1, tag: '' })
  await clock.advance(5_000)
  expect(ahead.closed).toMatchObject([{ code: 'BROKER_UNAVAILABLE' }])
})

test('a slow subscriber of a table that went back gets all of it behind a gap', async () => {
  const { subscribe, publish, broker, clock } = startTable()
  await publish('m1', { key: 'a' })
  await publish('m2', { key: 'b' })
  const client = await subscribe()
  client.stopReading()
  await publish('big', { key: 'c', text: 'x'.repeat(140_000) })
  await publish('m3', { key: 'c' })
  await clock.settle()
  broker.rewriteTable = ({ epoch, entries }) => ({ epoch, version: 1, forgotten: 0, entries: entries.slice(0, 1) })
  broker.setState('stale')
  broker.setState('proved')
  await clock.settle()
  client.startReading()
  await clock.settle()
  expect(client.subscription(1).gaps).toMatchObject([{ reason: 'rewound' }])
  expect(tableOf(client)).toEqual({ a: 'm1' })
  expect(client.subscription(1).status).toBe('live')
})

test('who comes back with a version gets what is newer', async () => {
  const { subscribe, publish, clock } = startTable()
  for (const id of ['m1', 'm2', 'm3']) await publish(id, { key: id })
  const before = await subscribe()
  const { position } = before.subscription(1)
  await publish('m4', { key: 'm1' })
  const client = await subscribe(position)
  expect(client.ids()).toEqual(['m4'])
  const { length } = client.frames
  const again = await subscribe(client.subscription(1).position)
  expect(again.frames).toEqual([{ subbed: 1, as: 1, position: client.subscription(1).position }])
  await clock.settle()
  expect(client.frames).toHaveLength(length)
})

test('who comes back with a version that this node has not heard of makes it read', async () => {
  const { subscribe, publish, broker, clock } = startTable()
  await publish('m1', { key: 'a' })
  await subscribe()
  broker.hearsSet = () => false
  const position = await publish('m2', { key: 'a' })
  await publish('m3', { key: 'a' })
  const client = await subscribe(position)
  await clock.settle()
  expect(client.ids()).toEqual(['m3'])
  expect(client.subscription(1).gaps).toEqual([])
})

test('who comes back with a version that nobody has, or of another table, gets all of it behind a gap', async () => {
  const { subscribe, publish } = startTable()
  const position = await publish('m1', { key: 'a' })
  const epoch = position?.epoch ?? ''
  const undone = await subscribe({ epoch, offset: 9, tag: '' })
  expect(undone.subscription(1).gaps).toEqual([{ reason: 'rewound', position: { epoch, offset: 0, tag: '' } }])
  const other = await subscribe({ epoch: 'other', offset: 1, tag: '' })
  expect(other.subscription(1).gaps).toMatchObject([{ reason: 'epoch' }])
  for (const client of [undone, other]) expect(tableOf(client)).toEqual({ a: 'm1' })
})

test.each(['start', { last: 1 }] as const)('`since` %o is taken as absent', async (since) => {
  const { subscribe, publish } = startTable()
  await publish('m1', { key: 'a' })
  await publish('m2', { key: 'b' })
  const client = await subscribe(since)
  expect(tableOf(client)).toEqual({ a: 'm1', b: 'm2' })
  expect(client.subscription(1).gaps).toEqual([])
})

test('a large table comes in pieces, as fast as it is read', async () => {
  const { subscribe, publish, clock } = startTable()
  for (let n = 0; n < 1_000; n++) await publish(`m${n}`, { key: String(n), text: 'x'.repeat(1_000) })
  const client = new ModelClient()
  client.stopReading()
  await subscribe('now', { client })
  await publish('again', { key: '0' })
  while (client.bufferedBytes > 0) {
    expect(client.bufferedBytes).toBeLessThan(140_000)
    client.readWaiting()
    await clock.settle()
  }
  expect(client.subscription(1).table.size).toBe(1_000)
  expect(tableOf(client)['0']).toBe('again')
  expect(client.subscription(1).status).toBe('live')
  expect(client.faults).toEqual([])
})

test('a table is full at 10,000 entries: another key is refused, those that are there still change', async () => {
  const { publish, broker } = startTable()
  for (let n = 0; n < TABLE_LIMIT.entries; n++) {
    await broker.latest.set(KEY, { id: `m${n}`, key: String(n), payload: ',"data":{}' }, TABLE_LIMIT)
  }
  await expect(publish('more', { key: 'more' })).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED', fate: 'rejected' })
  expect(await publish('again', { key: '7' })).toMatchObject({ offset: TABLE_LIMIT.entries + 1 })
})

test('a table is full at 16 MiB as well: what would pass that is refused, what makes it smaller is not', async () => {
  const { publish, broker } = startTable()
  const payload = `,"data":"${'x'.repeat(262_000)}"`
  for (let n = 0; n < 64; n++) await broker.latest.set(KEY, { id: `m${n}`, key: String(n), payload }, TABLE_LIMIT)
  const text = 'x'.repeat(9_000)
  await expect(publish('more', { key: 'more', text })).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' })
  expect(await publish('less', { key: '7' })).toMatchObject({ offset: 65 })
  expect(await publish('more', { key: 'more', text })).toMatchObject({ offset: 66 })
})

test('a key has at most 256 characters', async () => {
  const { publish } = startTable()
  expect(await publish('m1', { key: 'k'.repeat(256) })).toMatchObject({ offset: 1 })
  await expect(publish('m2', { key: 'k'.repeat(257) })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
})

test('two publishes with one id are one change', async () => {
  const { publish, subscribe } = startTable()
  const first = await publish('m1', { key: 'a' })
  await publish('m2', { key: 'a' })
  expect(await publish('m1', { key: 'a' })).toEqual(first)
  expect(tableOf(await subscribe())).toEqual({ a: 'm2' })
})

test('a publish of which the answer was lost is one change all the same', async () => {
  const { publish, subscribe, broker, clock } = startTable()
  let isFirst = true
  broker.afterPublish = () => {
    if (isFirst) {
      isFirst = false
      throw new Error('the answer was lost')
    }
  }
  const published = publish('m1', { key: 'a' })
  await clock.advance(1_000)
  expect(await published).toMatchObject({ offset: 1 })
  expect(tableOf(await subscribe())).toEqual({ a: 'm1' })
})

test('ephemeral events go beside the table, which does not keep them', async () => {
  const { publish, subscribe, clock } = startTable()
  const client = await subscribe()
  await publish('typing', { ephemeral: true })
  await clock.settle()
  expect(client.frames.at(-1)).toEqual({ event: 1, data: { id: 'typing' } })
  expect(tableOf(await subscribe())).toEqual({})
})

const gone = { text: 'gone' }
/** Too large for five of them to be remembered. */
const goneAtLength = { text: `gone${'x'.repeat(250_000)}` }

/** Removes entries that were never there until the table has forgotten all that was removed before. */
async function forget({ publish }: TopicHarness): Promise<void> {
  for (let n = 1; n <= 5; n++) await publish(`away${n}`, { key: `away${n}`, ...goneAtLength })
}

test('a removed entry is told to who had it, and who comes later gets a table without it', async () => {
  const { subscribe, publish, clock } = startTable()
  await publish('a1', { key: 'a' })
  await publish('b1', { key: 'b' })
  const client = await subscribe()
  await publish('a2', { key: 'a', ...gone })
  await publish('c1', { key: 'c' })
  await clock.settle()
  const { as } = client.subscription(1)
  expect(client.frames.slice(-2)).toEqual([
    { event: as, offset: 3, key: 'a', removed: true, data: { id: 'a2', key: 'a', text: 'gone' } },
    { event: as, offset: 4, key: 'c', data: { id: 'c1', key: 'c' } },
  ])
  const late = await subscribe()
  expect(late.ids()).toEqual(['b1', 'c1'])
  expect(late.subscription(1)).toMatchObject({ status: 'live', position: { offset: 4 } })
})

test('a table whose newest change is a removal has its place behind that, also if nothing is left in it', async () => {
  const { subscribe, publish } = startTable()
  await publish('a1', { key: 'a' })
  await publish('b1', { key: 'b', ...gone })
  await publish('a2', { key: 'a', ...gone })
  const client = await subscribe()
  expect(client.ids()).toEqual(['a2'])
  expect(tableOf(client)).toEqual({})
  expect(client.subscription(1)).toMatchObject({ status: 'live', position: { offset: 3 } })
})

test('an entry that is set again after its removal is one like any other', async () => {
  const { subscribe, publish, clock } = startTable()
  const client = await subscribe()
  for (const [id, options] of [['a1'], ['a2', gone], ['a3']] as const) await publish(id, { key: 'a', ...options })
  await clock.settle()
  expect(client.ids()).toEqual(['a1', 'a2', 'a3'])
  expect(tableOf(client)).toEqual({ a: 'a3' })
  expect((await subscribe()).ids()).toEqual(['a3'])
})

test('who was away learns what was removed meanwhile, and nothing else', async () => {
  const { subscribe, publish } = startTable()
  for (const key of ['a', 'b', 'c']) await publish(`${key}1`, { key })
  const { position } = (await subscribe()).subscription(1)
  await publish('b2', { key: 'b', ...gone })
  await publish('c2', { key: 'c' })
  const back = await subscribe(position)
  expect(back.ids()).toEqual(['b2', 'c2'])
  expect(back.subscription(1)).toMatchObject({ status: 'live', gaps: [] })
})

test('who was away for longer than removals are remembered gets the table anew, behind a gap', async () => {
  const table = startTable()
  const { subscribe, publish, clock } = table
  for (const key of ['a', 'b']) await publish(`${key}1`, { key })
  const live = await subscribe()
  const { position } = live.subscription(1)
  await publish('b2', { key: 'b', ...gone })
  await forget(table)
  await clock.settle()
  const back = await subscribe(position)
  expect(back.subscription(1).gaps).toEqual([{ reason: 'trimmed', position: { ...position, offset: 0 } }])
  expect(tableOf(back)).toEqual({ a: 'a1' })
  expect(back.subscription(1)).toMatchObject({ status: 'live', position: { offset: 8 } })
  // Who was there all the time heard of each, and needs nothing.
  expect(live.subscription(1).gaps).toEqual([])
})

test('one that is closed to nobody and opened again knows which removals are forgotten', async () => {
  const table = startTable()
  const { subscribe, publish, clock, hub, broker } = table
  for (const key of ['a', 'b']) await publish(`${key}1`, { key })
  const first = await subscribe()
  const { position } = first.subscription(1)
  hub.unsubscribe(first, 1)
  await clock.advance(60_000)
  await publish('b2', { key: 'b', ...gone })
  await forget(table)
  const { reads } = broker
  const back = await subscribe(position)
  // It was opened anew.
  expect(broker.reads).toBeGreaterThan(reads)
  expect(back.subscription(1).gaps).toMatchObject([{ reason: 'trimmed' }])
  expect(tableOf(back)).toEqual({ a: 'a1' })
})

test('who reads a long table slowly is not sent back by removals that were forgotten before it began', async () => {
  const table = start(defineTopic({ delivery: 'latest', isKeyed: true }), { highWaterBytes: 5_000 })
  const { subscribe, publish, clock } = table
  for (let n = 1; n <= 300; n++) await publish(`m${n}`, { key: `k${n}` })
  await publish('m', { key: 'k200', ...gone })
  await forget(table)
  const client = new ModelClient()
  client.stopReading()
  await subscribe('now', { client })
  for (let turn = 0; turn < 100; turn++) {
    client.readWaiting()
    await clock.settle()
  }
  client.startReading()
  await clock.settle()
  expect(client.subscription(1)).toMatchObject({ status: 'live', gaps: [] })
  expect(client.subscription(1).table.size).toBe(299)
  // Its place was behind what was forgotten from the start; only the newest of those came.
  expect(client.ids()).toHaveLength(300)
})

test('a removal that was not heard, and is forgotten, gives everybody the table anew', async () => {
  const table = startTable()
  const { subscribe, publish, broker, clock } = table
  for (const key of ['a', 'b']) await publish(`${key}1`, { key })
  const client = await subscribe()
  broker.hearsSet = () => false
  await publish('b2', { key: 'b', ...gone })
  await forget(table)
  broker.hearsSet = () => true
  await publish('c1', { key: 'c' })
  await clock.settle()
  expect(client.subscription(1).gaps).toMatchObject([{ reason: 'rewound' }])
  expect(tableOf(client)).toEqual({ a: 'a1', c: 'c1' })
  expect(client.faults).toEqual([])
})

test('a hole is read without a gap, also where the table has forgotten removals that were heard', async () => {
  const table = startTable()
  const { subscribe, publish, broker, clock } = table
  for (const key of ['a', 'b']) await publish(`${key}1`, { key })
  const client = await subscribe()
  await publish('b2', { key: 'b', ...gone })
  await forget(table)
  broker.hearsSet = () => false
  await publish('d1', { key: 'd' })
  broker.hearsSet = () => true
  await publish('c1', { key: 'c' })
  await clock.settle()
  expect(client.subscription(1).gaps).toEqual([])
  expect(tableOf(client)).toEqual({ a: 'a1', d: 'd1', c: 'c1' })
})

test('who had an entry from another node, of which this one neither heard nor can read the removal, is told', async () => {
  const table = startTable()
  const { subscribe, publish, broker, clock } = table
  await publish('a1', { key: 'a' })
  await subscribe()
  broker.hearsSet = () => false
  const elsewhere = await publish('z1', { key: 'z' })
  await publish('z2', { key: 'z', ...gone })
  await forget(table)
  broker.hearsSet = () => true
  await publish('c1', { key: 'c' })
  await clock.settle()
  const back = await subscribe(elsewhere)
  expect(back.subscription(1).gaps).toMatchObject([{ reason: 'rewound' }])
  expect(tableOf(back)).toEqual({ a: 'a1', c: 'c1' })
})

test('a throttled table hands out a removal as the newest of its key', async () => {
  const { subscribe, publish, clock } = start(
    defineTopic({ delivery: 'latest', isKeyed: true, throttle: { perSecond: 5 } }),
  )
  const client = await subscribe()
  await publish('a1', { key: 'a' })
  await clock.settle()
  await publish('a2', { key: 'a' })
  await publish('a3', { key: 'a', ...gone })
  await clock.advance(200)
  expect(client.ids()).toEqual(['a1', 'a3'])
  expect(tableOf(client)).toEqual({})
})

test('a throttled table hands out the newest of each key, at most so many times a second', async () => {
  const { subscribe, publish, clock } = start(
    defineTopic({ delivery: 'latest', isKeyed: true, throttle: { perSecond: 5 } }),
  )
  const client = await subscribe()
  for (let n = 1; n <= 100; n++) {
    await publish(`a${n}`, { key: 'a' })
    if (n % 10 === 0) await publish(`b${n}`, { key: 'b' })
    await clock.advance(10)
  }
  await clock.advance(200)
  // At 0, 200, 400, 600, 800 and 1,000 ms.
  expect(client.prepared).toHaveLength(6)
  expect(tableOf(client)).toEqual({ a: 'a100', b: 'b100' })
  expect(client.faults).toEqual([])
  const late = await subscribe()
  expect(tableOf(late)).toEqual(tableOf(client))
})

test('who comes between two releases of a throttled table misses nothing', async () => {
  const { subscribe, publish, clock } = start(
    defineTopic({ delivery: 'latest', isKeyed: true, throttle: { perSecond: 1 } }),
  )
  await subscribe()
  await publish('a1', { key: 'a' })
  await clock.settle()
  const newest = await publish('a2', { key: 'a' })
  await clock.settle()
  const late = await subscribe()
  expect(tableOf(late)).toEqual({ a: 'a1' })
  // It saw the newest one on a node that had just handed out.
  const ahead = await subscribe(newest)
  expect(ahead.subscription(1).gaps).toEqual([])
  await publish('b1', { key: 'b' })
  await clock.advance(3_000)
  expect(tableOf(late)).toEqual({ a: 'a2', b: 'b1' })
  expect(tableOf(ahead)).toEqual({ b: 'b1' })
  for (const client of [late, ahead]) expect(client.subscription(1).status).toBe('live')
})

test('a throttled ephemeral topic hands out the newest event, at most so many times a second', async () => {
  const { subscribe, publish, clock } = start(defineTopic({ delivery: 'ephemeral', throttle: { perSecond: 5 } }))
  const client = await subscribe()
  for (let n = 1; n <= 100; n++) {
    await publish(`e${n}`)
    await clock.advance(10)
  }
  await clock.advance(200)
  expect(client.ids()).toHaveLength(6)
  expect([client.ids()[0], client.ids().at(-1)]).toEqual(['e1', 'e100'])
})

test('a broker that keeps no tables refuses subscribers and publishers', async () => {
  const clock = createVirtualClock()
  const inner = createMemoryBroker({ clock })
  const broker = Object.assign(Object.create(inner) as typeof inner, { latest: undefined })
  const hub = new TopicHub({ broker, clock, codec: jsonCodec(), highWaterBytes: 1, endOfTurn: setImmediate })
  const definition = defineTopic({ delivery: 'latest' })
  const client = new ModelClient()
  hub.subscribe(client, { key: KEY, definition }, { id: 1, since: 'now' })
  expect(client.closed).toMatchObject([{ closed: 1, code: 'UNSUPPORTED' }])
  const published = hub.publish({ path: 'room', key: KEY, definition, event: { id: 'm1' } })
  await expect(published).rejects.toThrow(TrunklineError)
  await hub.close()
  await inner.close()
})

/** One random run; gives what the history checker objects to when everything has come to rest. */
async function runTable(random: Random, sabotage?: (table: TopicHarness) => void): Promise<Finding[]> {
  const isThrottled = random.chance(0.4)
  const table = start(
    defineTopic({ delivery: 'latest', isKeyed: true, ...(isThrottled && { throttle: { perSecond: 20 } }) }),
    { highWaterBytes: 500 },
  )
  const { broker, clock, subscribe, publish } = table
  const clients: ModelClient[] = []
  const late: (() => void)[] = []
  broker.hearsSet = () => !random.chance(0.1)
  broker.deliver = (hear) => {
    if (random.chance(0.1)) late.push(hear)
    else hear()
    if (random.chance(0.1)) hear()
  }
  sabotage?.(table)
  // A few of these, and the oldest removals are forgotten.
  const isForgetful = random.chance(0.5)
  for (let step = 0; step < 60; step++) {
    const client = clients.length > 0 ? random.pick(clients) : undefined
    const action = random.int(0, 9)
    if (action < 4) {
      const text = 'x'.repeat(random.int(0, 300))
      const gone = `gone${isForgetful ? 'x'.repeat(250_000) : text}`
      await publish(`m${step}`, { key: String(random.int(0, 5)), text: random.chance(0.3) ? gone : text })
    } else if (action === 4) clients.push(await subscribe())
    else if (action === 5) client?.stopReading()
    else if (action === 6) client?.startReading()
    else if (action === 7) late.shift()?.()
    else if (action === 8 && client?.subscriptions.has(1)) {
      clients.push(await subscribe(client.subscription(1).position))
    } else await clock.advance(random.int(0, 100))
    if (random.chance(0.5)) await clock.settle()
  }
  broker.hearsSet = () => true
  broker.deliver = (hear) => hear()
  await publish('last', { key: '0' })
  for (let turn = 0; turn < 2; turn++) {
    for (const client of clients) client.startReading()
    await clock.advance(5_000)
  }
  const findings = await table.judge({ isSettled: true })
  if (sabotage === undefined) {
    const { version } = await broker.inner.latest.read(KEY)
    for (const client of clients) {
      expect(client.faults).toEqual([])
      expect(client.subscription(1)).toMatchObject({ status: 'live', position: { offset: version } })
      if (!isForgetful) expect(client.subscription(1).gaps).toEqual([])
    }
  }
  await table.close({ isSabotaged: sabotage !== undefined })
  return findings
}

test('whatever is lost, late, repeated or slow, everybody ends with the table', async () => {
  const random = createRandom(testSeed(import.meta.url))
  for (let round = 0; round < 60; round++) expect(await runTable(random), `round ${round}`).toEqual([])
})

test('negative control: where a hole is not noticed, the checker reports who shows an old value', async () => {
  const random = createRandom(testSeed(import.meta.url))
  const kinds = new Set<FindingKind>()
  for (let round = 0; round < 60 && kinds.size === 0; round++) {
    const findings = await runTable(random, ({ broker }) => {
      // Each change claims to follow the one that was heard before it.
      let previousVersion = 0
      broker.rewriteSet = (entry) => {
        const claimed = { ...entry, previousVersion }
        previousVersion = Math.max(previousVersion, entry.version)
        return claimed
      }
    })
    for (const { kind } of findings) kinds.add(kind)
  }
  expect([...kinds]).toEqual(['not-converged'])
})
