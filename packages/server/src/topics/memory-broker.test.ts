import { createVirtualClock } from '@trunkline/testkit'
import { expect, test } from 'vitest'
import type { LogEntry, Published } from './broker.js'
import { chainTag } from './chain-tag.js'
import type { TableEntry } from './latest-store.js'
import { createMemoryBroker } from './memory-broker.js'

const retention = { events: 5, bytes: 1_000, ageMs: 60_000 }
const limit = { events: 100, bytes: 100_000 }

function createBroker(options: { maxIdleTopics?: number; maxBytes?: number } = {}) {
  const clock = createVirtualClock()
  const broker = createMemoryBroker({ clock, ...options })
  const publish = (id: string, payload = `,"data":"${id}"`) => broker.publish('room', { id, payload }, retention)
  return { clock, broker, publish }
}

test('numbers from 1, chains the tags and reads back what was published', async () => {
  const { broker, publish } = createBroker()

  const first = await publish('a')
  const second = await publish('b')

  expect(first.position).toMatchObject({ offset: 1, tag: chainTag('', 'a') })
  expect(second.position).toMatchObject({ offset: 2, tag: chainTag(chainTag('', 'a'), 'b') })
  const page = await broker.read('room', 'start', limit)
  expect(page.entries.map(({ offset, id, payload }) => [offset, id, payload])).toEqual([
    [1, 'a', ',"data":"a"'],
    [2, 'b', ',"data":"b"'],
  ])
  expect(page.top).toEqual(second.position)
})

test('a second publish with one id gives the position of the first and reaches nobody (P7.6)', async () => {
  const { broker, clock, publish } = createBroker()
  const heard: LogEntry[] = []
  await broker.subscribe('room', { onEntry: (entry) => heard.push(entry), onEphemeral: () => {} })

  const first = await publish('a')
  await clock.advance(119_000)
  const again = await publish('a')

  expect(again).toEqual({ position: first.position, duplicate: true })
  expect(heard).toHaveLength(1)
  await clock.advance(240_000)
  expect((await publish('a')).duplicate).toBe(false)
})

test('an ephemeral event has no position and leaves no trace in the history', async () => {
  const { broker } = createBroker()
  const heard: unknown[] = []
  await broker.subscribe('room', { onEntry: () => {}, onEphemeral: (payload) => heard.push(payload) })

  await broker.publish('room', { id: undefined, payload: ',"data":1' }, undefined)
  await broker.publish('room', { id: 'x', payload: ',"data":2' }, undefined)
  const repeated = await broker.publish('room', { id: 'x', payload: ',"data":2' }, undefined)

  expect(heard).toEqual([',"data":1', ',"data":2'])
  expect(repeated).toEqual({ position: undefined, duplicate: true })
  expect((await broker.read('room', 'start', limit)).top.offset).toBe(0)
})

test('keeps at most so many events and says trimmed', async () => {
  const { broker, publish } = createBroker()
  const positions = []
  for (const id of 'abcdefgh') positions.push((await publish(id)).position)

  const page = await broker.read('room', positions[0] ?? 'start', limit)

  expect(page.oldest).toBe(4)
  expect(page.gap).toEqual({ reason: 'trimmed', missed: 2, position: positions[2] })
  expect(page.entries.map((entry) => entry.id).join('')).toBe('defgh')
})

test('keeps at most so many bytes, but always the newest event', async () => {
  const { broker, publish } = createBroker()
  await publish('a', 'x'.repeat(600))
  await publish('b', 'x'.repeat(600))
  expect((await broker.read('room', 'start', limit)).oldest).toBe(2)

  await publish('c', 'x'.repeat(5_000))
  expect((await broker.read('room', 'start', limit)).entries.map((entry) => entry.id)).toEqual(['c'])
})

test('lets go of what is older than the retention and says expired; its top is still proved', async () => {
  const { broker, clock, publish } = createBroker()
  const first = (await publish('a')).position
  const second = (await publish('b')).position
  await clock.advance(60_001)

  expect((await broker.read('room', first ?? 'start', limit)).gap).toEqual({
    reason: 'expired',
    missed: 1,
    position: second,
  })
  expect((await broker.read('room', second ?? 'start', limit)).gap).toBeUndefined()
})

test('a page ends where its limit is passed, and holds one entry at least', async () => {
  const { broker, publish } = createBroker()
  for (const id of 'abcd') await publish(id, 'x'.repeat(100))

  const idsOf = async (events: number, bytes: number) =>
    (await broker.read('room', 'start', { events, bytes })).entries.map((entry) => entry.id).join('')

  expect(await idsOf(3, 10_000)).toBe('abc')
  expect(await idsOf(10, 250)).toBe('ab')
  expect(await idsOf(10, 1)).toBe('a')
})

test('after its tail was lost and written again, who had the old tail is rewound and nobody else', async () => {
  const { broker, publish } = createBroker()
  const kept = (await publish('a')).position
  const lost = (await publish('b')).position
  broker['~loseAfter']('room', 1)

  const again = await publish('b')
  const other = await publish('c')

  expect(again.duplicate).toBe(false)
  expect((await broker.read('room', kept ?? 'start', limit)).gap).toBeUndefined()
  // Equal ids after an equal history are the same history: what was published again is what was lost.
  expect((await broker.read('room', lost ?? 'start', limit)).gap).toBeUndefined()
  broker['~loseAfter']('room', 1)
  await publish('x')
  expect((await broker.read('room', lost ?? 'start', limit)).gap).toMatchObject({ reason: 'rewound' })
  expect((await broker.read('room', other.position ?? 'start', limit)).gap).toMatchObject({ reason: 'rewound' })
})

test('each start has its own epoch: positions of another broker are a gap', async () => {
  const { publish } = createBroker()
  const { broker, publish: publishHere } = createBroker()
  const elsewhere = (await publish('a')).position
  const here = (await publishHere('a')).position

  const page = await broker.read('room', elsewhere ?? 'start', limit)

  expect(page.gap).toEqual({ reason: 'epoch', position: here })
})

test('past maxIdleTopics the topics without events and subscribers are forgotten; later that is an epoch gap', async () => {
  const { broker, clock } = createBroker({ maxIdleTopics: 1 })
  const publish = (topic: string) => broker.publish(topic, { id: 'a', payload: '' }, retention)
  const old = (await publish('old')).position
  const young = (await publish('young')).position
  await clock.advance(600_000)

  expect((await broker.read('old', old ?? 'start', limit)).gap?.reason).toBe('epoch')
  expect((await broker.read('young', young ?? 'start', limit)).gap).toBeUndefined()
})

test('more than twice maxIdleTopics are forgotten before their time: a client may name topics without end', async () => {
  const { broker } = createBroker({ maxIdleTopics: 2 })
  const top = async (topic: string): Promise<string> => (await broker.read(topic, 'start', limit)).top.epoch
  const first = await top('0')
  for (let topic = 1; topic < 4; topic++) await top(`${topic}`)
  expect(await top('0')).toBe(first)
  await top('4')
  expect(await top('0')).not.toBe(first)
})

test('a table numbers its changes, names the version before each, and keeps the newest value of each key', async () => {
  const { broker } = createBroker()
  const LIMIT = { entries: 2, bytes: 1_000 }
  const heard: TableEntry[] = []
  const end = await broker.subscribe('table', {
    onEntry: () => {},
    onEphemeral: () => {},
    onSet: (entry) => heard.push(entry),
  })
  const set = (id: string, key: string) => broker.latest.set('table', { id, key, payload: `,"data":"${id}"` }, LIMIT)

  const first = await set('m1', 'a')
  await set('m2', 'b')
  await set('m3', 'a')
  expect(await set('m4', 'c')).toBe('full')
  expect(await set('m1', 'a')).toEqual({ ...(first as Published), duplicate: true })
  end()
  await set('m5', 'b')

  expect(heard.map(({ key, version, previousVersion }) => [key, version, previousVersion])).toEqual([
    ['a', 1, 0],
    ['b', 2, 1],
    ['a', 3, 2],
  ])
  const table = await broker.latest.read('table')
  expect(table).toMatchObject({ epoch: heard[0]?.epoch, version: 4 })
  expect(table.entries.map(({ id, version }) => [id, version])).toEqual([
    ['m3', 3],
    ['m5', 4],
  ])
  expect(await broker.latest.read('unknown')).toMatchObject({ version: 0, entries: [] })
})

test('a table does not age, also where nobody listens', async () => {
  const { broker, clock } = createBroker({ maxIdleTopics: 0 })
  await broker.latest.set('table', { id: 'm1', key: 'a', payload: '' }, { entries: 10, bytes: 10 })
  await clock.advance(10 * 3_600_000)
  expect((await broker.latest.read('table')).entries).toHaveLength(1)
})

test('leaves no timer when it was closed', async () => {
  const { broker, clock, publish } = createBroker()
  await publish('a')

  await broker.close()

  expect(clock.pending()).toEqual([])
  await expect(publish('b')).rejects.toThrow('closed')
})

test('a loss takes no more than what is kept: an event that was trimmed keeps its place and its id', async () => {
  const { broker, publish } = createBroker()
  for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) await publish(id)

  broker['~loseAfter']('room', 0)

  expect((await broker.read('room', 'start', limit)).top.offset).toBe(2)
  expect(await publish('b')).toMatchObject({ duplicate: true, position: { offset: 2 } })
  expect(await publish('c')).toMatchObject({ duplicate: false, position: { offset: 3 } })
})

test('all topics together keep at most maxBytes, however many a client names; what is there goes on', async () => {
  const { broker, clock } = createBroker({ maxBytes: 1_000_000 })
  const heard: string[] = []
  let kept = 0
  const say = (topic: string, id: string, length = 10_000) =>
    broker.publish(topic, { id, payload: 'x'.repeat(length) }, { ...retention, bytes: 20_000 })
  await broker.subscribe('made up 0', { onEntry: ({ id }) => heard.push(id), onEphemeral: () => {} })
  const full = expect.objectContaining({ code: 'LIMIT_EXCEEDED', message: expect.stringContaining('1000000 bytes') })
  const fill = async (): Promise<unknown> => {
    for (; kept < 1_000; kept++) await say(`made up ${kept}`, `${kept}`)
    return 'never full'
  }
  expect(await fill().catch((error: unknown) => error)).toEqual(full)
  expect(kept).toBe(Math.floor(1_000_000 / 12_560))
  await expect(say('made up 0', 'more')).rejects.toEqual(full)
  // What takes no room is published all the same, and what drives out as much as it brings.
  await broker.publish('another', { id: 'e', payload: 'x'.repeat(10_000) }, undefined)
  for (const id of ['a', 'b', 'c']) await broker.publish('made up 0', { id, payload: 'x' }, { ...retention, events: 1 })
  expect(heard).toEqual(['0', 'a', 'b', 'c'])
  // A repeat is what it was, and what was refused left nothing behind.
  expect(await say('made up 1', '1')).toMatchObject({ duplicate: true })
  expect((await broker.read(`made up ${kept}`, 'start', limit)).top.offset).toBe(0)
  await clock.advance(retention.ageMs + 1_000)
  await say('later', 'fits')
})

test('tables count as well, and what is removed of them makes room', async () => {
  const { broker } = createBroker({ maxBytes: 100_000 })
  const payload = 'x'.repeat(10_000)
  let count = 0
  const set = (topic: string, key: string, isRemoved = false) =>
    broker.latest.set(
      topic,
      { id: `${count++}`, key, payload: isRemoved ? 'gone' : payload, isRemoved },
      { entries: 100, bytes: 1_000_000 },
    )
  for (let n = 0; n < 7; n++) await set(`table ${n}`, 'a')
  await expect(set('table 7', 'a')).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' })
  await set('table 0', 'a')
  await set('table 0', 'a', true)
  await set('table 1', 'b')
})

test('an entry can be taken out where all is full, and what was never there cannot', async () => {
  const { broker } = createBroker({ maxBytes: 100_000 })
  const set = (key: string, length: number, isRemoved = false) =>
    broker.latest.set(
      'table',
      { id: `${key} ${length}`, key, payload: 'x'.repeat(length), isRemoved },
      { entries: 100, bytes: 1_000_000 },
    )
  await set('small', 10)
  for (let n = 0; n < 9; n++) await set(`large ${n}`, 10_000)
  await expect(set('never there', 5_000, true)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' })
  expect(await set('small', 6_000, true)).toMatchObject({ duplicate: false })
  await set('large 0', 10, true)
  expect(await set('another', 2_000)).toMatchObject({ duplicate: false })
})
