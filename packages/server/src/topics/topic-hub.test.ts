import { PreparedMessage, TrunklineError } from '@trunkline/core'
import { afterEach, expect, test } from 'vitest'
import { ModelClient } from './testing/model-client.js'
import { createTopicHarness, defineTopic, type TopicHarness } from './testing/topic-harness.js'

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

test('a subscriber gets what is published from then on, in order', async () => {
  const { subscribe, publishMany } = start()
  await publishMany('before', 2)
  const client = await subscribe()
  await publishMany('m', 3)

  expect(client.frames[0]).toEqual({
    subbed: 1,
    as: 1,
    position: { epoch: expect.any(String), offset: 2, tag: expect.any(String) },
  })
  expect(client.ids()).toEqual(['m1', 'm2', 'm3'])
  expect(client.faults).toEqual([])
})

test('the events of one turn leave as one message, the same object for every subscriber (P2.6)', async () => {
  const { subscribe, publish, clock } = start()
  const clients = await Promise.all(Array.from({ length: 5 }, () => subscribe()))
  await Promise.all(['a', 'b', 'c'].map((id) => publish(id)))
  await clock.settle()

  const [first, ...others] = clients
  expect(first?.prepared).toHaveLength(1)
  expect(first?.prepared[0]).toBeInstanceOf(PreparedMessage)
  for (const other of others) expect(other.prepared[0]).toBe(first?.prepared[0])
  expect(first?.ids()).toEqual(['a', 'b', 'c'])
})

test('a message holds at most 256 frames and 65_536 units; a larger frame travels alone', async () => {
  const { subscribe, publish, clock } = start()
  const client = await subscribe()
  const sizes = [...Array.from({ length: 300 }, () => 10), 70_000, 40_000, 40_000]
  await Promise.all(sizes.map((size, n) => publish(`m${n}`, { text: 'x'.repeat(size) })))
  await clock.settle()

  const texts = client.prepared.map((message) => (message as PreparedMessage).text)
  const frameCounts = texts.map((text) => [JSON.parse(text)].flat().length)
  expect(frameCounts).toEqual([256, 44, 1, 1, 1])
  expect(client.subscription(1).events).toHaveLength(303)
  expect(client.faults).toEqual([])
})

test('since start replays what is kept, says how many follow, and then is live', async () => {
  const { subscribe, publishMany } = start()
  await publishMany('m', 3)
  const client = await subscribe('start')
  await publishMany('n', 1)

  expect(client.frames[0]).toMatchObject({ subbed: 1, behind: 3, position: { offset: 0, tag: '' } })
  expect(client.frames[4]).toEqual({ live: 1 })
  expect(client.ids()).toEqual(['m1', 'm2', 'm3', 'n1'])
  expect(client.faults).toEqual([])
})

test('since { last } beyond what is kept is no gap', async () => {
  const { subscribe, publishMany } = start(defineTopic({ retain: { events: 3 } }))
  await publishMany('m', 5)
  const all = await subscribe({ last: 100 })
  const two = await subscribe({ last: 2 })
  const none = await subscribe({ last: 0 })

  expect(all.ids()).toEqual(['m3', 'm4', 'm5'])
  expect(two.ids()).toEqual(['m4', 'm5'])
  expect(none.frames).toEqual([
    expect.objectContaining({ subbed: 1, position: expect.objectContaining({ offset: 5 }) }),
  ])
  expect(all.subscription(1).gaps).toEqual([])
})

test('since a position continues after it; at the top it is live at once without reading', async () => {
  const { subscribe, publishMany, publish, broker, clock } = start()
  const first = await publish('a')
  await publishMany('m', 2)
  const resumed = await subscribe(first)
  expect(resumed.ids()).toEqual(['m1', 'm2'])

  const { reads } = broker
  const current = await subscribe(resumed.subscription(1).position)
  expect(current.frames).toEqual([expect.not.objectContaining({ behind: expect.anything() })])
  expect(broker.reads).toBe(reads)
  await clock.settle()
})

test('many who come back a little behind are served by one read of the broker', async () => {
  const { subscribe, publish, publishMany, broker, clock, hub } = start()
  const positions = []
  for (let n = 0; n < 20; n++) positions.push(await publish(`m${n}`))
  await publishMany('n', 1)

  const clients = await Promise.all(positions.map((position) => subscribe(position)))

  expect(clients.every((client) => client.subscription(1).status === 'live')).toBe(true)
  // One for the top when the topic opened, one for the page.
  expect(broker.reads).toBe(2)
  expect(hub.isStale).toBe(false)
  await clock.settle()
})

test.each(['trimmed', 'expired'] as const)(
  'a position of which the events after it are gone is told as %s',
  async (reason) => {
    const { subscribe, publish, publishMany, clock } = start(defineTopic({ retain: { events: 3, ageMs: 1_000 } }))
    const first = await publish('a')
    await publishMany('m', 5)
    if (reason === 'expired') await clock.advance(2_000)
    const client = await subscribe(first)

    const missed = reason === 'trimmed' ? 2 : 5
    expect(client.frames[0]).toMatchObject({ subbed: 1, gap: { reason, missed, position: { offset: 1 + missed } } })
    expect(client.ids()).toEqual(reason === 'trimmed' ? ['m3', 'm4', 'm5'] : [])
    expect(client.faults).toEqual([])
  },
)

test('a position of another epoch is told as epoch and continues at the top', async () => {
  const { subscribe, publishMany } = start()
  await publishMany('m', 2)
  const client = await subscribe({ epoch: 'another', offset: 1, tag: 'x' })
  await publishMany('n', 1)

  expect(client.subscription(1).gaps).toMatchObject([{ reason: 'epoch', position: { offset: 2 } }])
  expect(client.ids()).toEqual(['n1'])
})

test('ephemeral events come beside kept ones, without a position, and are not replayed', async () => {
  const { subscribe, publish, publishMany, clock } = start()
  const client = await subscribe()
  await publish('a')
  expect(await publish('typing', { ephemeral: true })).toBeUndefined()
  await publishMany('m', 1)
  const late = await subscribe('start')
  await clock.settle()

  expect(client.subscription(1).events).toEqual([
    { offset: 1, id: 'a' },
    { offset: undefined, id: 'typing' },
    { offset: 2, id: 'm1' },
  ])
  expect(late.ids()).toEqual(['a', 'm1'])
})

test('a topic that keeps nothing has no positions and is not read', async () => {
  const { subscribe, publishMany, broker } = start(defineTopic({ delivery: 'ephemeral' }))
  const client = await subscribe()
  await publishMany('m', 2)

  expect(client.frames).toEqual([
    { subbed: 1, as: 1 },
    { event: 1, data: { id: 'm1' } },
    { event: 1, data: { id: 'm2' } },
  ])
  expect(broker.reads).toBe(0)
})

test('a second subscription of one connection to one topic is refused, and the first goes on (P6.1)', async () => {
  const { subscribe, publishMany } = start()
  const client = await subscribe()
  await subscribe('now', { client, id: 2 })
  await publishMany('m', 1)

  expect(client.closed).toEqual([expect.objectContaining({ closed: 2, code: 'BAD_FRAME' })])
  expect(client.ids()).toEqual(['m1'])
})

test('after unsubscribe and drop nothing comes, and the topic is let go a while later', async () => {
  const { subscribe, publishMany, broker, hub, clock } = start()
  const left = await subscribe()
  const gone = await subscribe()
  hub.unsubscribe(left, 1)
  hub.drop(gone)
  await publishMany('m', 1)

  expect([left.ids(), gone.ids()]).toEqual([[], []])
  expect(broker.subscriptions).toBe(1)
  await clock.advance(5_000)
  expect(broker.subscriptions).toBe(0)
})

test('who comes back while the topic lingers finds it, later it has another number', async () => {
  const { subscribe, hub, clock } = start()
  const first = await subscribe()
  hub.drop(first)
  await clock.advance(4_000)
  const second = await subscribe()
  await clock.advance(10_000)
  expect(second.subscription(1).as).toBe(1)

  hub.drop(second)
  await clock.advance(5_000)
  const third = await subscribe()
  expect(third.subscription(1).as).toBe(2)
})

test('past 1,000 topics without subscriptions the oldest is let go at once: a peer may name topics without end', async () => {
  const { hub, broker, clock } = start()
  const definition = defineTopic()
  const client = new ModelClient()
  for (let id = 1; id <= 1_002; id++) {
    hub.subscribe(client, { key: `topic.${id}`, definition }, { id, since: 'now' })
    await clock.settle()
    hub.unsubscribe(client, id)
  }
  expect(broker.subscriptions).toBe(1_000)
  const before = client.frames.length
  hub.subscribe(client, { key: 'topic.1', definition }, { id: 2_000, since: 'now' })
  hub.subscribe(client, { key: 'topic.1002', definition }, { id: 2_001, since: 'now' })
  await clock.settle()
  const numbers = client.frames.slice(before).map((frame) => (frame as { as: number }).as)
  expect(numbers.sort()).toEqual([1_002, 1_003])
})

test('who may not subscribe any more is closed before a page of history', async () => {
  const { subscribe, publishMany } = start()
  await publishMany('m', 2)
  const client = await subscribe('start', {
    recheck: () => Promise.reject(new TrunklineError('FORBIDDEN', 'Not any more.')),
  })

  expect(client.frames).toEqual([expect.objectContaining({ closed: 1, code: 'FORBIDDEN' })])
})

test('a log topic on a broker that keeps nothing is refused, to subscribe and to publish', async () => {
  const { subscribe, publish, broker } = start()
  broker.capabilities = { log: false }
  const client = await subscribe()

  expect(client.closed).toEqual([expect.objectContaining({ code: 'UNSUPPORTED' })])
  await expect(publish('a')).rejects.toMatchObject({ code: 'UNSUPPORTED' })
})

test('a broker that does not answer closes the subscription, and the next one tries again', async () => {
  const { subscribe, publishMany, broker, clock } = start()
  broker.beforeSubscribe = () => new Promise(() => {})
  const refused = await subscribe()
  await clock.advance(5_000)
  expect(refused.closed).toEqual([expect.objectContaining({ closed: 1, code: 'BROKER_UNAVAILABLE' })])

  broker.beforeSubscribe = () => {}
  const client = await subscribe()
  await publishMany('m', 1)
  expect(client.ids()).toEqual(['m1'])
})

test('one that throws while it reads history closes only who asked for history', async () => {
  const { subscribe, publishMany, broker } = start()
  const live = await subscribe()
  await publishMany('m', 2)
  broker.beforeRead = () => {
    throw new Error('down')
  }
  const refused = await subscribe({ epoch: 'unknown', offset: 1, tag: 'x' })

  expect(refused.closed).toEqual([expect.objectContaining({ code: 'BROKER_UNAVAILABLE' })])
  await publishMany('n', 1)
  expect(live.ids()).toEqual(['m1', 'm2', 'n1'])
})

test('unsubscribing while the topic opens sends nothing at all', async () => {
  const { hub, broker, clock, subscribe } = start()
  let open = (): void => {}
  broker.beforeSubscribe = () => new Promise<void>((resolve) => (open = resolve))
  const client = new ModelClient()
  await subscribe('now', { client })
  hub.unsubscribe(client, 1)
  open()
  await clock.settle()

  expect(client.frames).toEqual([])
})
