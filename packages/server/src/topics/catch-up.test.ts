import { TrunklineError } from '@trunkline/core'
import { afterEach, expect, test } from 'vitest'
import { ModelClient } from './testing/model-client.js'
import { createTopicHarness, defineTopic, type TopicHarness } from './testing/topic-harness.js'

const refused = (): Promise<never> => Promise.reject(new TrunklineError('FORBIDDEN', 'Not any more.'))
const KIB = 'x'.repeat(1_000)
let harness: TopicHarness | undefined

function start(...args: Parameters<typeof createTopicHarness>): TopicHarness {
  harness = createTopicHarness(...args)
  return harness
}

afterEach(async () => {
  await harness?.close()
  expect(harness?.clock.pending() ?? []).toEqual([])
  harness = undefined
})

test('history of many pages and what is published meanwhile come without a hole, then it is live', async () => {
  const { subscribe, publish, publishMany, broker, clock } = start()
  await publishMany('m', 400)
  let answered = 0
  broker.afterRead = async () => {
    answered += 1
    await publish(`between${answered}`)
  }
  const client = await subscribe('start')
  await clock.settle()
  await clock.settle()

  const { top } = await broker.inner.read('room?{}', 'start', { events: 1, bytes: 1 })
  expect(client.subscription(1)).toMatchObject({ status: 'live', position: top, gaps: [] })
  expect(client.ids()).toHaveLength(400 + answered)
  expect(client.faults).toEqual([])
})

test('a slow socket falls out of live delivery, holds a bounded amount, and catches up when it is read (P6.6)', async () => {
  const { subscribe, publishMany, clock } = start()
  const slow = await subscribe()
  const fast = await subscribe()
  slow.stopReading()
  for (let burst = 0; burst < 10; burst++) await publishMany(`b${burst}-`, 90, KIB)

  expect(fast.subscription(1).events).toHaveLength(900)
  // The high-water mark, one message beyond it, and `behind`.
  expect(slow.maxBufferedBytes).toBeLessThan(131_072 + 65_536 + 100)
  for (let round = 0; round < 20; round++) {
    slow.readWaiting()
    await clock.settle()
  }
  slow.startReading()
  await publishMany('end', 1)

  expect(slow.frames.filter((frame) => 'behind' in frame || 'live' in frame)).toEqual([{ behind: 1 }, { live: 1 }])
  expect(slow.ids()).toEqual(fast.ids())
  expect([...slow.faults, ...fast.faults]).toEqual([])
})

test('a slow socket gets a gap when retention passes it', async () => {
  const { subscribe, publishMany, clock } = start(defineTopic({ retain: { events: 100 } }))
  const slow = await subscribe()
  slow.stopReading()
  for (let burst = 0; burst < 10; burst++) await publishMany(`b${burst}-`, 90, KIB)
  slow.startReading()
  await clock.settle()

  const { gaps, status, events } = slow.subscription(1)
  expect(gaps).toMatchObject([{ reason: 'trimmed', missed: expect.any(Number), position: { offset: 800 } }])
  expect(status).toBe('live')
  expect(events.length + (gaps[0]?.missed ?? 0)).toBe(900)
  expect(slow.faults).toEqual([])
})

test('a full socket drops ephemeral events and does not fall behind for them', async () => {
  const { subscribe, publish, publishMany, clock } = start(defineTopic({ delivery: 'ephemeral' }))
  const slow = await subscribe()
  slow.stopReading()
  await publishMany('m', 300, KIB)
  expect(slow.maxBufferedBytes).toBeLessThan(131_072 + 65_536)
  slow.startReading()
  await publish('now')
  await clock.settle()

  const ids = slow.ids()
  expect(ids.length).toBeLessThan(200)
  expect(ids.at(-1)).toBe('now')
})

test('a slow subscriber on one topic whose connection goes is forgotten', async () => {
  const { subscribe, publishMany, hub, clock } = start()
  const slow = await subscribe()
  slow.stopReading()
  await publishMany('m', 300, KIB)
  hub.drop(slow)
  const { length } = slow.frames
  slow.startReading()
  await publishMany('n', 2)
  await clock.settle()

  expect(slow.ids().includes('n1')).toBe(false)
  expect(slow.frames.slice(length).some((frame) => 'live' in frame)).toBe(false)
})

test('a slow connection that left its topics before it went is forgotten as well', async () => {
  const { subscribe, publishMany, hub } = start()
  const slow = await subscribe()
  slow.stopReading()
  await publishMany('m', 300, KIB)
  hub.unsubscribe(slow, 1)
  hub.drop(slow)
  // Whoever still waits for its socket would look at it, and would keep it for as long as it is not empty.
  let looks = 0
  Object.defineProperty(slow, 'bufferedBytes', { get: () => ++looks })
  slow.startReading()

  expect(looks).toBe(0)
})

test('a subscriber that catches up while the broker fails goes on when it is back', async () => {
  const { subscribe, publishMany, broker, clock } = start()
  const slow = await subscribe()
  slow.stopReading()
  await publishMany('m', 600, KIB)
  broker.beforeRead = () => Promise.reject(new Error('down'))
  slow.startReading()
  await clock.advance(5_000)
  expect(slow.subscription(1).status).toBe('catching-up')

  broker.beforeRead = () => {}
  await clock.advance(5_000)
  expect(slow.subscription(1).status).toBe('live')
  expect(slow.ids()).toHaveLength(600)
  expect(slow.faults).toEqual([])
})

test('who unsubscribes while a page is being read is sent nothing more', async () => {
  const { subscribe, publishMany, hub, broker, clock } = start()
  await publishMany('m', 400)
  let answer = (): void => {}
  let reads = 0
  broker.afterRead = () => {
    reads += 1
    // The top, the first page, and then the one that waits.
    return reads < 3 ? undefined : new Promise<void>((resolve) => (answer = resolve))
  }
  const client = await subscribe('start')
  expect(client.ids()).toHaveLength(128)
  hub.unsubscribe(client, 1)
  const { length } = client.frames
  answer()
  await clock.settle()

  expect(client.frames).toHaveLength(length)
})

test('topics of one connection catch up in turns: a long history does not hold up a short one', async () => {
  const { hub, clock, subscribe, publishMany } = start()
  await publishMany('long', 900, KIB)
  const definition = defineTopic()
  for (let n = 1; n <= 300; n++) {
    await hub.publish({ path: 'other', key: 'other?{}', definition, event: { id: `o${n}`, text: KIB }, id: `o${n}` })
  }
  const client = new ModelClient()
  client.stopReading()
  await subscribe('start', { client })
  hub.subscribe(client, { key: 'other?{}', definition }, { id: 2, since: 'start' })
  await clock.settle()
  for (let round = 0; round < 20; round++) {
    client.readWaiting()
    await clock.settle()
  }
  const { as } = client.subscription(2)
  const shortIsLive = client.frames.findIndex((frame) => frame['live'] === as)
  const after = client.frames.slice(shortIsLive).filter((frame) => 'event' in frame)
  expect([client.ids(1).length, client.ids(2).length, client.faults]).toEqual([900, 300, []])
  expect(after.length).toBeGreaterThan(300)
})

test('rights that end while history is read end the subscription before the next page', async () => {
  const { subscribe, publishMany } = start()
  await publishMany('m', 400)
  let pages = 0
  const client = await subscribe('start', { recheck: () => (pages++ < 2 ? undefined : refused()) })

  expect(client.closed).toEqual([expect.objectContaining({ code: 'FORBIDDEN' })])
  expect(client.ids()).toHaveLength(256)
})

test('a binary event travels as one binary message, live and from history, as it was when it was published', async () => {
  const attachment = new Uint8Array([1, 2, 3])
  const codec = {
    name: 'attaches',
    encode: () => ({ fragment: ',"data":{"id":"a"},"bytes":[3]', bytes: [attachment] }),
    decode: () => undefined,
  }
  const { subscribe, publish, clock } = start(defineTopic(), { codec })
  const live = await subscribe()
  await publish('a')
  attachment.fill(9)
  await clock.settle()
  const late = await subscribe('start')

  for (const client of [live, late]) {
    expect(client.prepared).toHaveLength(1)
    expect([...(client.prepared[0] as Uint8Array).slice(-3)]).toEqual([1, 2, 3])
    expect(client.faults).toEqual([])
  }
})
